"""The use cases, with an analyzer that knows its findings by heart."""

from dataclasses import dataclass, replace

import pytest

from ringwall.findings.finding import Exposure, Finding, RestrictionType
from ringwall.findings.report import Coverage, Gap
from ringwall.resources.base import ReadError, Resource
from ringwall.service.scanning import FailOn, Selection, diff, diff_exit_code, exit_code, scan
from tests.reports.report_samples import a_report, account_finding, error_finding, public_finding

QUEUE = "arn:aws:sqs:eu-west-1:444455556666:{}"


@dataclass(frozen=True)
class FakeZone:
    type: str = "ACCOUNT"

    def as_json(self):
        return {"type": self.type, "trusted": []}


@dataclass(frozen=True)
class FakeAnalyzer:
    """Finds access to whatever is called open, and an error wherever reading failed."""

    zone: FakeZone = FakeZone()

    def findings_of(self, resource):
        base = Finding(resource.arn, resource.type, resource.owner_account, resource.region)
        if resource.error:
            return (replace(base, error=resource.error.code, error_message=resource.error.message),)
        return (replace(account_finding(), resource=resource.arn),) if "open" in resource.arn else ()


def a_queue(name="quiet", region="eu-west-1", account="444455556666", **changes):
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}],
    }
    queue = Resource(QUEUE.format(name), "AWS::SQS::Queue", account, region, {"queuePolicy": policy})
    return replace(queue, **changes)


def an_unreadable_queue(name="dark"):
    return a_queue(name, configuration={}, error=ReadError("ACCESS_DENIED", "sqs:GetQueueAttributes was refused"))


def a_role(**changes):
    return replace(
        Resource("arn:aws:iam::444455556666:role/open", "AWS::IAM::Role", "444455556666", "global"), **changes
    )


def test_a_scan_counts_what_it_analyzed():
    """
    Accounts, Regions and resources by type are counted, and accounts without resources are named.
    """
    report = scan(
        [a_queue(), a_queue("open", "us-east-1")], FakeAnalyzer(), accounts=["777788889999"], regions={"eu-north-1"}
    )

    assert report.coverage.accounts == ("444455556666", "777788889999")
    assert report.coverage.regions == ("eu-north-1", "eu-west-1", "us-east-1")
    assert report.coverage.analyzed == {"AWS::SQS::Queue": 2}
    assert report.coverage.is_complete
    assert [finding.resource for finding in report.findings] == [QUEUE.format("open")]


def test_what_lives_in_no_region_is_in_none():
    """
    IAM roles are counted, and `global` is no Region.
    """
    report = scan([a_role(), a_queue()], FakeAnalyzer())

    assert report.coverage.regions == ("eu-west-1",)
    assert report.coverage.analyzed == {"AWS::IAM::Role": 1, "AWS::SQS::Queue": 1}


def test_an_error_finding_is_a_gap_too():
    """
    A resource that could not be read is an error finding and a gap, and not counted as analysed.
    """
    report = scan([an_unreadable_queue()], FakeAnalyzer())

    assert [finding.error for finding in report.findings] == ["ACCESS_DENIED"]
    assert report.coverage.gaps == (
        Gap(
            "ACCESS_DENIED",
            "sqs:GetQueueAttributes was refused",
            "444455556666",
            "eu-west-1",
            "AWS::SQS::Queue",
            QUEUE.format("dark"),
        ),
    )
    assert report.coverage.analyzed == {}


def test_a_gap_is_told_once():
    """
    A collection's gap about a resource and the analyzer's error about it are one gap; others stay apart.
    """
    gap = Gap("ACCESS_DENIED", "as collected", "444455556666", "eu-west-1", "AWS::SQS::Queue", QUEUE.format("dark"))
    others = [Gap("ACCESS_DENIED", "sqs:ListQueues", "444455556666", region) for region in ("eu-west-1", "us-east-1")]
    report = scan([an_unreadable_queue(), gap, *others], FakeAnalyzer())

    assert len(report.coverage.gaps) == 3


def test_documents_of_resources_with_findings_are_kept():
    """
    The report holds the text of the policies that findings point into, and of no others.
    """
    report = scan([a_queue("open"), a_queue()], FakeAnalyzer())

    assert list(report.documents) == [QUEUE.format("open")]
    assert '"Action": "sqs:*"' in report.documents[QUEUE.format("open")]["/queuePolicy"]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), {"open-1", "open-2", "role/open"}),
        (Selection(regions=frozenset({"us-east-1"})), {"open-2", "role/open"}),
        (Selection(resource_types=frozenset({"AWS::SQS::Queue"})), {"open-1", "open-2"}),
        (Selection(accounts=frozenset({"777788889999"})), {"open-2"}),
    ],
)
def test_a_selection_narrows_the_scan(selection, expected):
    """
    Only the wanted types, Regions and accounts are analysed; IAM roles belong to every Region.
    """
    seen = [a_queue("open-1"), a_queue("open-2", "us-east-1", "777788889999"), a_role()]
    report = scan(seen, FakeAnalyzer(), selection=selection)

    assert {finding.resource.rsplit(":", 1)[-1] for finding in report.findings} == expected


def test_a_selection_never_drops_what_is_not_known():
    """
    A line that could not be read may be about anything: it stays, whatever is selected.
    """
    unreadable = Resource("estate.jsonl:3", "", "", "", error=ReadError("INTERNAL_ERROR", "estate.jsonl, line 3"))
    selection = Selection(frozenset({"AWS::SQS::Queue"}), frozenset({"eu-west-1"}), frozenset({"444455556666"}))
    report = scan([unreadable, Gap("ACCESS_DENIED", "refused")], FakeAnalyzer(), selection=selection)

    assert not report.coverage.is_complete
    assert len(report.coverage.gaps) == 2


