"""What the AWS service answered, recorded: tests/corpus/aws-recorded. And policies that make mining work hard."""

import json
from pathlib import Path

import pytest

from ringwall.policy.evaluate import is_allowed
from ringwall.policy.parse import parse_policy
from ringwall.reasoning.box import Box
from ringwall.reasoning.box_index import BoxIndex
from ringwall.reasoning.choice import Choice
from ringwall.reasoning.encode import ANY_REQUEST, statement_applies
from ringwall.reasoning.labels import labels_of
from ringwall.reasoning.region import Budget, find_request
from ringwall.resources.base import Resource
from tests.findings.sharing_cases import findings_of, holds

CORPUS = Path(__file__).parents[1] / "corpus"
RECORDED = [json.loads(path.read_text()) for path in sorted((CORPUS / "aws-recorded").glob("[0-9]*.json"))]
WILDCARDS = json.loads((CORPUS / "aws-recorded" / "actions_of_wildcards.json").read_text())
ADDITIONS = {
    "AWS::SQS::Queue": set(),
    "AWS::KMS::Key": {"kms:Decapsulate", "kms:DeriveSharedSecret", "kms:Encapsulate"},
}
"""Actions that came to the services after the recordings."""
MINING = sorted((CORPUS / "mining").glob("*/*.json"))
NAMES = [case["name"] for case in RECORDED]


def a_bucket_of(case):
    configuration = {"bucketPolicy": json.dumps(case["bucketPolicy"])}
    return Resource(case["resource"], case["resourceType"], case["zone"]["account"], "us-east-1", configuration)


def what_it_says(finding):
    """The fields that the service fills in, of a finding as JSON."""
    fields = ("principal", "action", "condition", "isPublic", "resourceType", "status", "sources")
    return json.dumps({name: finding[name] for name in fields}, sort_keys=True)


def said(case, mode):
    return sorted(what_it_says(each.as_json()) for each in findings_of(a_bucket_of(case), mode=mode))


@pytest.mark.parametrize("case", RECORDED, ids=NAMES)
def test_aws_mode_answers_as_the_service_did(case):
    """
    Principal, actions, condition, isPublic and sources are those of the recorded findings: no more, no fewer.
    """
    assert said(case, "aws") == sorted(map(what_it_says, case["findings"]))


@pytest.mark.parametrize("case", RECORDED, ids=NAMES)
def test_concise_mode_says_some_of_what_the_service_said(case):
    """
    Every concise finding is one that the service made, and there is one wherever the service made any.
    """
    concise = said(case, "concise")

    assert set(concise) <= set(map(what_it_says, case["findings"]))
    assert bool(concise) == bool(case["findings"])


def test_two_concise_findings_do_for_two_disjoint_statements():
    """
    Where the service answers with four findings that overlap, two suffice.
    """
    case = RECORDED[NAMES.index("15_allow_allow_disjoint")]

    assert (len(said(case, "aws")), len(said(case, "concise"))) == (4, 2)


@pytest.mark.parametrize("case", WILDCARDS, ids=[case["id"] for case in WILDCARDS])
def test_a_wildcard_lists_the_actions_that_an_outside_caller_can_use(case):
    """
    The recorded actions, and besides them only those that came later.
    """
    member = {"AWS::SQS::Queue": "queuePolicy", "AWS::KMS::Key": "keyPolicies"}[case["resourceType"]]
    text = json.dumps(case["policy"])
    configuration = {member: {"default": text} if member == "keyPolicies" else text}
    resource = Resource(case["resourceArn"], case["resourceType"], case["ownerAccount"], "us-east-1", configuration)
    [expected] = case["expectedFindings"]

    [found] = findings_of(resource)

    recorded = set(expected["action"])
    assert dict(found.principal) == expected["principal"]
    assert found.is_public is expected["isPublic"]
    assert recorded <= set(found.action)
    assert set(found.action) - recorded <= ADDITIONS[case["resourceType"]]


def mined(path, mode):
    resource = Resource(
        "arn:aws:s3:::antsknmath", "AWS::S3::Bucket", "222634363387", "us-east-1", {"bucketPolicy": path.read_text()}
    )
    found = findings_of(resource, mode=mode)
    assert [each.error_message for each in found if each.error] == []
    return found


EACH_MINING = pytest.mark.parametrize("path", MINING, ids=[f"{path.parent.name}-{path.stem}" for path in MINING])


def ways_in(findings):
    return {(tuple(each.principal.items()), tuple(each.condition.items())) for each in findings}


@EACH_MINING
def test_one_concise_finding_does_for_each_of_many_overlapping_statements(path):
    """
    n statements are n findings, which is known to be the least number.
    """
    found = mined(path, "concise")

    assert (len(found), {each.cover for each in found}) == (int(path.name[:2]), {Choice.MINIMUM})


@EACH_MINING
def test_aws_mode_finds_every_combination_of_overlapping_labels(path):
    """
    n statements are n x n findings, as published for the service's algorithm.
    """
    found = mined(path, "aws")

    assert (len(found), {each.cover for each in found}) == (int(path.name[:2]) ** 2, {Choice.ALL})
    assert len(ways_in(found)) == len(found)


@EACH_MINING
def test_concise_findings_are_some_of_the_others_and_hold_all_that_is_allowed(path):
    """
    Each is one of those in `aws` mode; and no request that a statement allows is in none of their boxes.
    """
    policy = parse_policy(path.read_text())
    keys = labels_of([(policy, each) for each in policy.statements], ANY_REQUEST, Budget(), **NOBODY)
    allowed = [box for each in policy.statements for box in statement_applies(policy, each)]

    concise = mined(path, "concise")

    boxes = BoxIndex(box_of(finding, keys) for finding in concise)
    assert ways_in(concise) <= ways_in(mined(path, "aws"))
    assert find_request(allowed, boxes, Budget()) is None


@pytest.mark.parametrize("mode", ["aws", "concise"])
@EACH_MINING
def test_the_witness_of_every_finding_is_allowed_and_in_the_finding(path, mode):
    """
    The evaluator says so of the policy as it was written.
    """
    policy = parse_policy(path.read_text())

    found = mined(path, mode)

    assert all(is_allowed(policy, each.witness) for each in found)
    assert all(holds(each, each.witness) for each in found)


NOBODY = {"owner_account": None, "with_services": False}


def box_of(finding, keys):
    """The requests that a finding is about, by the labels that it names."""
    named = {(labels.key, label.text): label.box for labels in keys for label in labels.named}
    whole = Box()
    for item in finding.condition.items():
        whole &= named[item]
    return whole


def test_the_recordings_are_all_here():
    """
    Twelve answers and thirty policies: a test over files that are gone would pass unseen.
    """
    assert (len(RECORDED), len(WILDCARDS), len(MINING)) == (12, 2, 30)
