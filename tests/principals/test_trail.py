"""From records to who used what."""

from __future__ import annotations

import msgspec
import pytest

from ringwall.principals.trail import TrailEvent, TrailRecord, Unread, event_of, without_path
from tests.trail_records import ACCOUNT, ROLE, USER, a_record, of_role, of_user


def read(**changes):
    return event_of(msgspec.convert(a_record(**changes), TrailRecord))


def test_a_record_tells_who_used_what_when_and_where():
    """
    Of a role, the role itself with its path, and not its session.
    """
    event = read(service="s3", name="ListBuckets")

    expected = ("s3:ListAllMyBuckets",)
    assert event == TrailEvent(ROLE, "s3", expected, "2026-03-11T18:01:22Z", "eu-west-1", is_data=False)


def federated(arn):
    issuer = {"type": "IAMUser", "arn": arn, "accountId": ACCOUNT}
    session = f"arn:aws:sts::{ACCOUNT}:federated-user/guest"
    return {"type": "FederatedUser", "arn": session, "sessionContext": {"sessionIssuer": issuer}}


@pytest.mark.parametrize(
    ("who", "arn"),
    [
        (of_user(), USER),
        (of_user("arn:aws-us-gov:iam::111122223333:user/a/b/maria"), "arn:aws-us-gov:iam::111122223333:user/a/b/maria"),
        (of_role(), ROLE),
        (of_role(issuer=False), f"arn:aws:iam::{ACCOUNT}:role/deploy"),
        (of_role("arn:aws-cn:iam::111122223333:role/x"), "arn:aws-cn:iam::111122223333:role/x"),
        (federated(USER), USER),
        ({"type": "Role", "arn": ROLE, "accountId": ACCOUNT}, ROLE),
        (
            {"type": "Role", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/x"},
            f"arn:aws:iam::{ACCOUNT}:role/deploy",
        ),
    ],
)
def test_principals(who, arn):
    """
    What policies hang on: for a federated user, the user who made the session.
    """
    assert read(who=who).principal == arn


@pytest.mark.parametrize(
    "who",
    [
        {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT},
        {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"},
        {"type": "AWSAccount", "accountId": "444455556666", "principalId": "AROAEXAMPLE:x"},
        {"type": "IdentityCenterUser", "accountId": ACCOUNT, "onBehalfOf": {"userId": "x"}},
        {"type": "SAMLUser", "principalId": "x", "userName": "maria"},
        {"type": "WebIdentityUser", "principalId": "x", "userName": "x"},
        federated(f"arn:aws:iam::{ACCOUNT}:root"),
    ],
)
def test_whoever_has_no_identity_policies_is_passed_over(who):
    """
    Root, services, other accounts, and those who have yet to become a role.
    """
    assert read(who=who) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"at": "yesterday"}, "time"),
        ({"at": "2026-02-30T00:00:00Z"}, "time"),
        ({"at": "2026-03-11T24:00:00Z"}, "time"),
        ({"at": "2026-03-11T18:01:22+01:00"}, "time"),
        ({"at": None}, "time"),
        ({"eventName": None}, "eventName"),
        ({"eventSource": ""}, "eventSource"),
        ({"userIdentity": None}, "userIdentity"),
        ({"who": {"type": "AssumedRole"}}, "AssumedRole"),
        ({"who": {"type": "IAMUser", "arn": "maria"}}, "IAMUser"),
        ({"who": {"type": "FederatedUser", "arn": "x"}}, "FederatedUser"),
    ],
)
def test_a_record_that_does_not_tell_is_not_passed_over(changes, reason):
    """
    It may have been a use of anything.
    """
    event = read(**changes)

    assert isinstance(event, Unread)
    assert reason in event.reason


def test_refused_attempts_count():
    """
    As they do in IAM's reports.
    """
    event = read(service="iam", name="CreateUser", errorCode="AccessDenied", errorMessage="not authorized")

    assert event.actions == ("iam:CreateUser",)


@pytest.mark.parametrize(
    ("changes", "is_data"),
    [
        ({"eventCategory": "Data", "managementEvent": False}, True),
        ({"eventCategory": "Management", "managementEvent": True}, False),
        ({"eventCategory": "NetworkActivity", "managementEvent": False}, False),
        ({"eventCategory": None, "managementEvent": False}, True),
        ({"eventCategory": None, "managementEvent": None}, False),
    ],
)
def test_data_events(changes, is_data):
    """
    Records before version 1.08 have no category.
    """
    assert read(service="s3", name="GetObject", **changes).is_data is is_data


def test_insights_are_no_calls():
    """
    They have nobody who called.
    """
    assert read(eventCategory="Insight", userIdentity=None) is None


@pytest.mark.parametrize(
    "arn", [ROLE, f"arn:aws:iam::{ACCOUNT}:role/deploy", f"arn:aws:iam::{ACCOUNT}:role/a/b/deploy"]
)
def test_a_path_makes_no_difference_to_who_it_is(arn):
    """
    Names are unique in an account.
    """
    assert without_path(arn) == f"arn:aws:iam::{ACCOUNT}:role/deploy"
