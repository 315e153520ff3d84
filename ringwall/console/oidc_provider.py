"""An OpenID provider: where it sends people to sign in, and whom it vouches for when they come back.

Authlib speaks OAuth 2, joserfc reads and verifies the ID token; what has to be in it is said here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote_plus, urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ringwall.console.settings import Oidc
from ringwall.errors import DeniedError

_SECONDS = 10.0
_KEPT_SECONDS = 3600.0
_LONGEST_AGAIN = 60.0
"""Keys are asked for again at most that often, whatever tokens come."""
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""All are signatures: none that a client secret, or nothing, would do for."""
_LEEWAY = 60


@dataclass(frozen=True, slots=True)
class Errand:
    """One sign-in under way: what only the browser that began it has."""

    state: str
    nonce: str
    verifier: str


@dataclass(slots=True)
class Provider:
    """What is known of the provider, for an hour."""

    settings: Oidc
    clock: Callable[[], float]
    """Seconds since 1970."""
    transport: httpx.BaseTransport | None = None
    monotonic: Callable[[], float] = time.monotonic
    _metadata: Mapping[str, Any] = field(default_factory=dict)
    _keys: KeySet | None = None
    _read_at: float = 0.0

    def address_for(self, errand: Errand) -> str:
        """Where the browser goes to sign in.

        Raises:
            DeniedError: the provider does not answer.
        """
        settings = self.settings
        address: str = prepare_grant_uri(
            self._known()["authorization_endpoint"],
            settings.client_id,
            "code",
            redirect_uri=settings.redirect_url,
            scope=" ".join(settings.scopes),
            state=errand.state,
            nonce=errand.nonce,
            code_challenge=create_s256_code_challenge(errand.verifier),
            code_challenge_method="S256",
        )
        return address

    def claims_of(self, code: str, errand: Errand) -> Mapping[str, Any]:
        """What the provider says of whoever came back with this code.

        Raises:
            DeniedError: it says nothing, or nothing that can be believed.
        """
        token = self._traded(self._known()["token_endpoint"], code, errand)
        written = token.get("id_token")
        if not isinstance(written, str):
            raise DeniedError("the provider sent no ID token")
        return self._verified(written, errand)

    def _verified(self, written: str, errand: Errand) -> Mapping[str, Any]:
        for attempt in (1, 2):
            try:
                token = jwt.decode(written, self._keys_now(), algorithms=list(_ALGORITHMS))
            except (JoseError, ValueError) as error:
                # The provider may have new keys: they are asked for once more.
                if attempt == 1 and self._may_ask_again():
                    self._read()
                    continue
                raise DeniedError("the ID token is not signed by the provider") from error
            return self._checked(token.claims, errand)
        raise AssertionError("the second attempt returns or raises")

    def _checked(self, claims: Mapping[str, Any], errand: Errand) -> Mapping[str, Any]:
        client = self.settings.client_id
        registry = jwt.JWTClaimsRegistry(
            now=lambda: int(self.clock()),
            leeway=_LEEWAY,
            iss={"essential": True, "value": self.settings.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": client},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": errand.nonce},
        )
        try:
            registry.validate(dict(claims))
        except JoseError as error:
            raise DeniedError("the ID token is not for this sign-in") from error
        audience = claims["aud"]
        if ((isinstance(audience, list) and len(audience) > 1) or "azp" in claims) and claims.get("azp") != client:
            raise DeniedError("the ID token was made for another client")
        return claims

    def _traded(self, endpoint: str, code: str, errand: Errand) -> Mapping[str, Any]:
        """What the provider gives for the code."""
        settings = self.settings
        is_public = settings.client_secret is None
        body = prepare_token_request(
            "authorization_code",
            code=code,
            redirect_uri=settings.redirect_url,
            code_verifier=errand.verifier,
            **({"client_id": settings.client_id} if is_public else {}),
        )
        headers = {"accept": "application/json", "content-type": "application/x-www-form-urlencoded"}
        auth = httpx.Auth() if settings.client_secret is None else _basic(settings.client_id, settings.client_secret)
        try:
            with httpx.Client(transport=self.transport, timeout=_SECONDS) as client:
                answer = client.post(endpoint, content=body, headers=headers, auth=auth)
                answer.raise_for_status()
                token = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise DeniedError("the provider did not take the code that it had given") from error
        return token if isinstance(token, dict) else {}

    def _keys_now(self) -> KeySet:
        self._known()
        assert self._keys is not None
        return self._keys

    def _known(self) -> Mapping[str, Any]:
        if not self._metadata or self.monotonic() - self._read_at > _KEPT_SECONDS:
            self._read()
        return self._metadata

    def _may_ask_again(self) -> bool:
        return self.monotonic() - self._read_at > _LONGEST_AGAIN

    def _read(self) -> None:
        issuer = self.settings.issuer
        try:
            with httpx.Client(transport=self.transport, timeout=_SECONDS) as client:
                metadata = _json(client, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
                if metadata.get("issuer") != issuer:
                    raise DeniedError(f"the provider calls itself otherwise than `{issuer}`")
                for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                    _require_safe(str(metadata.get(name, "")))
                keys = KeySet.import_key_set(_json(client, metadata["jwks_uri"]))  # type: ignore[arg-type]  # as JSON
        except (httpx.HTTPError, JoseError, ValueError, KeyError) as error:
            raise DeniedError("the provider does not answer as OpenID providers do") from error
        self._metadata, self._keys, self._read_at = metadata, keys, self.monotonic()


def _basic(name: str, secret: str) -> httpx.Auth:
    """As RFC 6749 has it in section 2.3.1: both parts encoded as in a form."""
    return httpx.BasicAuth(quote_plus(name), quote_plus(secret))


def _json(client: httpx.Client, address: str) -> dict[str, Any]:
    answer = client.get(address)
    answer.raise_for_status()
    content = answer.json()
    if not isinstance(content, dict):
        raise ValueError("not an object")  # noqa: TRY004 - what the caller takes for an answer that makes no sense
    return content


def _require_safe(address: str) -> None:
    """Nothing is sent in the clear, but on this computer."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not _is_here(parts.hostname or ""):
        raise DeniedError(f"the provider's `{address}` is not reached by HTTPS")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
