"""Unused access through an unmodified client of AWS's SDK, over real HTTP; its answers keep to AWS's model."""

import pytest

from tests.api.serving import ACCOUNT, REGION
from tests.end_to_end.unused_fixtures import MEMBER, OTHER, unused  # noqa: F401 - a fixture
from tests.service.principals_for_tests import LAST, a_principal

AGE = {"unusedAccess": {"unusedAccessAge": 30}}


def exclusions(*criteria, age=90):
    return {"unusedAccess": {"unusedAccessAge": age, "analysisRule": {"exclusions": list(criteria)}}}


@pytest.mark.parametrize("kind", ["ACCOUNT_UNUSED_ACCESS", "ORGANIZATION_UNUSED_ACCESS"])
def test_an_analyzer_of_either_type_lives_and_goes(unused, kind):  # noqa: F811
    """Its configuration is in GetAnalyzer, and not in ListAnalyzers."""
    aws = unused.client()

    arn = unused.analyzer(kind, configuration=AGE, tags={"team": "blue"})
    got = aws.get_analyzer(analyzerName="unused")["analyzer"]
    [listed] = aws.list_analyzers(type=kind)["analyzers"]
    aws.delete_analyzer(analyzerName="unused")

    assert (got["arn"], got["type"], got["status"], got["configuration"]) == (arn, kind, "ACTIVE", AGE)
    assert set(listed) == {"arn", "createdAt", "name", "status", "tags", "type"}
    assert aws.list_analyzers()["analyzers"] == []


def test_findings_of_all_types_are_listed(unused):  # noqa: F811
    """As the service lists them: the summary says no details."""
    unused.source.principals = [a_principal("idle"), a_principal("alice", "key password permission")]

    arn = unused.analyzer()

    assert unused.statuses(arn) == {
        ("UnusedIAMRole", "idle"): "ACTIVE",
        ("UnusedIAMUserAccessKey", "alice"): "ACTIVE",
        ("UnusedIAMUserPassword", "alice"): "ACTIVE",
        ("UnusedPermission", "alice"): "ACTIVE",
    }
    found = unused.client().list_findings_v2(
        analyzerArn=arn, filter={"resourceType": {"eq": ["AWS::IAM::Role"]}}, sort={"attributeName": "resource"}
    )["findings"]
    assert [set(each) for each in found] == [
        {
            "analyzedAt",
            "createdAt",
            "findingType",
            "id",
            "resource",
            "resourceOwnerAccount",
            "resourceType",
            "status",
            "updatedAt",
        }
    ]


def test_the_details_of_permissions_come_page_by_page(unused):  # noqa: F811
    """One service on a page; what is no list is on every page."""
    unused.source.principals = [a_principal("alice", "permission")]
    arn = unused.analyzer()
    aws, request = unused.client(), {"analyzerArn": arn, "id": unused.id_of(arn, "UnusedPermission"), "maxResults": 1}

    pages = [aws.get_finding_v2(**request)]
    while token := pages[-1].get("nextToken"):
        pages.append(aws.get_finding_v2(**request, nextToken=token))

    details = [each["unusedPermissionDetails"] for page in pages for each in page["findingDetails"]]
    assert details == [
        {"serviceNamespace": "ec2"},
        {
            "serviceNamespace": "s3",
            "actions": [{"action": "DeleteBucket"}, {"action": "CreateBucket", "lastAccessed": LAST}],
            "lastAccessed": LAST,
        },
        {"serviceNamespace": "sqs", "lastAccessed": LAST},
    ]
    assert [page["resource"] for page in pages] == [f"arn:aws:iam::{ACCOUNT}:role/alice"] * 3


@pytest.mark.parametrize(
    ("word", "finding_type", "details"),
    [
        ("role", "UnusedIAMRole", {"unusedIamRoleDetails": {"lastAccessed": LAST}}),
        (
            "key",
            "UnusedIAMUserAccessKey",
            {"unusedIamUserAccessKeyDetails": {"accessKeyId": "AKIAIOSFODNN7EXAMPLE", "lastAccessed": LAST}},
        ),
        ("password", "UnusedIAMUserPassword", {"unusedIamUserPasswordDetails": {}}),
    ],
)
def test_the_details_of_the_other_types(unused, word, finding_type, details):  # noqa: F811
    """What was never used has no time."""
    unused.source.principals = [a_principal("alice", word)]
    arn = unused.analyzer()

    got = unused.client().get_finding_v2(analyzerArn=arn, id=unused.id_of(arn, finding_type))

    assert got["findingDetails"] == [details]


