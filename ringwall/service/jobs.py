"""The kinds of jobs, and what becomes of one that fails: the same over SQLite and over PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from time import perf_counter
from typing import Any

from ringwall.service.housekeeping import housekeeping
from ringwall.service.log_lines import about
from ringwall.service.outermost import attempt
from ringwall.service.plan_job import forget, plan, survey
from ringwall.service.preview_job import preview
from ringwall.service.recommend_job import recommend
from ringwall.service.scan_job import rescan, rescan_type, scan
from ringwall.service.trail_job import read_trail
from ringwall.service.work import JobFunction, Work

JOBS: Mapping[str, JobFunction] = {
    "plan": plan,
    "survey": survey,
    "scan": scan,
    "rescan": rescan,
    "rescan-type": rescan_type,
    "forget": forget,
    "preview": preview,
    "recommend": recommend,
    "trail": read_trail,
    "housekeeping": housekeeping,
}
"""By kind."""

ATTEMPTS = 12
"""With the waits in between, about an hour and a half. Then a job has failed for good, and is kept to be seen."""
_FIRST_WAIT = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(minutes=15)

PLAN_EVERY = timedelta(seconds=15)
"""How often due analyzers are looked for, which is cheap: an analyzer has its own interval."""
HOUSEKEEPING_EVERY = timedelta(minutes=5)


def perform(work: Work, kind: str, payload: Mapping[str, Any]) -> Exception | None:
    """Do a job, and tell who counts; the error that it ended with. What is logged meanwhile says what it was about."""
    started = perf_counter()
    subject = {name: str(payload[name]) for name in ("account", "region", "arn") if name in payload}
    with about(job=kind, **subject):
        error = attempt(f"job {kind}", partial(JOBS[kind], work, payload))
    work.observe(kind, "failed" if error else "done", perf_counter() - started)
    return error


def wait_after(attempts: int) -> timedelta:
    """How long a job waits after it failed that many times: twice as long each time."""
    return min(_FIRST_WAIT * (1 << min(attempts, 12)), _LONGEST_WAIT)
