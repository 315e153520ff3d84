"""Scans against an estate in memory, over both databases."""

from dataclasses import replace

import pytest

from ringwall.errors import CollectionError
from ringwall.findings.report import Gap
from ringwall.resources.base import ReadError
from ringwall.store import places, resources, scans
from tests.service.work_for_tests import ACCOUNT, REGION, Service, queue

PARTNER = "444455556666"
OTHER = "777788889999"


@pytest.fixture
def service(store):
    return Service(store)


def test_a_new_resource_has_its_findings(service):
    """What lets somebody in from outside is a finding, and one message for whoever wants to know."""
    analyzer = service.analyzer()
    service.destination()
    service.source.resources = [queue("open", PARTNER), queue("closed")]

    service.scan(analyzer)

    assert service.findings(analyzer) == [("open", PARTNER, "ACTIVE")]
    assert len(service.messages()) == 1


def test_an_unchanged_resource_is_looked_at_and_not_analysed(service):
    """The second scan writes when it looked, and nothing else."""
    analyzer = service.analyzer()
    service.destination()
    service.source.resources = [queue("open", PARTNER)]
    service.scan(analyzer)
    service.clock.move(minutes=30)

    service.scan(analyzer)

    with service.store.read() as connection:
        [known] = resources.page(connection, analyzer.key, limit=10)
        coverage = scans.page(connection, analyzer.key, limit=1)[0].coverage
    assert (known.analyzed_at, known.updated_at) == (service.clock(), analyzer.created_at)
    assert (coverage["seen"], coverage["analyzed"], coverage["unchanged"]) == (1, 0, 1)
    assert len(service.messages()) == 1


def test_access_that_went_is_resolved_and_comes_back_as_the_same_finding(service):
    """Opened, closed, opened: one finding, three changes."""
    analyzer = service.analyzer()
    for principals in ([PARTNER], [], [PARTNER]):
        service.source.resources = [queue("q", *principals)]
        service.scan(analyzer)
        service.clock.move(minutes=30)

    assert service.findings(analyzer) == [("q", PARTNER, "ACTIVE")]
    assert [status for status, _ in service.history(analyzer)] == ["ACTIVE", "RESOLVED", "ACTIVE"]


def test_the_same_scan_twice_writes_nothing_twice(service):
    """A job that is done again after a crash finds everything in place."""
    analyzer = service.analyzer()
    service.destination()
    service.source.resources = [queue("q", PARTNER)]

    service.scan(analyzer)
    service.scan(analyzer)

    assert len(service.history(analyzer)) == 1
    assert len(service.messages()) == 1


def test_a_resource_that_is_gone_has_resolved_findings_and_is_not_listed(service):
    """Its findings are kept for a time, and the resource for their sake."""
    analyzer = service.analyzer()
    service.source.resources = [queue("q", PARTNER), queue("silent")]
    service.scan(analyzer)
    service.source.resources = []
    service.clock.move(minutes=30)

    service.scan(analyzer)

    assert service.findings(analyzer) == [("q", PARTNER, "RESOLVED")]
    with service.store.read() as connection:
        assert resources.page(connection, analyzer.key, limit=10) == []
        assert places.places(connection, analyzer.key) == set()


def test_a_resource_that_is_made_again_has_its_finding_again(service):
    """Deleted and made again with the same policy: it is analysed, though its configuration is known."""
    analyzer = service.analyzer()
    for there in ([queue("q", PARTNER)], [], [queue("q", PARTNER)]):
        service.source.resources = there
        service.scan(analyzer)
        service.clock.move(minutes=30)

    assert service.findings(analyzer) == [("q", PARTNER, "ACTIVE")]


