"""What filters ask for, and which findings meet them."""

from datetime import UTC, datetime, timedelta

import pytest

from ringwall.errors import ValidationError
from ringwall.findings.archive_rule import (
    ARCHIVE_RULE_KEYS,
    LISTING_KEYS,
    PREVIEW_KEYS,
    ArchiveRule,
    facts_of,
    filter_as_json,
    hides_public,
    matches,
    parse_filter,
)
from ringwall.findings.finding import Finding, FindingStatus
from ringwall.findings.remembered import RememberedFinding

NOW = datetime(2026, 1, 10, 8, tzinfo=UTC)
ARN = "arn:aws:s3:::b1"


def remembered(**fields):
    given = {"principal": {"AWS": "444455556666"}, "is_public": False, "action": ("s3:GetObject",), **fields}
    finding = Finding(ARN, "AWS::S3::Bucket", "111122223333", "eu-west-1", **given)
    return RememberedFinding("f-1", finding.as_json(), FindingStatus.ACTIVE, NOW, NOW, NOW)


FEDERATED = {"principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/corp"}}
PUBLIC = {"principal": {"AWS": "*"}, "is_public": True}
UNREAD = {"principal": {}, "is_public": None, "action": (), "error": "ACCESS_DENIED"}
FROM_OFFICE = {"condition": {"aws:SourceIp": "203.0.113.0/24"}}

MEETINGS = [
    ({}, {}, True),
    ({"isPublic": {"eq": ["false"]}}, {}, True),
    ({"isPublic": {"eq": ["true"]}}, {}, False),
    ({"isPublic": {"eq": ["true"]}}, PUBLIC, True),
    ({"isPublic": {"neq": ["true"]}}, {}, True),
    ({"isPublic": {"neq": ["true"]}}, UNREAD, False),
    ({"isPublic": {"exists": False}}, UNREAD, True),
    ({"error": {"exists": True}}, UNREAD, True),
    ({"error": {"exists": True}}, {}, False),
    ({"error": {"eq": ["ACCESS_DENIED"]}}, UNREAD, True),
    ({"principal.AWS": {"eq": ["777788889999", "444455556666"]}}, {}, True),
    ({"principal.AWS": {"neq": ["777788889999", "444455556666"]}}, {}, False),
    ({"principal.AWS": {"neq": ["777788889999"]}}, {}, True),
    ({"principal.AWS": {"neq": ["777788889999"]}}, FEDERATED, False),
    ({"principal.AWS": {"contains": ["4555"]}}, {}, True),
    ({"principal.AWS": {"contains": ["4%5"]}}, {}, False),
    ({"principal.Federated": {"contains": [":saml-provider/"]}}, FEDERATED, True),
    ({"principal.Federated": {"contains": [":SAML-provider/"]}}, FEDERATED, False),
    ({"principal.CanonicalUser": {"exists": False}}, {}, True),
    ({"resource": {"eq": [ARN]}, "resourceType": {"eq": ["AWS::S3::Bucket"]}}, {}, True),
    ({"resource": {"eq": [ARN]}, "resourceType": {"eq": ["AWS::SQS::Queue"]}}, {}, False),
    ({"resource": {"contains": ["arn:"], "neq": [ARN]}}, {}, False),
    ({"resource": {"eq": [ARN], "exists": False}}, {}, False),
    ({"resourceOwnerAccount": {"eq": ["111122223333"]}, "region": {"eq": ["eu-west-1"]}}, {}, True),
    ({"findingType": {"eq": ["ExternalAccess"]}, "status": {"eq": ["ACTIVE"]}, "id": {"eq": ["f-1"]}}, {}, True),
    ({"condition.aws:SourceIp": {"eq": ["203.0.113.0/24"]}}, FROM_OFFICE, True),
    ({"condition.AWS:sourceip": {"contains": ["203.0."]}}, FROM_OFFICE, True),
    ({"condition.aws:SourceIp": {"neq": ["198.51.100.0/24"]}}, FROM_OFFICE, True),
    ({"condition.aws:SourceIp": {"neq": ["198.51.100.0/24"]}}, {}, False),
    ({"condition.aws:SourceVpc": {"exists": True}}, FROM_OFFICE, False),
    ({"serviceControlPolicyRestriction": {"exists": True}}, {}, False),
]


@pytest.mark.parametrize(("raw", "fields", "is_met"), MEETINGS)
def test_a_finding_meets_a_filter_when_it_meets_every_operator_of_every_criterion(raw, fields, is_met):
    """
    What is absent meets nothing but `exists: false`.
    """
    criteria = parse_filter(raw, LISTING_KEYS)

    assert matches(criteria, facts_of(remembered(**fields))) is is_met


