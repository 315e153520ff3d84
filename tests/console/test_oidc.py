"""Signing in through an OpenID provider, which a test plays."""

import base64
import hashlib
import json
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from ringwall.console.settings import ConsoleSettings, Oidc
from ringwall.store import users
from tests.console.estate import add_user
from tests.console.test_sign_in import audited

ISSUER = "https://id.example"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
OTHER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
OIDC = Oidc(
    ISSUER,
    "ringwall",
    "a secret",
    redirect_url="https://ringwall.example/console/oidc/callback",
    admin_groups=("security",),
    reader_groups=("everybody",),
)


class Provider(httpx.BaseTransport):
    """Answers as a provider does; a test changes what it says."""

    def __init__(self, now):
        self.now = now
        self.key = KEY
        self.algorithm = "RS256"
        self.issuer = ISSUER
        self.claims = {"sub": "u-1", "preferred_username": "grace", "groups": ["security"]}
        self.challenge = self.nonce = ""
        self.asked = []

    def handle_request(self, request):
        self.asked.append(request.url.path)
        match request.url.path:
            case "/.well-known/openid-configuration":
                places = {name: f"{ISSUER}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
                return httpx.Response(200, json={"issuer": self.issuer, **places})
            case "/jwks_uri":
                return httpx.Response(200, json=KeySet([KEY]).as_dict(private=False))
            case "/token_endpoint":
                return self._token(parse_qs(request.content.decode()))
        return httpx.Response(404)

    def _token(self, form):
        [verifier] = form["code_verifier"]
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        if form["code"] != ["the-code"] or digest != self.challenge:
            return httpx.Response(400, json={"error": "invalid_grant"})
        now = int(self.now().timestamp())
        given = {"iss": ISSUER, "aud": "ringwall", "exp": now + 300, "iat": now, "nonce": self.nonce, **self.claims}
        written = jwt.encode({"alg": self.algorithm, "kid": "one"}, given, self.key, algorithms=[self.algorithm])
        return httpx.Response(200, json={"access_token": "x", "token_type": "Bearer", "id_token": written})


@pytest.fixture
def provider(service):
    return Provider(service.clock)


@pytest.fixture
def browser(service, visitor, provider):
    return visitor(service, settings=ConsoleSettings(oidc=OIDC, transport=provider))


def signed_in(browser, provider, **query):
    """The answer to who comes back from the provider."""
    there = browser.get("/oidc", next="/console/findings").headers["location"]
    asked = parse_qs(urlsplit(there).query)
    provider.challenge, provider.nonce = asked["code_challenge"][0], asked["nonce"][0]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    return browser.get("/oidc/callback", **{"code": "the-code", "state": asked["state"][0], **query})


def test_groups_give_roles(service, browser, provider):
    """
    At the first sign-in a user is made; at each the role is that of today's groups.
    """
    answer = signed_in(browser, provider)
    page = browser.get("/").text
    browser.client.cookies.clear()
    provider.claims["groups"] = "everybody"
    signed_in(browser, provider)

    assert answer.headers["location"] == "/console/findings"
    assert "grace <small>admin" in page
    assert "grace <small>reader" in browser.get("/").text
    assert audited(service)[-1] == ("user/grace", "SignIn", None)


@pytest.mark.parametrize(
    "claims",
    [
        {"groups": []},
        {"groups": ["others"]},
        {"groups": None},
        {"nonce": "another"},
        {"aud": "another"},
        {"aud": ["ringwall", "another"]},
        {"azp": "another"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"preferred_username": "<script>", "sub": "<script>"},
        {"preferred_username": "ada"},
        {"preferred_username": "local"},
    ],
    ids=json.dumps,
)
def test_tokens_that_do_not_fit_sign_nobody_in(service, browser, provider, claims):
    """
    Another client's, an old one, one of another sign-in, or without a role; nor is a local user's name taken over.
    """
    provider.claims |= claims

    answer = signed_in(browser, provider)

    assert answer.status_code == 403
    assert browser.get("/").status_code == 303
    assert audited(service)[-1] == ("user/", "SignIn", "AccessDeniedException")


def test_a_token_that_somebody_else_signed_is_refused(browser, provider):
    """
    The name of the key is not enough.
    """
    provider.key = OTHER

    assert signed_in(browser, provider).status_code == 403


@pytest.mark.parametrize("query", [{"state": "another"}, {"code": "another"}, {"code": ""}, {"error": "access_denied"}])
def test_answers_of_another_sign_in_are_refused(browser, provider, query):
    """
    The state is this browser's, the code is the provider's.
    """
    assert signed_in(browser, provider, **query).status_code == 403


def test_an_answer_without_its_cookie_is_refused(browser, provider):
    """
    Whoever is sent a link with somebody else's code has not begun that sign-in.
    """
    there = browser.get("/oidc").headers["location"]
    browser.client.cookies.clear()

    answer = browser.get("/oidc/callback", code="the-code", state=parse_qs(urlsplit(there).query)["state"][0])

    assert answer.status_code == 403


def test_a_user_who_is_disabled_here_stays_out(service, browser, provider):
    """
    Whatever the provider says.
    """
    signed_in(browser, provider)
    with service.store.write() as connection:
        users.update(connection, users.find(connection, "grace").key, disabled_at=service.clock())
    browser.client.cookies.clear()

    assert signed_in(browser, provider).status_code == 403


def test_a_provider_with_another_name_is_not_believed(browser, provider):
    """
    What it publishes has to say what is configured.
    """
    provider.issuer = "https://evil.example"

    assert browser.get("/oidc").status_code == 403


def test_without_a_provider_there_is_no_such_page(service, visitor):
    """
    And users of a provider have no password.
    """
    add_user(service, "hal", "admin", subject=f"{ISSUER} u-2")

    assert visitor(service).get("/oidc").status_code == 404
