"""What goes wrong while evidence is read costs confidence, or ends as an error finding: never as something unused.

One account of the estate is read again and again, each time with another fault, and compared with a reading without.
"""

from __future__ import annotations

import gzip
from datetime import timedelta
from typing import NamedTuple
from unittest import mock

import boto3
import pytest

from ringwall.findings.finding import FindingType
from ringwall.findings.recommendation import recommend
from ringwall.findings.report import PrincipalGap
from ringwall.principals.evidence import Confidence
from ringwall.principals.principal_access import PrincipalAccess
from tests.end_to_end.unused_collecting import findings_of, new_reports, planted, read, targets_of, trail_in
from tests.trail_records import key_of
from tests.unused_estate import NOW
from tests.unused_estate_on_aws import write_trail
from tests.unused_policies import POLICIES
from tests.unused_roles import ROLES
from tests.unused_users import USERS
from tests.unused_words import COVERAGES, LEVELS, LEVELS_OF_ENTITIES, ONE, key

ACCOUNT = "555566667777"
ARN = f"arn:aws:iam::{ACCOUNT}:"
_ORDER = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)


@pytest.fixture(scope="module")
def members():
    """One of each kind in an account of which everything is logged; what is amiss in the estate is left out."""
    as_one = [mock.patch.dict(each, {ACCOUNT: each[ONE]}) for each in (COVERAGES, LEVELS, LEVELS_OF_ENTITIES)]
    for each in as_one:
        each.start()
    yield [recipe(ACCOUNT, 0) for recipe in (*ROLES, *POLICIES, *USERS)]
    for each in as_one:
        each.stop()


@pytest.fixture(scope="module")
def iam(members):
    with planted(members) as fake:
        yield fake


@pytest.fixture(autouse=True)
def faultless(iam):
    """No test leaves a fault to the next one; those that the estate itself has stay."""
    faults, refused = dict(iam.faults), dict(iam.refused)
    yield
    iam.faults, iam.refused = faults, refused
    iam.closed.clear()
    iam.pages.clear()


@pytest.fixture(scope="module")
def folder(members, tmp_path_factory):
    place = tmp_path_factory.mktemp("trail")
    write_trail(place, members)
    return place


class Comparison(NamedTuple):
    """What a fault made of the findings."""

    added: dict
    """Unused according to a reading with the fault, and not without it."""
    lost: dict
    """The other way round."""
    errors: dict
    weaker: dict
    """There before and after, with less confidence."""
    gaps: list
    recommended: list
    """Of the recommendations for what is in `added`: None for each without one."""


@pytest.fixture(scope="module")
def reports():
    return new_reports()


@pytest.fixture(scope="module")
def whole(iam, folder, reports):
    """The findings without a fault, and the reports in the cache."""
    return unused_in(read(iam, ACCOUNT, trail_in(folder), reports))


@pytest.fixture
def compare(iam, folder, whole, reports):
    """Reads with whatever is amiss; with the reports that are known already, where the fault is none of theirs."""

    def compared(trail=None, *, with_reports=True):
        seen = read(iam, ACCOUNT, trail or trail_in(folder), reports if with_reports else None)
        found = unused_in(seen)
        errors = {
            each.resource.removeprefix(ARN) + " " + each.type.value: each.error_message
            for findings in findings_of(accesses_in(seen)).values()
            for each in findings
            if each.error
        }
        shared = found.keys() & whole.keys()
        assert all(_ORDER.index(found[each].confidence) >= _ORDER.index(whole[each].confidence) for each in shared)
        return Comparison(
            {each: found[each] for each in found.keys() - whole.keys()},
            {each: whole[each] for each in whole.keys() - found.keys()},
            errors,
            {each: found[each] for each in shared if found[each].confidence is not whole[each].confidence},
            [each for each in seen if isinstance(each, PrincipalGap)],
            list(_recommendations(seen, found.keys() - whole.keys())),
        )

    return compared


def accesses_in(seen):
    return [each for each in seen if isinstance(each, PrincipalAccess)]


def unused_in(seen):
    """The evidence of everything unused: of each role, key, password, service and action by itself."""
    return {
        (each.resource.removeprefix(ARN), each.type.value, item): each.evidence
        for findings in findings_of(accesses_in(seen)).values()
        for each in findings
        if not each.error
        for item in _items(each)
    }


def _recommendations(seen, added):
    for access in accesses_in(seen):
        for each in findings_of([access])[access.principal.arn]:
            if (
                not each.error
                and {(each.resource.removeprefix(ARN), each.type.value, item) for item in _items(each)} & added
            ):
                yield recommend(access, each, NOW)


def _items(finding):
    if finding.type is not FindingType.UNUSED_PERMISSION:
        yield finding.access_key_id or ""
    for service in finding.services:
        yield from [f"{service.namespace}:{each.name}" for each in service.actions] or [f"{service.namespace}:*"]


def permissions_in(items):
    return {each for each in items if each[1] == "UnusedPermission"}