def test_of_a_condition_with_several_values_one_has_to_be_equal_and_none_may_be_unequal():
    """
    A finding's condition that has two values.
    """
    facts = {"condition.aws:sourcevpc": ("vpc-1", "vpc-2")}

    assert matches(parse_filter({"condition.aws:SourceVpc": {"eq": ["vpc-2"]}}, LISTING_KEYS), facts)
    assert not matches(parse_filter({"condition.aws:SourceVpc": {"neq": ["vpc-2"]}}, LISTING_KEYS), facts)


REFUSED = [
    ({"color": {"eq": ["red"]}}, "filter.color"),
    ({"condition.": {"exists": True}}, "filter.condition."),
    ({"status": {"eq": ["ACTIVE"]}}, "filter.status"),
    ({"id": {"eq": ["x"]}}, "filter.id"),
    ({"resource": {}}, "filter.resource"),
    ({"resource": "x"}, "filter.resource"),
    ({"resource": {"eq": []}}, "filter.resource.eq"),
    ({"resource": {"neq": ["x"] * 21}}, "filter.resource.neq"),
    ({"resource": {"contains": "x"}}, "filter.resource.contains"),
    ({"resource": {"contains": [1]}}, "filter.resource.contains"),
    ({"resource": {"like": ["x"]}}, "filter.resource.like"),
    ({"resource": {"exists": "true"}}, "filter.resource.exists"),
    ({}, "filter"),
    ({f"condition.k{number}": {"exists": True} for number in range(51)}, "filter"),
    ({f"condition.k{number}": {"eq": ["x"], "exists": True} for number in range(26)}, "filter"),
]


@pytest.mark.parametrize(("raw", "field"), REFUSED)
def test_what_is_no_filter_of_an_archive_rule_is_refused_by_its_place(raw, field):
    """
    Unknown keys, unknown operators, too few and too many values.
    """
    with pytest.raises(ValidationError) as refusal:
        parse_filter(raw, ARCHIVE_RULE_KEYS)

    assert refusal.value.field == field


def test_a_filter_may_have_fifty_operators():
    """
    More of them no database takes: SQLite refuses an expression that deep, and PostgreSQL plans without end.
    """
    many = {f"condition.k{number}": {"contains": ["x"] * 20} for number in range(50)}

    assert len(parse_filter(many, ARCHIVE_RULE_KEYS)) == 50


def test_only_previews_know_what_changes():
    """
    `changeType` in the three places that take a filter.
    """
    raw = {"changeType": {"eq": ["NEW"]}}

    assert parse_filter(raw, PREVIEW_KEYS)
    with pytest.raises(ValidationError):
        parse_filter(raw, LISTING_KEYS)


def test_a_filter_is_written_as_it_was_given():
    """
    All operators, and a condition key in its user's letters.
    """
    raw = {
        "condition.AWS:SourceIp": {"eq": ["a"], "neq": ["b", "c"]},
        "resource": {"contains": ["d"], "exists": True},
    }

    assert filter_as_json(parse_filter(raw, ARCHIVE_RULE_KEYS)) == raw


def test_a_rule_archives_until_it_expires():
    """
    A rule for everything of one bucket, one second before its end and at its end.
    """
    rule = ArchiveRule("r", parse_filter({"resource": {"eq": [ARN]}}, ARCHIVE_RULE_KEYS), NOW, NOW, expires_at=NOW)
    facts = facts_of(remembered())

    assert rule.archives(facts, NOW - timedelta(seconds=1))
    assert not rule.archives(facts, NOW)


HIDING = [
    ({"resource": {"contains": ["shared-"]}}, True),
    ({"isPublic": {"eq": ["true"]}}, True),
    ({"isPublic": {"exists": True}}, True),
    ({"isPublic": {"eq": ["false"]}, "resource": {"exists": True}}, False),
    ({"isPublic": {"neq": ["true"]}}, False),
    ({"isPublic": {"contains": ["e"]}}, True),
    ({"isPublic": {"contains": ["fal"]}}, False),
    ({"error": {"exists": True}}, False),
    ({"error": {"exists": False}}, True),
    ({"principal.AWS": {"eq": ["444455556666"]}}, False),
    ({"principal.AWS": {"neq": ["444455556666"]}}, True),
    ({"principal.Federated": {"exists": True}}, False),
    ({"findingType": {"eq": ["UnusedIAMRole"]}}, False),
    ({"condition.aws:SourceIp": {"eq": ["0.0.0.0/0"]}}, True),
]


@pytest.mark.parametrize(("raw", "hides"), HIDING)
def test_a_rule_hides_public_access_unless_its_criteria_rule_that_out(raw, hides):
    """
    What a public finding is known to have, and not to have.
    """
    criteria = parse_filter(raw, ARCHIVE_RULE_KEYS)

    assert hides_public(criteria) is hides
