"""What a finding says about its evidence, and the confidence that follows."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from ringwall.findings.unused_access import UnusedAccess
from ringwall.principals.usage import TrailCoverage, TrailUsage, UsageSource, Use
from tests.principal_words import inline
from tests.unused_words import NOW, ONE, access, allow, days_ago, key, managed, role, used, user

COVERAGE = TrailCoverage(since=date(2026, 1, 1), until=NOW.date(), regions=("eu-west-1",), data_events=True)
POLICY = managed(ONE, "two", allow("iam:CreateRole", "sqs:*"))


def evidence_with(*policies, boundary=None, left_out=(), **changes):
    """The evidence of a finding about permissions, of a role whose queues are unused."""
    principal = role(ONE, "a", policies or [POLICY], last=5, boundary=boundary)
    collected = access(principal, used(5, "iam:CreateRole"), ["iam", "sns", "sqs"], left_out=left_out)
    collected = replace(collected, usage=replace(collected.usage, **{"trail_coverage": COVERAGE, **changes}))
    (found,) = UnusedAccess(age=90).findings_of(collected, NOW)
    return found.evidence


def changed(**fields):
    return replace(COVERAGE, **fields)


def report(**fields):
    collected = access(role(ONE, "a", []), used(5, "iam:CreateRole"), ["iam", "sqs"])
    return replace(collected.usage.report, **fields)


@pytest.mark.parametrize(
    ("changes", "confidence", "sentence"),
    [
        ({}, "HIGH", None),
        ({"trail_coverage": None}, "MEDIUM", "No log of CloudTrail was read."),
        (
            {"trail_coverage": changed(missing_regions=("eu-south-2", "us-east-1"))},
            "MEDIUM",
            "There is no log of the Regions eu-south-2, us-east-1.",
        ),
        (
            {"trail_coverage": changed(gaps=("A file is corrupt.",), unread=("A file is corrupt.",))},
            "LOW",
            "A file is corrupt.",
        ),
        ({"trail_coverage": changed(gaps=("no logs of 2026-05-12",))}, "MEDIUM", "no logs of 2026-05-12"),
        (
            {"trail_coverage": changed(since=date(2026, 4, 2))},
            "MEDIUM",
            "The trail begins on 2026-04-02, within the period.",
        ),
        ({"trail_coverage": changed(since=date(2026, 4, 1))}, "HIGH", None),
        ({"trail_coverage": changed(until=date(2026, 6, 27))}, "MEDIUM", "The trail ends on 2026-06-27."),
        ({"trail_coverage": changed(until=date(2026, 6, 28))}, "HIGH", None),
        ({"trail_coverage": changed(data_events=False)}, "HIGH", "The trail has no data events."),
        ({"report": report(is_by_action=False)}, "MEDIUM", "IAM's report does not tell actions apart."),
        (
            {"report": report(is_truncated=True)},
            "LOW",
            "IAM's report is truncated: services that it leaves out are not judged.",
        ),
        ({"report": report(generated_at=days_ago(3))}, "MEDIUM", "IAM's report ends on 2026-06-27."),
        ({"report": report(generated_at=days_ago(2))}, "HIGH", None),
        ({"notes": ("The credential report was refused.",)}, "LOW", "The credential report was refused."),
        (
            {"trail": TrailUsage(services={"iam": Use(at=days_ago(3))}, uses={"iam:CreateRole": Use(at=days_ago(5))})},
            "MEDIUM",
            "CloudTrail saw calls of iam whose actions are not known.",
        ),
        (
            {"trail": TrailUsage(services={"iam": Use(at=days_ago(5))}, uses={"iam:CreateRole": Use(at=days_ago(5))})},
            "HIGH",
            None,
        ),
    ],
)
def test_each_shortfall_of_a_source_leaves_a_confidence_and_is_said(changes, confidence, sentence):
    evidence = evidence_with(**changes)

    assert evidence.confidence.value == confidence
    assert evidence.missing == ((sentence,) if sentence else ())


def test_a_report_that_ends_before_the_last_use_leaves_little():
    """Something was used since, and nobody knows what."""
    principal = role(ONE, "a", [POLICY], last=1)
    collected = access(principal, used(5, "iam:CreateRole"), ["iam", "sqs"])
    stale = replace(collected.usage.report, generated_at=days_ago(3))
    collected = replace(collected, usage=replace(collected.usage, report=stale, trail_coverage=COVERAGE))

    (found,) = UnusedAccess(age=90).findings_of(collected, NOW)

    assert found.evidence.confidence.value == "LOW"
    assert found.evidence.missing == ("IAM's report ends on 2026-06-27, and the principal was used after that.",)


@pytest.mark.parametrize(
    ("policies", "boundary", "confidence", "sentence"),
    [
        (
            [inline("own", allow("iam:CreateRole", "sqs:*"))],
            None,
            "MEDIUM",
            "AWS does not say since when own grants what it does: it counts as old as the principal.",
        ),
        ([POLICY, inline("own", allow("sqs:*"))], None, "HIGH", None),
        ([POLICY, inline("own", allow("iam:CreateRole"))], None, "HIGH", None),
        (
            [POLICY],
            managed(ONE, "bounds", allow("*"), changed=3),
            "MEDIUM",
            "The boundary bounds changed within the period: what it let through before is not known.",
        ),
        ([POLICY], managed(ONE, "bounds", allow("*"), changed=90), "HIGH", None),
        (
            [POLICY, managed(ONE, "new", allow("sns:*"), changed=3)],
            None,
            "HIGH",
            "What only new grants is younger than the period: it is not judged.",
        ),
    ],
)
def test_what_is_not_known_of_policies_is_said(policies, boundary, confidence, sentence):
    evidence = evidence_with(*policies, boundary=boundary)

    assert evidence.confidence.value == confidence
    assert evidence.missing == ((sentence,) if sentence else ())


def test_the_lowest_counts_and_all_is_said():
    evidence = evidence_with(trail_coverage=None, notes=("The tags could not be read.",))

    assert evidence.confidence.value == "LOW"
    assert evidence.missing == ("The tags could not be read.", "No log of CloudTrail was read.")


def test_sources_say_from_when_to_when_and_how_finely():
    sources = evidence_with().sources

    assert [(each.source, each.since, each.until, each.granularity) for each in sources] == [
        (UsageSource.LAST_ACCESSED, NOW - timedelta(days=400, hours=3), NOW - timedelta(hours=3), "action"),
        (UsageSource.CLOUDTRAIL, datetime(2026, 1, 1, tzinfo=UTC), NOW, "action"),
    ]


def test_the_last_day_of_a_trail_is_read_to_its_end():
    sources = evidence_with(trail_coverage=changed(until=date(2026, 6, 28))).sources

    assert sources[1].until == datetime(2026, 6, 29, tzinfo=UTC)


def test_entities_rest_on_iams_own_record():
    """The report could not have seen more; a trail in full, that the use comes back. What was refused counts."""
    collected = access(role(ONE, "a", []), (), [], report_error="AccessDenied")
    collected = replace(
        collected, usage=replace(collected.usage, trail_coverage=changed(gaps=("no logs of 2026-05-12",)))
    )
    (of_role,) = UnusedAccess().findings_of(collected, NOW)
    corrupt = changed(gaps=("A file is corrupt.",), unread=("A file is corrupt.",))
    (of_other,) = UnusedAccess().findings_of(
        replace(collected, usage=replace(collected.usage, trail_coverage=corrupt)), NOW
    )
    mine = access(user(ONE, "a", keys=(key("a"),)), (), [], notes=("The credential report was refused.",))
    (of_key,) = UnusedAccess().findings_of(mine, NOW)

    assert of_role.evidence.confidence.value == "MEDIUM"
    assert of_role.evidence.missing == ("no logs of 2026-05-12",)
    assert of_other.evidence.confidence.value == "LOW"
    assert [each.source.value for each in of_role.evidence.sources] == ["iam", "cloudtrail"]
    assert of_role.evidence.sources[0].since == days_ago(400)
    assert of_key.evidence.confidence.value == "LOW"
    assert of_key.evidence.missing == ("The credential report was refused.",)
    assert [(each.source.value, each.since) for each in of_key.evidence.sources] == [("iam", None)]


def test_untracked_actions_are_said_and_listed():
    policy = managed(ONE, "topics", allow("iam:CreateRole", "iam:PassRole", "iam:CreateUser", "sqs:*"))
    evidence = evidence_with(policy)

    assert evidence.untracked == ("iam:CreateUser", "iam:PassRole")
    assert evidence.missing == ("No source tells the use of iam:CreateUser, iam:PassRole apart: they are not judged.",)
    assert evidence.confidence.value == "HIGH"


def test_many_names_are_not_all_said():
    regions = tuple(f"xx-west-{number}" for number in range(1, 9))
    evidence = evidence_with(trail_coverage=changed(missing_regions=regions))

    assert evidence.missing == (
        "There is no log of the Regions xx-west-1, xx-west-2, xx-west-3, xx-west-4, xx-west-5 and 3 more.",
    )
