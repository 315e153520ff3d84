"""Signing in and out: passwords, attempts, sessions, the one-time link, and what the audit log says."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from ringwall.console.settings import ConsoleSettings
from ringwall.service.context import Caller, Role
from ringwall.service.operations.users import update_user
from ringwall.store import audit
from tests.console.estate import PASSWORD, add_user, token_in
from tests.service.work_for_tests import ACCOUNT, REGION

ADMIN = Caller(ACCOUNT, REGION, Role.ADMIN)


def audited(service):
    """The operations and errors of the audit log, oldest first."""
    with service.store.read() as connection:
        return [(each.actor, each.operation, each.error) for each in audit.page(connection, limit=100)][::-1]


def cookie_of(answer):
    return next(each for each in answer.headers.get_list("set-cookie") if "session" in each or "__Host" in each)


def test_the_cookie_is_hidden_from_scripts_and_from_other_sites(service, visitor):
    """
    HttpOnly and SameSite; where browsers come by HTTPS, also Secure, and of this host alone.
    """
    plain = cookie_of(visitor(service).sign_in("ada"))
    secure = visitor(service, settings=ConsoleSettings(is_secure=True))
    page = secure.get("/sign-in")
    sent = {"cookie": page.headers["set-cookie"].split(";")[0]}
    secure.csrf = token_in(page.text)
    answer = secure.post("/sign-in", {"name": "ada", "password": PASSWORD}, **sent)

    assert "HttpOnly" in plain
    assert "SameSite=lax" in plain
    assert cookie_of(answer).startswith("__Host-ringwall=")
    assert "Secure" in cookie_of(answer)


@pytest.mark.parametrize(("name", "password"), [("ada", "wrong password"), ("nobody", PASSWORD), ("gone", PASSWORD)])
def test_who_is_refused_is_not_told_why(service, visitor, name, password):
    """
    A wrong password, no such user, a disabled user: the same page. The log knows the name.
    """
    add_user(service, "gone", "admin", disabled_at=service.clock())

    answer = visitor(service).sign_in(name, password)

    assert answer.status_code == 403
    assert "The name or the password is wrong, or the user is disabled." in answer.text
    assert audited(service)[-1] == (f"user/{name}", "SignIn", "AccessDeniedException")


def test_a_name_that_there_is_not_takes_as_long(service, visitor, monkeypatch):
    """
    A hash is verified for it all the same.
    """
    asked = []
    monkeypatch.setattr("ringwall.console.sign_in.is_right", lambda *given: asked.append(given) or False)

    visitor(service).sign_in("nobody")

    assert asked == [(PASSWORD, None)]


def test_after_five_failures_the_right_password_is_not_looked_at(service, visitor):
    """
    Until ten minutes have passed.
    """
    mallory = visitor(service)
    for _ in range(5):
        mallory.sign_in("ada", "a wrong password")

    refused = mallory.sign_in("ada").status_code
    service.clock.move(minutes=11)

    assert refused == 429
    assert mallory.sign_in("ada").status_code == 303
    assert audited(service)[-2:] == [("user/ada", "SignIn", "ThrottlingException"), ("user/ada", "SignIn", None)]


def test_signing_in_again_ends_the_session_before(service, visitor):
    """
    A token that somebody may have planted is worth nothing afterwards.
    """
    ada = visitor(service, "ada")
    before = ada.client.cookies["ringwall-session"]
    ada.post("/sign-in", {"name": "ada", "password": PASSWORD})

    assert ada.client.cookies["ringwall-session"] != before
    with service.store.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM session")) == 1


def test_signing_out_ends_the_session_on_the_server(service, visitor):
    """
    Whoever kept the cookie has nothing.
    """
    ada = visitor(service, "ada")
    kept = f"ringwall-session={ada.client.cookies['ringwall-session']}"
    ada.post("/sign-out")

    assert ada.client.get("/console/", headers={"cookie": kept}).status_code == 303
    assert audited(service)[-1] == ("user/ada", "SignOut", None)


@pytest.mark.parametrize("change", [{"enabled": False}, {"password": "another long password"}])
def test_a_user_that_is_disabled_or_has_another_password_is_out_at_once(service, visitor, change):
    """
    With the next request.
    """
    rita = visitor(service, "rita")
    update_user(service.ringwall, ADMIN, {"name": "rita", **change})

    assert rita.get("/").status_code == 303


def test_another_role_holds_from_the_next_request_on(service, visitor):
    """
    Rights are not kept in the session.
    """
    add_user(service, "eve", "admin")
    eve = visitor(service, "eve")
    update_user(service.ringwall, ADMIN, {"name": "eve", "role": "reader"})

    assert eve.post("/scan").status_code == 403


@pytest.mark.parametrize("passed", [timedelta(hours=2), timedelta(hours=12)])
def test_sessions_end_by_themselves(service, visitor, passed):
    """
    Two hours after they were used last.
    """
    ada = visitor(service, "ada")
    service.clock.now += passed

    assert ada.get("/").status_code == 303


def test_a_session_that_is_used_lasts_twelve_hours(service, visitor):
    """
    And no longer.
    """
    ada = visitor(service, "ada")
    seen = []
    for _ in range(13):
        service.clock.move(hours=1)
        seen.append(ada.get("/").status_code)

    assert seen == [200] * 11 + [303] * 2


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/console/../x"]
)
def test_nobody_is_led_to_another_site(service, visitor, wanted):
    """
    After signing in, pages of the console are the only place to go.
    """
    ada = visitor(service)
    ada.csrf = token_in(ada.get("/sign-in", next=wanted).text)
    answer = ada.post("/sign-in", {"name": "ada", "password": PASSWORD, "next": wanted})

    assert answer.headers["location"] == "/console/"


def test_after_signing_in_people_are_where_they_wanted_to_be(service, visitor):
    """
    With the filters of the link that they followed.
    """
    ada = visitor(service)
    first = ada.get("/findings", status="ALL")
    ada.csrf = token_in(ada.client.get(first.headers["location"]).text)
    answer = ada.post("/sign-in", {"name": "ada", "password": PASSWORD, "next": "/console/findings?status=ALL"})

    assert answer.headers["location"] == "/console/findings?status=ALL"


def test_the_link_signs_in_once(service, visitor):
    """
    Whoever started the server, as an admin.
    """
    settings = ConsoleSettings(local_token="the-token")
    one = visitor(service, settings=settings)
    first = one.get("/local", token="the-token")
    page = one.get("/")
    one.client.cookies.clear()
    again = one.get("/local", token="the-token")

    assert first.status_code == 303
    assert "local <small>admin" in page.text
    assert again.status_code == 403


@pytest.mark.parametrize(
    "settings",
    [
        ConsoleSettings(),
        ConsoleSettings(local_token="another-token"),
        ConsoleSettings(local_token="the-token", is_behind_proxy=True),
    ],
)
def test_no_other_link_signs_in(service, visitor, settings):
    """
    Without `--local`, with a guess, or where the address of the visitor is the proxy's.
    """
    assert visitor(service, settings=settings).get("/local", token="the-token").status_code == 403
