"""The steps of a collection, against a resource type that behaves as badly as a test wants."""

from __future__ import annotations

from concurrent.futures import wait
from dataclasses import dataclass, replace
from threading import Event
from types import SimpleNamespace

import pytest

from ringwall.collector import collect as collect_module
from ringwall.collector.accounts import Target
from ringwall.collector.aws import AbsentServiceError, RefusedError
from ringwall.collector.collect import collect
from ringwall.errors import CollectionError
from ringwall.findings.report import Gap
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import Listed, ReadError, Resource, Scope

ACCOUNT = "111111111111"
ROLE = RESOURCE_TYPES["AWS::IAM::Role"]
PLACE = (ACCOUNT, "global", "AWS::IAM::Role")
GONE = RefusedError("INTERNAL_ERROR", "iam:GetRole: NoSuchEntity", "NoSuchEntity")
ONE, TWO = Listed("arn:aws:iam::111111111111:role/one", tags={"a": "b"}), Listed("arn:aws:iam::111111111111:role/two")


@dataclass
class FakeSession:
    account: str = ACCOUNT
    closed: int = 0

    def reader(self, region=None):
        return SimpleNamespace(account=ACCOUNT, region=region, partition="aws")

    def close(self):
        self.closed += 1


def a_type(listing, configuration=None, **changes):
    """A global type: `listing` gives what there is, `configuration` what one of them is like."""

    def list_resources(_):
        yield from listing()

    def read_configuration(_, listed):
        return configuration(listed) if configuration else {"trustPolicy": ""}

    changed = {"list_resources": list_resources, "read_configuration": read_configuration, "scope": Scope.GLOBAL}
    return replace(ROLE, **changed, **changes)


def all_of(kind, session=None, **options):
    session = session or FakeSession()
    return list(collect([Target(ACCOUNT, lambda: session)], [kind], threads=2, **options))


def raising_gone(listed):
    raise GONE


def test_a_resource_is_read_with_its_tags():
    """
    Owner, Region, type, configuration and tags are those of the place and of the listing.
    """
    assert all_of(a_type(lambda: [ONE])) == [
        Resource(ONE.arn, ROLE.name, ACCOUNT, "global", {"trustPolicy": ""}, {"a": "b"})
    ]


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (CollectionError("ACCESS_DENIED", "denied"), "ACCESS_DENIED", "denied"),
        (RefusedError("INTERNAL_ERROR", "slow down", "Throttling"), "INTERNAL_ERROR", "slow down"),
        (KeyError("Policy"), "INTERNAL_ERROR", "AWS's answer is not of the expected shape: KeyError('Policy')"),
        (GONE, "INTERNAL_ERROR", "iam:GetRole: NoSuchEntity"),
    ],
)
def test_a_resource_that_cannot_be_read_is_an_error_of_its_own(error, code, message):
    """
    It says why; the others are read. AWS not finding what it still lists is an error, too.
    """

    def configuration(listed):
        if listed is ONE:
            raise error
        return {}

    one, two = sorted(all_of(a_type(lambda: [ONE, TWO], configuration)), key=lambda each: each.arn)

    assert one.error == ReadError(code, message)
    assert (two.arn, two.error) == (TWO.arn, None)


def test_a_resource_that_vanished_is_a_note():
    """
    What AWS does not find and lists no more is gone: nothing is missing in the analysis.
    """
    listings = [[ONE, TWO], [TWO]]

    def configuration(listed):
        if listed is ONE:
            raise GONE
        return {}

    seen = all_of(a_type(lambda: listings.pop(0), configuration))

    assert [each.arn for each in seen if isinstance(each, Resource)] == [TWO.arn]
    assert [(each.code, each.resource, each.is_failure) for each in seen if isinstance(each, Gap)] == [
        ("RESOURCE_VANISHED", ONE.arn, False)
    ]


def test_a_resource_is_not_gone_because_a_second_listing_fails():
    """
    Where it cannot be known, the resource counts as unread.
    """
    listings = [[ONE]]

    def listing():
        if not listings:
            raise CollectionError("INTERNAL_ERROR", "down")
        return listings.pop()

    seen = all_of(a_type(listing, raising_gone))

    assert [(each.arn, each.error.code) for each in seen] == [(ONE.arn, "INTERNAL_ERROR")]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CollectionError("ACCESS_DENIED", "denied"), "ACCESS_DENIED"),
        (AbsentServiceError("INTERNAL_ERROR", "not here"), "REGION_DISABLED"),
        (TypeError("odd"), "INTERNAL_ERROR"),
    ],
)
def test_a_listing_that_fails_is_a_gap_and_keeps_what_it_named(error, code):
    """
    Resources named before the failure are read.
    """

    def listing():
        yield ONE
        raise error

    seen = all_of(a_type(listing))

    assert [each.arn for each in seen if isinstance(each, Resource)] == [ONE.arn]
    assert [(each.code, each.account, each.region, each.resource_type) for each in seen if isinstance(each, Gap)] == [
        (code, *PLACE)
    ]


def test_a_listing_ends_when_the_collection_is_stopped():
    """
    A listing of a million resources does not keep anybody waiting; what was named becomes gaps.
    """
    stop = Event()

    def listing():
        yield ONE
        stop.set()
        yield TWO

    seen = all_of(a_type(listing), stop=stop)

    assert {type(each) for each in seen} == {Gap}
    assert all(each.is_failure for each in seen)


def test_ctrl_c_ends_a_collection_with_a_report(monkeypatch):
    """
    An interrupt while waiting for AWS gives what was read before, and gaps for the rest.
    """
    waits = iter([wait, wait, _interrupted])

    def interrupted_wait(*arguments, **options):
        return next(waits)(*arguments, **options)

    monkeypatch.setattr(collect_module, "wait", interrupted_wait)
    seen = all_of(a_type(lambda: [ONE]))

    assert [each.message for each in seen if isinstance(each, Gap)] == ["not read: the collection was interrupted"]


def _interrupted(*_, **__):
    raise KeyboardInterrupt


def test_clients_are_closed_after_the_last_step_of_an_account():
    """
    A session is let go of once, when everything of its account is read.
    """
    session = FakeSession()
    many = [Listed(f"{ONE.arn}-{number}") for number in range(60)]
    seen = all_of(a_type(lambda: many), session)

    assert len(seen) == 60
    assert session.closed == 1


def test_progress_is_told_after_every_step():
    """
    The number of steps done ends at the number of all steps.
    """
    told = []
    all_of(a_type(lambda: [ONE]), on_progress=lambda *step: told.append(step))

    assert [(done, str(place)) for done, _, place in told] == [(1, ACCOUNT), (2, " ".join(PLACE)), (3, " ".join(PLACE))]
    assert told[-1][1] == 3
