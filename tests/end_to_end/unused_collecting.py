"""Collects the estate of unused access over HTTP, and says in the recipes' words what is found."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest

from ringwall.collector.accounts import Role, find_estate
from ringwall.collector.aws import Connection
from ringwall.collector.last_accessed import JobLimits, MemoryReports
from ringwall.collector.live_source import LiveSource
from ringwall.collector.principals import UsageWanted, collect_principals
from ringwall.collector.trail_files import read_trail
from ringwall.collector.waiting import Waiting
from tests.end_to_end.running import AWS_ENVIRONMENT
from tests.fake_iam import FakeIam
from tests.test_unused_estate import as_expected
from tests.unused_estate import ANALYSIS, NOW
from tests.unused_estate_on_aws import accounts_of_moto, plant
from tests.unused_words import COVERAGES

ROLE = Role("ringwall")
_UNSET = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")


class Clock:
    """Time goes by when somebody sleeps: in each thread by itself, so that nobody is late because of another."""

    def __init__(self):
        self._slept = threading.local()

    def now(self):
        return NOW + timedelta(seconds=getattr(self._slept, "seconds", 0))

    def sleep(self, _, seconds):
        self._slept.seconds = getattr(self._slept, "seconds", 0) + seconds


@contextmanager
def planted(members):
    """IAM with these principals and no others, as it was three hours ago."""
    accounts = {each.access.principal.account for each in members}
    with pytest.MonkeyPatch.context() as patch:
        for name in _UNSET:
            patch.delenv(name, raising=False)
        for name, value in AWS_ENVIRONMENT.items():
            patch.setenv(name, value)
        with accounts_of_moto(accounts), FakeIam(now=NOW - timedelta(hours=3), polls=0) as fake:
            plant(members, fake)
            yield fake


def trail_in(place, session=None, days=None):
    """Reads the trail of an account: all its days, or the last ones."""

    def read(account, regions):
        since = NOW.date() - timedelta(days=days) if days else COVERAGES[account].since
        return read_trail(
            str(place), since=since, until=NOW.date(), account=account, regions=regions, workers=1, session=session
        )

    return read


def wanted(trail=None):
    clock = Clock()
    return UsageWanted(limits=JobLimits(timedelta(minutes=2)), waiting=Waiting(clock.now, clock.sleep), trail=trail)


def targets_of(iam, accounts):
    return find_estate(Connection(endpoint_url=iam.url, attempts=1), role=ROLE, accounts=accounts).targets


def new_reports():
    return MemoryReports(now=lambda: NOW)


def collected(iam, accounts, trail=None, reports=None):
    """What a collection sees in several accounts."""
    return list(collect_principals(targets_of(iam, accounts), reports or new_reports(), wanted=wanted(trail)))


def read(iam, account, trail=None, reports=None):
    """What the service sees in one account."""
    connection = Connection(endpoint_url=iam.url, attempts=1)
    source = LiveSource(connection, role=ROLE, accounts=[account], wanted=wanted(trail))
    return list(source.read_principals(account, reports or new_reports()))


def findings_of(accesses):
    """By ARN of the principal."""
    return {each.principal.arn: ANALYSIS.findings_of(each, NOW) for each in accesses}


def in_words(findings, expected):
    """Findings as recipes state them, with no more than they state."""
    stated = {each.type: each for each in expected}
    return tuple(as_expected(each, stated.get(each.type.value)) for each in findings)
