"""Which services and actions are called unused, beside what the estate of tests/test_unused_estate.py holds."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from ringwall.findings.unused_access import UnusedAccess
from ringwall.policy.service_reference import services
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.principals.usage import LastAccessedReport, ServiceReport, TrailUsage, UsageSource, Use
from tests.principal_words import inline
from tests.unused_words import NOW, ONE, THREE, access, allow, days_ago, deny, managed, role, used


def active(*policies, account=THREE, **others):
    return role(account, "a", policies, last=1, **others)


def found_in(collected, *, age=90, now=NOW):
    return UnusedAccess(age=age).findings_of(collected, now)


def services_of(findings):
    """Of the one finding there is: the unused actions by service, or `*`."""
    (found,) = findings
    return {each.namespace: [action.name for action in each.actions] or "*" for each in found.services}


def with_report(collected, **changes):
    return replace(collected, usage=replace(collected.usage, report=replace(collected.usage.report, **changes)))


TOPICS = managed(THREE, "topics", allow("sns:CreateTopic", "sns:DeleteTopic", "sns:Publish"))


def test_an_action_that_no_source_tells_apart_is_never_called_unused():
    found = found_in(access(active(TOPICS), used(5, "sns:CreateTopic"), ["sns"]))

    assert services_of(found) == {"sns": ["DeleteTopic"]}
    assert found[0].evidence.untracked == ("sns:Publish",)


def test_an_unused_service_is_unused_as_a_whole_whether_or_not_its_actions_are_told_apart():
    found = found_in(access(active(TOPICS), used(5, "iam:CreateRole"), ["sns"]))

    assert services_of(found) == {"sns": "*"}
    assert found[0].evidence.untracked == ()


def test_a_report_by_service_says_nothing_of_actions():
    whole = ServiceReport(namespace="sns", last_use=Use(at=days_ago(5)))
    queues = ServiceReport(namespace="sqs")
    collected = access(active(TOPICS, inline("queues", allow("sqs:*"))), (), [])

    found = found_in(with_report(collected, services=(whole, queues), is_by_action=False))

    assert services_of(found) == {"sqs": "*"}
    assert found[0].evidence.untracked == ("sns:CreateTopic", "sns:DeleteTopic", "sns:Publish")


def test_names_are_compared_without_regard_to_case():
    tracked = {"sns:createtopic": Use(at=days_ago(5)), "sns:deletetopic": None}
    service = ServiceReport(namespace="SNS", last_use=Use(at=days_ago(5)), tracked=tracked)

    found = found_in(with_report(access(active(TOPICS), (), []), services=(service,)))

    assert services_of(found) == {"sns": ["DeleteTopic"]}


def test_the_latest_use_of_any_source_counts():
    """In the finding, too: the trail saw it later than the report."""
    policy = managed(ONE, "topics", allow("sns:CreateTopic", "sns:DeleteTopic"))
    events = (
        *used(5, "sns:CreateTopic"),
        *used(125, "sns:DeleteTopic"),
        *used(121, "sns:DeleteTopic", is_reported=False),
    )

    (found,) = found_in(access(active(policy, account=ONE), events, ["sns"]), age=60)

    assert [(each.name, each.last_accessed) for each in found.services[0].actions] == [("DeleteTopic", days_ago(121))]
    assert found.services[0].last_accessed == days_ago(5)


@pytest.mark.parametrize(
    ("service", "day", "is_judged"),
    [
        ("s3:CreateBucket", "2020-07-10", False),
        ("s3:CreateBucket", "2020-07-12", True),
        ("lambda:CreateFunction", "2021-07-05", False),
        ("lambda:CreateFunction", "2021-07-07", True),
        ("sns:CreateTopic", "2023-08-20", False),
        ("sns:CreateTopic", "2023-08-22", True),
    ],
)
def test_an_action_is_not_judged_for_a_time_before_it_was_tracked(service, day, is_judged):
    """The dates of the IAM User Guide; a whole service is tracked for longer."""
    now = datetime.fromisoformat(day).replace(tzinfo=UTC)
    namespace = service.partition(":")[0]
    last = Use(at=now - timedelta(days=1))
    reported = ServiceReport(namespace=namespace, last_use=last, tracked={service: None})
    principal = replace(active(inline("own", allow(service))), created_at=now - timedelta(days=200))
    report = LastAccessedReport(generated_at=now, services=(reported,))
    collected = access(principal, (), [])
    collected = replace(collected, usage=replace(collected.usage, report=report))

    found = found_in(collected, now=now)

    assert bool(found) is is_judged


def test_a_service_that_the_report_does_not_have_is_not_judged():
    """Not silently, if there is a finding that can say it."""
    policy = managed(THREE, "two", allow("sns:CreateTopic", "kms:CreateKey", "sqs:*"))

    found = found_in(access(active(policy), used(5, "sns:CreateTopic"), ["sns", "sqs"]))

    assert services_of(found) == {"sqs": "*"}
    assert "IAM's report does not have kms: nothing is said of that." in found[0].evidence.missing
    (alone,) = found_in(access(active(policy), used(5, "sns:CreateTopic", "sqs:SendMessage"), ["sns", "sqs"]))
    assert alone.error_message == (
        "the report of what it last accessed does not have all that is granted: kms could not be judged"
    )


def test_an_empty_report_is_no_proof_of_anything():
    (found,) = found_in(with_report(access(active(TOPICS), (), []), services=()))

    assert (found.error, found.error_message) == (
        "INTERNAL_ERROR",
        "the report of what it last accessed does not have all that is granted: sns could not be judged",
    )


def test_what_is_granted_since_yesterday_need_not_be_in_the_report():
    young = managed(THREE, "young", allow("kms:CreateKey"), changed=1)

    assert found_in(access(active(TOPICS, young), used(5, "sns:CreateTopic", "sns:DeleteTopic"), ["sns"])) == ()


@pytest.mark.parametrize(
    ("action", "reported", "unknown"),
    [
        ("brandnew:*", ServiceReport(namespace="brandnew"), "brandnew"),
        ("s3:BrandNew", ServiceReport(namespace="S3"), "s3:BrandNew"),
        ("brandnew:*", ServiceReport(namespace="brandnew", last_use=Use(at=days_ago(200))), "brandnew"),
        ("brandnew:*", ServiceReport(namespace="brandnew", last_use=Use(at=days_ago(2))), None),
        ("s3:BrandNew", ServiceReport(namespace="s3", last_use=Use(at=days_ago(2))), None),
    ],
)
def test_what_the_service_reference_does_not_know_is_told(action, reported, unknown):
    policy = managed(THREE, "own", allow(action))
    collected = with_report(access(active(policy), (), []), services=(reported,))

    errors = [each.error_message for each in found_in(collected)]

    assert errors == ([f"the service reference does not know {unknown}: that could not be judged"] if unknown else [])


def test_a_finding_tells_what_the_service_reference_does_not_know():
    policy = managed(THREE, "own", allow("sqs:*", "brandnew:*"))
    reported = (ServiceReport(namespace="sqs"), ServiceReport(namespace="brandnew"))

    (found,) = found_in(with_report(access(active(policy), (), []), services=reported))

    assert [each.namespace for each in found.services] == ["sqs"]
    assert "The service reference does not know brandnew: nothing is said of that." in found.evidence.missing


@pytest.mark.parametrize(
    ("statements", "unused", "untracked"),
    [
        ([allow("iam:PassRole")], None, None),
        ([allow("iam:PassRole", "iam:ListRoles", "iam:GetRole")], ["GetRole", "ListRoles"], ("iam:PassRole",)),
        ([allow("iam:GetRole")], "*", ()),
        ([allow("iam:PassRole", "iam:GetRole"), deny("iam:PassRole")], "*", ()),
        (
            [
                allow("iam:PassRole", "iam:GetRole"),
                deny("iam:PassRole", condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}),
            ],
            ["GetRole"],
            ("iam:PassRole",),
        ),
    ],
)
def test_passing_roles_is_never_called_unused(statements, unused, untracked):
    """IAM counts it neither as an action nor as use of its service: a role may do it every day."""
    found = found_in(access(active(managed(THREE, "own", *statements)), (), ["iam"]))

    assert [services_of([each]) for each in found] == ([{"iam": unused}] if unused else [])
    assert [each.evidence.untracked for each in found] == ([untracked] if unused else [])


def test_tags_may_have_been_set_by_another_call():
    """Who runs instances with tags needs `ec2:CreateTags`, and makes no such call; who deletes tags does."""
    tracked = {"ec2:RunInstances": Use(at=days_ago(1)), "ec2:CreateTags": None, "ec2:DeleteTags": None}
    reported = ServiceReport(namespace="ec2", last_use=Use(at=days_ago(1)), tracked=tracked)
    policy = managed(THREE, "own", allow("ec2:RunInstances", "ec2:CreateTags", "ec2:DeleteTags"))

    found = found_in(with_report(access(active(policy), (), []), services=(reported,)))

    assert services_of(found) == {"ec2": ["DeleteTags"]}
    assert found[0].evidence.untracked == ("ec2:CreateTags",)
    idle = found_in(with_report(access(active(policy), (), []), services=(ServiceReport(namespace="ec2"),)))
    assert services_of(idle) == {"ec2": "*"}


@pytest.mark.parametrize(("hours", "is_unused"), [(1, True), (23, False)])
def test_a_report_looks_at_as_many_days_as_the_period_has(hours, is_unused):
    """A service that was used 26 hours ago was used every day, as far as a report of yesterday can tell."""
    reported = ServiceReport(namespace="sns", last_use=Use(at=NOW - timedelta(hours=26)))
    collected = with_report(
        access(active(TOPICS), (), []), services=(reported,), generated_at=NOW - timedelta(hours=hours)
    )

    assert bool(found_in(collected, age=1)) is is_unused


@pytest.mark.parametrize("at", [NOW + timedelta(hours=5), NOW + timedelta(days=40)])
def test_use_in_the_future_is_use(at):
    """Clocks differ."""
    reported = ServiceReport(namespace="sns", last_use=Use(at=at), tracked={"sns:CreateTopic": Use(at=at)})

    assert found_in(with_report(access(active(TOPICS), (), []), services=(reported,))) == ()


@pytest.mark.parametrize(
    "statements",
    [
        [
            deny(f"s3:*{number}", condition={"StringEquals": {"aws:RequestedRegion": f"r{number}"}})
            if number % 2
            else deny(f"*:Get{number}*")
            for number in range(60)
        ],
        [
            deny(f"{service}:*", condition={"StringEquals": {"aws:RequestedRegion": f"{service}-{number}"}})
            for number in range(3)
            for service in services()
        ],
    ],
)
def test_policies_that_would_take_minutes_are_an_error(statements):
    policy = managed(THREE, "hostile", allow("*"), *statements)

    (found,) = found_in(access(active(policy), (), ["s3"]))

    assert (found.error, found.services) == ("INTERNAL_ERROR", ())


@pytest.mark.parametrize("days", [90, 91, 300])
def test_a_report_from_before_the_period_is_none(days):
    collected = access(active(TOPICS), used(5, "sns:CreateTopic"), ["sns"])

    (found,) = found_in(with_report(collected, generated_at=days_ago(days)))

    assert (found.type.value, found.error) == ("UnusedPermission", "INTERNAL_ERROR")
    assert found.error_message == (
        f"the report of what it last accessed is of {days_ago(days):%Y-%m-%d}, before the period"
    )


def test_evidence_that_was_never_collected_is_an_error():
    (found,) = found_in(PrincipalAccess(active(TOPICS)))

    assert (found.type.value, found.error) == ("UnusedPermission", "INTERNAL_ERROR")
    assert found.error_message == "no report of what it last accessed was read"


def test_a_policy_that_cannot_be_read_is_named():
    broken = replace(inline("broken"), document="{")

    (found,) = found_in(access(active(TOPICS, broken), (), ["sns"]))

    assert (found.type.value, found.error) == ("UnusedPermission", "INTERNAL_ERROR")
    assert "broken" in found.error_message


def test_a_service_that_comes_back_by_calls_without_a_name_is_left_alone():
    """It is not known which of its actions the next quarter needs; others are judged all the same."""
    months = ("2025-09", "2025-12", "2026-03")
    quarterly = Use(at=days_ago(95), source=UsageSource.CLOUDTRAIL, months=months)
    policy = managed(ONE, "two", allow("sns:*", "sqs:*"))
    collected = access(active(policy, account=ONE), (), ["sns", "sqs"])
    usage = replace(collected.usage, trail=TrailUsage(services={"sns": quarterly}))

    found = found_in(replace(collected, usage=usage))

    assert services_of(found) == {"sqs": "*"}
    assert [(each.action, each.months, each.interval) for each in found[0].evidence.recurring] == [
        ("sns:*", months, "quarterly")
    ]


def test_a_longer_period_than_the_interval_needs_no_exception():
    """Quarterly use within 120 days is use."""
    policy = managed(ONE, "topics", allow("sns:CreateTopic", "sns:DeleteTopic"))
    events = used(100, "sns:DeleteTopic") + used(190, "sns:DeleteTopic") + used(3, "sns:CreateTopic")
    collected = access(active(policy, account=ONE), events, ["sns"])

    assert found_in(collected, age=30) == found_in(collected, age=90) == found_in(collected, age=120) == ()
