"""Every route of the console: who is let in, who may change something, and what the answers carry."""

import re

import pytest

from ringwall.console.app import PAGES
from ringwall.console.visit import ROOT
from ringwall.findings.remembered import remembered_id
from tests.console.estate import all_findings, token_in
from tests.console.idle_estate import APP, PERMISSION, RECOMMENDED, SCOPE, answering, idle_estate
from tests.console.preview_estate import OWN, STRANGER, made, policy_for
from tests.console.preview_estate import SCOPE as OF_ACCOUNT
from tests.service.work_for_tests import ACCOUNT, REGION

_ANALYZERS = f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer"
_GUARDED = [page for page in PAGES if not page.is_public]
_STEPS = [page for page in PAGES if page.method == "POST"]
_RULE = {"name": "r", "rule": "r", "property": "resource", "operator": "exists", "values": "true"}
REFUSES_READERS = {
    "/findings": {"id": "{id}", "status": "ARCHIVED"},
    "/findings/{id}/decide": {"status": "ARCHIVED"},
    "/findings/{id}/rescan": {},
    "/findings/{id}/rule": {"use": "resource", "name": "a-rule"},
    "/findings/{id}/recommendation": {},
    "/findings/{id}/fix": {"confirm": "apply", "digest": "0"},
    "/scan": {},
    "/resources/rescan": {"arn": "arn:aws:s3:::project-xyz-press", "account": "444455556666"},
    "/archive-rules/create": _RULE,
    "/archive-rules/create-and-archive": _RULE,
    "/archive-rules/save": _RULE,
    "/archive-rules/save-and-archive": _RULE,
    "/archive-rules/delete": {"rule": "r", "confirm": "delete"},
    "/previews/create": {},
    "/analyzers/create": {"name": "new", "type": "ACCOUNT"},
    "/analyzers/update": {"minutes": "5"},
    "/analyzers/tags": {"tags": "a=b"},
    "/analyzers/delete": {"confirm": "delete"},
    "/notifications/create": {"name": "bus", "kind": "eventbridge", "settings.region": "eu-west-1"},
    "/notifications/test": {"name": "bus"},
    "/notifications/retry": {},
    "/notifications/delete": {"name": "bus", "confirm": "delete"},
    "/keys/create": {"role": "admin"},
    "/keys/update": {"key": "AKIAAAAAAAAAAAAAAAAA", "enabled": "true"},
    "/users/create": {"name": "eve", "role": "admin", "password": "a long pass phrase"},
    "/users/update": {"name": "rita", "role": "admin"},
}
"""Each step that an operation for admins takes, with what its form sends."""
FOR_EVERYBODY = {"/sign-in", "/sign-out", "/theme", "/playground/try"}
"""Steps that change nothing but the session, or nothing at all."""
_ABOUT = {
    "/resources/detail": "?arn=arn:aws:s3:::project-xyz-press",
    "/notifications/detail": "?name=hook",
    "/findings/{id}/fix/document": "?place=/trustPolicy",
    "/previews": f"?analyzer={OF_ACCOUNT}",
    "/previews/new": f"?analyzer={OF_ACCOUNT}",
    "/principals/detail": f"?analyzer={SCOPE}&arn={APP.arn}",
}
"""Pages that are about one thing, which the query names."""
_OF_UNUSED = "/recommendation"
_OF_PREVIEW = "/previews/{id}"


@pytest.fixture
def service(service, monkeypatch):
    """Beside the example an analyzer of unused access, of whose findings one has a recommendation, and one of previews."""
    idle_estate(service)
    service.analyzer("account", status="ACTIVE")
    answering(monkeypatch, RECOMMENDED)
    return service


def address(page, service):
    """The page's path with a finding that there is, of the kind that the page is about; or with a preview."""
    if page.path == _OF_PREVIEW:
        return f"/previews/{made(service, policy_for(STRANGER), resource=OWN)}"
    found = remembered_id(f"{_ANALYZERS}/idle", PERMISSION) if _OF_UNUSED in page.path else all_findings(service)[0].id
    return re.sub(r"\{\w+(:\w+)?\}", found, page.path) + _ABOUT.get(page.path, "")


