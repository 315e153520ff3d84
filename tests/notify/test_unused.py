"""How receivers are told of unused access."""

import json

import botocore.session
import pytest
from botocore.validate import ParamValidator

from ringwall.findings.finding import FindingStatus, FindingType
from ringwall.findings.remembered import RememberedFinding
from ringwall.findings.unused_finding import UnusedAction, UnusedFinding, UnusedService
from ringwall.notify.event import finding_as_json
from ringwall.notify.eventbridge import EventBridge
from ringwall.notify.security_hub import SecurityHub
from ringwall.notify.slack import message_of
from ringwall.notify.wording import headline_of
from tests.notify.samples import ACCOUNT, ANALYZER, NOON, REGION, an_event

OWNER = "444455556666"
ROLE = f"arn:aws:iam::{OWNER}:role/app/reader"
USER = f"arn:aws:iam::{OWNER}:user/alice"
PRODUCT = f"arn:aws:securityhub:{REGION}:{ACCOUNT}:product/{ACCOUNT}/default"
SERVICES = (UnusedService("ec2"), UnusedService("s3", (UnusedAction("DeleteBucket"), UnusedAction("CreateBucket"))))
# The members of AWS's own samples: "Monitoring AWS IAM Access Analyzer with Amazon EventBridge", AWS IAM user guide.
MEMBERS = {
    "findingId",
    "resource",
    "resourceType",
    "accountId",
    "createdAt",
    "updatedAt",
    "analyzedAt",
    "previousStatus",
    "status",
    "version",
    "isDeleted",
    "findingType",
}
COUNTS = {"numberOfUnusedServices", "numberOfUnusedActions"}


def told(type_=FindingType.UNUSED_PERMISSION, *, id_="f-1", status=FindingStatus.ACTIVE, **members):
    """What receivers are told of a finding of that type."""
    is_role = type_ in (FindingType.UNUSED_IAM_ROLE, FindingType.UNUSED_PERMISSION)
    finding = UnusedFinding(
        ROLE if is_role else USER,
        "AWS::IAM::Role" if is_role else "AWS::IAM::User",
        OWNER,
        type_,
        SERVICES if type_ is FindingType.UNUSED_PERMISSION else (),
        **members,
    )
    return finding_as_json(RememberedFinding(id_, finding.as_json(), status, NOON, NOON, NOON, type_))


def an_error():
    return told(FindingType.UNUSED_IAM_ROLE, error="INTERNAL_ERROR", error_message="the job failed")


def a_key(number="1", **members):
    return told(FindingType.UNUSED_IAM_USER_ACCESS_KEY, access_key_id=f"AKIAEXAMPLE{number}", **members)


def entry(event):
    return EventBridge(client=None, bus="default", source="ringwall.access-analyzer").entry(event)


@pytest.mark.parametrize(
    ("detail", "members"),
    [
        (told(), MEMBERS | COUNTS),
        (told(FindingType.UNUSED_IAM_ROLE), MEMBERS),
        (told(FindingType.UNUSED_IAM_USER_PASSWORD), MEMBERS),
        (a_key(), MEMBERS),
        (an_error(), MEMBERS | {"error"}),
    ],
)
def test_events_have_the_members_of_awss_samples(detail, members):
    """
    And `eventId`, which is ours.
    """
    written = entry(an_event(detail))

    assert written["DetailType"] == "Unused Access Finding for IAM entities"
    assert set(json.loads(written["Detail"])) == members | {"eventId"}
    assert written["Resources"] == [ANALYZER]


def test_an_event_counts_what_is_not_used():
    """
    Whole services, and actions of services that are used otherwise.
    """
    detail = json.loads(entry(an_event(told()))["Detail"])

    assert (detail["numberOfUnusedServices"], detail["numberOfUnusedActions"]) == (1, 2)
    assert (detail["previousStatus"], detail["isDeleted"], detail["accountId"]) == ("", False, OWNER)


def test_an_event_says_what_the_status_was():
    """
    A finding that was resolved.
    """
    event = an_event(told(status=FindingStatus.RESOLVED), previous_status="ACTIVE")

    detail = json.loads(entry(event)["Detail"])

    assert (detail["previousStatus"], detail["status"]) == ("ACTIVE", "RESOLVED")


