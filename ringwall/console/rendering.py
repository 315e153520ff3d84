"""Templates: everything that they write is escaped, and cleaned of what deceives readers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from ringwall import __version__
from ringwall.reports.wording import EXPOSURES, clean, counted, resource_name, resource_noun

_STATIC = {
    "console_css": "console.css",
    "console_js": "console.js",
    "pages_css": "pages.css",
    "htmx": "vendor/htmx-2.0.11.min.js",
}


@cache
def environment() -> Environment:
    """The templates of this room."""
    made = Environment(
        loader=PackageLoader("ringwall.console"),
        autoescape=True,
        finalize=_finalize,
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters |= {
        "ago": ago,
        "counted": counted,
        "instant": instant,
        "name": resource_name,
        "noun": resource_noun,
        "number": lambda value: f"{value:,}",
    }
    made.globals |= {
        "EXPOSURES": {exposure.value: words for exposure, words in EXPOSURES.items()},
        "static": static_addresses(),
        "version": __version__,
    }
    return made


def _finalize(value: object) -> object:
    """What every expression goes through before it is escaped."""
    if value is None:
        return ""
    return "\n".join(map(clean, value.split("\n"))) if type(value) is str else value


def instant(at: datetime | None) -> str:
    """A time, for readers: `2026-03-01 12:30 UTC`."""
    return "" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"


_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago that was: `3 hours ago`."""
    if at is None:
        return "never"
    seconds = (now - at).total_seconds()
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{counted(int(seconds // size), unit)} ago"
    return "just now"


@cache
def static_addresses() -> Mapping[str, str]:
    """By the name that templates know it by, a file's address: with the digest of its content, so that browsers may keep it for good."""
    folder = files("ringwall.console") / "static"
    return {name: f"/console/static/{path}?v={_digest((folder / path).read_bytes())}" for name, path in _STATIC.items()}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def render(template: str, context: Mapping[str, Any]) -> str:
    """The text of a page."""
    return environment().get_template(template).render(context)
