"""What is enqueued, when, and what becomes of accounts and Regions that are no longer looked at."""

import pytest

from ringwall.errors import CollectionError, UsageError
from ringwall.findings.organization import Account, Organization, OrganizationPolicy
from ringwall.findings.report import Gap
from ringwall.store import scans
from tests.service.work_for_tests import ACCOUNT, REGION, Service, queue

MEMBER = "444455556666"
OUTSIDER = "777788889999"
ORGANIZATION = Organization(
    "o-exampleorgid",
    ACCOUNT,
    (Account(ACCOUNT, "", "o-exampleorgid/r-ab12/"), Account(MEMBER, "", "o-exampleorgid/r-ab12/")),
)


@pytest.fixture
def service(store):
    return Service(store)


def last_scan(service, analyzer):
    with service.store.read() as connection:
        return scans.page(connection, analyzer.key, limit=1)[0]


def test_a_plan_surveys_accounts_and_a_survey_scans_regions(service):
    """One account with two Regions, and what is in none."""
    analyzer = service.analyzer()
    service.source.enabled = ("eu-west-1", "us-east-1")
    service.do("plan")
    surveys = service.take()

    for kind, payload in surveys:
        service.do(kind, **payload)

    assert [(kind, payload["account"]) for kind, payload in surveys] == [("survey", ACCOUNT)]
    assert [payload["region"] for _, payload in service.take()] == ["global", "eu-west-1", "us-east-1"]
    assert service.again(analyzer).next_scan_at == service.clock() + (
        service.again(analyzer).next_scan_at - analyzer.next_scan_at
    )


def test_nothing_is_planned_before_its_time(service):
    """An analyzer has its own interval."""
    service.analyzer(scan_interval=1800)
    service.do("plan")
    service.take()
    service.clock.move(minutes=29)
    service.do("plan")
    early = service.waiting()
    service.clock.move(minutes=1)

    service.do("plan")

    assert (early, service.waiting()) == ({}, {"survey": 1})


def test_what_waits_already_is_not_enqueued_twice(service):
    """Two plans before anything was done."""
    service.analyzer(scan_interval=60)
    service.do("plan")
    service.clock.move(minutes=2)

    service.do("plan")

    assert service.waiting() == {"survey": 1}


def test_a_scope_limits_accounts_and_regions(service):
    """What is in no Region is always looked at, as AWS's analyzers do in every Region."""
    service.analyzer(scope={"accounts": [MEMBER], "regions": ["eu-west-1"]})
    service.source.accounts = (ACCOUNT, MEMBER)
    service.source.enabled = ("eu-west-1", "us-east-1")
    service.do("plan")
    [(kind, payload)] = service.take()

    service.do(kind, **payload)

    assert [(each["account"], each["region"]) for _, each in service.take()] == [
        (MEMBER, "global"),
        (MEMBER, "eu-west-1"),
    ]


def test_an_organization_analyzer_becomes_active_and_trusts_members(service):
    """Members are inside, others outside."""
    analyzer = service.analyzer(kind="ORGANIZATION", status="CREATING")
    service.source.organization = ORGANIZATION
    service.source.resources = [queue("q", MEMBER, OUTSIDER)]

    service.pass_()

    assert service.again(analyzer).status == "ACTIVE"
    assert service.findings(analyzer) == [("q", OUTSIDER, "ACTIVE")]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CollectionError("ACCESS_DENIED", "no"), "FAILED"),
        (UsageError("no credentials"), "FAILED"),
        (CollectionError("INTERNAL_ERROR", "throttled"), "CREATING"),
    ],
)
def test_an_organization_that_cannot_be_read_fails_a_new_analyzer(service, error, status):
    """Unless it may pass by itself. In both cases it is tried again, and then it works."""
    analyzer = service.analyzer(kind="ORGANIZATION", status="CREATING")
    service.source.organization = ORGANIZATION
    service.source.refuse_estate = error
    service.do("plan")
    failed = service.again(analyzer).status
    service.source.refuse_estate = None
    service.clock.move(minutes=2)

    service.do("plan")

    assert (failed, service.again(analyzer).status) == (status, "ACTIVE")


def test_an_account_that_is_in_no_organization_fails_its_analyzer(service):
    """The API's status has a reason code for it."""
    analyzer = service.analyzer(kind="ORGANIZATION", status="CREATING")

    service.do("plan")

    failed = service.again(analyzer)
    assert (failed.status, failed.status_reason) == ("FAILED", "AWS_SERVICE_ACCESS_DISABLED")
    assert "is in no organization" in last_scan(service, analyzer).coverage["gaps"][0]["message"]


def test_an_estate_that_cannot_be_read_changes_nothing(service):
    """An analyzer that has worked goes on with what it knows."""
    analyzer = service.analyzer()
    service.source.resources = [queue("q", OUTSIDER)]
    service.pass_()
    service.source.refuse_estate = CollectionError("ACCESS_DENIED", "no")

    service.pass_(minutes=30)

    assert service.again(analyzer).status == "ACTIVE"
    assert service.findings(analyzer) == [("q", OUTSIDER, "ACTIVE")]
    assert last_scan(service, analyzer).status == "FAILED"


