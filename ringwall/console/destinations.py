"""Where a page sends people next, when the address says so: to pages of the console, and nowhere else."""

from __future__ import annotations

from urllib.parse import urlsplit

from ringwall.console.visit import ROOT


def safe_destination(asked: str) -> str:
    """The address that was asked for, or the first page where that is none of ours."""
    home = f"{ROOT}/"
    # Browsers take a backslash for a slash, and skip line breaks.
    if not asked.startswith(home) or not asked.isprintable() or "\\" in asked:
        return home
    parts = urlsplit(asked)
    return home if parts.scheme or parts.netloc or ".." in parts.path.split("/") else asked
