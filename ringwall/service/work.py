"""What every job is given, and how jobs are named: their payloads, locks and priorities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ringwall.collector import trail_files
from ringwall.service.context import Job, Ringwall
from ringwall.service.sources import GLOBAL, Source
from ringwall.service.stored_trail import ReadDays
from ringwall.service.zones import Zones


@dataclass(frozen=True, slots=True)
class Work:
    """The service, and where resources come from."""

    ringwall: Ringwall
    source: Source
    zones: Zones = field(default_factory=Zones)
    observe: Callable[[str, str, float], None] = lambda *_: None
    """Is told of every job that ended: its kind, `done` or `failed`, and the seconds that it took."""
    read_days: ReadDays = trail_files.read_days
    """What reads CloudTrail's log files."""


JobFunction = Callable[[Work, Mapping[str, Any]], None]
"""Does one job. It may be called again after it was interrupted, and then ends in the same state."""

MakeJob = Callable[[], Job]

_NIGHTLY = -10
_AHEAD = -1
"""One account's scans come before the next one is looked at: else all of an organization's would wait at once."""
_USUAL = 0
_BEFORE = 1
_ASKED_FOR = 10
_CHANGED = 20


def plan() -> Job:
    """Finds out what is due, and enqueues it."""
    return Job("plan", {}, lock="plan", queueing_lock="plan", priority=_CHANGED)


def housekeeping() -> Job:
    """Removes what is kept for a time only."""
    return Job("housekeeping", {}, lock="housekeeping", queueing_lock="housekeeping", priority=_NIGHTLY)


def survey(analyzer: int, account: str, trigger: str, *, of_principals: bool = False) -> Job:
    """Finds the Regions of an account, and enqueues a scan of each; or one of its principals, which are in none."""
    return Job(
        "survey",
        {"analyzer": analyzer, "account": account, "trigger": trigger},
        lock=_principals_one_at_a_time(account) if of_principals else _one_at_a_time(account),
        queueing_lock=f"survey:{analyzer}:{account}",
        priority=_AHEAD,
    )


def scan(analyzer: int, account: str, region: str, trigger: str) -> Job:
    """Looks at every resource of one Region of an account, or of none (`global`)."""
    return Job(
        "scan",
        {"analyzer": analyzer, "account": account, "region": region, "trigger": trigger},
        lock=_one_at_a_time(account),
        queueing_lock=f"scan:{analyzer}:{account}:{region}",
        priority=_USUAL,
    )


def scan_principals(analyzer: int, account: str, trigger: str) -> Job:
    """Looks at every user and role of an account. Reports take their time: scans of resources do not wait for them."""
    return replace(scan(analyzer, account, GLOBAL, trigger), lock=_principals_one_at_a_time(account))


def read_trail(account: str) -> Job:
    """Reads an account's newest days of CloudTrail, before its principals are looked at."""
    lock = _principals_one_at_a_time(account)
    return Job("trail", {"account": account}, lock=lock, queueing_lock=f"trail:{account}", priority=_BEFORE)


def read_older_trail(account: str) -> Job:
    """Reads all the other days, once the principals were looked at."""
    payload, lock = {"account": account, "all": True}, _principals_one_at_a_time(account)
    return Job("trail", payload, lock=lock, queueing_lock=f"trail:all:{account}", priority=_NIGHTLY)


def recommend(analyzer: int, finding_id: str) -> Job:
    """Finds out what is to be done about unused permissions."""
    name = f"recommend:{analyzer}:{finding_id}"
    payload = {"analyzer": analyzer, "id": finding_id}
    return Job("recommend", payload, lock=name, queueing_lock=name, priority=_ASKED_FOR)


def forget(analyzer: int, account: str, region: str, reason: str, *, of_principals: bool = False) -> Job:
    """Resolves what was found where the analyzer looks no more, after the scan that may be under way there."""
    return Job(
        "forget",
        {"analyzer": analyzer, "account": account, "region": region, "reason": reason},
        lock=_principals_one_at_a_time(account) if of_principals else _one_at_a_time(account),
        queueing_lock=f"forget:{analyzer}:{account}:{region}",
        priority=_USUAL,
    )


def rescan(analyzer: int, account: str, region: str, resource_type: str, arn: str) -> Job:
    """Looks at one resource at once. It does not wait for a scan of its account, which may take minutes."""
    name = f"rescan:{analyzer}:{account}:{region}:{resource_type}:{arn}"
    payload = {"analyzer": analyzer, "account": account, "region": region, "type": resource_type, "arn": arn}
    return Job("rescan", payload, lock=name, queueing_lock=name, priority=_CHANGED)


def rescan_type(analyzer: int, account: str, region: str, resource_type: str) -> Job:
    """Looks at all resources of one type at once, where an event does not say which one changed."""
    name = f"rescan-type:{analyzer}:{account}:{region}:{resource_type}"
    payload = {"analyzer": analyzer, "account": account, "region": region, "type": resource_type}
    return Job("rescan-type", payload, lock=name, queueing_lock=name, priority=_CHANGED)


def preview(preview_id: str) -> Job:
    """Answers what a proposed configuration would change."""
    name = f"preview:{preview_id}"
    return Job("preview", {"id": preview_id}, lock=name, queueing_lock=name, priority=_ASKED_FOR)


def _one_at_a_time(account: str) -> str:
    """The lock of an account: a slow one delays itself and keeps one thread busy, whatever waits for it."""
    return f"account:{account}"


def _principals_one_at_a_time(account: str) -> str:
    """The lock of an account's principals: what was read of its trail is there before they are judged."""
    return f"principals:{account}"