def test_without_a_fault_there_is_something_to_lose(whole, compare):
    """Of all types; and reading again changes nothing."""
    assert {kind for _, kind, _ in whole} == {
        "UnusedIAMRole", "UnusedIAMUserAccessKey", "UnusedIAMUserPassword", "UnusedPermission",
    }  # fmt: skip
    assert len(permissions_in(whole)) >= 30
    again = compare()
    assert (again.added, again.lost, again.weaker, again.gaps) == ({}, {}, {}, [])


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("fails", "the job failed: ServiceFailure"),
        ("never-ends", "the job was not done within"),
        ("denied", "AccessDenied"),
        ("lost", "NoSuchEntity"),
        ("refused", "AccessDenied"),
    ],
)
def test_without_reports_permissions_are_errors(iam, members, whole, compare, fault, reason):
    """What rests on IAM's own record stays; nothing is said of permissions but why."""
    iam.faults = dict.fromkeys((each.access.principal.arn for each in members), fault)

    seen = compare(with_reports=False)

    told = {place: why for place, why in seen.errors.items() if place.endswith("UnusedPermission")}
    assert (seen.added, seen.weaker) == ({}, {})
    assert set(seen.lost) == permissions_in(whole)
    assert {f"{name} UnusedPermission" for name, *_ in permissions_in(whole)} <= told.keys()
    assert [why for why in told.values() if reason not in why] == []


def test_a_throttled_job_is_an_error(iam, whole, compare):
    """Of one role alone: botocore itself slows down all calls that come after."""
    iam.faults = {f"{ARN}role/service-0": "throttled"}

    seen = compare(with_reports=False)

    assert (seen.added, seen.weaker) == ({}, {})
    assert set(seen.lost) == {each for each in permissions_in(whole) if each[0] == "role/service-0"} != set()
    assert "Throttling" in seen.errors["role/service-0 UnusedPermission"]


@pytest.mark.parametrize(("fault", "reason"), [("truncated", "does not lead there"), ("cut", "AccessDenied")])
def test_a_part_of_a_report_is_judged_with_little_confidence(iam, members, whole, compare, fault, reason):
    """Of services that are missing nothing is said; where that leaves nothing to say, an error does."""
    arns = [each.access.principal.arn for each in members]
    iam.faults, iam.pages = dict.fromkeys(arns, fault), dict.fromkeys(arns, 1)

    seen = compare(with_reports=False)

    stays = permissions_in(whole) - set(seen.lost)
    several = {name for name, *_ in stays if len(iam.reports[ARN + name]) > 1}
    assert seen.added == {}
    assert set(seen.lost) <= permissions_in(whole)
    assert len(seen.lost) >= 10
    assert len(several) >= 5
    for item in stays:
        if item[0] in several:
            assert seen.weaker[item].confidence is Confidence.LOW
            assert any(reason in each for each in seen.weaker[item].missing)
    silent = {name for name, *_ in seen.lost} - {name for name, *_ in stays}
    assert {f"{name} UnusedPermission" for name in silent} <= seen.errors.keys()


@pytest.mark.parametrize("call", ["GenerateCredentialReport", "GetCredentialReport"])
def test_without_a_credential_report_the_age_of_passwords_is_unknown(iam, whole, compare, call):
    """All else about users is found out another way, with little confidence."""
    iam.refused[call] = "AccessDenied"

    seen = compare()

    passwords = {each for each in whole if each[1] == "UnusedIAMUserPassword"}
    of_users = {each for each in whole if each[0].startswith("user/")}
    assert seen.added == {}
    assert set(seen.lost) == passwords
    assert {f"{name} UnusedIAMUserPassword" for name, *_ in passwords} <= seen.errors.keys()
    assert set(seen.weaker) == of_users - passwords
    assert {each.confidence for each in seen.weaker.values()} == {Confidence.LOW}
    assert all(any("there is no credential report" in why for why in each.missing) for each in seen.weaker.values())


def test_without_users_the_credential_report_tells_of_passwords(iam, whole, compare):
    """Nothing is lost but confidence."""
    iam.refused["ListUsers"] = "AccessDenied"

    seen = compare()

    assert (seen.added, seen.lost) == ({}, {})
    assert set(seen.weaker) == {each for each in whole if each[0].startswith("user/")}


@pytest.mark.parametrize(
    ("calls", "kind"),
    [
        (("GenerateCredentialReport", "ListUsers"), "UnusedIAMUserPassword"),
        (("ListAccessKeys",), "UnusedIAMUserAccessKey"),
        (("GenerateCredentialReport", "GetAccessKeyLastUsed"), "UnusedIAMUserAccessKey"),
    ],
)
def test_credentials_that_cannot_be_read_are_errors(iam, whole, compare, calls, kind):
    """With the reason, for every user that had such a finding."""
    iam.refused.update(dict.fromkeys(calls, "AccessDenied"))

    seen = compare()

    lost = {each for each in whole if each[1] == kind}
    assert lost
    assert seen.added == {}
    assert lost <= set(seen.lost)
    assert all("AccessDenied" in seen.errors[f"{name} {kind}"] for name, *_ in lost)


