"""The first page of an analyzer of unused access: how much is unused, whose, and what could not be seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from starlette.responses import Response

from ringwall.console import counts
from ringwall.console.glance import Number, bars_of, lately
from ringwall.console.principal_shares import shares_of
from ringwall.console.unused_words import TITLES, age_of
from ringwall.console.visit import Visit
from ringwall.findings.finding import FindingStatus, FindingType
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.finding_counts import Kind

_BARS = 10
_NO_ERROR = "error~exists~false"
_CARDS = (
    ("Unused roles", (FindingType.UNUSED_IAM_ROLE,), "Nobody has assumed them."),
    (
        "Unused credentials",
        (FindingType.UNUSED_IAM_USER_ACCESS_KEY, FindingType.UNUSED_IAM_USER_PASSWORD),
        "Access keys and passwords that nobody has used.",
    ),
    ("Unused permissions", (FindingType.UNUSED_PERMISSION,), "Users and roles in use that may do more than they do."),
)


def show(visit: Visit, analyzer: AnalyzerRecord) -> Response:
    """The page."""
    with visit.ringwall.store.read() as connection:
        counted = counts.by_kind(visit, connection, analyzer)
        accounts = counts.by_property(visit, connection, analyzer, "resourceOwnerAccount")
        active = [each for each in counted if each.status is FindingStatus.ACTIVE]
        total = sum(each.number for each in active)
        recent = lately(visit, connection, analyzer, total, visit.ringwall.clock())
    return visit.render(
        "unused_summary.html",
        title="Summary",
        analyzer=analyzer,
        days=age_of(analyzer),
        active=total,
        errors=sum(each.number for each in active if each.error),
        errors_link=visit.link("/findings", f=["error~exists~true"]),
        cards=list(_cards(visit, active)),
        breakdowns=list(_breakdowns(visit, analyzer, counted, accounts)),
        **recent,
        shares=shares_of(visit, analyzer),
    )


def _of_types(active: Iterable[Kind], types: Sequence[FindingType]) -> int:
    return sum(each.number for each in active if each.type in types and not each.error)


def _link(visit: Visit, types: Sequence[FindingType]) -> str:
    return visit.link("/findings", f=[*(f"findingType~eq~{each.value}" for each in types), _NO_ERROR])


def _cards(visit: Visit, active: Sequence[Kind]) -> Iterator[Number]:
    """The three numbers of AWS's console."""
    for title, types, meaning in _CARDS:
        yield Number(title, _of_types(active, types), _link(visit, types), meaning=meaning)


def _breakdowns(
    visit: Visit, analyzer: AnalyzerRecord, counted: Sequence[Kind], accounts: Mapping[str | None, int]
) -> Iterator[tuple[str, list[Number]]]:
    active = [each for each in counted if each.status is FindingStatus.ACTIVE]
    types = [(title, _of_types(active, (each,)), _link(visit, (each,))) for each, title in TITLES.items()]
    yield "Findings overview", bars_of(types)
    statuses = [
        (
            status.value.capitalize(),
            sum(each.number for each in counted if each.status is status),
            visit.link("/findings", status=status.value),
        )
        for status in FindingStatus
    ]
    yield "Finding status", bars_of(statuses)
    if analyzer.type.startswith("ORGANIZATION"):
        top = list(accounts.items())[:_BARS]
        links = [visit.link("/findings", f=[f"resourceOwnerAccount~eq~{account}"]) for account, _ in top]
        most = [(account or "", number, link) for (account, number), link in zip(top, links, strict=True)]
        yield "Accounts with the most findings", bars_of(most)
