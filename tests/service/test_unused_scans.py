"""Scans for unused access: what they see, resolve and leave alone; and who is told."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from ringwall.findings.organization import Account, Organization
from ringwall.findings.report import Gap
from ringwall.principals.principal_access import principal_access_as_json, principal_access_of
from ringwall.principals.usage import LastAccessedReport, ServiceReport
from ringwall.service.context import Caller
from ringwall.service.operations.analyzers import delete_analyzer
from ringwall.service.operations.statistics import get_findings_statistics
from ringwall.service.report_cache import StoredReports
from ringwall.service.watching import watch_once
from ringwall.store import findings, jobs, recommendations, resources, scans
from ringwall.store.outbox import outbox
from ringwall.store.recommendations import RecommendationRecord
from tests.service.principals_for_tests import a_principal, changed, plant
from tests.service.test_watching import TRUSTING, Messages
from tests.service.work_for_tests import ACCOUNT, REGION, START, Service

IDLE = a_principal("idle")
SPARE = a_principal("spare")
_COUNTED = ("Services", "Actions")


@pytest.fixture
def service(store, monkeypatch):
    plant(monkeypatch)
    service = Service(store)
    service.source.principals = [IDLE, SPARE]
    return service


def an_analyzer(service, age=90, **columns):
    configuration = {"unusedAccess": {"unusedAccessAge": age}}
    return service.analyzer(kind="ACCOUNT_UNUSED_ACCESS", configuration=configuration, scan_interval=86400, **columns)


def statuses(service, analyzer):
    with service.store.read() as connection:
        return {
            each.resource.rsplit("/", 1)[1]: each.status.value for each in findings.each(connection, analyzer.key, {})
        }


def last_scan(service, analyzer):
    with service.store.read() as connection:
        return scans.page(connection, analyzer.key, limit=1)[0]


def test_principals_are_looked_at_once_a_day_in_no_region(service):
    """No Region is asked for, and no resource of external access is read."""
    analyzer = an_analyzer(service)

    service.pass_()
    service.pass_(hours=23)
    early = list(service.source.reads)
    service.pass_(hours=1)

    assert early == [(ACCOUNT, "global", ("principals",))]
    assert len(service.source.reads) == 2
    assert statuses(service, analyzer) == {"idle": "ACTIVE", "spare": "ACTIVE"}
    assert service.again(analyzer).last_resource_analyzed is None


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_principals_do_not_wait_for_the_scans_of_all_regions(service):
    """They are looked at beside them: what is external in an account takes its time, Region by Region."""
    analyzers = [service.analyzer("external"), an_analyzer(service)]
    service.do("plan")

    until = service.clock() + timedelta(minutes=1)
    with service.store.write() as connection:
        claimed = [jobs.claim(connection, "worker", now=service.clock(), until=until) for _ in analyzers]

    assert [(each.kind, each.payload["analyzer"]) for each in claimed] == [("survey", each.key) for each in analyzers]


def test_a_principal_that_did_not_change_is_judged_again_the_next_day_alone(service):
    """What follows from it follows from the day too."""
    analyzer = an_analyzer(service)
    service.pass_()

    service.scan(analyzer, region="global")
    same_day = last_scan(service, analyzer).coverage
    service.clock.move(days=1)
    service.scan(analyzer, region="global")

    assert (same_day["analyzed"], same_day["unchanged"]) == (0, 2)
    assert last_scan(service, analyzer).coverage["analyzed"] == 2


def test_a_principal_that_is_gone_is_resolved(service):
    """As a resource is."""
    analyzer = an_analyzer(service)
    service.pass_()
    service.source.principals = [SPARE]

    service.pass_(days=1)

    assert statuses(service, analyzer) == {"idle": "RESOLVED", "spare": "ACTIVE"}


@pytest.mark.parametrize(
    "gap",
    [
        Gap("ACCESS_DENIED", "iam:GetRole was denied", ACCOUNT, "global", "AWS::IAM::Role", IDLE.principal.arn),
        Gap("INTERNAL_ERROR", "the listing was cut off", ACCOUNT, "global"),
    ],
)
def test_what_could_not_be_read_stays(service, gap):
    """A gap covers a principal, or all that were not seen."""
    analyzer = an_analyzer(service)
    service.pass_()
    service.source.principals = [SPARE]
    service.source.gaps = [gap]

    service.pass_(days=1)

    assert statuses(service, analyzer) == {"idle": "ACTIVE", "spare": "ACTIVE"}
    assert last_scan(service, analyzer).status == "PARTIAL"


def test_an_account_that_lets_nobody_in_keeps_its_findings(service):
    """The scan says why it failed."""
    analyzer = an_analyzer(service)
    service.pass_()
    service.source.refuse_principals = {ACCOUNT}

    service.pass_(days=1)

    assert statuses(service, analyzer) == {"idle": "ACTIVE", "spare": "ACTIVE"}
    assert last_scan(service, analyzer).status == "FAILED"


def test_a_principal_that_becomes_excluded_is_resolved_with_the_reason(service):
    """Also where a gap covers everything: it was seen."""
    analyzer = an_analyzer(service)
    service.pass_()
    service.source.principals = [changed(IDLE, path="/aws-service-role/x.amazonaws.com/"), SPARE]
    service.source.gaps = [Gap("INTERNAL_ERROR", "the listing was cut off", ACCOUNT, "global")]

    service.pass_(days=1)

    assert statuses(service, analyzer) == {"idle": "RESOLVED", "spare": "ACTIVE"}
    assert service.history(analyzer)[-1] == ("RESOLVED", "the analyzer does not judge this principal any more")


def test_what_was_analysed_is_kept_whole(service):
    """Whoever recommends or explains reads the principal back."""
    analyzer = an_analyzer(service)
    service.pass_()

    with service.store.read() as connection:
        [record] = resources.find(connection, analyzer.key, IDLE.principal.arn)
        content = resources.configuration(connection, record.configuration_digest)

    assert (record.type, record.region, record.owner_account) == ("AWS::IAM::Role", "global", ACCOUNT)
    assert principal_access_of(json.loads(content)) == IDLE
    assert principal_access_as_json(IDLE)["principal"]["kind"] == "AWS::IAM::Role"


def test_changes_of_roles_do_not_make_it_look_again(service):
    """An event leads external analyzers to the role; this one looks once a day."""
    an_analyzer(service)
    service.pass_()

    watched = watch_once(service.ringwall, Messages([TRUSTING]))

    assert (watched.received, watched.enqueued) == (1, 0)
    assert service.take() == []


def test_every_finding_is_told(service):
    """Of permissions, how many services and actions; deleting the analyzer tells it again."""
    service.destination()
    service.source.principals = [a_principal("alice", "permission")]
    analyzer = an_analyzer(service)
    service.pass_()
    delete_analyzer(service.ringwall, Caller(ACCOUNT, REGION), {"analyzerName": analyzer.name})

    with service.store.read() as connection:
        payloads = connection.scalars(select(outbox.c.payload).order_by(outbox.c.key)).all()

    told = [(each["isDeleted"], *(each["detail"][f"numberOfUnused{what}"] for what in _COUNTED)) for each in payloads]
    assert told == [(False, 2, 2), (True, 2, 2)]
    assert "findingDetails" not in payloads[0]["detail"]


def test_reports_are_kept_with_their_age_and_jobs_are_gone_on_with(service):
    """A report that is too old is made again; a job is over once its report is kept."""
    cache, arn = StoredReports(service.ringwall, ACCOUNT), IDLE.principal.arn
    report = LastAccessedReport(START, (ServiceReport("s3", tracked={"s3:CreateBucket": None}),))
    cache.started(arn, "job-1")
    waiting = cache.job(arn), cache.report(arn)

    cache.keep(arn, report)

    assert waiting == ("job-1", None)
    assert (cache.job(arn), cache.report(arn)) == (None, report)
    service.clock.move(hours=21)
    cache.started(arn, "job-2")
    assert (cache.job(arn), cache.report(arn)) == ("job-2", None)
    service.clock.move(hours=13)
    assert cache.job(arn) is None


def test_a_recommendation_that_never_comes_fails(service):
    """Its job died; whoever waits is told to ask again."""
    analyzer = an_analyzer(service)
    with service.store.write() as connection:
        recommendations.begin(connection, RecommendationRecord(analyzer.key, "f", service.clock(), IDLE.principal.arn))
        twice = recommendations.begin(
            connection, RecommendationRecord(analyzer.key, "f", service.clock(), IDLE.principal.arn)
        )
    service.clock.move(hours=3)

    service.do("housekeeping")

    with service.store.read() as connection:
        record = recommendations.find(connection, analyzer.key, "f")
    assert not twice
    assert (record.status, record.error["code"], record.completed_at - record.started_at) == (
        "FAILED",
        "SERVICE_ERROR",
        timedelta(hours=3),
    )


def test_no_more_than_ten_accounts_are_on_top(service):
    """Those with most findings, and of as many the first."""
    accounts = tuple(f"{number:012d}" for number in range(100, 111))
    service.source.accounts = accounts
    service.source.organization = Organization("o-exampleorgid", ACCOUNT, tuple(map(Account, accounts)))
    service.source.principals = [
        *(a_principal("idle", account=account) for account in accounts),
        a_principal("spare", account=accounts[-1]),
    ]
    analyzer = service.analyzer(kind="ORGANIZATION_UNUSED_ACCESS")
    service.pass_()

    told = get_findings_statistics(service.ringwall, Caller(ACCOUNT, REGION), {"analyzerArn": analyzer.arn})

    [statistics] = told["findingsStatistics"]
    top = statistics["unusedAccessFindingsStatistics"]["topAccounts"]
    assert [each["account"] for each in top] == [accounts[-1], *accounts[:9]]
