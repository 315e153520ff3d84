"""Listings of the API: all pages of one, or one page with a link to the next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ringwall.console.visit import Visit

_BATCH = 500


def everything(visit: Visit, operation: str, member: str, /, **request: Any) -> Iterator[dict[str, Any]]:
    """Every item of a listing, a page at a time. The first is asked for at once: a refusal is no broken download."""
    first = visit.call(operation, maxResults=_BATCH, **request)
    return _onward(visit, operation, member, first, request)


def _onward(
    visit: Visit, operation: str, member: str, answer: dict[str, Any], request: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    yield from answer[member]
    while token := answer.get("nextToken"):
        answer = visit.call(operation, maxResults=_BATCH, nextToken=token, **request)
        yield from answer[member]


def one_page(
    visit: Visit, operation: str, member: str, limit: int, /, **request: Any
) -> tuple[list[dict[str, Any]], str]:
    """The page that the query string asks for with `after`, and what the next one is asked for with; empty: none."""
    answer = visit.call(operation, maxResults=limit, nextToken=visit.query.get("after") or None, **request)
    return answer[member], answer.get("nextToken") or ""
