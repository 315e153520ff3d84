import pytest

from ringwall.errors import NotFoundError, ValidationError
from ringwall.service.operations.findings import update_findings
from ringwall.service.operations.resources import (
    get_analyzed_resource,
    list_analyzed_resources,
    list_scans,
    start_resource_scan,
)
from ringwall.store import analyzers, scans
from ringwall.store.scans import ScanRecord, ScanStatus
from tests.service.service_for_tests import (
    ACCOUNT,
    BUCKET,
    CALLER,
    NOON,
    QUEUE,
    REGION,
    access,
    analyzer_in,
    public_access,
    scanned,
    unreadable,
)

ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
ELSEWHERE = "444455556666"


@pytest.fixture
def analyzer(ringwall):
    return analyzer_in(ringwall)


def described(ringwall, analyzer, arn=BUCKET):
    return get_analyzed_resource(ringwall, CALLER, {"analyzerArn": analyzer, "resourceArn": arn})["resource"]


def start(ringwall, analyzer, arn, **more):
    """The rescans that were put off, each as account, Region and type."""
    before = len(ringwall.jobs.jobs)
    start_resource_scan(ringwall, CALLER, {"analyzerArn": analyzer, "resourceArn": arn, **more})
    payloads = [each.payload for each in ringwall.jobs.jobs[before:]]
    assert all(each["arn"] == arn for each in payloads)
    return [(each["account"], each["region"], each["type"]) for each in payloads]


def keep_scan(ringwall, analyzer, id_, region=REGION, account=ACCOUNT):
    with ringwall.store.write() as connection:
        key = analyzers.find(connection, analyzer).key
        record = scans.start(connection, ScanRecord(id_, key, account, region, "schedule", NOON))
        scans.end(connection, record.key, at=NOON, status=ScanStatus.COMPLETE, coverage={"seen": 3})


def test_all_resources_are_listed(ringwall, analyzer):
    """Also those that nobody outside can reach."""
    scanned(ringwall, analyzer, access(), gone=QUEUE)

    listed = list_analyzed_resources(ringwall, CALLER, {"analyzerArn": analyzer})["analyzedResources"]

    assert listed == [
        {"resourceArn": BUCKET, "resourceOwnerAccount": ACCOUNT, "resourceType": "AWS::S3::Bucket"},
        {"resourceArn": QUEUE, "resourceOwnerAccount": ACCOUNT, "resourceType": "AWS::SQS::Queue"},
    ]


def test_a_resource_is_described_by_its_active_findings(ringwall, analyzer):
    """All that anybody outside may do, and how."""
    scanned(ringwall, analyzer, access(), public_access(action=("s3:PutObject", "s3:GetObject")))

    assert described(ringwall, analyzer) == {
        "resourceArn": BUCKET,
        "resourceOwnerAccount": ACCOUNT,
        "resourceType": "AWS::S3::Bucket",
        "createdAt": NOON,
        "analyzedAt": NOON,
        "updatedAt": NOON,
        "isPublic": True,
        "actions": ["s3:GetObject", "s3:PutObject"],
        "sharedVia": ["POLICY"],
        "status": "ACTIVE",
    }


def test_a_resource_without_findings_has_no_status(ringwall, analyzer):
    """There is nothing that it could be the status of."""
    scanned(ringwall, analyzer, gone=BUCKET)

    found = described(ringwall, analyzer)

    assert found["isPublic"] is False
    assert not {"status", "actions", "sharedVia", "error"} & found.keys()


def test_a_resource_whose_findings_are_archived_says_so(ringwall, analyzer):
    """What is archived is not among its actions."""
    ids = scanned(ringwall, analyzer, access())
    update_findings(ringwall, CALLER, {"analyzerArn": analyzer, "status": "ARCHIVED", "ids": ids})

    found = described(ringwall, analyzer)

    assert (found["status"], "actions" in found) == ("ARCHIVED", False)


def test_a_resource_that_cannot_be_read_says_why(ringwall, analyzer):
    """With the API's code."""
    scanned(ringwall, analyzer, unreadable())

    assert described(ringwall, analyzer)["error"] == "ACCESS_DENIED"


def test_an_unknown_resource_is_not_found(ringwall, analyzer):
    """Nobody looked at it."""
    with pytest.raises(NotFoundError):
        described(ringwall, analyzer)


