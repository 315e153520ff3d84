"""The cookies: no script reads them, and no other site's forms send them."""

from __future__ import annotations

from typing import Literal

from starlette.responses import Response

from ringwall.console.settings import ConsoleSettings

FORM_COOKIE = "ringwall-form"
"""Holds the token that forms carry before somebody is signed in."""


def session_cookie(settings: ConsoleSettings) -> str:
    """With the prefix, a browser takes it by HTTPS alone, and from no neighbouring host."""
    return "__Host-ringwall" if settings.is_secure else "ringwall-session"


def set_cookie(
    response: Response,
    settings: ConsoleSettings,
    name: str,
    value: str,
    *,
    samesite: Literal["lax", "strict"] = "lax",
    seconds: int | None = None,
) -> None:
    """Lax where people come from a link in a message; what they only read is harmless."""
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=settings.is_secure, httponly=True, samesite=samesite
    )


def drop_cookie(response: Response, settings: ConsoleSettings, name: str) -> None:
    """The browser forgets it."""
    response.delete_cookie(name, path="/", secure=settings.is_secure, httponly=True, samesite="lax")