def imported(event, *now):
    return SecurityHub(client=None, product=PRODUCT, findings_of=lambda *_: now).finding(event)


@pytest.mark.parametrize(
    ("detail", "suffix", "kind", "contains"),
    [
        (told(), f"{ROLE}/UnusedPermissions", "Unused Permission", f"AwsIamRole/{ROLE}/ contains unused permissions"),
        (
            told(FindingType.UNUSED_IAM_ROLE),
            f"{ROLE}/UnusedIAMRole",
            "Unused IAM Role",
            f"AwsIamRole/{ROLE}/ contains unused IAM role",
        ),
        (
            told(FindingType.UNUSED_IAM_USER_PASSWORD),
            f"{USER}/UnusedIAMUserPassword",
            "Unused IAM User Password",
            f"AwsIamUser/{USER}/ contains unused IAM user password",
        ),
        (
            a_key(),
            f"{USER}/UnusedIAMUserAccessKey/AKIAEXAMPLE1",
            "Unused IAM User Access Key",
            f"AwsIamUser/{USER}/ contains unused IAM user access key",
        ),
    ],
)
def test_security_hub_has_one_finding_for_each_kind(detail, suffix, kind, contains):
    """
    Id, type and title as in AWS's integration; the shape is that of the API.
    """
    got = imported(an_event(detail), detail)

    shape = botocore.session.get_session().get_service_model("securityhub").shape_for("AwsSecurityFinding")
    assert not ParamValidator().validate(got, shape).has_errors()
    assert got["Id"] == f"{ANALYZER}/{suffix}"
    assert got["Types"] == [f"Software and Configuration Checks/AWS Security Best Practices/{kind}"]
    assert (got["Title"], got["Severity"]["Label"], got["RecordState"]) == (contains, "LOW", "ACTIVE")


def test_security_hub_is_told_numbers_as_texts():
    """
    The fields of AWS's sample.
    """
    fields = imported(an_event(told()), told())["ProductFields"]

    assert fields == {
        "findingId": "f-1",
        "findingType": "UnusedPermission",
        "resourceOwnerAccount": OWNER,
        "numberOfUnusedServices": "1",
        "numberOfUnusedActions": "2",
    }


def test_of_two_keys_each_has_its_own_finding():
    """
    One that is resolved does not take the other along.
    """
    over = a_key("1", id_="f-1", status=FindingStatus.RESOLVED)

    got = imported(an_event(over, previous_status="ACTIVE"), over, a_key("2", id_="f-2"))

    assert (got["Id"].rsplit("/", 1)[1], got["RecordState"]) == ("AKIAEXAMPLE1", "ARCHIVED")


def test_other_permissions_take_the_place_of_those_before():
    """
    The old finding is resolved and there is a new one: Security Hub keeps one, and it is active.
    """
    over, new = told(id_="f-1", status=FindingStatus.RESOLVED), told(id_="f-2")

    got = imported(an_event(over, previous_status="ACTIVE"), over, new)

    assert (got["ProductFields"]["findingId"], got["RecordState"]) == ("f-2", "ACTIVE")


def test_what_could_not_be_analysed_is_not_sent_to_security_hub():
    """
    As of external access.
    """
    assert imported(an_event(an_error()), an_error()) is None


@pytest.mark.parametrize(
    ("detail", "sentence"),
    [
        (told(), f"AWS::IAM::Role {ROLE} has unused permissions: 1 service, 2 actions of others"),
        (
            told(FindingType.UNUSED_IAM_ROLE, last_accessed=NOON),
            f"AWS::IAM::Role {ROLE} is an unused role, last used on 2026-03-01",
        ),
        (
            told(FindingType.UNUSED_IAM_USER_PASSWORD),
            f"AWS::IAM::User {USER} has an unused password, no use is on record",
        ),
        (a_key(), f"AWS::IAM::User {USER} has an unused access key AKIAEXAMPLE1, no use is on record"),
        (an_error(), f"AWS::IAM::Role {ROLE} cannot be analysed (INTERNAL_ERROR)"),
    ],
)
def test_people_read_a_sentence(detail, sentence):
    """
    In Slack, and as the subject of a mail.
    """
    event = an_event(detail)

    assert headline_of(event) == f"New finding, ACTIVE: {sentence}"
    assert sentence in message_of(event)["text"]