@pytest.mark.parametrize(
    "gap",
    [
        Gap("ACCESS_DENIED", "no", ACCOUNT, REGION, "AWS::SQS::Queue"),
        Gap("INTERNAL_ERROR", "no", ACCOUNT, REGION),
        Gap("INTERNAL_ERROR", "no", ACCOUNT),
        Gap("INTERNAL_ERROR", "no"),
        Gap("ACCESS_DENIED", "no", ACCOUNT, REGION, "AWS::SQS::Queue", queue("q").arn),
    ],
)
def test_what_could_not_be_seen_is_not_resolved(service, gap):
    """A gap covers what it names, and an empty field everything."""
    analyzer = service.analyzer()
    service.source.resources = [queue("q", PARTNER)]
    service.scan(analyzer)
    service.source.gaps = [gap]
    service.clock.move(minutes=30)

    service.scan(analyzer)

    with service.store.read() as connection:
        scan = scans.page(connection, analyzer.key, limit=1)[0]
    assert service.findings(analyzer) == [("q", PARTNER, "ACTIVE")]
    assert scan.status == "FAILED"
    assert scan.coverage["gaps"] == [gap.as_json()]


def test_a_gap_about_something_else_saves_nothing(service):
    """Topics could not be listed; the queue is gone all the same."""
    analyzer = service.analyzer()
    service.source.resources = [queue("q", PARTNER), queue("other")]
    service.scan(analyzer)
    service.source.resources = [queue("other")]
    service.source.gaps = [Gap("ACCESS_DENIED", "no", ACCOUNT, REGION, "AWS::SNS::Topic")]
    service.clock.move(minutes=30)

    service.scan(analyzer)

    with service.store.read() as connection:
        assert scans.page(connection, analyzer.key, limit=1)[0].status == "PARTIAL"
    assert service.findings(analyzer) == [("q", PARTNER, "RESOLVED")]


def test_a_source_that_fails_in_the_middle_resolves_nothing(service):
    """An error that is no gap is about the whole place."""
    analyzer = service.analyzer()
    service.source.resources = [queue("q", PARTNER)]
    service.scan(analyzer)

    def refuse(account, region, types):
        raise CollectionError("INTERNAL_ERROR", "throttled")
        yield

    service.source.read = refuse
    service.clock.move(minutes=30)

    service.scan(analyzer)

    assert service.findings(analyzer) == [("q", PARTNER, "ACTIVE")]


def test_an_unreadable_resource_is_an_error_finding(service):
    """What was found about it is resolved, as nobody knows whether it is so still: the reference's section 3.6."""
    analyzer = service.analyzer()
    service.source.resources = [queue("q", PARTNER)]
    service.scan(analyzer)
    service.source.resources = [queue("q", error=ReadError("ACCESS_DENIED", "no"))]
    service.clock.move(minutes=30)

    service.scan(analyzer)

    assert service.findings(analyzer) == [("q", PARTNER, "RESOLVED"), ("q", "ACCESS_DENIED", "ACTIVE")]


def test_archive_rules_act_on_what_is_new(service):
    """A finding that a rule knows is archived from the start."""
    analyzer = service.analyzer()
    service.rule(analyzer, **{"principal.AWS": PARTNER})
    service.source.resources = [queue("q", PARTNER, OTHER)]

    service.scan(analyzer)

    assert service.findings(analyzer) == [("q", PARTNER, "ARCHIVED"), ("q", OTHER, "ACTIVE")]


def test_whoever_read_a_resource_later_has_the_last_word(service):
    """A scan that began before an event writes its older reading after it: the newer one stays."""
    analyzer = service.analyzer()
    narrowed = queue("q")
    old = queue("q", PARTNER)

    def read_while_an_event_comes(account, region, types):
        yield old
        service.clock.move(seconds=1)
        service.source.resources = [narrowed]
        service.do(
            "rescan", analyzer=analyzer.key, account=ACCOUNT, region=REGION, type="AWS::SQS::Queue", arn=narrowed.arn
        )

    service.source.read = read_while_an_event_comes

    service.scan(analyzer)

    assert service.findings(analyzer) == []


