"""Which principals are judged, and when roles, keys and passwords are unused."""

from dataclasses import replace

import msgspec
import pytest

from ringwall.findings.unused_access import Exclusion, UnusedAccess
from ringwall.principals.principal import LastUse
from tests.principal_words import inline
from tests.unused_words import (
    FOUR,
    NOW,
    ONE,
    THREE,
    TWO,
    access,
    allow,
    days_ago,
    key,
    managed,
    password,
    role,
    used,
    user,
)

ANALYSIS = UnusedAccess(age=90)


def findings_of(principal, events=(), services=(), *, age=90, **troubles):
    return UnusedAccess(age=age).findings_of(access(principal, events, services, **troubles), NOW)


def said_of(*arguments, **troubles):
    """Type, error and last use of each finding."""
    found = findings_of(*arguments, **troubles)
    return [(each.type.value, each.error or each.last_accessed) for each in found]


@pytest.mark.parametrize(
    ("exclusion", "is_covered"),
    [
        (Exclusion(), False),
        (Exclusion(accounts=frozenset({ONE, TWO})), True),
        (Exclusion(accounts=frozenset({TWO})), False),
        (Exclusion(tags=({"team": "a"},)), True),
        (Exclusion(tags=({"team": "b"},)), False),
        (Exclusion(tags=({"Team": "a"},)), False),
        (Exclusion(tags=({"team": ""},)), True),
        (Exclusion(tags=({"nobody": ""},)), False),
        (Exclusion(tags=({},)), False),
        (Exclusion(tags=({"team": "a", "env": "test"},)), True),
        (Exclusion(tags=({"team": "a", "env": "prod"},)), False),
        (Exclusion(tags=({"team": "b"}, {"env": "test"})), True),
        (Exclusion(accounts=frozenset({ONE}), tags=({"team": "b"},)), False),
        (Exclusion(accounts=frozenset({TWO}), tags=({"team": "a"},)), False),
        (Exclusion(accounts=frozenset({ONE}), tags=({"team": "a"},)), True),
    ],
)
def test_what_an_exclusion_covers(exclusion, is_covered):
    """Everything that an entry names has to fit; of several maps of tags one."""
    principal = role(ONE, "a", [], tags={"team": "a", "env": "test"})

    assert exclusion.covers(principal) is is_covered
    assert replace(ANALYSIS, exclusions=(exclusion,)).is_judged(principal) is not is_covered


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (0, []),
        (89, []),
        (90, []),
        (91, [("UnusedIAMRole", days_ago(91))]),
        (None, [("UnusedIAMRole", None)]),
    ],
)
def test_a_role_is_unused_when_iam_saw_no_use_within_the_period(last, expected):
    assert said_of(role(THREE, "a", [], last=last)) == expected


@pytest.mark.parametrize(("created", "is_judged"), [(0, False), (89, False), (90, True), (500, True)])
def test_only_what_was_there_for_the_whole_period_is_judged(created, is_judged):
    of_role = said_of(role(ONE, "a", [], created=created))
    of_key = said_of(user(ONE, "a", keys=(key("a", created=created),)))
    of_password = said_of(user(ONE, "a", password=password(created=created)))

    assert bool(of_role) is bool(of_key) is bool(of_password) is is_judged


@pytest.mark.parametrize(("age", "is_unused"), [(1, True), (99, True), (100, False), (365, False)])
def test_the_period_is_the_analyzers(age, is_unused):
    assert bool(findings_of(role(ONE, "a", [], last=100), age=age)) is is_unused


@pytest.mark.parametrize("is_reported", [True, False])
def test_any_source_that_saw_a_role_counts(is_reported):
    """The report or the trail may know more than RoleLastUsed, also later than it within what is long ago."""
    recent = used(30, "sns:CreateTopic", is_reported=is_reported)
    old = used(100, "sns:CreateTopic", is_reported=is_reported)

    assert said_of(role(ONE, "a", [], last=200), recent, ["sns"]) == []
    assert said_of(role(ONE, "a", [], last=200), old, ["sns"]) == [("UnusedIAMRole", days_ago(100))]


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        (role(ONE, "a", [], is_read=False), [("UnusedIAMRole", "INTERNAL_ERROR"), ("UnusedPermission", "INTERNAL_ERROR")]),
        (user(ONE, "a", keys=None), [("UnusedIAMUserAccessKey", "INTERNAL_ERROR"), ("UnusedPermission", "INTERNAL_ERROR")]),
        (
            user(ONE, "a", keys=(key("a", 1, is_read=False), key("a", 2, is_read=False), key("a", 3, last=100))),
            [
                ("UnusedIAMUserAccessKey", "INTERNAL_ERROR"),
                ("UnusedIAMUserAccessKey", days_ago(100)),
                ("UnusedPermission", "INTERNAL_ERROR"),
            ],
        ),
        (
            user(ONE, "a", password=password(is_read=False)),
            [("UnusedIAMUserPassword", "INTERNAL_ERROR"), ("UnusedPermission", "INTERNAL_ERROR")],
        ),
        (user(ONE, "a", keys=(key("a", created=5, is_read=False),)), [("UnusedPermission", "INTERNAL_ERROR")]),
        (user(ONE, "a", keys=(key("a", is_active=False, is_read=False),)), [("UnusedPermission", "INTERNAL_ERROR")]),
    ],
)  # fmt: skip
def test_what_could_not_be_read_is_an_error_and_not_unused(principal, expected):
    assert said_of(principal) == expected