def test_what_cannot_be_said_is_an_error_finding(unused):  # noqa: F811
    """It has no details, and a filter finds it."""
    unused.source.principals = [a_principal("alice", "error"), a_principal("bob")]
    arn = unused.analyzer()
    aws = unused.client()

    [found] = aws.list_findings_v2(analyzerArn=arn, filter={"error": {"exists": True}})["findings"]
    got = aws.get_finding_v2(analyzerArn=arn, id=found["id"])

    assert (found["error"], found["findingType"]) == ("INTERNAL_ERROR", "UnusedPermission")
    assert got["findingDetails"] == []


def test_statistics_of_an_account(unused):  # noqa: F811
    """Totals by type, and no accounts."""
    unused.source.principals = [a_principal("idle"), a_principal("alice", "key password permission")]
    arn = unused.analyzer()
    aws = unused.client()
    aws.update_findings(analyzerArn=arn, ids=[unused.id_of(arn, "UnusedIAMUserPassword")], status="ARCHIVED")

    [told] = aws.get_findings_statistics(analyzerArn=arn)["findingsStatistics"]

    assert told == {
        "unusedAccessFindingsStatistics": {
            "unusedAccessTypeStatistics": [
                {"unusedAccessType": "UnusedIAMRole", "total": 1},
                {"unusedAccessType": "UnusedIAMUserAccessKey", "total": 1},
                {"unusedAccessType": "UnusedPermission", "total": 1},
            ],
            "totalActiveFindings": 3,
            "totalArchivedFindings": 1,
            "totalResolvedFindings": 0,
        }
    }


def test_statistics_of_an_organization_name_the_accounts_with_most(unused):  # noqa: F811
    """Ten at most; an account without findings is none of them."""
    unused.source.principals = [
        a_principal("idle", account=MEMBER),
        a_principal("alice", "key permission", account=MEMBER),
        a_principal("idle"),
    ]
    arn = unused.analyzer("ORGANIZATION_UNUSED_ACCESS")

    [told] = unused.client().get_findings_statistics(analyzerArn=arn)["findingsStatistics"]

    assert told["unusedAccessFindingsStatistics"]["topAccounts"] == [
        {
            "account": MEMBER,
            "numberOfActiveFindings": 3,
            "details": {"UnusedIAMRole": 1, "UnusedIAMUserAccessKey": 1, "UnusedPermission": 1},
        },
        {"account": ACCOUNT, "numberOfActiveFindings": 1, "details": {"UnusedIAMRole": 1}},
    ]


def test_findings_are_archived_by_hand_and_by_a_rule(unused):  # noqa: F811
    """A rule acts on what is found after it, and on the rest when it is applied."""
    unused.source.principals = [a_principal("idle"), a_principal("alice", "key")]
    arn = unused.analyzer(
        archiveRules=[{"ruleName": "keys", "filter": {"findingType": {"eq": ["UnusedIAMUserAccessKey"]}}}]
    )
    aws = unused.client()
    first = unused.statuses(arn)
    aws.create_archive_rule(
        analyzerName="unused", ruleName="roles", filter={"resourceType": {"eq": ["AWS::IAM::Role"]}}
    )
    aws.apply_archive_rule(analyzerArn=arn, ruleName="roles")
    aws.update_findings(analyzerArn=arn, resourceArn=f"arn:aws:iam::{ACCOUNT}:user/alice", status="ACTIVE")

    assert first == {("UnusedIAMRole", "idle"): "ACTIVE", ("UnusedIAMUserAccessKey", "alice"): "ARCHIVED"}
    assert unused.statuses(arn) == {
        ("UnusedIAMRole", "idle"): "ARCHIVED",
        ("UnusedIAMUserAccessKey", "alice"): "ACTIVE",
    }


