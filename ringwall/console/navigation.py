"""The pages that the navigation names, in AWS's words where AWS has them."""

from __future__ import annotations

from dataclasses import dataclass

from ringwall.service.analyzer_types import Kind, type_of
from ringwall.store.analyzers import AnalyzerRecord

EXTERNAL, UNUSED = Kind.EXTERNAL.value, Kind.UNUSED.value


def kind_of(analyzer: AnalyzerRecord | None) -> str:
    """What an analyzer looks for; of external access, where there is none."""
    return type_of(analyzer.type).kind.value if analyzer else EXTERNAL


@dataclass(frozen=True, slots=True)
class Entry:
    """One of them."""

    title: str
    path: str
    """Below /console."""
    operation: str = ""
    """The operation without which the page is of no use; empty: everybody may see it."""
    kind: str = ""
    """Of the analyzers that it is about: `EXTERNAL` or `UNUSED`; empty: of all."""


NAVIGATION = (
    Entry("Summary", "/"),
    Entry("Findings", "/findings", kind=EXTERNAL),
    Entry("Unused access", "/findings", kind=UNUSED),
    Entry("Resources", "/resources", kind=EXTERNAL),
    Entry("Principals", "/principals", kind=UNUSED),
    Entry("Archive rules", "/archive-rules"),
    Entry("Access previews", "/previews", kind=EXTERNAL),
    Entry("Map", "/map", kind=EXTERNAL),
    Entry("Analyzers", "/analyzers"),
    Entry("Notifications", "/notifications"),
    Entry("Keys", "/keys", "ListApiKeys"),
    Entry("Users", "/users", "ListUsers"),
    Entry("Settings", "/settings"),
    Entry("Playground", "/playground"),
)