def test_a_rescan_finds_and_resolves_at_once(service):
    """One resource that was opened, narrowed, and deleted."""
    analyzer = service.analyzer()
    payload = {"analyzer": analyzer.key, "account": ACCOUNT, "region": REGION, "type": "AWS::SQS::Queue"}
    opened = queue("q", PARTNER)
    outcomes = []
    for there in ([opened], [queue("q")], [opened], []):
        service.source.resources = there
        service.do("rescan", **payload, arn=opened.arn)
        outcomes.append([status for *_, status in service.findings(analyzer)])
        service.clock.move(minutes=1)

    assert outcomes == [["ACTIVE"], ["RESOLVED"], ["ACTIVE"], ["RESOLVED"]]
    assert service.again(analyzer).last_resource_analyzed == opened.arn


def test_a_rescan_that_cannot_be_done_is_done_again(service):
    """Whether the resource is there cannot be said: the job fails, and nothing is resolved."""
    analyzer = service.analyzer()
    opened = queue("q", PARTNER)
    service.source.resources = [opened]
    service.scan(analyzer)
    service.source.gaps = [Gap("INTERNAL_ERROR", "throttled", resource=opened.arn)]

    with pytest.raises(CollectionError, match="throttled"):
        service.do(
            "rescan", analyzer=analyzer.key, account=ACCOUNT, region=REGION, type="AWS::SQS::Queue", arn=opened.arn
        )

    assert service.findings(analyzer) == [("q", PARTNER, "ACTIVE")]


@pytest.mark.parametrize("place", [{"account": "444455556666"}, {"region": "sa-east-1"}])
@pytest.mark.parametrize("error", [None, ReadError("ACCESS_DENIED", "s3:ListAllMyBuckets was denied")])
def test_a_rescan_in_the_wrong_place_says_nothing(service, place, error):
    """The ARN of a bucket names neither account nor Region: whoever looks for it elsewhere does not lose its finding."""
    analyzer = service.analyzer()
    opened = queue("q", PARTNER)
    asked = {"account": ACCOUNT, "region": REGION, "type": opened.type, "arn": opened.arn, **place}
    service.source.resources = [opened]
    service.scan(analyzer)
    if error:
        elsewhere = replace(opened, owner_account=asked["account"], region=asked["region"], error=error)
        service.source.resources.append(elsewhere)

    service.do("rescan", analyzer=analyzer.key, **asked)

    assert service.findings(analyzer) == [("q", PARTNER, "ACTIVE")]


def test_a_rescan_finds_what_was_made_anew_elsewhere(service):
    """A bucket that was deleted, and made by another account: its name is free then."""
    analyzer = service.analyzer()
    opened = queue("q", PARTNER)
    service.source.resources = [opened]
    service.scan(analyzer)
    service.source.resources = [replace(opened, owner_account=PARTNER, configuration=queue("q").configuration)]
    service.clock.move(minutes=1)

    service.do("rescan", analyzer=analyzer.key, account=PARTNER, region=REGION, type="AWS::SQS::Queue", arn=opened.arn)

    assert service.findings(analyzer) == [("q", PARTNER, "RESOLVED")]


def test_a_rescan_of_a_type_leaves_others_alone(service):
    """Only queues are read, and only queues can be gone."""
    analyzer = service.analyzer()
    service.source.resources = [queue("q", PARTNER)]
    service.scan(analyzer)
    service.source.reads.clear()
    service.source.resources = []
    service.clock.move(minutes=1)

    service.do("rescan-type", analyzer=analyzer.key, account=ACCOUNT, region=REGION, type="AWS::SNS::Topic")

    assert service.source.reads == [(ACCOUNT, REGION, ("AWS::SNS::Topic",))]
    assert service.findings(analyzer) == [("q", PARTNER, "ACTIVE")]


def test_a_deleted_analyzer_is_not_scanned(service):
    """A job that waited for it ends quietly."""
    analyzer = service.analyzer()
    service.source.resources = [queue("q", PARTNER)]
    with service.store.write() as connection:
        connection.execute(resources.resource.metadata.tables["analyzer"].delete())

    service.scan(analyzer)

    assert service.source.reads == []
