"""Amazon Resource Names: six fields between colons, the last of which may hold colons itself."""

from __future__ import annotations

from typing import NamedTuple

from ringwall.errors import UsageError


class Arn(NamedTuple):
    """`arn:partition:service:region:account:resource`, field by field."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return ":".join(("arn", *self))


def parse_arn(text: str) -> Arn:
    """The fields of `text`.

    Raises:
        UsageError: `text` is not shaped like an ARN.
    """
    if (arn := find_arn(text)) is None:
        raise UsageError(f"`{text}` is not an ARN: expected arn:partition:service:region:account:resource")
    return arn


def find_arn(text: str) -> Arn | None:
    """The fields of `text`, or None where it is not shaped like an ARN."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        return None
    return Arn(*parts[1:])


def account_of(text: str) -> str:
    """The account field of an ARN; the empty string where there is none."""
    arn = find_arn(text)
    return arn.account if arn else ""