def test_an_error_names_what_could_not_be_read_and_why():
    mine = key("a", is_read=False)
    found = findings_of(user(ONE, "a", keys=(mine,)), notes=("GetAccessKeyLastUsed: AccessDenied.",))

    of_key, of_permissions = found
    assert of_key.error == of_permissions.error == "ACCESS_DENIED"
    assert of_key.error_message == f"the last use of {mine.id} could not be read: GetAccessKeyLastUsed: AccessDenied."
    assert of_permissions.error_message == f"{of_key.error_message}; so it is not known whether it is active"


def test_a_password_of_unknown_age_is_unused_by_nobodys_word():
    assert said_of(user(ONE, "a", password=password(created=None, last=200))) == [
        ("UnusedIAMUserPassword", "INTERNAL_ERROR")
    ]
    assert said_of(user(ONE, "a", password=password(created=None, last=20))) == []


def test_a_user_that_is_not_active_has_no_finding_about_its_permissions():
    everything = [inline("all", allow("*"))]

    assert said_of(user(ONE, "a", everything), (), ["s3"]) == []
    assert said_of(user(ONE, "a", everything, keys=(key("a"),)), (), ["s3"]) == [("UnusedIAMUserAccessKey", None)]


def test_whether_a_user_is_active_is_not_known_without_a_whole_report():
    """Of credentials that are neither keys nor passwords only the report tells."""
    principal = user(ONE, "a", [inline("all", allow("sns:*", "sqs:*"))])

    assert said_of(principal, (), ["sns", "sqs"], left_out=("sqs",)) == [("UnusedPermission", "INTERNAL_ERROR")]
    assert said_of(principal, (), [], report_error="AccessDenied") == [("UnusedPermission", "ACCESS_DENIED")]


def test_a_key_that_was_just_deactivated_shows_that_its_user_is_active():
    policy = managed(ONE, "a", allow("sqs:*"))
    principal = user(ONE, "a", [policy], keys=(key("a", is_active=False, last=5),))

    assert said_of(principal, (), ["sqs"]) == [("UnusedPermission", None)]


def test_a_finding_says_whose_it_is():
    principal = role(FOUR, "a", [], tags={"team": "a"})
    (found,) = findings_of(principal)

    assert (found.resource, found.resource_type, found.resource_owner_account, found.tags, found.region) == (
        f"arn:aws:iam::{FOUR}:role/a",
        "AWS::IAM::Role",
        FOUR,
        {"team": "a"},
        "global",
    )


def test_a_key_that_was_never_used_says_no_last_use():
    mine = key("a")
    (found,) = findings_of(user(ONE, "a", keys=(mine,)))

    assert found.as_json()["findingDetails"] == [{"unusedIamUserAccessKeyDetails": {"accessKeyId": mine.id}}]
    assert msgspec.structs.replace(mine, last_use=LastUse()) == mine


def test_a_role_that_was_made_anew_has_other_findings():
    """
    What somebody archived was about the role before; IAM's unique ids tell two of a name apart.
    """
    idle = role(ONE, "idle", [])

    def ids(principal, **troubles):
        return {each.id for each in findings_of(principal, **troubles)}

    anew = msgspec.structs.replace(idle, id="AROAEXAMPLE0000000001")
    unread, anew_unread = (msgspec.structs.replace(each, last_use=None) for each in (idle, anew))

    assert ids(idle) == ids(msgspec.structs.replace(idle, tags={"team": "a"}))
    assert ids(idle).isdisjoint(ids(anew))
    assert ids(unread)
    assert ids(unread).isdisjoint(ids(anew_unread))