def test_an_account_that_does_not_tell_of_its_principals_is_a_gap(iam, whole, compare):
    """Nothing is said of anybody."""
    iam.refused["GetAccountAuthorizationDetails"] = "AccessDenied"

    seen = compare()

    assert (seen.added, set(seen.lost), seen.errors) == ({}, set(whole), {})
    [gap] = seen.gaps
    assert (gap.code, gap.account) == ("ACCESS_DENIED", ACCOUNT)


# Faults of the trail. What it alone can show is not shown then: that something that IAM calls unused was used all the
# same, or comes back. So there can be more findings than with a trail, and each says how little it rests on.

SHOWN_BY_THE_TRAIL = {
    ("role/closing-0", "UnusedIAMRole", ""),
    ("role/quarterly-0", "UnusedPermission", "s3:PutBucketPolicy"),
    ("role/quarterly-0", "UnusedPermission", "sqs:*"),
    ("role/trail-action-0", "UnusedPermission", "s3:DeleteBucket"),
    ("role/trail-only-0", "UnusedIAMRole", ""),
    ("role/yearly-0", "UnusedPermission", "iam:DeleteRole"),
    ("user/quarterly-0", "UnusedIAMUserAccessKey", key(f"{ACCOUNT}/quarterly-0").id),
}


def hedged(seen, reason):
    """Whether all that is unused is so with the least confidence, and says why; and nothing new is to be withdrawn."""
    evidences = [*seen.added.values(), *seen.weaker.values()]
    return (
        {each.confidence for each in evidences} == {Confidence.LOW}
        and all(any(reason in why for why in each.missing) for each in evidences)
        and len(seen.recommended) > 0
        and all(not each.steps and "could not be read" in each.error[1] for each in seen.recommended)
    )


@pytest.fixture
def bucket(iam, folder):
    """The logs of the last days in a bucket; gives where, and a session to read it with."""
    s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=iam.url)
    s3.create_bucket(Bucket="example-logs")
    for number in range(4):
        key = key_of(f"{NOW - timedelta(days=number):%Y-%m-%d}", account=ACCOUNT)
        s3.put_object(Bucket="example-logs", Key=key, Body=(folder / key).read_bytes())
    [target] = targets_of(iam, [ACCOUNT])
    yield trail_in("s3://example-logs", target.open_session(), days=3)
    iam.closed.clear()
    for each in s3.list_objects_v2(Bucket="example-logs")["Contents"]:
        s3.delete_object(Bucket="example-logs", Key=each["Key"])
    s3.delete_bucket(Bucket="example-logs")


@pytest.mark.parametrize("closed", ["/example-logs", "/example-logs/AWSLogs"], ids=["listing", "objects"])
def test_a_denied_bucket_costs_confidence(iam, whole, compare, bucket, closed):
    """Whether it may not be listed, or its objects may not be read."""
    iam.closed.add(closed)

    seen = compare(bucket)

    assert set(seen.added) == SHOWN_BY_THE_TRAIL
    assert set(seen.lost) <= set(whole)
    assert hedged(seen, "AccessDenied")
    assert set(seen.weaker) == set(whole) - set(seen.lost)


def test_a_trail_that_is_not_there_costs_confidence(whole, compare, tmp_path):
    seen = compare(trail_in(tmp_path / "nowhere"))

    assert set(seen.added) == SHOWN_BY_THE_TRAIL
    assert hedged(seen, "the trail cannot be read")
    assert {each.confidence for each in (*seen.added.values(), *seen.weaker.values())} == {Confidence.LOW}
    assert set(seen.weaker) == set(whole) - set(seen.lost)


def test_a_trail_without_logs_of_the_account_costs_confidence(whole, compare, tmp_path):
    seen = compare(trail_in(tmp_path))

    assert set(seen.added) == SHOWN_BY_THE_TRAIL
    assert hedged(seen, "no logs of CloudTrail")
    assert set(seen.weaker) == set(whole) - set(seen.lost)


@pytest.mark.parametrize(
    "broken",
    [b"", b"\x1f\x8b no gzip", gzip.compress(b'{"Records": [{"eventT'), gzip.compress(b"[]")],
    ids=["empty", "no-gzip", "cut", "no-log"],
)
def test_a_corrupt_log_file_costs_confidence(folder, whole, compare, broken):
    """The very one that shows a use that nothing else shows: 20 days ago, that of `trail-only-0`."""
    path = folder / key_of(f"{NOW - timedelta(days=20):%Y-%m-%d}", account=ACCOUNT)
    kept = path.read_bytes()
    path.write_bytes(broken)
    try:
        seen = compare()
    finally:
        path.write_bytes(kept)

    assert set(seen.added) == {("role/trail-only-0", "UnusedIAMRole", "")}
    assert {each[0] for each in seen.lost} == {"role/trail-only-0"}
    assert hedged(seen, path.name)
    assert set(seen.weaker) == set(whole) - set(seen.lost)
