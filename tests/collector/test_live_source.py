"""What the service reads from AWS: against a moto server in which there is something of every type."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

import pytest

from ringwall.arn import parse_arn
from ringwall.collector.accounts import Role
from ringwall.collector.aws import Connection
from ringwall.collector.live_source import LiveSource
from ringwall.collector.sessions import Sessions
from ringwall.errors import CollectionError
from ringwall.findings.report import Gap
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import Resource
from tests.collector.planting import ACCOUNTS, REGIONS
from tests.end_to_end.faulty_endpoint import FaultyEndpoint, refusal

FIRST, SECOND = ACCOUNTS
ROLE = "AWS::IAM::Role"


@dataclass(frozen=True)
class Within:
    """A scope."""

    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()


@pytest.fixture(scope="module")
def source(endpoint, estate):
    return LiveSource(Connection(endpoint_url=endpoint), role=Role("ringwall"), accounts=ACCOUNTS)


def test_a_region_of_an_account_is_read_alone(source, estate):
    """
    Every resource of the wanted types in this place comes, and nothing of another place.
    """
    types = [name for name in estate.arns if name != ROLE]

    seen = list(source.read(SECOND, "eu-west-1", types))

    assert [each for each in seen if isinstance(each, Gap)] == []
    assert {(each.owner_account, each.region) for each in seen} == {(SECOND, "eu-west-1")}
    assert {each.type for each in seen} == set(types)
    assert {each.arn for each in seen} <= estate.all_arns


def test_what_lives_in_no_region_is_read_by_itself(source, estate):
    """
    Of all types, `global` gives the global ones.
    """
    seen = list(source.read(FIRST, "global", list(RESOURCE_TYPES)))

    assert {each.arn for each in seen} == {each for each in estate.arns[ROLE] if parse_arn(each).account == FIRST}


@pytest.mark.parametrize("kind", sorted(RESOURCE_TYPES))
def test_one_resource_is_read_as_in_a_full_reading(source, estate, kind):
    """
    Whatever a listing gives, a search by the ARN gives too.
    """
    region = "global" if kind == ROLE else "eu-west-1"
    listed = [each for each in source.read(FIRST, region, [kind]) if isinstance(each, Resource)]

    found = [source.read_one(FIRST, region, kind, each.arn) for each in listed]

    assert found == listed
    assert bool(listed) == (kind in estate.arns)


GONE = {
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:eu-west-1:{FIRST}:table/gone",
    "AWS::EC2::Snapshot": "arn:aws:ec2:eu-west-1::snapshot/snap-0123456789abcdef0",
    "AWS::ECR::Repository": f"arn:aws:ecr:eu-west-1:{FIRST}:repository/gone",
    "AWS::EFS::FileSystem": f"arn:aws:elasticfilesystem:eu-west-1:{FIRST}:file-system/fs-0123456789abcdef0",
    "AWS::IAM::Role": f"arn:aws:iam::{FIRST}:role/gone",
    "AWS::KMS::Key": f"arn:aws:kms:eu-west-1:{FIRST}:key/01234567-89ab-cdef-0123-456789abcdef",
    "AWS::Lambda::Function": f"arn:aws:lambda:eu-west-1:{FIRST}:function:gone",
    "AWS::Lambda::LayerVersion": f"arn:aws:lambda:eu-west-1:{FIRST}:layer:gone:1",
    "AWS::RDS::DBClusterSnapshot": f"arn:aws:rds:eu-west-1:{FIRST}:cluster-snapshot:gone",
    "AWS::RDS::DBSnapshot": f"arn:aws:rds:eu-west-1:{FIRST}:snapshot:gone",
    "AWS::S3::Bucket": "arn:aws:s3:::gone",
    "AWS::S3Express::DirectoryBucket": f"arn:aws:s3express:eu-west-1:{FIRST}:bucket/gone--euw1-az1--x-s3",
    "AWS::SNS::Topic": f"arn:aws:sns:eu-west-1:{FIRST}:gone",
    "AWS::SQS::Queue": f"arn:aws:sqs:eu-west-1:{FIRST}:gone",
    "AWS::SecretsManager::Secret": f"arn:aws:secretsmanager:eu-west-1:{FIRST}:secret:gone-abcdef",
}


@pytest.mark.parametrize("kind", sorted(GONE))
def test_a_resource_that_is_gone_is_none(source, kind):
    """
    Each service has its own way of saying that there is no such thing.
    """
    region = "global" if kind == ROLE else "eu-west-1"

    assert source.read_one(FIRST, region, kind, GONE[kind]) is None


def test_a_bucket_of_another_region_is_not_here(source, estate):
    """
    The same name, looked for where the bucket is not, is not found.
    """
    [there] = [each.arn for each in source.read(FIRST, "eu-west-1", ["AWS::S3::Bucket"])][:1]

    assert source.read_one(FIRST, "us-east-1", "AWS::S3::Bucket", there) is None


def test_a_role_that_was_made_anew_on_another_path_is_another_role(source, estate):
    """
    IAM finds it by its name; the ARN tells that it is not the one.
    """
    name = next(each for each in estate.arns[ROLE] if parse_arn(each).account == FIRST).rsplit("/", 1)[-1]

    assert source.read_one(FIRST, "global", ROLE, f"arn:aws:iam::{FIRST}:role/elsewhere/{name}") is None


def test_the_regions_are_those_that_are_enabled(source):
    """
    Without a choice: all that the account has switched on.
    """
    assert set(REGIONS) < set(source.regions(FIRST))


def test_configured_regions_are_read_where_they_are_enabled(endpoint, estate):
    """
    One that does not exist is left out.
    """
    regions = ("eu-west-1", "mars-north-1")
    source = LiveSource(Connection(endpoint_url=endpoint), role=Role("ringwall"), accounts=ACCOUNTS, regions=regions)

    assert source.regions(SECOND) == ("eu-west-1",)


def test_a_scope_without_accounts_covers_all_that_are_configured(source):
    """
    Empty means all.
    """
    assert source.estate(Within(), "ACCOUNT").accounts == ACCOUNTS


def test_an_account_of_the_scope_that_cannot_be_read_is_a_gap(source):
    """
    An analyzer that was made for it never says in silence that there is nothing.
    """
    estate = source.estate(Within((FIRST, "555555555555")), "ACCOUNT")

    assert estate.accounts == (FIRST,)
    assert [(each.account, each.code) for each in estate.gaps if each.is_failure] == [("555555555555", "ACCESS_DENIED")]


def test_without_a_role_another_account_cannot_be_entered(endpoint, estate):
    """
    That is said, and nobody's resources are taken for nobody's.
    """
    source = LiveSource(Connection(endpoint_url=endpoint))

    with pytest.raises(CollectionError, match="not among those that the service is configured to read"):
        list(source.read(FIRST, "eu-west-1", ["AWS::SQS::Queue"]))


def test_without_credentials_the_collection_fails_and_can_be_tried_again(endpoint):
    """
    A service that starts before the network is there goes on when it is.
    """
    source = LiveSource(Connection(endpoint_url="http://127.0.0.1:1", attempts=1))

    for _ in range(2):
        with pytest.raises(CollectionError, match="whose credentials"):
            source.estate(Within(), "ACCOUNT")


@pytest.fixture
def faulty(endpoint, estate):
    with FaultyEndpoint(endpoint) as running:
        yield running


def through(faulty):
    return LiveSource(Connection(endpoint_url=faulty.url, attempts=1), role=Role("ringwall"), accounts=ACCOUNTS)


QUEUE = "AWS::SQS::Queue"


def queues_of(estate, account, region="eu-west-1"):
    return sorted(each for each in estate.arns[QUEUE] if f":{region}:{account}:" in each)


@pytest.mark.parametrize("call", ["GetQueueUrl", "GetQueueAttributes"])
def test_a_resource_that_aws_does_not_show_is_not_gone(faulty, estate, call):
    """
    Refused where it is looked for, or where it is read: it is there, with an error.
    """
    faulty.faults = {f"sqs {call}": refusal}
    [arn, *_] = queues_of(estate, FIRST)

    found = through(faulty).read_one(FIRST, "eu-west-1", QUEUE, arn)

    assert (found.arn, found.error.code) == (arn, "ACCESS_DENIED")


def test_an_account_that_lets_nobody_in_delays_no_other(faulty, estate):
    """
    It raises; the next account is read all the same, and itself again once it lets us in.
    """
    faulty.faults = {f"AssumeRole .*{FIRST}": lambda _: refusal("sts", "AccessDenied")}
    source = through(faulty)

    with pytest.raises(CollectionError, match="AccessDenied"):
        list(source.read(FIRST, "eu-west-1", [QUEUE]))
    assert sorted(each.arn for each in source.read(SECOND, "eu-west-1", [QUEUE])) == queues_of(estate, SECOND)
    faulty.faults = {}
    assert sorted(each.arn for each in source.read(FIRST, "eu-west-1", [QUEUE])) == queues_of(estate, FIRST)


def test_a_role_is_assumed_once_for_many_readings(faulty):
    """
    The credentials of an account are kept.
    """
    source = through(faulty)

    for region in REGIONS:
        list(source.read(FIRST, region, [QUEUE]))

    assert sum(number for call, number in faulty.calls.items() if "AssumeRole" in call) == 1


def test_only_so_many_clients_stay_open(faulty):
    """
    Of the places that nobody reads, the one longest unused is closed first; one in use stays.
    """
    sessions = Sessions(Connection(endpoint_url=faulty.url), Role("ringwall"), places=2)

    with sessions.at(FIRST, "eu-west-1") as used:
        client = used.client("sqs", "eu-west-1")
        for account, region in [(FIRST, "us-east-1"), (SECOND, "us-east-1"), (SECOND, "eu-west-1")]:
            with sessions.at(account, region):
                pass
        with sessions.at(FIRST, "eu-west-1") as again:
            assert again.client("sqs", "eu-west-1") is client
    assert list(sessions._places) == [(SECOND, "eu-west-1"), (FIRST, "eu-west-1")]


def test_evicted_credentials_are_fetched_again(faulty):
    """
    A forgotten account costs another AssumeRole, and its clients use what that gave.
    """
    sessions = Sessions(Connection(endpoint_url=faulty.url), Role("ringwall"), accounts=1)

    cores = []
    for account in (FIRST, SECOND, FIRST):
        with sessions.at(account, "eu-west-1") as session:
            cores.append(session.core)

    assert len({id(each) for each in cores}) == 3


def test_silence_in_the_past_says_nothing_about_now(faulty):
    """
    A reading whose calls were not answered does not keep the next one from asking.
    """
    sessions = Sessions(Connection(endpoint_url=faulty.url, threads=1), Role("ringwall"))

    with sessions.at(FIRST, "eu-west-1") as session:
        for _ in range(session.traffic.patience):
            session.traffic.was_silent("sqs:ListQueues")
        with pytest.raises(CollectionError, match="not asked"):
            session.traffic.check("sqs:ListQueues")
    with sessions.at(FIRST, "eu-west-1") as session:
        session.traffic.check("sqs:ListQueues")


def test_nobody_leads_us_into_an_account_that_is_not_ours(faulty):
    """
    A role of that name in a stranger's account is not asked for: it would learn the external id.
    """
    with pytest.raises(CollectionError, match="not among those"):
        list(through(faulty).read("666666666666", "eu-west-1", [QUEUE]))

    assert [call for call in faulty.calls if "AssumeRole" in call] == []


def test_an_account_that_does_not_answer_delays_no_other(faulty, estate):
    """
    While one account has not let us in yet, another one is read.
    """
    begun, answered = Event(), Event()

    def hang(service):
        begun.set()
        answered.wait(120)
        return refusal(service, "AccessDenied")

    faulty.faults = {f"AssumeRole .*{FIRST}": hang}
    source = through(faulty)
    with ThreadPoolExecutor(1) as threads:
        stuck = threads.submit(lambda: list(source.read(FIRST, "eu-west-1", [QUEUE])))
        assert begun.wait(120)

        seen = list(source.read(SECOND, "eu-west-1", [QUEUE]))

        was_stuck = not stuck.done()
        answered.set()
        assert isinstance(stuck.exception(120), CollectionError)
    assert was_stuck
    assert {each.arn for each in seen} == set(queues_of(estate, SECOND))


def test_a_throttled_account_says_what_it_did_not_show(faulty, estate):
    """
    It is a gap of that account; what is there counts as unread and not as gone.
    """
    faulty.faults = {"sqs ListQueues eu-west-1": lambda _: refusal("sqs", "ThrottlingException", 400)}
    source = through(faulty)

    [gap] = source.read(FIRST, "eu-west-1", [QUEUE])

    assert (gap.code, gap.account, gap.region, gap.resource_type) == ("INTERNAL_ERROR", FIRST, "eu-west-1", QUEUE)
    assert gap.is_failure