@pytest.mark.parametrize(
    ("criterion", "names"),
    [
        ({"resource": {"contains": ["role/"]}}, {"idle"}),
        ({"resourceOwnerAccount": {"eq": [ACCOUNT]}}, {"idle", "alice"}),
        ({"findingType": {"neq": ["UnusedIAMRole"]}}, {"alice"}),
        ({"status": {"eq": ["RESOLVED"]}}, set()),
        ({"error": {"exists": False}}, {"idle", "alice"}),
        # Nothing that is known of unused access: no finding has a value.
        ({"isPublic": {"eq": ["false"]}}, set()),
        ({"principal.AWS": {"eq": ["*"]}}, set()),
    ],
)
def test_findings_are_filtered(unused, criterion, names):  # noqa: F811
    """By the keys that apply; by others nothing is found."""
    unused.source.principals = [a_principal("idle"), a_principal("alice", "key")]
    arn = unused.analyzer()

    assert {name for _, name in unused.statuses(arn, filter=criterion)} == names


def test_findings_follow_the_age(unused):  # noqa: F811
    """What was used 100 days ago is unused for 90 days, and not for 120; the answer echoes the configuration."""
    unused.source.principals = [a_principal("idle", days=100)]
    arn = unused.analyzer()
    before = unused.statuses(arn)

    longer = {"unusedAccess": {"unusedAccessAge": 120}}
    echoed = unused.client().update_analyzer(analyzerName="unused", configuration=longer)["configuration"]
    unused.work_off()

    assert (before, echoed) == ({("UnusedIAMRole", "idle"): "ACTIVE"}, longer)
    assert unused.statuses(arn) == {("UnusedIAMRole", "idle"): "RESOLVED"}


def test_findings_follow_excluded_tags(unused):  # noqa: F811
    """They are resolved, and active again with the same id once the exclusion is gone."""
    unused.source.principals = [a_principal("idle", tags={"team": "blue"}), a_principal("spare")]
    arn = unused.analyzer()
    aws, id_before = unused.client(), None
    [id_before] = [
        each["id"] for each in aws.list_findings_v2(analyzerArn=arn)["findings"] if each["resource"].endswith("/idle")
    ]

    aws.update_analyzer(analyzerName="unused", configuration=exclusions({"resourceTags": [{"team": "blue"}]}))
    unused.work_off()
    excluded = unused.statuses(arn)
    aws.update_analyzer(analyzerName="unused", configuration=exclusions())
    unused.work_off()

    assert excluded == {("UnusedIAMRole", "idle"): "RESOLVED", ("UnusedIAMRole", "spare"): "ACTIVE"}
    assert aws.get_finding_v2(analyzerArn=arn, id=id_before)["status"] == "ACTIVE"


def test_findings_follow_excluded_accounts(unused):  # noqa: F811
    """An account that is excluded is not looked into any more, even if it lets nobody in."""
    unused.source.principals = [a_principal("idle", account=MEMBER), a_principal("spare", account=OTHER)]
    arn = unused.analyzer("ORGANIZATION_UNUSED_ACCESS")
    unused.source.refuse_principals = {MEMBER}
    unused.source.reads.clear()

    unused.client().update_analyzer(analyzerName="unused", configuration=exclusions({"accountIds": [MEMBER]}))
    unused.work_off()

    assert unused.statuses(arn) == {("UnusedIAMRole", "idle"): "RESOLVED", ("UnusedIAMRole", "spare"): "ACTIVE"}
    assert {account for account, *_ in unused.source.reads} == {ACCOUNT, OTHER}


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("list_findings", {}),
        ("get_finding", {"id": "x"}),
        ("get_analyzed_resource", {"resourceArn": f"arn:aws:iam::{ACCOUNT}:role/idle"}),
        ("start_resource_scan", {"resourceArn": f"arn:aws:iam::{ACCOUNT}:role/idle"}),
        (
            "create_access_preview",
            {"configurations": {f"arn:aws:sqs:{REGION}:{ACCOUNT}:q": {"sqsQueue": {"queuePolicy": ""}}}},
        ),
    ],
)
def test_what_is_about_external_access_alone_is_refused(unused, operation, request_):  # noqa: F811
    """As AWS's service refuses it."""
    arn = unused.analyzer()
    aws = unused.client()

    with pytest.raises(aws.exceptions.ValidationException, match="ACCOUNT_UNUSED_ACCESS"):
        getattr(aws, operation)(analyzerArn=arn, **request_)


