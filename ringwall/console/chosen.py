"""The analyzer that a page is about, for pages that are of no use without one."""

from __future__ import annotations

from ringwall.console.visit import Visit
from ringwall.errors import NotFoundError, ValidationError
from ringwall.store.analyzers import AnalyzerRecord

_WORD = "delete"


class NoAnalyzerError(NotFoundError):
    """There is no analyzer yet, so that there is nothing that a page could show."""


def chosen(visit: Visit) -> AnalyzerRecord:
    """The analyzer.

    Raises:
        NoAnalyzerError: there is none yet.
    """
    if visit.analyzer is None:
        message = "there is no analyzer yet: create one on the page `Analyzers`"
        raise NoAnalyzerError(message, resource_id="", resource_type="Analyzer")
    return visit.analyzer


def require_word(visit: Visit) -> None:
    """See that whoever deletes has typed the word that says so, as AWS's console asks for it.

    Raises:
        ValidationError: they have not.
    """
    if visit.form.get("confirm").strip() != _WORD:
        raise ValidationError(f"nothing was deleted: type `{_WORD}` into the field to confirm", field="confirm")


def number_in(text: str) -> int:
    """A place in a listing, from a query string; 0 where there is none.

    Raises:
        ValidationError: it is no number.
    """
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ValidationError("there is no such page: begin again at the first", field="after")
    return int(text)
