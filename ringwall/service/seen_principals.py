"""The users and roles of an account, as a scan for unused access sees them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ringwall.errors import CollectionError
from ringwall.findings.report import Gap
from ringwall.findings.unused_access import UnusedAccess
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.principals.trail_reading import without_regions
from ringwall.resources.base import Resource
from ringwall.service.report_cache import StoredReports
from ringwall.service.stored_trail import Trail, stored_trail
from ringwall.service.unused_analysis import resource_of
from ringwall.service.work import Work

EXCLUDED = "the analyzer does not judge this principal any more"


@dataclass(frozen=True, slots=True)
class Excluded:
    """A principal that is there and is not judged."""

    arn: str
    type: str


def principals_in(work: Work, account: str, judge: UnusedAccess) -> Iterator[Resource | Gap | Excluded]:
    """Every user and role of the account, with IAM's report and what the trail says of it.

    Raises:
        CollectionError: the account does not let us in.
    """
    trail = _trail(work, account)
    for each in work.source.read_principals(account, StoredReports(work.ringwall, account)):
        match each:
            case Gap():
                yield each
            case PrincipalAccess() if judge.is_judged(each.principal):
                yield resource_of(trail.joined(each))
            case PrincipalAccess():
                yield Excluded(each.principal.arn, each.principal.kind.value)


def _trail(work: Work, account: str) -> Trail:
    """What is kept of the account's trail. That the account does not say which Regions it has is noted."""
    if work.ringwall.policy.trail is None:
        return Trail()
    try:
        return stored_trail(work.ringwall, account, work.source.regions(account))
    except CollectionError as error:
        return stored_trail(work.ringwall, account, ()).noting(without_regions(error))
