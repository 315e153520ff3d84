"""Every working operation through an unmodified client of AWS's SDK, over real HTTP; its answers keep to AWS's model."""

import json

import pytest
from botocore.exceptions import ClientError

from ringwall.service.preview_job import preview as do_preview
from ringwall.service.work import Work
from tests.api.serving import ACCOUNT, REGION
from tests.end_to_end.service_fixtures import service, watched  # noqa: F401 - fixtures
from tests.service.service_for_tests import BUCKET, PARTNER, QUEUE, NothingThere, access, scanned

LETTERS = "arn:aws:s3:::letters"
PARTNERS = {"isPublic": {"eq": ["false"]}, "principal.AWS": {"eq": [PARTNER]}}
OPEN_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": QUEUE}],
    }
)

FRESH = f"arn:aws:sqs:{REGION}:{ACCOUNT}:fresh"
SHARING_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": [PARTNER, "222233334444"]},
                "Action": "sqs:SendMessage",
                "Resource": FRESH,
            }
        ],
    }
)


def identity_policy(action, **more):
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_an_analyzer_lives_and_goes(service):  # noqa: F811
    """Create, get, list, delete, and it is gone."""
    aws = service.client()

    arn = aws.create_analyzer(analyzerName="watch", type="ACCOUNT", tags={"team": "blue"})["arn"]
    got = aws.get_analyzer(analyzerName="watch")["analyzer"]
    listed = aws.list_analyzers(type="ACCOUNT")["analyzers"]
    aws.delete_analyzer(analyzerName="watch")

    assert arn == f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer/watch"
    assert (got["arn"], got["status"], got["tags"]) == (arn, "ACTIVE", {"team": "blue"})
    assert [each["arn"] for each in listed] == [arn]
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        aws.get_analyzer(analyzerName="watch")


def test_one_token_makes_one_analyzer(service):  # noqa: F811
    """A request that is repeated is answered alike, and does nothing more."""
    aws = service.client()
    request = {"analyzerName": "watch", "type": "ACCOUNT", "clientToken": "5f2b"}

    answers = [aws.create_analyzer(**request)["arn"] for _ in range(2)]

    assert answers[0] == answers[1]
    assert len(aws.list_analyzers()["analyzers"]) == 1


def test_tags_are_set_and_taken_away(service):  # noqa: F811
    """What is not named stays."""
    aws = service.client()
    arn = aws.create_analyzer(analyzerName="watch", type="ACCOUNT", tags={"a": "1", "b": "2"})["arn"]

    aws.tag_resource(resourceArn=arn, tags={"b": "3", "c": "4"})
    aws.untag_resource(resourceArn=arn, tagKeys=["a"])

    assert aws.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "3", "c": "4"}


def test_a_rule_lives_and_goes(watched):  # noqa: F811
    """Create, get, list, update, delete, and it is gone."""
    aws = watched.client()

    aws.create_archive_rule(analyzerName="watch", ruleName="partners", filter=PARTNERS)
    got = aws.get_archive_rule(analyzerName="watch", ruleName="partners")["archiveRule"]
    aws.update_archive_rule(analyzerName="watch", ruleName="partners", filter={"error": {"exists": True}})
    [updated] = aws.list_archive_rules(analyzerName="watch")["archiveRules"]
    aws.delete_archive_rule(analyzerName="watch", ruleName="partners")

    assert got["filter"] == PARTNERS
    assert updated["filter"] == {"error": {"exists": True}}
    assert updated["createdAt"] == got["createdAt"] < updated["updatedAt"]
    assert aws.list_archive_rules(analyzerName="watch")["archiveRules"] == []


def test_a_rule_acts_on_what_was_found_before_only_when_it_is_applied(watched):  # noqa: F811
    """As with AWS: creating it archives nothing."""
    aws = watched.client()
    aws.create_archive_rule(analyzerName="watch", ruleName="partners", filter=PARTNERS)
    before = status_of(aws, watched, 0)

    aws.apply_archive_rule(analyzerArn=watched.analyzer, ruleName="partners")

    assert (before, status_of(aws, watched, 0), status_of(aws, watched, 1)) == ("ACTIVE", "ARCHIVED", "ACTIVE")


def test_a_rule_acts_on_what_is_found_from_then_on(watched):  # noqa: F811
    """Also on what it was not applied to."""
    aws = watched.client()
    aws.create_archive_rule(analyzerName="watch", ruleName="partners", filter=PARTNERS)

    [new] = scanned(watched.ringwall, watched.analyzer, access("arn:aws:s3:::new"))

    found = aws.get_finding_v2(analyzerArn=watched.analyzer, id=new)
    assert found["status"] == "ARCHIVED"


