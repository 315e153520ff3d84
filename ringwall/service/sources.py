"""Where resources come from, as the service sees it: AWS in production, memory in tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from ringwall.findings.organization import Organization
from ringwall.findings.report import Gap
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.principals.usage import LastAccessedReport
from ringwall.resources.base import Resource
from ringwall.service.context import Scope

GLOBAL = "global"
"""The Region of what lives in none, such as roles."""


class Estate(Protocol):
    """Everything that an analyzer is to look at. A protocol, since the collector's room may not know this one."""

    @property
    def organization(self) -> Organization | None:
        """What the accounts belong to; None where they belong to none, or where it could not be read."""

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts to look into."""

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What could not be found out: if one of them is a failure, an account that is missing may still be there."""


class ReportCache(Protocol):
    """IAM's last-accessed reports about the principals of an account, and the jobs that make them."""

    def report(self, arn: str) -> LastAccessedReport | None:
        """The report about a principal, if there is one that is fresh enough."""

    def keep(self, arn: str, report: LastAccessedReport) -> None: ...

    def job(self, arn: str) -> str | None:
        """The job that was started for a principal and whose report nobody has kept yet."""

    def started(self, arn: str, job_id: str) -> None: ...


class Source(Protocol):
    """Answers what there is. Threads share it.

    Every method raises `CollectionError` where nothing at all can be said, such as an account that lets nobody in;
    what can be read in part is told by gaps.
    """

    def estate(self, scope: Scope, analyzer_type: str, /) -> Estate:
        """The accounts that `scope` covers: for an ORGANIZATION analyzer those of its organization.

        Raises:
            UsageError: there are no credentials, or the organization cannot be listed.
        """

    def regions(self, account: str, /) -> tuple[str, ...]:
        """The Regions that are enabled in an account."""

    def read(self, account: str, region: str, types: Sequence[str], /) -> Iterator[Resource | Gap]:
        """Every resource of `types` in one Region (or `GLOBAL`) of an account; a resource with `error` is unreadable."""

    def read_one(self, account: str, region: str, resource_type: str, arn: str, /) -> Resource | Gap | None:
        """One resource; None where it is gone, a gap where that cannot be said."""

    def read_principals(self, account: str, reports: ReportCache, /) -> Iterator[PrincipalAccess | Gap]:
        """Every user and role of an account with the evidence of what it used; `reports` may have some of it already."""
