"""What AWS says of its custom policy checks: the documented answers, and the verdicts of its samples."""

import json
from pathlib import Path

import pytest

from ringwall.checks.access import Access, check_access_not_granted, check_no_new_access, check_no_public_access
from ringwall.checks.documents import PolicyType, parse_policy_type
from ringwall.policy import evaluate
from ringwall.policy.parse import parse_policy
from tests.checks.documents import IDENTITY, RESOURCE, policy_of
from tests.test_corpus import cases

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "tests" / "corpus" / "aws-checks"
DECISION = (ROOT / "docs" / "decisions" / "0015-custom-policy-checks.md").read_text()

PAIRS = json.loads((RECORDED / "no_new_access.json").read_text())
EXAMPLES = json.loads((RECORDED / "api_examples.json").read_text())
OTHER_VERDICTS = {
    "awsnna-identity-policies-check-access-to-sensitive-resource-ec2-network-acl-3": "PASS",
    "awsnna-resource-policies-role-trust-policies-allowlist-federated-access-oidc-1": "FAIL",
    "a role as principal, and everyone with aws:PrincipalArn of the same role": "PASS",
}
"""Where Ringwall's verdict is not AWS's, and what it is. The decision record says why."""
OTHER_SENTENCES = {
    "sdkjs-CheckAccessNotGranted-1": "The policy document does not grant access to perform one or more of the listed "
    "actions.",
}
"""AWS has two sentences for actions alone: the service's, which the CLI's example shows, and one with resources."""


def verdict_expected(name, recorded):
    return OTHER_VERDICTS.get(name, recorded)


@pytest.mark.parametrize("pair", PAIRS, ids=[pair["id"] for pair in PAIRS])
def test_a_pair_of_the_samples_has_the_verdict_of_aws(pair):
    """
    Of 122 pairs of policies, each passes or fails as AWS says, but for those of which the decision record says why.
    """
    new, existing = policy_of(pair["newPolicyDocument"]), policy_of(pair["existingPolicyDocument"])

    found = check_no_new_access(new, existing, parse_policy_type(pair["policyType"]))

    assert found.result.value == verdict_expected(pair["id"], pair["expected"])
    assert found.undecided is None
    if found.witness:
        assert evaluate.is_allowed(new, found.witness)
        assert not evaluate.is_allowed(existing, found.witness)


def test_other_verdicts_are_decided():
    """
    Every verdict that is not AWS's stands in the decision record, and is another one than AWS's.
    """
    recorded = {pair["id"]: pair["expected"] for pair in PAIRS} | {
        case.values[0]["name"]: case.values[0]["result"] for case in cases("checks")
    }

    assert all(name in DECISION and recorded[name] != verdict for name, verdict in OTHER_VERDICTS.items())


def test_the_sample_with_a_placeholder_has_the_verdict_of_aws_once_it_is_filled_in():
    """
    `<ACCOUNT ID>` is no account; with a number in its place the pair passes, as AWS says.
    """
    [pair] = [each for each in PAIRS if each["id"].endswith("allowlist-federated-access-oidc-1")]
    existing = json.dumps(pair["existingPolicyDocument"]).replace("<ACCOUNT ID>", "111111111111")

    found = check_no_new_access(policy_of(pair["newPolicyDocument"]), parse_policy(existing), RESOURCE)

    assert found.passes


def run_case(case):
    match case["check"]:
        case "no-new-access":
            return check_no_new_access(
                policy_of(case["new"]), policy_of(case["existing"]), parse_policy_type(case["policyType"])
            )
        case "access-not-granted":
            access = Access(tuple(case["actions"]), tuple(case["resources"]))
            return check_access_not_granted(policy_of(case["policy"]), [access], parse_policy_type(case["policyType"]))
        case "no-public-access":
            return check_no_public_access(policy_of(case["policy"]), case["resourceType"])


@pytest.mark.parametrize("case", cases("checks"))
def test_a_case_of_the_corpus_has_its_result(case):
    """
    Each worked case of a check passes or fails as the documentation has it.
    """
    assert run_case(case).result.value == verdict_expected(case["name"], case["result"])


def answer_of(example):
    given = example.get("input") or command_line(example)
    documents = {name: text if isinstance(text, str) else json.dumps(text) for name, text in given.items()}
    match example["operation"].replace("-", "").lower():
        case "checknonewaccess":
            new, existing = (parse_policy(documents[f"{which}PolicyDocument"]) for which in ("new", "existing"))
            return check_no_new_access(new, existing, PolicyType(given["policyType"]))
        case "checkaccessnotgranted":
            access = [
                Access(tuple(each.get("actions", ())), tuple(each.get("resources", ()))) for each in given["access"]
            ]
            return check_access_not_granted(
                parse_policy(documents["policyDocument"]), access, PolicyType(given["policyType"])
            )
        case "checknopublicaccess":
            return check_no_public_access(parse_policy(documents["policyDocument"]), given["resourceType"])


def command_line(example):
    """What the example's command hands over, in the API's member names."""
    files = example["inputFiles"]
    if "new-policy.json" in files:
        new, existing = files["new-policy.json"], files["existing-policy.json"]
        return {"newPolicyDocument": new, "existingPolicyDocument": existing, "policyType": "IDENTITY_POLICY"}
    [document] = files.values()
    if "no-public" in example["operation"]:
        return {"policyDocument": document, "resourceType": "AWS::S3::Bucket"}
    access = [{"actions": ["s3:DeleteBucket", "s3:GetBucketLocation"]}]
    return {"policyDocument": document, "access": access, "policyType": "IDENTITY_POLICY"}


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["id"] for example in EXAMPLES])
def test_a_documented_example_has_its_answer(example):
    """
    Result, message and reasons are those of AWS's example, word by word.
    """
    expected = example["output"] | (
        {"message": OTHER_SENTENCES[example["id"]]} if example["id"] in OTHER_SENTENCES else {}
    )

    assert answer_of(example).as_json() == expected


def test_the_example_in_the_documentation_is_true():
    """
    What docs/cli.md shows of the Python functions gives what it says.
    """
    page = (ROOT / "docs" / "cli.md").read_text()
    code = page.partition("### From Python\n")[2].partition("```python\n")[2].partition("```")[0]
    namespace = {}

    exec(code, namespace)

    answer = namespace["answer"]
    assert f"# {answer.result.value}: {answer.reasons[0].description}" in code
    assert answer.witness.action in code


def test_the_two_policy_types():
    """
    The checks know identity policies and resource policies, by the API's names.
    """
    assert [parse_policy_type(each.value) for each in PolicyType] == [IDENTITY, RESOURCE]