def test_an_account_that_left_has_its_findings_resolved_and_told_why(service):
    """They neither stay active for ever nor go without a word."""
    analyzer = service.analyzer()
    service.source.accounts = (ACCOUNT, MEMBER)
    service.source.resources = [queue("q", OUTSIDER, account=MEMBER), queue("own", OUTSIDER)]
    service.pass_()
    service.source.accounts = (ACCOUNT,)

    service.pass_(minutes=30)

    assert service.findings(analyzer) == [("own", OUTSIDER, "ACTIVE"), ("q", OUTSIDER, "RESOLVED")]
    assert service.history(analyzer)[-1] == ("RESOLVED", "the analyzer does not look at this account any more")


def test_an_account_that_could_not_be_listed_has_not_left(service):
    """A failure among the estate's gaps: whoever is missing may still be there."""
    analyzer = service.analyzer()
    service.source.accounts = (ACCOUNT, MEMBER)
    service.source.resources = [queue("q", OUTSIDER, account=MEMBER)]
    service.pass_()
    service.source.accounts = (ACCOUNT,)
    service.source.estate_gaps = (Gap("INTERNAL_ERROR", "throttled"),)

    service.pass_(minutes=30)

    assert service.findings(analyzer) == [("q", OUTSIDER, "ACTIVE")]


def test_a_region_that_is_no_longer_used_has_its_findings_resolved(service):
    """Of an account that was read: its Regions are known."""
    analyzer = service.analyzer()
    service.source.enabled = (REGION, "us-east-1")
    service.source.resources = [queue("q", OUTSIDER, region="us-east-1")]
    service.pass_()
    service.source.enabled = (REGION,)

    service.pass_(minutes=30)

    assert service.findings(analyzer) == [("q", OUTSIDER, "RESOLVED")]
    assert "does not look at this Region" in service.history(analyzer)[-1][1]


def test_an_account_that_lets_nobody_in_keeps_its_findings(service):
    """It is a scan that failed, and visible."""
    analyzer = service.analyzer()
    service.source.resources = [queue("q", OUTSIDER)]
    service.pass_()
    service.source.refuse_regions = CollectionError("ACCESS_DENIED", "the role cannot be assumed")

    service.pass_(minutes=30)

    assert service.findings(analyzer) == [("q", OUTSIDER, "ACTIVE")]
    assert (last_scan(service, analyzer).account, last_scan(service, analyzer).status) == (ACCOUNT, "FAILED")


def test_a_new_member_is_trusted_from_the_next_pass_on(service):
    """The zone is another, so that unchanged resources are analysed again."""
    analyzer = service.analyzer(kind="ORGANIZATION", status="CREATING")
    service.source.organization = ORGANIZATION
    service.source.resources = [queue("q", OUTSIDER)]
    service.pass_()
    joined = (*ORGANIZATION.accounts, Account(OUTSIDER, "", "o-exampleorgid/r-ab12/"))
    service.source.organization = Organization("o-exampleorgid", ACCOUNT, joined)

    service.pass_(minutes=30)

    assert service.findings(analyzer) == [("q", OUTSIDER, "RESOLVED")]


def test_a_new_name_of_an_account_has_nothing_analysed_again(service):
    """Names make no findings."""
    analyzer = service.analyzer(kind="ORGANIZATION", status="CREATING")
    service.source.organization = ORGANIZATION
    service.source.resources = [queue("q", OUTSIDER)]
    service.pass_()
    renamed = tuple(Account(each.id, "new", each.path) for each in ORGANIZATION.accounts)
    service.source.organization = Organization("o-exampleorgid", ACCOUNT, renamed)

    service.pass_(minutes=30)

    assert last_scan(service, analyzer).coverage["analyzed"] == 0


def test_policies_that_cannot_be_read_for_a_while_are_taken_to_be_as_they_were(service):
    """Else every finding would be another one while AWS does not answer."""
    analyzer = service.analyzer(kind="ORGANIZATION", status="CREATING")
    policy = OrganizationPolicy(
        "allow", '{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*"}]}', ("r-ab12",)
    )
    known = Organization("o-exampleorgid", ACCOUNT, ORGANIZATION.accounts, (policy,))
    service.source.organization = known
    service.do("plan")
    before = service.again(analyzer).zone_digest
    service.source.organization = Organization(
        "o-exampleorgid", ACCOUNT, ORGANIZATION.accounts, unreadable="AccessDenied"
    )
    service.source.estate_gaps = (Gap("ACCESS_DENIED", "no"),)
    service.clock.move(minutes=30)

    service.do("plan")

    assert service.again(analyzer).zone_digest == before
