"""One principal before the judge: the period, what any source saw of it, and how findings about it are made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ringwall.findings.finding import FindingType
from ringwall.findings.unused_finding import UnusedFinding, UnusedService
from ringwall.findings.unused_recurring import find_recurrence_of_principal
from ringwall.principals.evidence import Evidence, RecurringUse
from ringwall.principals.principal import LastUse, Principal
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.principals.usage import Usage, Use

_DENIED = re.compile(r"access.?denied|not authorized|unauthorized|forbidden", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Case:
    """A principal, the evidence, and the period that it is judged for."""

    access: PrincipalAccess
    now: datetime
    """UTC, when the evidence was read."""
    age: int
    """Days."""

    @property
    def principal(self) -> Principal:
        return self.access.principal

    @property
    def usage(self) -> Usage:
        return self.access.usage

    @property
    def start(self) -> datetime:
        """Of the period."""
        return self.now - timedelta(days=self.age)

    def is_within(self, at: datetime | None) -> bool:
        """Whether something happened within the period: its first moment counts."""
        return at is not None and at >= self.start

    def is_within_report(self, at: datetime | None) -> bool:
        """Whether something happened within the period, or within as many days before IAM's report ends.

        A report of yesterday has looked at a day less: what it saw just before the period is no proof of disuse.
        """
        report = self.usage.report
        if at is None or report is None:
            return self.is_within(at)
        return at >= min(self.start, report.generated_at - timedelta(days=self.age))

    def is_old(self, since: datetime) -> bool:
        """Whether what is there since then was there for the whole period."""
        return since <= self.start

    @property
    def seen(self) -> datetime | None:
        """When the report or the trail last saw the principal do anything."""
        return latest(use.at for use in uses_of(self.usage))

    @property
    def own_last_uses(self) -> tuple[LastUse, ...]:
        """What IAM itself keeps of the role, or of the user's keys and password, as far as it could be read."""
        password = self.principal.password
        uses = (
            self.principal.last_use,
            *(key.last_use for key in self.principal.keys or ()),
            password.last_use if password else None,
        )
        return tuple(use for use in uses if use)

    @property
    def recurring(self) -> RecurringUse | None:
        """The use of the principal as a whole, if that comes back."""
        return find_recurrence_of_principal(self.usage.trail, (self.seen, *(use.at for use in self.own_last_uses)))

    @property
    def report_fault(self) -> str | None:
        """Why IAM's report says nothing about the period; None where it does."""
        report = self.usage.report
        if report is None:
            return self.usage.report_error or "no report of what it last accessed was read"
        if report.generated_at <= self.start:
            return f"the report of what it last accessed is of {report.generated_at:%Y-%m-%d}, before the period"
        return None

    def finding(
        self,
        type_: FindingType,
        evidence: Evidence,
        *,
        last_accessed: datetime | None = None,
        access_key_id: str | None = None,
        services: tuple[UnusedService, ...] = (),
    ) -> UnusedFinding:
        """Something that was not used."""
        return UnusedFinding(
            resource=self.principal.arn,
            resource_type=self.principal.kind.value,
            resource_owner_account=self.principal.account,
            principal_id=self.principal.id,
            type=type_,
            services=services,
            last_accessed=last_accessed,
            access_key_id=access_key_id,
            evidence=evidence,
            tags=self.principal.tags,
        )

    def error(self, type_: FindingType, reason: str) -> UnusedFinding:
        """Something that could not be judged: `ACCESS_DENIED` where the reason says so, else `INTERNAL_ERROR`."""
        return UnusedFinding(
            resource=self.principal.arn,
            resource_type=self.principal.kind.value,
            resource_owner_account=self.principal.account,
            principal_id=self.principal.id,
            type=type_,
            tags=self.principal.tags,
            error="ACCESS_DENIED" if _DENIED.search(reason) else "INTERNAL_ERROR",
            error_message=reason,
        )

    def with_notes(self, reason: str) -> str:
        """A reason, followed by what the collection noted: that is where it says why something is missing."""
        return ": ".join((reason, "; ".join(self.usage.notes))) if self.usage.notes else reason


def latest(moments: Iterable[datetime | None]) -> datetime | None:
    """The last of some moments, if there is any."""
    return max((each for each in moments if each is not None), default=None)


def uses_of(usage: Usage) -> Iterator[Use]:
    """Everything that the report and the trail saw."""
    for service in usage.report.services if usage.report else ():
        yield from (use for use in (service.last_use, *(service.tracked or {}).values()) if use)
    if usage.trail:
        yield from usage.trail.uses.values()
        yield from usage.trail.services.values()