def status_of(aws, watched, number):  # noqa: F811
    return aws.get_finding(analyzerArn=watched.analyzer, id=watched.ids[number])["finding"]["status"]


def test_a_finding_says_who_can_do_what(watched):  # noqa: F811
    """All that AWS's model has of external access."""
    aws = watched.client()

    found = aws.get_finding(analyzerArn=watched.analyzer, id=watched.ids[0])["finding"]

    times = {found.pop(name) for name in ("createdAt", "analyzedAt", "updatedAt")}
    assert len(times) == 1
    assert found == {
        "id": watched.ids[0],
        "principal": {"AWS": PARTNER},
        "action": ["s3:GetObject"],
        "resource": BUCKET,
        "resourceType": "AWS::S3::Bucket",
        "resourceOwnerAccount": ACCOUNT,
        "isPublic": False,
        "condition": {"aws:SourceVpc": "vpc-1"},
        "sources": [{"type": "POLICY"}],
        "status": "ACTIVE",
    }


def test_a_finding_of_the_second_version_has_details(watched):  # noqa: F811
    """For external access one of them, which says who can do what."""
    aws = watched.client()

    found = aws.get_finding_v2(analyzerArn=watched.analyzer, id=watched.ids[0])

    assert (found["findingType"], found["resource"]) == ("ExternalAccess", BUCKET)
    assert found["findingDetails"] == [
        {
            "externalAccessDetails": {
                "action": ["s3:GetObject"],
                "condition": {"aws:SourceVpc": "vpc-1"},
                "isPublic": False,
                "principal": {"AWS": PARTNER},
                "sources": [{"type": "POLICY"}],
            }
        }
    ]


def test_an_error_finding_has_no_access(watched):  # noqa: F811
    """Nobody knows who could do what."""
    aws = watched.client()

    found = aws.get_finding_v2(analyzerArn=watched.analyzer, id=watched.ids[2])

    assert found["error"] == "ACCESS_DENIED"
    assert found["findingDetails"] == [{"externalAccessDetails": {"condition": {}}}]


@pytest.mark.parametrize(
    ("criteria", "numbers"),
    [
        ({}, {0, 1, 2}),
        ({"resource": {"eq": [BUCKET, QUEUE]}}, {0, 2}),
        ({"resource": {"contains": ["lett"]}}, {1}),
        ({"resource": {"neq": [BUCKET]}}, {1, 2}),
        ({"isPublic": {"eq": ["true"]}}, {1}),
        ({"error": {"exists": True}}, {2}),
        ({"error": {"exists": False}}, {0, 1}),
        ({"resourceType": {"eq": ["AWS::S3::Bucket"]}, "isPublic": {"eq": ["false"]}}, {0}),
        ({"condition.aws:SourceVpc": {"eq": ["vpc-1"]}}, {0}),
        ({"principal.AWS": {"eq": ["*"]}}, {1}),
        ({"findingType": {"eq": ["ExternalAccess"]}, "resourceOwnerAccount": {"eq": [ACCOUNT]}}, {0, 1, 2}),
        ({"status": {"eq": ["ARCHIVED"]}}, set()),
    ],
)
@pytest.mark.parametrize("operation", ["list_findings", "list_findings_v2"])
def test_findings_are_filtered(watched, operation, criteria, numbers):  # noqa: F811
    """By equality, by parts, by absence; all criteria have to hold."""
    list_them = getattr(watched.client(), operation)

    found = list_them(analyzerArn=watched.analyzer, filter=criteria)["findings"]

    assert {each["id"] for each in found} == {watched.ids[number] for number in numbers}


@pytest.mark.parametrize("operation", ["list_findings", "list_findings_v2"])
def test_findings_are_sorted_and_paged(watched, operation):  # noqa: F811
    """All pages together hold each finding once, in order, whichever way round."""
    pages = watched.client().get_paginator(operation)
    listed = {}
    for order in ("ASC", "DESC"):
        sort = {"attributeName": "resource", "orderBy": order}
        found = pages.paginate(analyzerArn=watched.analyzer, sort=sort, PaginationConfig={"PageSize": 1})
        listed[order] = [each["resource"] for page in found for each in page["findings"]]

    assert listed["ASC"] == sorted([BUCKET, LETTERS, QUEUE])
    assert listed["DESC"] == listed["ASC"][::-1]


