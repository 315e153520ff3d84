"""The pages of analyzers, notifications, keys, users and settings: what the API can do, by forms."""

from datetime import timedelta

import pytest

from ringwall.console.settings import ConsoleSettings
from ringwall.service.configuration import Configuration, KnownAccounts, Server
from ringwall.service.configuration_file import in_force
from ringwall.store import analyzers, audit, destinations, keys, outbox, users
from tests.console.estate import HOSTILE, PASSWORD
from tests.console.reading import data_of, links_in, text_of

ONE = "eu-west-1/one"


@pytest.fixture
def ada(service, visitor):
    return visitor(service, "ada")


def named(service, name, region="eu-west-1"):
    with service.store.read() as connection:
        return analyzers.find_named(connection, "111122223333", region, name)


def follow(browser, answer):
    """The page that a step leads to."""
    assert answer.status_code == 303
    return text_of(browser.client.get(answer.headers["location"]).text)


# --- analyzers ---


def test_an_analyzer_is_created_with_scope_tags_and_interval(service, ada):
    """
    In the Region that the form names.
    """
    form = {"name": "new", "type": "ACCOUNT", "region": "eu-north-1", "accounts": "111122223333,\n444455556666"}

    answer = ada.post("/analyzers/create", {**form, "minutes": "60", "tags": "team=blue\nstage=test"})

    made = named(service, "new", "eu-north-1")
    assert "begins to scan" in follow(ada, answer)
    assert made.scope == {"accounts": ["111122223333", "444455556666"], "regions": []}
    assert (made.scan_interval, dict(made.tags)) == (3600, {"team": "blue", "stage": "test"})


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": "no good"}, "analyzerName"),
        ({"tags": "blue"}, "is no tag"),
        ({"minutes": "often"}, "is no number of minutes"),
        ({"accounts": "42"}, "scope.accounts"),
        ({"type": ""}, "type"),
    ],
)
def test_what_makes_no_analyzer_is_said_in_the_form(service, ada, changed, told):
    """
    And what was written stays.
    """
    form = {"name": "new", "type": "ACCOUNT", "regions": "eu-west-3", **changed}

    answer = ada.post("/analyzers/create", form)

    assert answer.status_code == 400
    assert told in text_of(answer.text)
    assert "eu-west-3" in answer.text


def test_the_page_of_an_analyzer_shows_its_scans_and_gaps(ada):
    """
    Coverage is always in sight.
    """
    text = text_of(ada.get("/analyzers/detail", analyzer=ONE).text)

    assert "Coverage" in text
    assert "444455556666 eu-west-1" in text


def test_an_analyzer_is_changed(service, ada):
    """
    What it looks at, and how often.
    """
    ada.post("/analyzers/update", {"analyzer": ONE, "regions": "eu-west-1 us-east-1", "minutes": "5"})

    changed = named(service, "one")
    assert changed.scope == {"accounts": [], "regions": ["eu-west-1", "us-east-1"]}
    assert changed.scan_interval == 300


def test_tags_are_what_the_form_says(service, ada):
    """
    Those that it leaves out are taken away.
    """
    ada.post("/analyzers/tags", {"analyzer": ONE, "tags": "a=1\nb=2"})
    ada.post("/analyzers/tags", {"analyzer": ONE, "tags": "b=3"})

    assert dict(named(service, "one").tags) == {"b": "3"}


def test_deleting_an_analyzer_wants_the_word(service, ada):
    """
    With it go its findings.
    """
    assert ada.post("/analyzers/delete", {"analyzer": ONE}).status_code == 400
    assert named(service, "one")

    answer = ada.post("/analyzers/delete", {"analyzer": ONE, "confirm": "delete"})

    assert "The analyzer one is gone" in follow(ada, answer)
    assert named(service, "one") is None


@pytest.mark.parametrize(
    "path", ["/", "/findings", "/resources", "/resources/s3", "/archive-rules", "/archive-rules/edit", "/map"]
)
def test_pages_say_what_to_do_where_there_is_no_analyzer(ada, path):
    """
    Right after the first start, which is no error; a file that there is not, is one.
    """
    ada.post("/analyzers/delete", {"analyzer": ONE, "confirm": "delete"})

    answer = ada.get(path)

    assert answer.status_code == 200
    assert "There is no analyzer yet" in text_of(answer.text)
    assert links_in(answer.text, "/console/analyzers/new")
    assert ada.get(path, format="csv").status_code == 404


# --- notifications ---


def test_a_destination_is_made_shown_and_deleted(ada):
    """
    Each kind has a form with its settings; an EventBridge bus has a Region.
    """
    fields = {"kind": "eventbridge", "name": "bus", "settings.region": "eu-west-1"}
    ada.post("/notifications/create", {**fields, "property": "isPublic", "operator": "eq", "values": "true"})
    [made] = data_of(ada.get("/notifications", format="json"))
    text = text_of(ada.get("/notifications/detail", name="bus").text)

    ada.post("/notifications/delete", {"name": "bus", "confirm": "delete"})

    assert (made["name"], made["kind"], made["filter"]) == ("bus", "eventbridge", {"isPublic": {"eq": ["true"]}})
    assert "isPublic is true" in text
    assert data_of(ada.get("/notifications", format="json")) == []


@pytest.mark.parametrize("kind", ["eventbridge", "sns", "securityhub", "webhook", "slack"])
def test_every_kind_has_a_form(ada, kind):
    """
    With a field for its secret, where it has one, that is never filled in.
    """
    page = ada.get("/notifications/new", kind=kind).text

    assert 'name="kind" value="' + kind in page
    assert ('type="password"' in page) is (kind in {"webhook", "slack"})