@pytest.mark.parametrize(
    ("arn", "type_"),
    [
        (f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders", "AWS::SQS::Queue"),
        (f"arn:aws:sns:{REGION}:{ACCOUNT}:news", "AWS::SNS::Topic"),
        (f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:resize", "AWS::Lambda::Function"),
        (f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:tools:3", "AWS::Lambda::LayerVersion"),
        (f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0d1c4a5e-2f55-4c44-9c43-9b4b2d1f7a10", "AWS::KMS::Key"),
        (f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:db/password-AbCdEf", "AWS::SecretsManager::Secret"),
        (f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/fs-1", "AWS::EFS::FileSystem"),
        (f"arn:aws:ec2:{REGION}::snapshot/snap-1", "AWS::EC2::Snapshot"),
        (f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/team/app", "AWS::ECR::Repository"),
        (f"arn:aws:rds:{REGION}:{ACCOUNT}:snapshot:rds:daily", "AWS::RDS::DBSnapshot"),
        (f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster-snapshot:weekly", "AWS::RDS::DBClusterSnapshot"),
        (f"arn:aws:s3express:{REGION}:{ACCOUNT}:bucket/b--euc1-az1--x-s3", "AWS::S3Express::DirectoryBucket"),
        (f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t", "AWS::DynamoDB::Table"),
        (f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t/stream/2026-03-01T00:00:00.000", "AWS::DynamoDB::Stream"),
        (BUCKET, "AWS::S3::Bucket"),
    ],
)
def test_the_arn_says_which_type_it_is(ringwall, analyzer, arn, type_):
    """Of all sixteen types; the account and the Region are the analyzer's where it does not say them."""
    assert start(ringwall, analyzer, arn) == [(ACCOUNT, REGION, type_)]


def test_a_role_lives_in_no_region(ringwall, analyzer):
    """It is looked at once."""
    assert start(ringwall, analyzer, ROLE) == [(ACCOUNT, "global", "AWS::IAM::Role")]


@pytest.mark.parametrize(
    "arn",
    [
        "orders",
        f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-1",
        f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/door",
        f"arn:aws:iam::{ACCOUNT}:user/alice",
        f"arn:aws-cn:sqs:cn-north-1:{ACCOUNT}:orders",
    ],
)
def test_other_resources_are_not_looked_at(ringwall, analyzer, arn):
    """Their external access is not analysed, or they are in another partition."""
    with pytest.raises(ValidationError) as caught:
        start(ringwall, analyzer, arn)
    assert caught.value.field == "resourceArn"


def test_the_owner_has_to_fit_the_arn(ringwall, analyzer):
    """One of the two is wrong."""
    with pytest.raises(ValidationError) as caught:
        start(ringwall, analyzer, QUEUE, resourceOwnerAccount=ELSEWHERE)
    assert caught.value.field == "resourceOwnerAccount"


@pytest.mark.parametrize(
    ("arn", "owner", "field"),
    [
        (f"arn:aws:sqs:{REGION}:{ELSEWHERE}:orders", None, "resourceArn"),
        (f"arn:aws:sqs:{REGION}:shop:orders", None, "resourceArn"),
        (BUCKET, ELSEWHERE, "resourceArn"),
        (BUCKET, "shop", "resourceOwnerAccount"),
    ],
)
def test_an_analyzer_without_a_scope_looks_into_its_own_account(ringwall, analyzer, arn, owner, field):
    """Nothing is put off about another one, which no worker could enter."""
    with pytest.raises(ValidationError) as caught:
        start(ringwall, analyzer, arn, **({"resourceOwnerAccount": owner} if owner else {}))
    assert (caught.value.field, ringwall.jobs.jobs[1:]) == (field, [])


def test_an_analyzer_without_a_scope_looks_into_every_account_that_was_scanned(ringwall, analyzer):
    """The service may be configured to read several."""
    keep_scan(ringwall, analyzer, "one", account=ELSEWHERE)

    assert start(ringwall, analyzer, BUCKET, resourceOwnerAccount=ELSEWHERE) == [(ELSEWHERE, REGION, "AWS::S3::Bucket")]


def test_a_bucket_of_an_organization_needs_an_owner(ringwall):
    """Its ARN does not say whose it is; once it was seen, it is known."""
    analyzer = analyzer_in(ringwall, type="ORGANIZATION")
    with pytest.raises(ValidationError) as caught:
        start(ringwall, analyzer, BUCKET)
    given = start(ringwall, analyzer, BUCKET, resourceOwnerAccount=ELSEWHERE)
    scanned(ringwall, analyzer, access())

    known = start(ringwall, analyzer, BUCKET)

    assert caught.value.field == "resourceOwnerAccount"
    assert ([each[0] for each in given], [each[0] for each in known]) == ([ELSEWHERE], [ACCOUNT])


def test_a_bucket_that_was_never_seen_is_looked_for_where_it_may_be(ringwall, analyzer):
    """In every Region that was scanned; where none was, in the analyzer's."""
    before = start(ringwall, analyzer, BUCKET)
    keep_scan(ringwall, analyzer, "one", "eu-west-1")
    keep_scan(ringwall, analyzer, "two", "us-east-1")
    keep_scan(ringwall, analyzer, "three", "global")

    after = start(ringwall, analyzer, BUCKET)

    assert [each[1] for each in before] == [REGION]
    assert [each[1] for each in after] == ["eu-west-1", "us-east-1"]


@pytest.mark.parametrize("scope", [{"accounts": [ELSEWHERE]}, {"regions": ["us-west-2"]}])
def test_an_analyzer_looks_only_where_it_is_to(ringwall, scope):
    """A resource elsewhere is refused."""
    analyzer = analyzer_in(ringwall, scope=scope)

    with pytest.raises(ValidationError, match="does not look"):
        start(ringwall, analyzer, QUEUE)


def test_scans_are_listed_newest_first(ringwall, analyzer):
    """With what was seen, page by page."""
    for id_ in ("one", "two", "three"):
        keep_scan(ringwall, analyzer, id_)

    first = list_scans(ringwall, CALLER, {"analyzerArn": analyzer, "maxResults": 2})
    second = list_scans(ringwall, CALLER, {"analyzerArn": analyzer, "maxResults": 2, "nextToken": first["nextToken"]})

    assert [each["id"] for page in (first, second) for each in page["scans"]] == ["three", "two", "one"]
    assert second["scans"][0] == {
        "id": "one",
        "account": ACCOUNT,
        "region": REGION,
        "trigger": "schedule",
        "startedAt": NOON,
        "endedAt": NOON,
        "status": "COMPLETE",
        "coverage": {"seen": 3},
    }
