"""IAM's reports about the principals of an account, kept in the store: none is asked for twice, none is waited for twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec

from ringwall.principals.usage import LastAccessedReport
from ringwall.service.context import Ringwall
from ringwall.store import last_accessed

_JOB_KEPT = timedelta(hours=12)
"""How long it is worth asking for the answer of a job."""


@dataclass(frozen=True, slots=True)
class StoredReports:
    """A `ReportCache` over the store."""

    ringwall: Ringwall
    account: str

    def report(self, arn: str) -> LastAccessedReport | None:
        """The report about a principal, if it is not older than the configuration allows."""
        since = self.ringwall.clock() - self.ringwall.policy.last_accessed_max_age
        with self.ringwall.store.read() as connection:
            content = last_accessed.report(connection, arn, since)
        return None if content is None else msgspec.convert(content, LastAccessedReport)

    def keep(self, arn: str, report: LastAccessedReport) -> None:
        """Keeps a report that was just made."""
        content: dict[str, Any] = msgspec.to_builtins(report, str_keys=True)
        with self.ringwall.store.write() as connection:
            last_accessed.keep(connection, self.account, arn, content, report.generated_at)

    def job(self, arn: str) -> str | None:
        """The job that was making the report when somebody was interrupted."""
        with self.ringwall.store.read() as connection:
            return last_accessed.job(connection, arn, self.ringwall.clock() - _JOB_KEPT)

    def started(self, arn: str, job_id: str) -> None:
        """Writes down that a job is making the report."""
        with self.ringwall.store.write() as connection:
            last_accessed.start(connection, self.account, arn, job_id, self.ringwall.clock())