def test_a_secret_is_never_shown_again(ada):
    """
    Not in the form that was refused either.
    """
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    fields = {"kind": "webhook", "name": "hook", "secret": secret}

    refused = ada.post("/notifications/create", {**fields, "settings.url": "ftp://nowhere"})
    ada.post("/notifications/create", {**fields, "settings.url": "https://example.com/hook"})
    shown = ada.get("/notifications/detail", name="hook")

    assert refused.status_code == 400
    assert shown.status_code == 200
    assert secret not in refused.text + shown.text + ada.get("/settings/audit").text


def test_dead_letters_are_shown_and_sent_again(service, ada):
    """
    All of a destination.
    """
    service.destination("hook")
    service.analyzer("two")
    service.pass_(minutes=1)
    now = service.clock()
    with service.store.write() as connection:
        key = destinations.find(connection, "hook").key
        [message] = outbox.lease(connection, key, now=now, until=now + timedelta(minutes=1), limit=1)
        outbox.mark_failed(connection, message, "HTTP 410", next_attempt_at=None)

    text = text_of(ada.get("/notifications").text)
    answer = ada.post("/notifications/retry", {"name": "hook"})

    assert "HTTP 410" in text
    assert "Sent again soon: 1 " in follow(ada, answer)


# --- keys ---


def test_a_new_key_shows_its_secret_once(service, ada):
    """
    In the answer to the form, and nowhere after that.
    """
    page = ada.post("/keys/create", {"role": "reader", "name": "ci"}).text

    with service.store.read() as connection:
        [key] = keys.page(connection, limit=10)
    secret = key.secret.decode()
    assert secret in page
    assert secret not in ada.get("/keys").text + ada.get("/settings/audit").text
    assert (key.role, key.name) == ("reader", "ci")


def test_a_key_is_disabled_and_enabled(ada):
    """
    By a button each.
    """
    ada.post("/keys/create", {"role": "reader"})
    [key] = data_of(ada.get("/keys", format="json"))

    ada.post("/keys/update", {"key": key["accessKeyId"], "enabled": "false"})
    assert "Disabled" in text_of(ada.get("/keys").text)

    ada.post("/keys/update", {"key": key["accessKeyId"], "enabled": "true"})
    assert "Enabled" in text_of(ada.get("/keys").text)


# --- users ---


def test_a_user_is_made_and_may_sign_in(service, ada, visitor):
    """
    With the password of the form.
    """
    ada.post("/users/create", {"name": "maria", "role": "reader", "password": PASSWORD})

    assert visitor(service, "maria").get("/").status_code == 200


def test_a_password_that_is_too_short_is_said_in_the_form(ada):
    """
    And is not shown.
    """
    answer = ada.post("/users/create", {"name": "maria", "role": "reader", "password": "short-one"})

    assert answer.status_code == 400
    assert "password" in text_of(answer.text)
    assert "short-one" not in answer.text


def test_a_users_role_and_state_are_changed(service, ada):
    """
    By a form each, that leaves the other as it is.
    """
    ada.post("/users/update", {"name": "rita", "role": "admin"})
    ada.post("/users/update", {"name": "rita", "enabled": "false"})

    with service.store.read() as connection:
        changed = users.find(connection, "rita")
    assert changed.role == "admin"
    assert changed.disabled_at


def test_the_last_admin_stays(ada):
    """
    Nobody could make another one.
    """
    answer = ada.post("/users/update", {"name": "ada", "role": "reader"})

    assert answer.status_code == 409
    assert "last admin" in text_of(answer.text)


# --- settings ---


def test_settings_show_what_is_in_force_without_secrets(service, visitor):
    """
    Secrets are masked, and tables are written as TOML has them.
    """
    configuration = Configuration(
        server=Server(metrics_token="a-token-of-16-letters"),
        known_accounts=KnownAccounts(partners={"999988887777": "Example GmbH"}),
    )
    page = visitor(service, "rita", ConsoleSettings(configuration=in_force(configuration))).get("/settings")

    text = text_of(page.text)
    assert "a-token" not in page.text
    assert 'server.metrics_token "***"' in text
    assert '{"999988887777" = "Example GmbH"}' in text


def test_the_audit_log_is_for_admins(service, ada, visitor):
    """
    Who did what, and what came of it; refused attempts too.
    """
    rita = visitor(service, "rita")
    rita.post("/keys/create", {"role": "admin"})

    text = text_of(ada.get("/settings/audit", operation="CreateApiKey").text)

    assert "user/rita CreateApiKey" in text
    assert "AccessDeniedException" in text
    assert rita.get("/settings/audit").status_code == 403
    assert rita.get("/settings/audit", format="csv").status_code == 403


def test_what_was_done_by_a_form_is_in_the_audit_log(service, ada):
    """
    As if it had been done through the API.
    """
    ada.post("/analyzers/update", {"analyzer": ONE, "minutes": "5"})

    with service.store.read() as connection:
        [event] = audit.page(connection, operation="UpdateAnalyzer", limit=10)
    assert (event.actor, event.error) == ("user/ada", None)


@pytest.mark.parametrize("path", ["/keys", "/users", "/settings/audit"])
def test_pages_for_admins_refuse_readers(service, visitor, path):
    """
    The page, and its downloads.
    """
    rita = visitor(service, "rita")

    assert [rita.get(path).status_code, rita.get(path, format="csv").status_code] == [403, 403]


def test_markup_in_names_and_tags_stays_text(ada):
    """
    Whoever wrote it.
    """
    ada.post("/keys/create", {"role": "reader", "name": HOSTILE})
    ada.post("/analyzers/tags", {"analyzer": ONE, "tags": "a=<script>alert(1)</script>"})

    pages = [ada.get("/keys").text, ada.get("/analyzers/detail").text, ada.get("/settings/audit").text]

    assert all("<script>alert" not in page and "<img" not in page for page in pages)
