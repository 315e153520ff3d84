"""Days of CloudTrail: which are read, which are kept, and how they meet the principals."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from ringwall.collector.trail_files import read_days
from ringwall.errors import CollectionError
from ringwall.principals.trail_days import DaySummary, LastSeen, TrailGap
from ringwall.service.seen_principals import principals_in
from ringwall.service.stored_trail import kept_place
from ringwall.service.unused_configuration import unused_access_of
from ringwall.service.work import Work
from ringwall.store import trail_days
from tests.service.principals_for_tests import a_principal, plant
from tests.service.work_for_tests import ACCOUNT, START, Service

PLACE = "/nonexistent/trails"
TODAY = START.date()
ROLE = a_principal("reader").principal.arn


class Files:
    """Log files, and what of them was asked for."""

    def __init__(self, *parts):
        self.parts = list(parts)
        self.asked = []

    def __call__(self, place, *, since, until, account, known):
        self.asked.append((place, since, until, account, sorted(day for _, day in known)))
        for each in self.parts:
            if isinstance(each, TrailGap) or (since <= each.day <= until and (account, each.day) not in known):
                yield each


def without_credentials(*_, **__):
    """As S3 is read where nobody is signed in: it does not come to the first day."""
    raise CollectionError("ACCESS_DENIED", "there are no credentials")


def a_day(back, *, action="s3:GetObject", regions=("eu-west-1",), gaps=()):
    """What the files of a day show, so many days ago."""
    day = TODAY - timedelta(days=back)
    seen = LastSeen(f"{day}T08:00:00Z", "eu-west-1", (f"{day:%Y-%m}",))
    return DaySummary(ACCOUNT, day, {ROLE: {action: seen}} if action else {}, regions, gaps)


@pytest.fixture
def service(store, monkeypatch):
    plant(monkeypatch)
    service = Service(store, policy={"trail": PLACE, "trail_days": 60})
    service.source.principals = [a_principal("reader")]
    return service


def read(service, files, **payload):
    service.work = Work(service.ringwall, service.source, read_days=files)
    service.do("trail", account=ACCOUNT, **payload)


def kept(service):
    with service.store.read() as connection:
        return trail_days.complete(connection, ACCOUNT, kept_place(PLACE))


def joined(service):
    """The usage of the one principal, as a scan sees it."""
    judge = unused_access_of(service.analyzer(kind="ACCOUNT_UNUSED_ACCESS"))
    [resource] = principals_in(service.work, ACCOUNT, judge)
    return resource.configuration.get("usage", {})


def test_the_newest_days_are_read_and_then_all(service):
    """31 days first; the older ones with a job of their own."""
    files = Files(a_day(0), a_day(1), a_day(40))

    read(service, files)
    waiting = service.take()
    read(service, files, all=True)

    first, then = files.asked
    assert first[:4] == (PLACE, TODAY - timedelta(days=30), TODAY, ACCOUNT)
    assert waiting == [("trail", {"account": ACCOUNT, "all": True})]
    assert then[1] == TODAY - timedelta(days=59)
    assert TODAY - timedelta(days=40) in kept(service)


@pytest.mark.parametrize(("back", "scans"), [(40, 1), (20, 0)])
def test_principals_are_looked_at_again_once_older_days_are_known(service, back, scans):
    """Use that comes back is only seen in them; where there are none, nothing new is known. The next day there is not."""
    analyzer = service.analyzer(kind="ACCOUNT_UNUSED_ACCESS")
    service.scan(analyzer, region="global")
    files = Files(a_day(0), a_day(back))
    read(service, files)
    service.take()

    read(service, files, all=True)
    then = service.take()
    read(service, files, all=True)

    look = ("scan", {"analyzer": analyzer.key, "account": ACCOUNT, "region": "global", "trigger": "schedule"})
    assert then == [look] * scans
    assert service.take() == []


def test_analyzers_that_look_elsewhere_do_not_look_again(service):
    """Of external access, of other accounts, and those that exclude the account."""
    service.analyzer("external")
    service.analyzer("elsewhere", kind="ACCOUNT_UNUSED_ACCESS")
    exclusions = {"unusedAccess": {"analysisRule": {"exclusions": [{"accountIds": [ACCOUNT]}]}}}
    excluding = service.analyzer("excluding", kind="ORGANIZATION_UNUSED_ACCESS", configuration=exclusions)
    service.scan(excluding, region="global")

    read(service, Files(a_day(40)), all=True)

    assert service.take() == []


def test_a_day_is_read_once_when_no_file_of_it_can_arrive_any_more(service):
    """Today and yesterday are read again; days without logs are known, too."""
    files = Files(a_day(0), a_day(1), a_day(2))
    read(service, files)

    read(service, files)

    known = files.asked[1][4]
    assert TODAY - timedelta(days=2) in known
    assert TODAY - timedelta(days=20) in known
    assert not {TODAY, TODAY - timedelta(days=1)} & set(known)


def test_a_day_with_a_gap_is_read_again(service):
    """A corrupt file may have been mended."""
    files = Files(a_day(5, gaps=("a file is corrupt",)))
    read(service, files)
    files.parts = [a_day(5)]

    read(service, files)

    assert TODAY - timedelta(days=5) not in files.asked[1][4]
    assert TODAY - timedelta(days=5) in kept(service)


def test_a_day_in_parts_is_put_together(service):
    """Files whose names tell no day come last."""
    read(service, Files(a_day(3), a_day(3, action="s3:PutObject", regions=("us-east-1",))))

    assert set(joined(service)["trail"]["uses"]) == {"s3:GetObject", "s3:PutObject"}


def test_principals_meet_their_trail(service):
    """The last use, its months, and what the trail covers: from the first day with logs."""
    read(service, Files(a_day(1), a_day(20), a_day(30, action="")))

    usage = joined(service)

    [use] = usage["trail"]["uses"].values()
    assert (use["at"], list(use["months"])) == ("2026-01-30T08:00:00Z", ["2026-01"])
    assert usage["trailCoverage"]["since"] == (TODAY - timedelta(days=30)).isoformat()
    assert usage["trailCoverage"]["until"] == (TODAY - timedelta(days=1)).isoformat()


def test_a_region_without_logs_is_missing(service):
    """The account uses two Regions, the trail has one."""
    service.source.enabled = ("eu-west-1", "us-east-1")
    read(service, Files(a_day(1)))

    assert joined(service)["trailCoverage"]["missingRegions"] == ("us-east-1",)


def test_that_an_account_does_not_tell_its_regions_is_noted(service):
    """
    Of which of them logs are missing is not known then: that none is must not be believed.
    """
    read(service, Files(a_day(2)))
    service.source.refuse_regions = CollectionError("ACCESS_DENIED", "not yours")

    usage = joined(service)

    assert usage["notes"] == ("it is not known of which Regions the trail should have logs: not yours",)
    assert usage["trail"]["uses"].keys() == {"s3:GetObject"}


def test_what_could_not_be_read_is_a_gap(service):
    """Also what belongs to no day; and no day is taken for one without logs."""
    read(service, Files(a_day(1), TrailGap("s3://logs: not read to the end: AccessDenied")))

    assert "s3://logs: not read to the end: AccessDenied" in joined(service)["trailCoverage"]["gaps"]
    assert set(kept(service)) == {TODAY - timedelta(days=1)}


def test_a_trail_that_was_not_read_is_told(service):
    """It is not the same as none."""
    assert joined(service) == {"notes": ("CloudTrail's log files have not been read yet",)}


@pytest.mark.parametrize(
    ("files", "note"),
    [
        (partial(read_days, workers=1), f"the trail cannot be read: `{PLACE}` is no folder: "),
        (Files(TrailGap("s3://logs: AccessDenied")), "s3://logs: AccessDenied"),
        (without_credentials, "the trail cannot be read: there are no credentials"),
        (Files(), "there are no log files of CloudTrail of this account"),
    ],
)
def test_a_trail_of_which_nothing_can_be_read_holds_nobody_up(service, files, note):
    """The job ends, since the look at the principals waits for it; the reason is told of each."""
    read(service, files)

    [told] = joined(service)["notes"]
    assert told.startswith(note)


def test_without_a_trail_nothing_is_read(store, monkeypatch):
    """And nothing is missing."""
    plant(monkeypatch)
    service = Service(store)
    service.source.principals = [a_principal("reader")]
    files = Files(a_day(1))

    read(service, files)

    assert (files.asked, joined(service)) == ([], {})


def test_days_are_forgotten(service):
    """After 400 days."""
    read(service, Files(a_day(1)))
    service.clock.now = datetime(2027, 6, 1, tzinfo=UTC)

    service.do("housekeeping")

    assert kept(service) == {}


def test_a_folder_of_log_files_is_read(store, tmp_path, monkeypatch):
    """Nothing is faked here but the principal: from a file of CloudTrail to the use of a role."""
    plant(monkeypatch)
    service = Service(store, policy={"trail": str(tmp_path), "trail_days": 5})
    service.source.principals = [a_principal("reader")]
    record = {
        "eventVersion": "1.11",
        "eventTime": "2026-01-30T08:00:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "CreateBucket",
        "awsRegion": "eu-west-1",
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        "managementEvent": True,
        "readOnly": False,
        "userIdentity": {
            "type": "AssumedRole",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/session",
            "accountId": ACCOUNT,
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": ROLE, "accountId": ACCOUNT}},
        },
    }
    name = f"{ACCOUNT}_CloudTrail_eu-west-1_20260130T0800Z_abcdefghijklmnop.json"
    (tmp_path / name).write_text(json.dumps({"Records": [record]}))

    read(service, partial(read_days, workers=1))

    usage = joined(service)
    assert usage["trail"]["uses"]["s3:CreateBucket"]["at"] == "2026-01-30T08:00:00Z"
    assert usage["trailCoverage"]["regions"] == ("eu-west-1",)
