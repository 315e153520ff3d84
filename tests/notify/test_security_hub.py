import boto3
import botocore.session
import pytest
from botocore.validate import ParamValidator

from ringwall.errors import DeliveryError
from ringwall.notify.security_hub import SecurityHub, open_security_hub
from tests.notify.samples import (
    ACCOUNT,
    ANALYZER,
    BUCKET,
    REGION,
    a_finding,
    a_preview,
    a_test,
    an_error,
    an_event,
    surroundings,
)

PRODUCT = f"arn:aws:securityhub:{REGION}:{ACCOUNT}:product/{ACCOUNT}/default"
PUBLIC = a_finding(id="public", principal={"AWS": "*"}, isPublic=True, createdAt="2026-02-21T00:00:00Z")
PARTNER = a_finding(id="partner")
OTHER = a_finding(id="other", principal={"AWS": "444455556666"}, createdAt="2026-02-20T05:00:00Z")


def imported(event, *now):
    """What is imported for an event, where the findings of its resource are these by now."""
    return SecurityHub(client=None, product=PRODUCT, findings_of=lambda *_: now).finding(event)


def test_cross_account_access_is_as_in_the_sample():
    """
    The sample of "Integrating IAM Access Analyzer with AWS Security Hub": AWS IAM user guide.
    """
    got = imported(
        an_event(a_finding(principal={"AWS": "444455556666"}, action=["s3:GetObject", "s3:GetObjectVersion"])),
        a_finding(principal={"AWS": "444455556666"}, action=["s3:GetObject", "s3:GetObjectVersion"]),
    )

    sample = {
        "SchemaVersion": "2018-10-08",
        "Id": f"{ANALYZER}/arn:aws:s3:::my-bucket",
        "GeneratorId": "aws/access-analyzer",
        "AwsAccountId": ACCOUNT,
        "Types": ["Software and Configuration Checks/AWS Security Best Practices/External Access Granted"],
        "Severity": {"Product": 1, "Label": "LOW", "Normalized": 1},
        "Title": "AwsS3Bucket/arn:aws:s3:::my-bucket/ allows cross-account access",
        "Description": "AWS::S3::Bucket/arn:aws:s3:::my-bucket/ allows cross-account access from AWS 444455556666",
        "WorkflowState": "NEW",
        "Workflow": {"Status": "NEW"},
        "RecordState": "ACTIVE",
    }
    assert {name: got[name] for name in sample} == sample
    assert got["Resources"][0]["Type"] == "AwsS3Bucket"
    assert got["Resources"][0]["Details"]["Other"] == {
        "External Principal Type": "AWS",
        "Condition": "none",
        "Action Granted": "s3:GetObject,s3:GetObjectVersion",
        "External Principal": "444455556666",
    }


def test_public_access_comes_first():
    """
    As long as a resource is public, that is what is told of it, whatever else changes.
    """
    got = imported(an_event(PARTNER), PARTNER, PUBLIC, OTHER)

    assert got["Types"] == ["Effects/Data Exposure/External Access Granted"]
    assert got["Severity"]["Label"] == "HIGH"
    assert got["Title"] == f"AwsS3Bucket/{BUCKET}/ allows public access"
    assert got["ProductFields"]["findingId"] == "public"


def test_one_principal_at_a_time():
    """
    The oldest; the next appears once that one is resolved.
    """
    first = imported(an_event(OTHER), PARTNER, OTHER)
    second = imported(an_event(PARTNER | {"status": "RESOLVED"}), PARTNER | {"status": "RESOLVED"}, OTHER)

    assert [each["ProductFields"]["findingId"] for each in (first, second)] == ["partner", "other"]
    assert {each["Id"] for each in (first, second)} == {f"{ANALYZER}/{BUCKET}"}


@pytest.mark.parametrize("status", ["ARCHIVED", "RESOLVED"])
def test_the_record_is_archived_once_no_finding_is_active(status):
    """
    All are archived or resolved, or gone.
    """
    over = PARTNER | {"status": status}

    assert imported(an_event(over), over)["RecordState"] == "ARCHIVED"
    assert imported(an_event(over, is_deleted=True))["RecordState"] == "ARCHIVED"


def test_it_is_updated_no_earlier_than_its_findings():
    """
    Security Hub drops an update that is older than what it has.
    """
    later = a_finding(id="later", updatedAt="2026-03-02T00:00:00Z")

    assert imported(an_event(PARTNER), PARTNER, later)["UpdatedAt"] == "2026-03-02T00:00:00Z"


@pytest.mark.parametrize(
    "event", [an_event(an_error()), a_preview(), an_event(a_finding(findingType="InternalAccess"))]
)
def test_what_security_hub_is_not_told(event):
    """
    It has no place for errors and previews, and AWS sends it no internal access.
    """
    assert imported(event) is None


@pytest.mark.parametrize(
    "event",
    [
        an_event(PARTNER),
        an_event(PUBLIC),
        an_event(a_finding(resource="arn:aws:sqs:us-west-2:111122223333:" + "q" * 900, action=["s3:GetObject"] * 900)),
        an_event(a_finding(resourceType="AWS::EFS::FileSystem", condition={"aws:PrincipalOrgID": "o-1"})),
        a_test(),
    ],
)
def test_botocore_accepts_what_is_imported(event):
    """
    Every member is of its type, and the texts are as long as they may be.
    """
    shape = botocore.session.get_session().get_service_model("securityhub").shape_for("AwsSecurityFinding")

    got = imported(event, event.detail) if event.analyzer else imported(event)

    assert not ParamValidator().validate(got, shape).has_errors()
    assert len(got["Title"]) <= 256
    assert len(got["Description"]) <= 1024


def test_a_finding_reaches_security_hub(endpoint):
    """
    Over its API, for the account's own default product.
    """
    hub = boto3.client("securityhub", region_name=REGION, endpoint_url=endpoint)
    hub.enable_security_hub()

    open_security_hub(
        {"region": REGION, "endpoint": endpoint}, "", surroundings(findings_of=lambda *_: [PARTNER])
    ).send(an_event(PARTNER))

    [got] = hub.get_findings(Filters={})["Findings"]
    assert got["ProductArn"] == PRODUCT
    assert got["Id"] == f"{ANALYZER}/{BUCKET}"


class Refusing:
    """Security Hub that refuses the finding, and answers the call."""

    def batch_import_findings(self, **_):
        return {"FailedCount": 1, "FailedFindings": [{"Id": "1", "ErrorCode": "InvalidInput", "ErrorMessage": "no"}]}


def test_a_refused_finding_is_a_failure():
    """
    The call succeeds all the same.
    """
    with pytest.raises(DeliveryError, match="InvalidInput") as caught:
        SecurityHub(Refusing(), PRODUCT, lambda *_: [PARTNER]).send(an_event(PARTNER))

    assert not caught.value.retryable
