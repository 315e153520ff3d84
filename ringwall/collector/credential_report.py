"""IAM's credential report: which users have a password or keys at all, so that only those are asked about further."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ringwall.collector.answers import MALFORMED, malformed, utc
from ringwall.collector.waiting import Waiting
from ringwall.errors import CollectionError
from ringwall.principals.principal import LastUse
from ringwall.resources.base import AwsReader

_GENERATE = "iam:GenerateCredentialReport"
_GET = "iam:GetCredentialReport"
CALLS = (_GENERATE, _GET)
"""The IAM actions that this needs."""
_DEADLINE = timedelta(minutes=2)
_NOTHING = frozenset({"", "N/A", "no_information", "not_supported"})
"""What stands where there is no time, Region or service: IAM User Guide, "Getting credential reports"."""


@dataclass(frozen=True, slots=True)
class ReportedKey:
    """A key of the report, which has no ids."""

    created_at: datetime | None
    """`last_rotated`: when it was made or changed."""
    last_use: LastUse


@dataclass(frozen=True, slots=True)
class ReportRow:
    """What the report says of one user. It may be four hours old."""

    has_password: bool
    password_changed_at: datetime | None
    password_last_use: LastUse
    keys: tuple[ReportedKey, ...]

    def last_use_of_key(self, created_at: datetime) -> LastUse | None:
        """Of the one key that was made then, to the second; None where that is not told."""
        found = [each for each in self.keys if each.created_at == created_at.replace(microsecond=0)]
        return found[0].last_use if len(found) == 1 else None


def read_credential_report(aws: AwsReader, waiting: Waiting) -> Mapping[str, ReportRow]:
    """The report by ARN of the users. A row that cannot be read is left out: its user is asked about instead.

    IAM makes a new one at most every four hours: IAM User Guide, "Getting credential reports".

    Raises:
        CollectionError: it is refused, is not made in time, or is no such report.
    """
    end = waiting.now() + _DEADLINE
    for pause in waiting.pauses():
        if aws.call(_GENERATE).get("State") == "COMPLETE":
            break
        waiting.pause(pause, end, f"{_GENERATE}: no report within {_DEADLINE}")
    content = aws.call(_GET)["Content"]
    try:
        return dict(_rows(content.decode()))
    except (csv.Error, *MALFORMED) as error:
        raise CollectionError("INTERNAL_ERROR", f"{_GET}: {malformed(error)}") from error


def _rows(text: str) -> Iterator[tuple[str, ReportRow]]:
    for row in csv.DictReader(io.StringIO(text), strict=True):
        arn, has_password = row["arn"], row["password_enabled"]
        try:
            yield arn, _row(row, has_password=_is_true(has_password))
        except MALFORMED:
            continue


def _row(row: Mapping[str, str], *, has_password: bool) -> ReportRow:
    last_use = LastUse(_time(row["password_last_used"]))
    keys = tuple(_key(row, f"access_key_{number}_") for number in (1, 2) if _has_key(row, f"access_key_{number}_"))
    return ReportRow(has_password, _time(row["password_last_changed"]) if has_password else None, last_use, keys)


def _has_key(row: Mapping[str, str], key: str) -> bool:
    """A key that is not active has still been rotated; only one that never was is not there."""
    return _is_true(row[f"{key}active"]) or row[f"{key}last_rotated"] not in _NOTHING


def _key(row: Mapping[str, str], key: str) -> ReportedKey:
    region, service = (row[f"{key}last_used_{name}"] for name in ("region", "service"))
    at = _time(row[f"{key}last_used_date"])
    return ReportedKey(
        _time(row[f"{key}last_rotated"]), LastUse(at, known(region), known(service)) if at else LastUse()
    )


def known(text: str | None) -> str | None:
    """None where IAM writes that there is nothing."""
    return None if text is None or text in _NOTHING else text


def _is_true(text: str) -> bool:
    if text.lower() not in {"true", "false", "not_supported"}:
        raise ValueError(f"`{text}` is neither true nor false")
    return text.lower() == "true"


def _time(text: str) -> datetime | None:
    return None if text in _NOTHING else utc(datetime.fromisoformat(text))
