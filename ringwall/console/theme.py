"""Light or dark: kept in a cookie, so that it is there before any script has run."""

from __future__ import annotations

from starlette.responses import Response

from ringwall.console.destinations import safe_destination
from ringwall.console.gate import Page
from ringwall.console.visit import THEMES, Visit

_YEAR = 365 * 24 * 3600


def _choose(visit: Visit) -> Response:
    theme = visit.form.get("theme")
    response = visit.redirect("/")
    response.headers["location"] = safe_destination(visit.form.get("next"))
    if theme in THEMES:
        response.set_cookie(
            "ringwall-theme",
            theme,
            max_age=_YEAR,
            path="/",
            secure=visit.console.settings.is_secure,
            httponly=True,
            samesite="lax",
        )
    else:
        response.delete_cookie("ringwall-theme", path="/")
    return response


PAGES = (Page("/theme", _choose, "POST", is_public=True),)
