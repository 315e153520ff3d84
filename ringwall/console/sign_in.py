"""Signing in with a password or by the one-time link, and signing out."""

from __future__ import annotations

import hmac
from ipaddress import ip_address
from threading import BoundedSemaphore

from starlette.responses import RedirectResponse, Response

from ringwall.console.cookies import drop_cookie, session_cookie, set_cookie
from ringwall.console.destinations import safe_destination
from ringwall.console.gate import Page
from ringwall.console.visit import ROOT, Visit
from ringwall.service.passwords import is_right
from ringwall.store import audit, users
from ringwall.store.audit import AuditEvent
from ringwall.store.users import UserRecord

_LONGEST_NAME, _LONGEST_PASSWORD = 64, 256
_CHECKS = BoundedSemaphore(2)
"""Each takes 64 MiB for a moment: strangers must not be able to ask for many at once."""
_WRONG = "The name or the password is wrong, or the user is disabled."
_TOO_OFTEN = "There were too many failed attempts. Wait ten minutes, and try again."


def _ask(visit: Visit) -> Response:
    wanted = safe_destination(visit.query.get("next"))
    if visit.session is not None:
        return RedirectResponse(wanted, 303)
    return _form(visit, wanted)


def _form(visit: Visit, wanted: str, *, name: str = "", problem: str = "", status: int = 200) -> Response:
    with visit.ringwall.store.read() as connection:
        has_users = bool(users.page(connection, limit=1))
    return visit.render(
        "sign_in.html",
        title="Sign in",
        status=status,
        wanted=wanted,
        name=name,
        problem=problem,
        has_users=has_users,
        oidc=visit.console.settings.oidc,
    )


def _sign_in(visit: Visit) -> Response:
    name, password = visit.form.get("name").strip()[:_LONGEST_NAME], visit.form.get("password")[:_LONGEST_PASSWORD]
    wanted = safe_destination(visit.form.get("next"))
    attempts = visit.console.attempts
    if not attempts.may_try(name, visit.address):
        record_attempt(visit, name, "password", "ThrottlingException")
        return _form(visit, wanted, name=name, problem=_TOO_OFTEN, status=429)
    user = _checked(visit, name, password)
    if user is None:
        attempts.has_failed(name, visit.address)
        record_attempt(visit, name, "password", "AccessDeniedException")
        return _form(visit, wanted, name=name, problem=_WRONG, status=403)
    record_attempt(visit, name, "password", None)
    return begin_session(visit, user.key, wanted)


def _checked(visit: Visit, name: str, password: str) -> UserRecord | None:
    """The user, where the password is right. A name that there is not takes as long."""
    with visit.ringwall.store.read() as connection:
        user = users.find(connection, name)
    with _CHECKS:
        fits = is_right(password, user.password_hash if user else None)
    return user if fits and user and user.disabled_at is None else None


def begin_session(visit: Visit, user_key: int | None, wanted: str) -> Response:
    """Somebody is signed in: with a new session, whatever cookie the browser sent."""
    token = visit.console.sessions.start(user_key, replaced=visit.session)
    response = RedirectResponse(wanted, 303)
    settings = visit.console.settings
    set_cookie(response, settings, session_cookie(settings), token, seconds=int(settings.session.total_seconds()))
    return response


def record_attempt(visit: Visit, name: str, method: str, error: str | None) -> None:
    """Writes to the audit log who tried to sign in, and how."""
    _record(visit, f"user/{name}" if method != "link" else "local", "SignIn", {"method": method}, error)


def _record(visit: Visit, actor: str, operation: str, parameters: dict[str, str], error: str | None) -> None:
    event = AuditEvent(
        at=visit.ringwall.clock(),
        actor=actor,
        operation=operation,
        parameters={**parameters, "address": visit.address},
        request_id=visit.request_id,
        error=error,
    )
    with visit.ringwall.store.write() as connection:
        audit.add(connection, event)


def _sign_out(visit: Visit) -> Response:
    visit.console.sessions.end(visit.signed_in)
    _record(visit, visit.signed_in.actor, "SignOut", {}, None)
    response = RedirectResponse(f"{ROOT}/sign-in", 303)
    drop_cookie(response, visit.console.settings, session_cookie(visit.console.settings))
    return response


def _by_link(visit: Visit) -> Response:
    """Signs in whoever started the server and was shown the link: once, and on this computer alone."""
    expected = visit.console.settings.local_token
    used = visit.console.state.get("local_link_used", False)
    given = visit.query.get("token")
    is_right_link = expected is not None and hmac.compare_digest(given.encode(), expected.encode())
    if not is_right_link or used or not _is_on_this_computer(visit):
        record_attempt(visit, "", "link", "AccessDeniedException")
        problem = (
            "This link does not sign in: it was used, or is not complete. `ringwall serve --local` prints another."
        )
        return _form(visit, f"{ROOT}/", problem=problem, status=403)
    visit.console.state["local_link_used"] = True
    record_attempt(visit, "", "link", None)
    return begin_session(visit, None, f"{ROOT}/")


def _is_on_this_computer(visit: Visit) -> bool:
    try:
        return not visit.console.settings.is_behind_proxy and ip_address(visit.address).is_loopback
    except ValueError:
        return False


PAGES = (
    Page("/sign-in", _ask, is_public=True),
    Page("/sign-in", _sign_in, "POST", is_public=True),
    Page("/sign-out", _sign_out, "POST"),
    Page("/local", _by_link, is_public=True),
)
