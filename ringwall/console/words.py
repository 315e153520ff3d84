"""What tables say of a finding's principal, access and ways, in the words of the reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwall.findings.finding import FindingSource
from ringwall.reports.wording import source_words

_EVERYBODY = "*"


def principal_words(detail: Mapping[str, Any]) -> str:
    """Who gets in, in a few words."""
    kind, value = next(iter((detail.get("principal") or {}).items()), ("", ""))
    if detail.get("error"):
        return f"Not analyzed: {detail['error']}"
    if value == _EVERYBODY:
        return "Any principal"
    return value if kind == "AWS" else f"{kind}: {value}"


def access_words(detail: Mapping[str, Any]) -> str:
    """The access levels: `List, Read`."""
    return ", ".join(detail.get("accessLevels") or {})


def shared_through(detail: Mapping[str, Any]) -> str:
    """The ways: `Policy, access point`."""
    words = (source_words(FindingSource(each["type"])) for each in detail.get("sources") or ())
    return ", ".join(dict.fromkeys(words)).capitalize()


def access_points(detail: Mapping[str, Any]) -> list[str]:
    """The ARNs of the access points that it goes through."""
    details = (each.get("detail") or {} for each in detail.get("sources") or ())
    return [value for each in details for value in each.values()]
