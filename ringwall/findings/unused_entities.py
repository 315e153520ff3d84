"""Roles, access keys and passwords: IAM itself keeps when each was last used."""

from __future__ import annotations

from collections.abc import Iterator

from ringwall.findings.finding import FindingType
from ringwall.findings.unused_case import Case, latest
from ringwall.findings.unused_evidence import evidence_of_entity
from ringwall.findings.unused_finding import UnusedFinding
from ringwall.findings.unused_recurring import is_due, month_of
from ringwall.principals.evidence import RecurringUse
from ringwall.principals.principal import AccessKey, LastUse, PrincipalKind


def unused_entities(case: Case) -> Iterator[UnusedFinding]:
    """The role, or the user's keys and password, as far as they were not used; errors where that is not known."""
    if case.principal.kind is PrincipalKind.ROLE:
        yield from _role(case)
    else:
        yield from _keys(case)
        yield from _password(case)


def doubt_of_activity(case: Case) -> str | None:
    """Why it is not known whether the principal is active; None where it is known."""
    if is_active(case):
        return None
    return next(_doubts(case), None)


def is_active(case: Case) -> bool:
    """Whether anything shows that the principal was used within the period, or is about to be, as it always was."""
    was_used = any(case.is_within(use.at) for use in case.own_last_uses) or case.is_within(case.seen)
    return was_used or _awaited(case) is not None


def _awaited(case: Case) -> RecurringUse | None:
    """The use of the principal that comes back and may still come."""
    recurring = case.recurring
    return recurring if recurring and is_due(recurring, case.now) else None


def _doubts(case: Case) -> Iterator[str]:
    principal = case.principal
    if principal.kind is PrincipalKind.ROLE:
        if principal.last_use is None:
            yield case.with_notes("the last use of the role could not be read")
        return
    if principal.keys is None:
        yield case.with_notes("the access keys could not be read")
    if unread := [key.id for key in principal.keys or () if key.last_use is None]:
        yield case.with_notes(f"the last use of {', '.join(unread)} could not be read")
    if principal.password and principal.password.last_use is None:
        yield case.with_notes("the last use of the password could not be read")
    # A user has other credentials too, such as those for Git: only the report shows their use.
    if fault := case.report_fault:
        yield fault
    elif case.usage.report and case.usage.report.is_truncated:
        yield "the report of what it last accessed is truncated"


def _role(case: Case) -> Iterator[UnusedFinding]:
    if is_active(case):
        return
    if (last_use := case.principal.last_use) is None:
        reason = case.with_notes("the last use of the role could not be read")
        yield case.error(FindingType.UNUSED_IAM_ROLE, reason)
        return
    last = latest((last_use.at, case.seen))
    yield case.finding(FindingType.UNUSED_IAM_ROLE, evidence_of_entity(case), last_accessed=last)


def _keys(case: Case) -> Iterator[UnusedFinding]:
    type_ = FindingType.UNUSED_IAM_USER_ACCESS_KEY
    if case.principal.keys is None:
        yield case.error(type_, case.with_notes("the access keys could not be read"))
        return
    judged = [key for key in case.principal.keys if key.is_active and case.is_old(key.created_at)]
    if unread := [key.id for key in judged if key.last_use is None]:
        yield case.error(type_, case.with_notes(f"the last use of {', '.join(unread)} could not be read"))
    yield from (_key(case, key, key.last_use) for key in judged if key.last_use and _is_unused(case, key.last_use))


def _key(case: Case, key: AccessKey, last_use: LastUse) -> UnusedFinding:
    evidence = evidence_of_entity(case)
    type_ = FindingType.UNUSED_IAM_USER_ACCESS_KEY
    return case.finding(type_, evidence, last_accessed=last_use.at, access_key_id=key.id)


def _is_unused(case: Case, last_use: LastUse) -> bool:
    """Whether a key or password was not used, and is not what the user's use that comes back was made with."""
    if case.is_within(last_use.at):
        return False
    awaited = _awaited(case)
    return not (awaited and last_use.at and month_of(last_use.at) == awaited.months[-1])


def _password(case: Case) -> Iterator[UnusedFinding]:
    password = case.principal.password
    if password is None or (password.created_at and not case.is_old(password.created_at)):
        return
    type_ = FindingType.UNUSED_IAM_USER_PASSWORD
    if password.last_use is None:
        yield case.error(type_, case.with_notes("the last use of the password could not be read"))
    elif not _is_unused(case, password.last_use):
        return
    elif password.created_at is None:
        yield case.error(type_, case.with_notes("it is not known when the password was set"))
    else:
        yield case.finding(type_, evidence_of_entity(case), last_accessed=password.last_use.at)