def test_the_order_of_reading_does_not_matter():
    """
    The same resources give the same report, whichever was read first.
    """
    seen = [
        a_queue("open-1"),
        a_queue("open-2"),
        an_unreadable_queue(),
        Gap("ACCESS_DENIED", "a"),
        Gap("ACCESS_DENIED", "b"),
    ]

    assert scan(seen, FakeAnalyzer()) == scan(reversed(seen), FakeAnalyzer())


def test_progress_is_told():
    """
    Whoever watches is told after every resource.
    """
    told = []
    scan([a_queue(), a_queue()], FakeAnalyzer(), progress=told.append)

    assert told == [1, 2]


INCOMPLETE = Coverage(analyzed={"AWS::SQS::Queue": 1}, gaps=(Gap("ACCESS_DENIED", "refused"),))
NOTED = Coverage(analyzed={"AWS::SQS::Queue": 1}, gaps=(Gap("REGION_DISABLED", "off"),))


@pytest.mark.parametrize(
    ("report", "fail_on", "expected"),
    [
        (a_report(), FailOn.ANY, 0),
        (a_report(account_finding()), FailOn.ANY, 1),
        (a_report(account_finding()), FailOn.EXTERNAL, 1),
        (a_report(account_finding()), FailOn.PUBLIC, 0),
        (a_report(account_finding()), FailOn.NONE, 0),
        (a_report(public_finding()), FailOn.PUBLIC, 1),
        (a_report(account_finding(exposure=Exposure.ANY_AWS_PRINCIPAL)), FailOn.PUBLIC, 1),
        (a_report(account_finding(exposure=Exposure.CONFUSED_DEPUTY)), FailOn.EXTERNAL, 0),
        (a_report(account_finding(exposure=Exposure.CONFUSED_DEPUTY)), FailOn.ANY, 1),
        (a_report(account_finding(exposure=None)), FailOn.PUBLIC, 1),
        (a_report(coverage=NOTED), FailOn.ANY, 0),
        (a_report(coverage=INCOMPLETE), FailOn.NONE, 3),
        (a_report(public_finding(), coverage=INCOMPLETE), FailOn.ANY, 3),
        (a_report(coverage=Coverage()), FailOn.ANY, 4),
        (a_report(error_finding(), coverage=replace(INCOMPLETE, analyzed={})), FailOn.ANY, 3),
    ],
)
def test_exit_codes(report, fail_on, expected):
    """
    0 nothing to report, 1 findings at or above the threshold, 3 incomplete, 4 nothing to analyse.
    """
    assert exit_code(report, fail_on) == expected


def test_the_same_access_is_no_difference():
    """
    Another restriction by control policies, another statement, another order of actions: the access is the same.
    """
    old = account_finding()
    new = account_finding(
        action=tuple(reversed(old.action)),
        allowed_by=(),
        resource_control_policy_restriction=RestrictionType.APPLICABLE,
    )
    difference = diff(a_report(old), a_report(new))

    assert (difference.appeared, difference.went, difference.unknown) == ((), (), ())
    assert diff_exit_code(difference) == 0


def test_access_appears_and_goes():
    """
    A finding that only one of the reports has is a change with all of its actions.
    """
    difference = diff(a_report(account_finding()), a_report(public_finding()))

    assert [change.actions for change in difference.appeared] == [("s3:GetObject",)]
    assert [change.actions for change in difference.went] == [("sqs:GetQueueUrl", "sqs:SendMessage")]
    assert not difference.appeared[0].is_partial
    assert diff_exit_code(difference, FailOn.PUBLIC) == 1


def test_a_gained_action_is_a_difference():
    """
    The same principal with one action more gained that one, and lost none.
    """
    difference = diff(a_report(account_finding(action=("sqs:SendMessage",))), a_report(account_finding()))
    [change] = difference.appeared

    assert (change.actions, change.is_partial) == (("sqs:GetQueueUrl",), True)
    assert difference.went == ()


def test_access_that_a_wider_finding_takes_in_is_told_with_it():
    """
    When a queue becomes public, the account that could use it before is listed as gone, with a note.
    """
    wide = account_finding(principal={"AWS": "*"}, condition={})
    difference = diff(a_report(account_finding()), a_report(wide))

    assert [change.finding for change in difference.appeared] == [wide]
    assert [change.wider for change in difference.went] == [wide]


@pytest.mark.parametrize(
    "gap",
    [
        Gap("ACCESS_DENIED", "refused", resource=account_finding().resource),
        Gap("ACCESS_DENIED", "refused", "444455556666", "eu-west-1", "AWS::SQS::Queue"),
        Gap("ACCESS_DENIED", "refused", "444455556666"),
        Gap("ACCESS_DENIED", "refused"),
    ],
)
def test_access_that_could_not_be_looked_at_has_not_gone(gap):
    """
    A scan that could not read a resource resolves nothing about it.
    """
    difference = diff(a_report(account_finding()), a_report(coverage=replace(INCOMPLETE, gaps=(gap,))))

    assert difference.went == ()
    assert [finding for finding, _ in difference.unknown] == [account_finding()]
    assert diff_exit_code(difference) == 3


def test_a_gap_elsewhere_hides_nothing():
    """
    Access has gone where the resource was read, whatever failed in another Region.
    """
    gap = Gap("ACCESS_DENIED", "refused", region="us-east-1")
    difference = diff(a_report(account_finding()), a_report(coverage=replace(INCOMPLETE, gaps=(gap,))))

    assert len(difference.went) == 1
    assert difference.unknown == ()


def test_nothing_to_compare():
    """
    Two scans that analysed nothing say nothing.
    """
    assert diff_exit_code(diff(a_report(coverage=Coverage()), a_report(coverage=Coverage()))) == 4
