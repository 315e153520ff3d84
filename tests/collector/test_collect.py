"""Collections from a real HTTP endpoint: exactly what was planted is found, and what is not read is said."""

from __future__ import annotations

import json
from collections import Counter
from threading import Event

import pytest

from ringwall.collector.accounts import Role, Target, find_estate
from ringwall.collector.aws import Connection
from ringwall.collector.collect import collect
from ringwall.collector.permissions import required_permissions
from ringwall.collector.snapshot import read_snapshot, write_snapshot
from ringwall.collector.snapshot_lines import SnapshotHeader
from ringwall.errors import CollectionError
from ringwall.findings.report import Gap
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import Resource
from tests.collector.planting import ACCOUNTS, OUTSIDER, REGIONS

MOTO_HAS = [kind for name, kind in RESOURCE_TYPES.items() if "Directory" not in name and "Stream" not in name]
QUEUES = [RESOURCE_TYPES["AWS::SQS::Queue"]]


def the_accounts(endpoint, **changes):
    """The planted accounts, entered through a role."""
    return find_estate(Connection(endpoint_url=endpoint, **changes), role=Role("ringwall"), accounts=ACCOUNTS)


@pytest.fixture(scope="module")
def everything(endpoint, estate):
    """The planted accounts and all that a collection finds in them."""
    found = the_accounts(endpoint)
    return found, list(collect(found.targets, MOTO_HAS, REGIONS))


def test_exactly_what_was_planted_is_found(estate, everything):
    """
    Every planted resource is collected once, of its type, and nothing else is; nothing failed.
    """
    _, seen = everything
    found = Counter((each.type, each.arn) for each in seen if isinstance(each, Resource))

    assert found == Counter((kind, arn) for kind, arns in estate.arns.items() for arn in arns)
    assert [each for each in seen if isinstance(each, Gap) or each.error] == []


def test_every_type_that_moto_has_was_planted(estate):
    """
    No type is found only because there is none of it.
    """
    assert set(estate.arns) == {kind.name for kind in MOTO_HAS}


def test_what_is_shared_says_with_whom(estate, everything):
    """
    The configurations of the shared resources name the outsider, those of the private ones do not.
    """
    _, seen = everything
    naming = {each.arn for each in seen if OUTSIDER in json.dumps(each.configuration)}

    assert naming == estate.shared


def test_access_points_come_with_their_bucket(everything):
    """
    A bucket's configuration holds its access points; S3 Control is reached at an endpoint without name server.
    """
    _, seen = everything
    points = [
        (arn.rpartition(":")[2], each.arn, OUTSIDER in point["accessPointPolicy"])
        for each in seen
        if each.type == "AWS::S3::Bucket"
        for arn, point in each.configuration["accessPoints"].items()
    ]

    # Moto puts us-east-1 into the ARN of every access point, so that names tell them apart.
    assert sorted(points) == sorted(
        (f"accesspoint/point-{region}", f"arn:aws:s3:::shared-{account}-{region}", True)
        for account in ACCOUNTS
        for region in REGIONS
    )


def test_everything_that_is_read_can_be_translated(everything):
    """
    Every collected configuration has the shape that its type expects.
    """
    _, seen = everything
    kinds = {each.type for each in seen for _ in RESOURCE_TYPES[each.type].sources(each)}

    assert kinds == {kind.name for kind in MOTO_HAS}


def test_a_collection_becomes_a_snapshot_and_comes_back(everything, tmp_path):
    """
    Whatever was collected can be written, and reading gives the same resources.
    """
    found, seen = everything
    header = SnapshotHeader("2026-01-31T12:00:00Z", found.accounts, found.organization)
    write_snapshot(tmp_path / "s.zst", header, seen)
    read = read_snapshot(tmp_path / "s.zst")

    assert read.resources == tuple(seen)
    assert read.gaps == ()


def test_resources_are_where_they_live(everything):
    """
    Owner and Region are those of the place where a resource was found; roles are in no Region and read once.
    """
    _, seen = everything
    roles = [each for each in seen if each.type == "AWS::IAM::Role"]
    queues = {(each.owner_account, each.region) for each in seen if each.type == "AWS::SQS::Queue"}

    assert {(each.owner_account, each.region) for each in roles} == {(account, "global") for account in ACCOUNTS}
    assert queues == {(account, region) for account in ACCOUNTS for region in REGIONS}