@pytest.mark.parametrize(
    ("kind", "configuration", "field"),
    [
        ("ACCOUNT_UNUSED_ACCESS", {"unusedAccess": {"unusedAccessAge": 0}}, "unusedAccessAge"),
        ("ACCOUNT_UNUSED_ACCESS", {"unusedAccess": {"unusedAccessAge": 366}}, "unusedAccessAge"),
        ("ACCOUNT_UNUSED_ACCESS", {"internalAccess": {}}, "configuration"),
        ("ACCOUNT_UNUSED_ACCESS", exclusions({"accountIds": [MEMBER]}), "accountIds"),
        ("ORGANIZATION_UNUSED_ACCESS", exclusions({"accountIds": [ACCOUNT]}), "accountIds"),
        ("ORGANIZATION_UNUSED_ACCESS", exclusions({"accountIds": ["12"]}), "accountIds"),
        (
            "ORGANIZATION_UNUSED_ACCESS",
            exclusions({"accountIds": [f"{number:012d}" for number in range(2001)]}),
            "exclusions",
        ),
        ("ORGANIZATION_UNUSED_ACCESS", exclusions({}), "exclusions[0]"),
        ("ACCOUNT_UNUSED_ACCESS", exclusions({"resourceTags": [{}]}), "resourceTags[0]"),
        ("ACCOUNT", AGE, "configuration"),
    ],
)
def test_configurations_that_make_no_sense_are_refused(unused, kind, configuration, field):  # noqa: F811
    """The answer names the field."""
    aws = unused.client()

    with pytest.raises(aws.exceptions.ValidationException) as caught:
        aws.create_analyzer(analyzerName="unused", type=kind, configuration=configuration)

    [told] = caught.value.response["fieldList"]
    assert told["name"].endswith(field)


def test_names_of_service_linked_analyzers_are_refused(unused):  # noqa: F811
    """AWS services make these."""
    aws = unused.client()

    with pytest.raises(aws.exceptions.ValidationException):
        aws.create_analyzer(analyzerName="_AccessAnalyzerForX-1", type="ACCOUNT_UNUSED_ACCESS")


def test_quotas_are_for_each_type(unused):  # noqa: F811
    """One of an account beside one of external access; five of an organization."""
    aws = unused.client()
    aws.create_analyzer(analyzerName="external", type="ACCOUNT")
    aws.create_analyzer(analyzerName="one", type="ACCOUNT_UNUSED_ACCESS")
    for number in range(5):
        aws.create_analyzer(analyzerName=f"organization-{number}", type="ORGANIZATION_UNUSED_ACCESS")

    for kind in ("ACCOUNT_UNUSED_ACCESS", "ORGANIZATION_UNUSED_ACCESS"):
        with pytest.raises(aws.exceptions.ServiceQuotaExceededException):
            aws.create_analyzer(analyzerName="more", type=kind)


def test_external_analyzers_have_no_configuration_to_update(unused):  # noqa: F811
    """As before."""
    aws = unused.client()
    aws.create_analyzer(analyzerName="external", type="ACCOUNT")

    with pytest.raises(aws.exceptions.ValidationException):
        aws.update_analyzer(analyzerName="external", configuration=AGE)


@pytest.mark.parametrize("kind", ["ACCOUNT_INTERNAL_ACCESS", "ORGANIZATION_INTERNAL_ACCESS"])
def test_internal_access_is_not_supported(unused, kind):  # noqa: F811
    """It says so."""
    aws = unused.client()

    with pytest.raises(aws.exceptions.ValidationException) as caught:
        aws.create_analyzer(analyzerName="internal", type=kind)

    assert caught.value.response["reason"] == "notSupported"
