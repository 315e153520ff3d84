"""External or unused access: an analyzer looks for one of them, and some pages are about one of them alone."""

from __future__ import annotations

from starlette.responses import Response

from ringwall.console.navigation import EXTERNAL, UNUSED, kind_of
from ringwall.console.visit import Visit, scope_of
from ringwall.store.analyzers import AnalyzerRecord

_WORDS = {EXTERNAL: "external access", UNUSED: "unused access"}


def is_unused(analyzer: AnalyzerRecord) -> bool:
    """Whether the analyzer looks for unused access: users and roles instead of resources."""
    return kind_of(analyzer) == UNUSED


def other_kind(visit: Visit, title: str, kind: str) -> Response | None:
    """The page that says that the one asked for is about analyzers of `kind`; None where the chosen one is such.

    Without an analyzer there is nothing to say either: the page itself tells that there is none.
    """
    if visit.analyzer is None or visit.kind == kind:
        return None
    others = [(each, visit.link(_path_of(visit), analyzer=scope_of(each))) for each in visit.analyzers]
    return visit.render(
        "other_kind.html",
        title=title,
        analyzer=visit.analyzer,
        wanted=_WORDS[kind],
        own=_WORDS[visit.kind],
        others=[(each, link) for each, link in others if kind_of(each) == kind],
        is_unused=is_unused(visit.analyzer),
    )


def _path_of(visit: Visit) -> str:
    return visit.request.url.path.removeprefix("/console")
