"""Many principals judged at once: what is counted, what is left out, and that processes add up to the same."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ringwall.collector.lines import Line, read_lines
from ringwall.findings.finding import FindingType
from ringwall.findings.report import Gap, PrincipalGap
from ringwall.findings.unused_access import Exclusion, UnusedAccess
from ringwall.principals.evidence import Confidence
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.principals.usage import TrailCoverage, TrailUsage, UsageSource, Use
from ringwall.service.judging import FindingSelection, exit_code, judge_all
from ringwall.service.judging_lines import Judging, Trails, judge_in_processes, principals_in

SAMPLE = Path(__file__).parents[2] / "examples" / "unused-access.jsonl"
NOW = datetime(2026, 7, 1, 6, tzinfo=UTC)
AUDIT, SHOP, WEB = "123456789012", "444455556666", "777788889999"
JUDGE = UnusedAccess(90)


def lines():
    return list(read_lines(SAMPLE))[1:]


def principals():
    return list(principals_in("sample", lines()))


def report_of(seen=None, judge=JUDGE, selection=None):
    tally = judge_all(principals() if seen is None else seen, judge, NOW, selection or FindingSelection())
    return tally.report(judge, NOW)


def test_the_sample_is_counted_by_account():
    """
    Principals, findings by type, and the share of what is granted that is unused; a service-linked role is left out.
    """
    report = report_of()

    assert [(each.account, each.principals) for each in report.accounts] == [(AUDIT, 1), (SHOP, 4), (WEB, 2)]
    assert {kind.value: number for kind, number in report.found.items()} == {
        "UnusedIAMRole": 2,
        "UnusedIAMUserAccessKey": 1,
        "UnusedIAMUserPassword": 1,
        "UnusedPermission": 4,
    }
    assert report.left_out == 1
    assert report.sources == {"cloudtrail": 5, "last-accessed": 7}
    assert report.accounts[0].unused_share == 1.0
    assert 0 < report.accounts[2].unused_share < 1
    assert exit_code(report) == 1


def test_findings_come_in_the_same_order_whoever_answers_first():
    """
    By account, principal and type.
    """
    forwards, backwards = report_of(), report_of(reversed(principals()))

    assert [each.id for each in forwards.findings] == [each.id for each in backwards.findings]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (FindingSelection(frozenset({FindingType.UNUSED_IAM_ROLE})), 2),
        (FindingSelection(accounts=frozenset({WEB})), 1),
        (FindingSelection(confidence=Confidence.HIGH), 6),
    ],
)
def test_what_is_wanted(selection, expected):
    """
    Types, accounts and the least confidence; what is not sure enough is counted.
    """
    report = report_of(selection=selection)

    assert len(report.unused) == expected
    assert report.unsure == (2 if selection.confidence is Confidence.HIGH else 0)


def test_shares_do_not_follow_from_what_is_shown():
    """
    How much is unused is the same, whichever findings are wanted.
    """
    some = report_of(selection=FindingSelection(frozenset({FindingType.UNUSED_IAM_USER_PASSWORD})))

    assert [each.unused_actions for each in some.accounts] == [each.unused_actions for each in report_of().accounts]


def test_excluded_principals_are_left_out():
    """
    By account and by tag; they are counted as left out.
    """
    judge = UnusedAccess(90, (Exclusion(frozenset({WEB})), Exclusion(tags=({"purpose": ""},))))
    report = report_of(judge=judge)

    assert {each.account for each in report.accounts} == {SHOP}
    assert report.left_out == 4


def without_report(access):
    return PrincipalAccess(access.principal, type(access.usage)(report_error="AccessDenied: not you"))


def test_a_principal_that_cannot_be_judged_makes_the_report_incomplete():
    """
    Its error finding is told whatever is wanted, and is a gap of the coverage.
    """
    deployer = without_report(principals()[0])
    selection = FindingSelection(frozenset({FindingType.UNUSED_IAM_ROLE}), confidence=Confidence.HIGH)
    report = report_of([deployer], selection=selection)

    assert [each.error for each in report.findings] == ["ACCESS_DENIED"]
    assert report.unused == ()
    assert [gap.resource for gap in report.coverage.gaps] == [deployer.principal.arn]
    assert exit_code(report) == 3


def test_gaps_about_principals_count_and_those_about_resources_do_not():
    """
    A bucket that could not be read hides no role; an account that could not be entered does.
    """
    bucket = Gap("ACCESS_DENIED", "no", SHOP, "eu-west-1", "AWS::S3::Bucket", "arn:aws:s3:::x")
    account = Gap("ACCESS_DENIED", "may not enter", WEB)
    principal = PrincipalGap("INTERNAL_ERROR", "odd", SHOP, "global", "AWS::IAM::User")

    assert exit_code(report_of([*principals(), bucket])) == 1
    assert report_of([bucket, account, principal]).coverage.gaps == (account, principal)


@pytest.mark.parametrize(("seen", "code"), [([], 4), (None, 1)])
def test_exit_codes(seen, code):
    """
    As a scan's.
    """
    assert exit_code(report_of(seen)) == code


def test_nothing_unused_is_zero():
    """
    A role that is too young has no finding, and was judged.
    """
    [young] = [each for each in principals() if each.principal.name == "Preview"]

    assert exit_code(report_of([young])) == 0


def test_processes_add_up_to_the_same():
    """
    However lines are shared out, the report is the one that a single process makes.
    """
    judging = Judging("sample", JUDGE, NOW)
    told = []
    shared = judge_in_processes(judging, iter(lines() * 60), 2, told.append).report(JUDGE, NOW)
    alone = judging.tally(lines() * 60).report(JUDGE, NOW)

    assert shared == alone
    assert told[-1] == 7 * 60


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "sample, line 7: the line is not JSON"),
        (b'{"principalAcces": {}}', "sample, line 7: the line is about no resource, no principal and no gap"),
        (b'{"principalAccess": {"principal": {}}}', "sample, line 7: this is no principal"),
    ],
)
def test_a_line_that_cannot_be_read_is_a_gap(data, message):
    """
    It names file and line, whatever the line was about.
    """
    [gap] = principals_in("sample", [Line(7, data)])

    assert isinstance(gap, PrincipalGap)
    assert gap.is_failure
    assert gap.message.startswith(message)


def test_lines_of_resources_are_passed_over():
    """
    They are not even checked: a scan does that.
    """
    line = json.dumps({"resourceArn": "arn:aws:sqs:eu-west-1:111122223333:q"}).encode()

    assert list(principals_in("sample", [Line(2, line), Line(3, b" \n")])) == []


def test_a_trail_takes_the_place_of_the_one_before():
    """
    For the accounts that it was read of; who did nothing in it was seen to do nothing.
    """
    coverage = TrailCoverage(since=date(2026, 1, 1), until=date(2026, 6, 30))
    deployer, nightly, *_ = principals()
    use = Use(at=NOW, source=UsageSource.CLOUDTRAIL)
    trails = Trails({deployer.principal.arn: TrailUsage(uses={"ecs:CreateService": use})}, {SHOP: coverage})
    [first, second] = map(trails.added_to, (deployer, nightly))
    [other] = [each for each in principals() if each.principal.account == AUDIT][:1]

    assert first.usage.trail.uses == {"ecs:CreateService": use}
    assert (second.usage.trail, second.usage.trail_coverage) == (TrailUsage(), coverage)
    assert trails.added_to(other) == other