def test_every_call_is_permitted(everything):
    """
    The printed permissions cover every call that was made.
    """
    estate, _ = everything

    assert set(estate.traffic.calls) - set(required_permissions()) == set()
    assert len(estate.traffic.calls) > 30


def test_few_calls_are_made(everything):
    """
    Roles cost one call an account, a queue costs one call, and a listing one call a Region.
    """
    estate, _ = everything
    calls = estate.traffic.calls
    places = len(ACCOUNTS) * len(REGIONS)

    assert calls["iam:GetAccountAuthorizationDetails"] == len(ACCOUNTS)
    assert calls["sqs:ListQueues"] == places
    assert calls["sqs:GetQueueAttributes"] == 2 * places


def test_an_endpoint_that_dies_leaves_what_was_read_and_gaps(estate, start_server):
    """
    When nobody answers any more, everything read so far is kept and everything else becomes a gap, quickly.
    """
    server = start_server()
    host, port = server.get_host_and_port()
    found = the_accounts(f"http://{host}:{port}", threads=2, attempts=1)

    def kill_half_way(done, total, what):
        if done == 30:
            server.stop()

    seen = list(collect(found.targets, MOTO_HAS, REGIONS, threads=2, on_progress=kill_half_way))
    read = {each.arn for each in seen if isinstance(each, Resource) and each.error is None}
    named = {each.arn for each in seen if isinstance(each, Resource)}
    gaps = [each for each in seen if isinstance(each, Gap)]
    types_with_gaps = {gap.resource_type for gap in gaps}
    types_not_named = {kind for kind, arns in estate.arns.items() if not arns <= named}

    assert set() < read < estate.all_arns
    assert {gap.code for gap in gaps} == {"INTERNAL_ERROR"}
    assert types_not_named <= types_with_gaps


def test_a_collection_can_be_stopped(estate, endpoint):
    """
    What was read before the stop is there; the rest are gaps that say so.
    """
    stop = Event()
    found = the_accounts(endpoint)

    def stop_soon(done, total, what):
        if done == 6:
            stop.set()

    seen = list(collect(found.targets, QUEUES, REGIONS, threads=1, stop=stop, on_progress=stop_soon))
    gaps = [each for each in seen if isinstance(each, Gap)]

    assert [each.arn for each in seen if isinstance(each, Resource)] != []
    assert {gap.message for gap in gaps} == {"not read: the collection was interrupted"}
    assert all(gap.is_failure for gap in gaps)


def test_an_account_that_cannot_be_entered_is_a_gap(endpoint, estate):
    """
    A role that cannot be assumed costs its account, and no other.
    """

    def closed():
        raise CollectionError("ACCESS_DENIED", "sts:AssumeRole: denied")

    targets = [Target("333333333333", closed), *the_accounts(endpoint).targets]
    seen = list(collect(targets, [RESOURCE_TYPES["AWS::IAM::Role"]]))

    assert [each for each in seen if isinstance(each, Gap)] == [
        Gap("ACCESS_DENIED", "sts:AssumeRole: denied", "333333333333")
    ]
    assert {each.arn for each in seen if isinstance(each, Resource)} == estate.arns["AWS::IAM::Role"]


def test_regions_that_are_not_there_are_said(endpoint, estate):
    """
    A Region that is switched off is a note; one that does not exist is a failure; the others are read.
    """
    seen = list(collect(the_accounts(endpoint).targets[:1], QUEUES, ["eu-west-1", "me-south-1", "eu-west-99"]))
    gaps = {each.region: (each.code, each.is_failure) for each in seen if isinstance(each, Gap)}

    assert gaps == {"me-south-1": ("REGION_DISABLED", False), "eu-west-99": ("INTERNAL_ERROR", True)}
    assert len([each for each in seen if isinstance(each, Resource)]) == 2


def test_all_enabled_regions_are_read_unless_some_are_named(endpoint, estate):
    """
    Without Regions, resources are found wherever they are.
    """
    seen = list(collect(the_accounts(endpoint).targets, QUEUES))

    assert {each.arn for each in seen if isinstance(each, Resource)} == estate.arns["AWS::SQS::Queue"]
