"""Pages of a listing: how long they are, and the opaque token that the next one is asked for with.

A token holds the place after which the next page starts and a digest of the question, so that it is of no use with
another question. It is no secret: whoever changes the place sees another page of what they may see anyway.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from ringwall.errors import ValidationError
from ringwall.service.context import Caller

_USUAL = 100
_MOST = 1000
_BITS = 64
_PAGING = frozenset({"nextToken", "maxResults"})
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Paging:
    """What a request says about the page that it wants."""

    limit: int
    after: Any
    """Where the page starts, as it was given to `token`; None for the first page."""
    _question: str

    def token(self, place: Any) -> str:
        """The token for the page that starts after `place`, which is of JSON."""
        written = json.dumps([self._question, place], separators=(",", ":"))
        return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")

    def answer(
        self,
        member: str,
        found: Sequence[_Item],
        *,
        key: Callable[[_Item], Any],
        shape: Callable[[_Item], dict[str, Any]],
    ) -> dict[str, Any]:
        """A page of what was found, where one more was looked for than fits, to see whether there is another page.

        Args:
            member: the list's name in the answer.
            found: at most `limit + 1`.
            key: the place of one of them.
            shape: one of them as the API has it.
        """
        shown = found[: self.limit]
        answer: dict[str, Any] = {member: [shape(each) for each in shown]}
        return {**answer, "nextToken": self.token(key(shown[-1]))} if len(found) > self.limit else answer


def paging_of(caller: Caller, operation: str, request: Mapping[str, Any], kind: type = int) -> Paging:
    """Reads a request for a page; `kind` is what a place of this listing is.

    Raises:
        ValidationError: the page would have no entries, or the token is not of this question.
    """
    asked = request.get("maxResults", _USUAL)
    if asked < 1:
        raise ValidationError(f"a page of {asked} entries cannot be: ask for 1 or more", field="maxResults")
    question = _digest(caller, operation, request)
    token = request.get("nextToken")
    after = None if token is None else _read(token, question, kind)
    return Paging(limit=min(asked, _MOST), after=after, _question=question)


def _digest(caller: Caller, operation: str, request: Mapping[str, Any]) -> str:
    asked = {name: value for name, value in request.items() if name not in _PAGING}
    question = json.dumps([caller.account, caller.region, operation, asked], sort_keys=True, default=_instant)
    return hashlib.sha256(question.encode()).hexdigest()[:16]


def _instant(value: datetime) -> str:
    return value.isoformat()


def _read(token: str, question: str, kind: type) -> Any:
    try:
        written = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise ValidationError("this token is damaged: begin again without one", field="nextToken") from error
    if not isinstance(written, list) or len(written) != 2 or not _is_place(written[1], kind):
        raise ValidationError("this token is damaged: begin again without one", field="nextToken")
    if written[0] != question:
        raise ValidationError("this token belongs to another request: begin again without one", field="nextToken")
    return written[1]


def _is_place(place: Any, kind: type) -> bool:
    """Whether a database can look for it at all: numbers that fit into a column, texts without NUL, or a list of such."""
    match place:
        case list():
            return kind is list and all(isinstance(each, int | str) and _is_place(each, type(each)) for each in place)
        case str():
            return kind is str and "\x00" not in place
        case int():
            return kind is int and not isinstance(place, bool) and place.bit_length() < _BITS
        case _:
            return False