@pytest.mark.parametrize("by", ["ids", "resourceArn"])
def test_findings_are_archived_and_unarchived(watched, by):  # noqa: F811
    """One by one, or all of a resource."""
    aws = watched.client()
    which = {"ids": [watched.ids[0]]} if by == "ids" else {"resourceArn": BUCKET}

    aws.update_findings(analyzerArn=watched.analyzer, status="ARCHIVED", **which)
    archived = [status_of(aws, watched, number) for number in range(3)]
    aws.update_findings(analyzerArn=watched.analyzer, status="ACTIVE", **which)

    assert archived == ["ARCHIVED", "ACTIVE", "ACTIVE"]
    assert status_of(aws, watched, 0) == "ACTIVE"


def test_findings_are_counted(watched):  # noqa: F811
    """By type of resource and by status."""
    counted = watched.client().get_findings_statistics(analyzerArn=watched.analyzer)

    [only] = counted["findingsStatistics"]
    assert only["externalAccessFindingsStatistics"] == {
        "resourceTypeStatistics": {
            "AWS::S3::Bucket": {"totalActivePublic": 1, "totalActiveCrossAccount": 1, "totalActiveErrors": 0},
            "AWS::SQS::Queue": {"totalActivePublic": 0, "totalActiveCrossAccount": 0, "totalActiveErrors": 1},
        },
        "totalActiveFindings": 3,
        "totalArchivedFindings": 0,
        "totalResolvedFindings": 0,
    }


def test_resources_are_listed_and_described(watched):  # noqa: F811
    """Also page by page, and by type."""
    aws = watched.client()
    pages = aws.get_paginator("list_analyzed_resources").paginate(
        analyzerArn=watched.analyzer, resourceType="AWS::S3::Bucket", PaginationConfig={"PageSize": 1}
    )

    listed = [each["resourceArn"] for page in pages for each in page["analyzedResources"]]
    described = aws.get_analyzed_resource(analyzerArn=watched.analyzer, resourceArn=LETTERS)["resource"]

    assert listed == [BUCKET, LETTERS]
    assert {name: described[name] for name in ("isPublic", "status", "actions", "sharedVia")} == {
        "isPublic": True,
        "status": "ACTIVE",
        "actions": ["s3:GetObject"],
        "sharedVia": ["POLICY"],
    }


def test_a_scan_of_one_resource_is_put_off(watched):  # noqa: F811
    """It is work for the workers."""
    watched.client().start_resource_scan(analyzerArn=watched.analyzer, resourceArn=QUEUE)

    job = watched.ringwall.jobs.jobs[-1]
    assert (job.kind, job.payload["arn"], job.payload["type"], job.payload["region"]) == (
        "rescan",
        QUEUE,
        "AWS::SQS::Queue",
        REGION,
    )


def test_a_preview_is_made_and_read(watched):  # noqa: F811
    """Its findings can be asked for as soon as it is complete, and filtered by what it would change."""
    aws = watched.client()
    where = {"analyzerArn": watched.analyzer}
    made = aws.create_access_preview(**where, configurations={FRESH: {"sqsQueue": {"queuePolicy": SHARING_POLICY}}})
    where_it_is = {**where, "accessPreviewId": made["id"]}
    with pytest.raises(aws.exceptions.ConflictException):
        aws.list_access_preview_findings(**where_it_is)

    do_preview(Work(watched.ringwall, NothingThere()), watched.ringwall.jobs.jobs[-1].payload)

    got = aws.get_access_preview(**where_it_is)["accessPreview"]
    assert (got["status"], list(got["configurations"])) == ("COMPLETED", [FRESH])
    [listed] = aws.list_access_previews(**where)["accessPreviews"]
    assert listed["id"] == made["id"]
    assert _previewed(aws, where_it_is, {"changeType": {"eq": ["NEW"]}}) == {PARTNER, "222233334444"}
    assert _previewed(aws, where_it_is, {"principal.AWS": {"eq": [PARTNER]}}) == {PARTNER}
    assert _previewed(aws, where_it_is, {"existingFindingId": {"exists": True}}) == set()


def _previewed(aws, where_it_is, criteria):
    """Who would have access, from pages of one finding."""
    pages = aws.get_paginator("list_access_preview_findings").paginate(
        **where_it_is, filter=criteria, PaginationConfig={"PageSize": 1}
    )
    return {each["principal"]["AWS"] for page in pages for each in page["findings"]}


