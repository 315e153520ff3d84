"""Signing in through an OpenID provider: the code flow with PKCE, and from groups to roles."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import RedirectResponse, Response

from ringwall.console.cookies import drop_cookie, set_cookie
from ringwall.console.destinations import safe_destination
from ringwall.console.gate import Page
from ringwall.console.oidc_provider import Errand, Provider
from ringwall.console.settings import Oidc
from ringwall.console.sign_in import begin_session, record_attempt
from ringwall.console.visit import Visit
from ringwall.errors import DeniedError, NotFoundError, StoreError
from ringwall.service.context import Role
from ringwall.store import users
from ringwall.store.users import UserRecord

_COOKIE = "ringwall-oidc"
_TIME = timedelta(minutes=10)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")


def _begin(visit: Visit) -> Response:
    provider = _provider(visit)
    errand = Errand(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))
    response = RedirectResponse(provider.address_for(errand), 303)
    kept = {
        **asdict(errand),
        "next": safe_destination(visit.query.get("next")),
        "at": visit.ringwall.clock().isoformat(),
    }
    # Lax, as the provider's page leads back here.
    sealed = base64.urlsafe_b64encode(visit.ringwall.cipher.encrypt(json.dumps(kept).encode())).decode()
    set_cookie(response, visit.console.settings, _COOKIE, sealed, seconds=int(_TIME.total_seconds()))
    return response


def _come_back(visit: Visit) -> Response:
    provider = _provider(visit)
    try:
        kept = _kept(visit)
        errand = Errand(kept["state"], kept["nonce"], kept["verifier"])
        user = _user_of(visit, provider.settings, provider.claims_of(_code(visit, errand), errand))
    except DeniedError:
        record_attempt(visit, "", "oidc", "AccessDeniedException")
        raise
    record_attempt(visit, user.name, "oidc", None)
    response = begin_session(visit, user.key, safe_destination(kept["next"]))
    drop_cookie(response, visit.console.settings, _COOKIE)
    return response


def _code(visit: Visit, errand: Errand) -> str:
    if not hmac.compare_digest(visit.query.get("state").encode(), errand.state.encode()):
        raise DeniedError("this answer of the provider belongs to another sign-in: begin again")
    code = visit.query.get("code")
    if visit.query.get("error") or not code:
        raise DeniedError("the provider did not sign you in")
    return code


def _provider(visit: Visit) -> Provider:
    settings = visit.console.settings.oidc
    if settings is None:
        raise NotFoundError("no OpenID provider is configured", resource_id="oidc", resource_type="Provider")
    made: Provider = visit.console.state.setdefault(
        "oidc", Provider(settings, lambda: visit.console.ringwall.clock().timestamp(), visit.console.settings.transport)
    )
    return made


def _kept(visit: Visit) -> Mapping[str, str]:
    """What this browser began with."""
    sealed = visit.request.cookies.get(_COOKIE, "")
    try:
        kept: dict[str, str] = json.loads(visit.ringwall.cipher.decrypt(base64.urlsafe_b64decode(sealed)))
        began = datetime.fromisoformat(kept["at"])
    except (StoreError, binascii.Error, ValueError, KeyError, TypeError) as error:
        raise DeniedError("this sign-in was not begun here: begin again") from error
    if visit.ringwall.clock() - began > _TIME:
        raise DeniedError("this sign-in took too long: begin again")
    return kept


def role_of(settings: Oidc, claims: Mapping[str, Any]) -> Role:
    """The role of somebody's groups; who is in none that has one may not come in.

    Raises:
        DeniedError: no group has a role.
    """
    stated = claims.get(settings.groups_claim)
    groups = {stated} if isinstance(stated, str) else {each for each in stated or () if isinstance(each, str)}
    if groups & set(settings.admin_groups):
        return Role.ADMIN
    if groups & set(settings.reader_groups):
        return Role.READER
    raise DeniedError("none of your groups has a role here: ask whoever runs this server")


def _user_of(visit: Visit, settings: Oidc, claims: Mapping[str, Any]) -> UserRecord:
    """The user, made at the first sign-in, with the role of today's groups."""
    role, subject = role_of(settings, claims).value, f"{settings.issuer} {claims['sub']}"
    with visit.ringwall.store.write() as connection:
        known = users.find_subject(connection, subject)
        if known is None:
            name = _name_of(settings, claims)
            if users.find(connection, name) is not None or name == "local":
                raise DeniedError(f"there is another user `{name}` already")
            record = UserRecord(name=name, role=role, created_at=visit.ringwall.clock(), subject=subject)
            return users.add(connection, record)
        if known.disabled_at is not None:
            raise DeniedError("this user is disabled")
        users.update(connection, known.key, role=role)
        return known


def _name_of(settings: Oidc, claims: Mapping[str, Any]) -> str:
    for name in (settings.name_claim, "email", "sub"):
        value = claims.get(name)
        if isinstance(value, str) and _NAME.fullmatch(value):
            return value
    raise DeniedError("the provider gives you no name that can be used here")


PAGES = (
    Page("/oidc", _begin, is_public=True),
    Page("/oidc/callback", _come_back, is_public=True),
)
