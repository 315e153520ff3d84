"""How many findings there are, as `GetFindingsStatistics` tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ringwall.findings.finding import FindingStatus, FindingType
from ringwall.findings.unused_finding import UNUSED_TYPES

_MOST_ACCOUNTS = 10
"""API reference, `AccountAggregations`: the longest list."""


@dataclass(frozen=True, slots=True)
class FindingCount:
    """How many findings of an analyzer have all of this in common."""

    type: FindingType
    resource_type: str
    status: FindingStatus
    is_public: bool
    has_error: bool
    count: int


def statistics_of(counts: Iterable[FindingCount]) -> list[dict[str, Any]]:
    """The API's `findingsStatistics`: one member of the union, as an analyzer looks for one kind of access.

    An error finding is a finding, so that it is in the totals too; of the three numbers of its type it is in the last.
    """
    external = [each for each in counts if each.type is FindingType.EXTERNAL_ACCESS]
    return [{"externalAccessFindingsStatistics": {"resourceTypeStatistics": _by_type(external), **_totals(external)}}]


@dataclass(frozen=True, slots=True)
class AccountCount:
    """How many active findings of one type an account has."""

    account: str
    type: FindingType
    count: int


def unused_statistics_of(counts: Iterable[FindingCount], accounts: Iterable[AccountCount] = ()) -> list[dict[str, Any]]:
    """The same for an analyzer of unused access: by type what is active, and of an organization the accounts with most.

    Args:
        counts: the findings of the analyzer.
        accounts: the active ones by account, where several accounts are looked at.
    """
    unused = [each for each in counts if each.type in UNUSED_TYPES]
    active: Counter[FindingType] = Counter()
    for each in unused:
        if each.status is FindingStatus.ACTIVE:
            active[each.type] += each.count
    by_type = [{"unusedAccessType": each.value, "total": active[each]} for each in UNUSED_TYPES if active[each]]
    most = _top_accounts(accounts)
    top = {"topAccounts": most} if most else {}
    return [{"unusedAccessFindingsStatistics": {"unusedAccessTypeStatistics": by_type, **top, **_totals(unused)}}]


def _top_accounts(counts: Iterable[AccountCount]) -> list[dict[str, Any]]:
    details: dict[str, Counter[str]] = {}
    for each in counts:
        details.setdefault(each.account, Counter())[each.type.value] += each.count
    most = sorted(details, key=lambda account: (-details[account].total(), account))[:_MOST_ACCOUNTS]
    return [
        {
            "account": account,
            "numberOfActiveFindings": details[account].total(),
            "details": {name: details[account][name] for name in sorted(details[account])},
        }
        for account in most
    ]


_TOTALS = {
    FindingStatus.ACTIVE: "totalActiveFindings",
    FindingStatus.ARCHIVED: "totalArchivedFindings",
    FindingStatus.RESOLVED: "totalResolvedFindings",
}


def _totals(counts: Iterable[FindingCount]) -> dict[str, int]:
    totals = dict.fromkeys(_TOTALS.values(), 0)
    for each in counts:
        totals[_TOTALS[each.status]] += each.count
    return totals


_ACTIVE = ("totalActivePublic", "totalActiveCrossAccount", "totalActiveErrors")


def _by_type(counts: Iterable[FindingCount]) -> dict[str, dict[str, int]]:
    """By resource type, of those that have active findings at all."""
    found: dict[str, Counter[str]] = {}
    for each in counts:
        if each.status is FindingStatus.ACTIVE:
            found.setdefault(each.resource_type, Counter())[_kind(each)] += each.count
    return {type_: {name: found[type_][name] for name in _ACTIVE} for type_ in sorted(found)}


def _kind(count: FindingCount) -> str:
    public, cross_account, errors = _ACTIVE
    if count.has_error:
        return errors
    return public if count.is_public else cross_account