def named(page):
    return f"{page.method} {page.path}"


@pytest.fixture
def anonymous(service, visitor):
    return visitor(service)


@pytest.mark.parametrize("page", _GUARDED, ids=named)
def test_without_a_session_every_page_leads_to_the_sign_in(service, anonymous, page):
    """
    Nothing of a page is shown, and no step is taken.
    """
    answer = anonymous.client.request(page.method, ROOT + address(page, service))

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/console/sign-in")
    assert answer.text == ""


@pytest.mark.parametrize("page", _STEPS, ids=named)
@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_step_without_its_token_is_refused(service, visitor, page, token):
    """
    The session alone is not enough: a form of another site would carry it, too.
    """
    ada = visitor(service, "ada")
    ada.csrf = token

    assert ada.post(address(page, service)).status_code == 403


@pytest.mark.parametrize("page", _STEPS, ids=named)
def test_the_token_of_another_user_is_refused(service, visitor, page):
    """
    Tokens belong to sessions.
    """
    ada, rita = visitor(service, "ada"), visitor(service, "rita")
    rita.csrf = ada.csrf

    assert rita.post(address(page, service)).status_code == 403


@pytest.mark.parametrize("page", _STEPS, ids=named)
def test_a_form_from_another_site_is_refused(service, visitor, page):
    """
    Even with the right token, where the browser says that another site sent it.
    """
    answer = visitor(service, "ada").post(address(page, service), **{"sec-fetch-site": "cross-site"})

    assert answer.status_code == 403


@pytest.mark.parametrize("page", [page for page in _STEPS if page.path not in FOR_EVERYBODY], ids=named)
def test_a_reader_is_refused_by_the_server(service, visitor, page):
    """
    Whatever buttons were drawn: nothing is changed.
    """
    first = all_findings(service)[0].id
    fields = {name: value.replace("{id}", first) for name, value in REFUSES_READERS[page.path].items()}

    answer = visitor(service, "rita").post(address(page, service), fields)

    assert answer.status_code == 403
    assert "not authorized" in answer.text
    assert all(each.status.value == "ACTIVE" for each in all_findings(service))


@pytest.mark.parametrize("page", [page for page in PAGES if page.method == "GET"], ids=named)
@pytest.mark.parametrize("name", ["ada", "rita"])
def test_every_page_answers_with_its_headers(service, visitor, page, name):
    """
    No page fails for a user, no page can be framed, kept by a proxy, or run a script of its own.
    """
    answer = visitor(service, name).get(address(page, service))

    assert answer.status_code in {200, 303, 403, 404}
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script(?! src=)|<style|\sstyle=|\son\w+=|javascript:", answer.text)
    assert len(answer.content) < 300_000


def test_pages_that_are_there_are_no_errors(service, visitor):
    """
    For an admin, each page that is not made for the signed-out says 200.
    """
    ada = visitor(service, "ada")
    service.destination("hook")

    answers = {page.path: ada.get(address(page, service)).status_code for page in _GUARDED if page.method == "GET"}

    assert set(answers.values()) == {200}


def test_browsers_are_led_to_the_console(anonymous):
    """
    The address of the server alone is enough.
    """
    answer = anonymous.client.get("/")

    assert (answer.status_code, answer.headers["location"]) == (303, "/console/")


def test_a_fault_is_a_page_that_tells_nothing(service, visitor, monkeypatch):
    """
    What went wrong stands in the log.
    """
    ada = visitor(service, "ada")
    monkeypatch.setattr("ringwall.store.finding_counts.by_kind", lambda *_: 1 / 0)

    answer = ada.get("/findings")

    assert answer.status_code == 500
    assert "division" not in answer.text
    assert token_in(answer.text)