def test_a_preview_of_nonsense_fails(watched):  # noqa: F811
    """With AWS's code for it."""
    aws = watched.client()
    made = aws.create_access_preview(
        analyzerArn=watched.analyzer, configurations={FRESH: {"sqsQueue": {"queuePolicy": "{"}}}
    )

    do_preview(Work(watched.ringwall, NothingThere()), watched.ringwall.jobs.jobs[-1].payload)

    got = aws.get_access_preview(analyzerArn=watched.analyzer, accessPreviewId=made["id"])["accessPreview"]
    assert (got["status"], got["statusReason"]) == ("FAILED", {"code": "INVALID_CONFIGURATION"})


def test_the_checks_pass_and_fail(service):  # noqa: F811
    """In the service's words, with the statement that is at fault."""
    aws = service.client()
    wide, narrow = identity_policy("s3:*"), identity_policy("s3:GetObject", Sid="Read")

    passed = aws.check_no_new_access(
        newPolicyDocument=narrow, existingPolicyDocument=wide, policyType="IDENTITY_POLICY"
    )
    failed = aws.check_access_not_granted(
        policyDocument=narrow, access=[{"actions": ["s3:GetObject"]}], policyType="IDENTITY_POLICY"
    )
    public = aws.check_no_public_access(policyDocument=OPEN_POLICY, resourceType="AWS::SQS::Queue")

    assert passed["result"] == "PASS"
    assert "reasons" not in passed or passed["reasons"] == []
    assert failed["result"] == "FAIL"
    assert failed["reasons"][0]["statementId"] == "Read"
    assert public["result"] == "FAIL"
    assert public["reasons"] == [
        {"description": "Public access granted in the following statement with index: 0.", "statementIndex": 0}
    ]


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("validate_policy", {"policyDocument": "{}", "policyType": "IDENTITY_POLICY"}),
        ("start_policy_generation", {"policyGenerationDetails": {"principalArn": "arn:aws:iam::1:role/r"}}),
        ("cancel_policy_generation", {"jobId": "j"}),
        ("get_generated_policy", {"jobId": "j"}),
        ("list_policy_generations", {}),
        ("create_analyzer", {"analyzerName": "internal", "type": "ACCOUNT_INTERNAL_ACCESS"}),
    ],
)
def test_what_is_not_supported_says_so(service, operation, request_):  # noqa: F811
    """With AWS's reason for it."""
    aws = service.client()

    with pytest.raises(aws.exceptions.ValidationException) as caught:
        getattr(aws, operation)(**request_)
    assert caught.value.response["reason"] == "notSupported"


def test_service_linked_analyzers_belong_to_aws(service):  # noqa: F811
    """A customer may not make one, and there is none to delete."""
    aws = service.client()

    with pytest.raises(aws.exceptions.AccessDeniedException):
        aws.create_service_linked_analyzer(type="ACCOUNT_UNUSED_ACCESS")
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        aws.delete_service_linked_analyzer(analyzerName="_AccessAnalyzerForNobody")


def test_all_analyzers_and_rules_are_found_by_paginators(service):  # noqa: F811
    """With pages of two."""
    aws = service.client()
    names = [f"n{number}" for number in range(5)]
    for name in names:
        aws.create_analyzer(analyzerName=name, type="ORGANIZATION")
    for name in names:
        aws.create_archive_rule(analyzerName="n0", ruleName=name, filter=PARTNERS)

    small = {"PageSize": 2}
    analyzers = aws.get_paginator("list_analyzers").paginate(PaginationConfig=small)
    rules = aws.get_paginator("list_archive_rules").paginate(analyzerName="n0", PaginationConfig=small)

    assert [each["name"] for page in analyzers for each in page["analyzers"]] == names
    assert [each["ruleName"] for page in rules for each in page["archiveRules"]] == names


def test_a_token_belongs_to_its_question(watched):  # noqa: F811
    """With another filter it is of no use, and a damaged one is refused."""
    aws = watched.client()
    first = aws.list_findings_v2(analyzerArn=watched.analyzer, maxResults=1)

    for token, criteria in ((first["nextToken"], {"isPublic": {"eq": ["true"]}}), ("damaged", {})):
        with pytest.raises(ClientError) as caught:
            aws.list_findings_v2(analyzerArn=watched.analyzer, maxResults=1, nextToken=token, filter=criteria)
        assert caught.value.response["fieldList"][0]["name"] == "nextToken"
