"""How time grows with the size of one question: statements, principals, values, patterns, accounts of the zone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.measure import Table, growth, timed
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.organization import Account, Organization
from ringwall.findings.zone_of_trust import ORGANIZATION, ZoneOfTrust
from ringwall.resources.base import Resource

_BUCKET = "arn:aws:s3:::bucket"
_OWNER = "111111111111"
_PATIENCE = 20
"""Seconds: after a size that takes longer, the larger ones are left out."""


def _resource(statements: list[dict[str, Any]]) -> Resource:
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return Resource(_BUCKET, "AWS::S3::Bucket", _OWNER, "eu-west-1", {"bucketPolicy": policy})


def _statement(principal: Any, condition: Any = None) -> dict[str, Any]:
    rest = {"Condition": condition} if condition else {}
    return {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": f"{_BUCKET}/*", **rest}


def _account(number: int) -> str:
    return f"{200_000_000_000 + number}"


def _statements(count: int, zone: ZoneOfTrust) -> Callable[[], object]:
    resource = _resource([_statement({"AWS": _account(number)}) for number in range(count)])
    return lambda: ExternalAccess(zone).findings_of(resource)


def _values(count: int, zone: ZoneOfTrust) -> Callable[[], object]:
    values = [_account(number) for number in range(count)]
    resource = _resource([_statement("*", {"StringEquals": {"aws:PrincipalAccount": values}})])
    return lambda: ExternalAccess(zone).findings_of(resource)


def _principals(count: int, zone: ZoneOfTrust) -> Callable[[], object]:
    resource = _resource([_statement({"AWS": [_account(number) for number in range(count)]})])
    return lambda: ExternalAccess(zone).findings_of(resource)


def _spared(count: int, zone: ZoneOfTrust) -> Callable[[], object]:
    spared = {"AWS": [f"arn:aws:iam::{_account(number)}:root" for number in range(count)]}
    deny = {"Effect": "Deny", "NotPrincipal": spared, "Action": "s3:*", "Resource": "*"}
    resource = _resource([_statement("*"), deny])
    return lambda: ExternalAccess(zone).findings_of(resource)


def _networks(count: int, zone: ZoneOfTrust) -> Callable[[], object]:
    values = [f"10.{number // 256 % 256}.{number % 256}.0/24" for number in range(count)]
    resource = _resource([_statement("*", {"IpAddress": {"aws:SourceIp": values}})])
    return lambda: ExternalAccess(zone).findings_of(resource)


def _members(count: int, _: ZoneOfTrust) -> Callable[[], object]:
    accounts = tuple(Account(_account(number)) for number in range(count))
    zone = ZoneOfTrust(ORGANIZATION, Organization("o-growth0000", _account(0), accounts))
    outside = {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/partner-*"}}
    resource = _resource([_statement("*", outside), _statement({"AWS": _account(count - 1)})])
    return lambda: ExternalAccess(zone).findings_of(resource)


def _wildcards(count: int, zone: ZoneOfTrust) -> Callable[[], object]:
    statements = [
        _statement("*", {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::123456789012:user/{_word(number)}"}})
        for number in range(count)
    ]
    resource = _resource(statements)
    return lambda: ExternalAccess(zone).findings_of(resource)


def _length(count: int, zone: ZoneOfTrust) -> Callable[[], object]:
    pattern = f"arn:aws:iam::123456789012:role/{'ab*' * (count // 3)}"
    resource = _resource([_statement("*", {"ArnLike": {"aws:PrincipalArn": pattern}})])
    return lambda: ExternalAccess(zone).findings_of(resource)


def _word(number: int) -> str:
    """`a*bcdef`, `b*acdef` and so on: any two overlap, none is within another."""
    letters = "abcdefghijklmno"
    first = letters[number]
    return f"{first}*{letters.replace(first, '')}"


_FAMILIES: dict[str, tuple[Callable[[int, ZoneOfTrust], Callable[[], object]], tuple[int, ...]]] = {
    "statements, one account each": (_statements, (1, 10, 100, 500, 1_000, 2_000)),
    "accounts in one statement": (_principals, (1, 100, 1_000, 2_500, 5_000, 10_000)),
    "accounts spared by one Deny": (_spared, (1, 100, 1_000, 2_500, 5_000, 10_000)),
    "account numbers in one condition": (_values, (1, 100, 1_000, 2_500, 5_000, 10_000)),
    "networks in one condition": (_networks, (1, 100, 1_000, 2_500, 5_000, 10_000)),
    "characters in one pattern": (_length, (100, 1_000, 10_000, 100_000, 1_000_000)),
    "accounts in the zone": (_members, (1, 100, 1_000, 12_500, 25_000, 50_000)),
    "overlapping wildcard statements": (_wildcards, (1, 5, 10, 15)),
}


def growth_tables(*, quick: bool) -> Iterator[Table]:
    """One table with a row for each family and size."""
    table = Table("Growth: one resource, concise mode", ("grows", "n", "ms", "findings or errors", "exponent"))
    zone = ZoneOfTrust()
    for name, (family, sizes) in _FAMILIES.items():
        points: list[tuple[int, float]] = []
        for size in sizes[:1] if quick else sizes:
            if points and points[-1][1] > _PATIENCE:
                table.rows.append((name, size, "", "not measured", ""))
                continue
            seconds, findings = timed(family(size, zone))
            points.append((size, seconds))
            exponent = growth(points) if len(points) > 1 else ""
            table.rows.append((name, size, seconds * 1_000, _counted(findings), exponent))
    table.notes.append("exponent: of n, between this size and the one before; 1 is linear, 2 quadratic.")
    yield table


def _counted(findings: Any) -> str:
    errors = [finding for finding in findings if finding.error]
    return f"{len(findings) - len(errors)}" + (f" + {errors[0].error_message}" if errors else "")
