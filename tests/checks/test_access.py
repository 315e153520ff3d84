"""The three custom policy checks, rule by rule."""

import random  # noqa: TID251 - seeded: the same policies in every run
from dataclasses import replace

import pytest

from ringwall.checks.access import Access, check_access_not_granted, check_no_new_access, check_no_public_access
from ringwall.checks.documents import parse_policy_type
from ringwall.checks.resource_types import PUBLIC_TYPES
from ringwall.checks.result import Verdict
from ringwall.errors import InvalidParameterError, UnprocessableError, UsageError, ValidationError
from ringwall.policy.request import CallerKind
from tests.checks.documents import IDENTITY, RESOURCE, granted, identity_policy, new_access, public, resource_policy

READ = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
WRITE = {"Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*"}


def test_the_reason_names_the_sid():
    """
    A statement with a Sid is named by it, and its index is there too.
    """
    [reason] = new_access(identity_policy(READ, {**WRITE, "Sid": "Write"}), identity_policy(READ)).reasons

    assert reason.as_json() == {
        "description": "New access in the statement with sid: Write.",
        "statementIndex": 1,
        "statementId": "Write",
    }


@pytest.mark.parametrize("sid", [None, ""])
def test_the_reason_names_the_index_where_there_is_no_sid(sid):
    """
    Without a Sid there is no statementId, and indices begin with 0.
    """
    statement = WRITE if sid is None else {**WRITE, "Sid": sid}
    [reason] = new_access(identity_policy(READ, statement), identity_policy(READ)).reasons

    assert reason.as_json() == {
        "description": "New access in the statement with index: 1.",
        "statementIndex": 1,
    }


def test_one_statement_is_reported_at_a_time():
    """
    Where several statements grant new access, the first is the reason.
    """
    reasons = new_access(
        identity_policy(READ, WRITE, {"Action": "sqs:*"}), identity_policy({"Action": "sns:*"})
    ).reasons

    assert [reason.statement_index for reason in reasons] == [0]


def test_an_allow_that_a_lost_deny_held_back_is_blamed():
    """
    Where a Deny was taken out, the Allow that it held back is the reason.
    """
    deny = {"Effect": "Deny", "Action": "s3:DeleteObject"}
    found = new_access(identity_policy({"Action": "s3:*"}), identity_policy({"Action": "s3:*"}, deny))

    assert [reason.statement_index for reason in found.reasons] == [0]
    assert found.witness.action == "s3:DeleteObject"


def test_the_reference_policy_idiom():
    """
    A reference allows everything and denies what must not be; a Deny of the candidate counts against its own Allow.
    """
    sensitive = {"Effect": "Deny", "Resource": "arn:aws:s3:::secret/*"}
    reference = identity_policy({}, sensitive)

    assert new_access(identity_policy({}, sensitive), reference).passes
    assert new_access(identity_policy({}, {"Effect": "Deny", "NotResource": "arn:aws:s3:::mine/*"}), reference).passes
    assert not new_access(identity_policy({}), reference).passes


def test_an_account_covers_its_roles_and_no_service():
    """
    An account that has access covers a role of it; a service and everybody are new.
    """
    existing = resource_policy({"Principal": {"AWS": "111111111111"}})
    roles = {"AWS": "arn:aws:iam::111111111111:role/R"}
    verdicts = [
        new_access(resource_policy({"Principal": principal}), existing, RESOURCE).passes
        for principal in (roles, {"Service": "sns.amazonaws.com"}, "*")
    ]

    assert verdicts == [True, False, False]


def test_a_role_is_the_same_by_principal_and_by_condition():
    """
    Who is named by a principal and who by `aws:PrincipalArn` is one caller, other than for the AWS service.
    """
    role = "arn:aws:iam::111111111111:role/R"
    named = resource_policy({"Principal": {"AWS": role}})
    conditional = resource_policy({"Condition": {"ArnEquals": {"aws:PrincipalArn": role}}})

    assert new_access(conditional, named, RESOURCE).passes
    assert new_access(named, conditional, RESOURCE).passes


def test_the_witness_in_an_identity_policy_is_somebody_who_can_have_one():
    """
    The caller of an identity policy is free; the example is a user and not anonymous.
    """
    witness = new_access(identity_policy({}), identity_policy(READ)).witness

    assert (witness.caller.kind, witness.action) == (CallerKind.USER, "s3:GetObject")


@pytest.mark.parametrize(
    ("asked", "verdict", "sentence"),
    [
        ({"actions": ["s3:GetObject"]}, "FAIL", "grants access to perform one or more of the listed actions."),
        ({"actions": ["S3:get*"]}, "FAIL", "grants access to perform one or more of the listed actions."),
        ({"actions": ["*"]}, "FAIL", "grants access to perform one or more of the listed actions."),
        ({"actions": ["s3:Put*"]}, "PASS", "does not grant access to perform one or more of the listed actions."),
        (
            {"resources": ["arn:aws:s3:::b/secret*"]},
            "FAIL",
            "grants access to perform one or more of the listed actions or resources.",
        ),
        (
            {"resources": ["arn:aws:s3:::c/*"]},
            "PASS",
            "does not grant access to perform the listed actions or resources.",
        ),
        (
            {"actions": ["s3:PutObject"], "resources": ["arn:aws:s3:::b/*"]},
            "PASS",
            "does not grant access to perform the listed actions or resources.",
        ),
        (
            {"actions": ["s3:PutObject", "s3:GetObject"], "resources": ["arn:aws:s3:::c/*", "arn:aws:s3:::b/x"]},
            "FAIL",
            "grants access to perform one or more of the listed actions or resources.",
        ),
    ],
)
def test_access_not_granted(asked, verdict, sentence):
    """
    One listed action on one listed resource is enough to fail; a list that is left out stands for everything.
    """
    found = granted(identity_policy(READ), **asked)

    assert (found.result.value, found.message) == (verdict, f"The policy document {sentence}")


@pytest.mark.parametrize(
    ("asked", "description"),
    [
        ({"actions": ["s3:*"]}, "One or more of the listed actions in the statement with {}."),
        (
            {"resources": ["arn:aws:s3:::b/*"]},
            "One or more of the listed actions or resources in the statement with {}.",
        ),
    ],
)
def test_the_reasons_of_granted_access(asked, description):
    """
    The reason speaks of resources where some were listed.
    """
    by_index = granted(identity_policy(READ), **asked).reasons
    by_sid = granted(identity_policy({**READ, "Sid": "Read"}), **asked).reasons

    assert [each.description for each in by_index] == [description.format("index: 0")]
    assert [each.description for each in by_sid] == [description.format("sid: Read")]


def test_a_condition_that_can_hold_prevents_nothing():
    """
    A conditional Allow grants access; one whose condition never holds does not.
    """
    possible = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
    impossible = {"Condition": {"StringEquals": {"aws:SourceVpc": []}}}

    assert not granted(identity_policy({**READ, **possible}), actions=["s3:*"]).passes
    assert granted(identity_policy({**READ, **impossible}), actions=["s3:*"]).passes


def test_a_deny_takes_access_away():
    """
    What a Deny refuses without exception is not granted; under a condition it is.
    """
    deny = {"Effect": "Deny", "Action": "s3:Delete*"}
    sometimes = {**deny, "Condition": {"StringNotEquals": {"aws:PrincipalTag/team": "ops"}}}

    assert granted(identity_policy({"Action": "s3:*"}, deny), actions=["s3:DeleteBucket"]).passes
    assert not granted(identity_policy({"Action": "s3:*"}, sometimes), actions=["s3:DeleteBucket"]).passes


@pytest.mark.parametrize(
    "access",
    [
        [],
        [Access(("s3:*",)), Access(("sqs:*",))],
        [Access()],
        [Access(("s3:GetObject",) * 101)],
        [Access((), ("arn:aws:s3:::b",) * 101)],
    ],
)
def test_there_is_one_access_of_a_bounded_size(access):
    """
    None, two, an empty or an oversized access is a validation error.
    """
    with pytest.raises(ValidationError):
        check_access_not_granted(identity_policy({}), access, IDENTITY)


@pytest.mark.parametrize(
    "access",
    [
        *(Access((action,)) for action in ("", "s3", "s3:", ":Get", "s3:Get Object", "s*:Get", "s3:${aws:username}")),
        *(Access((), (resource,)) for resource in ("*", "bucket", "arn:aws:s3:::", "arn:*:s3:::b", "arn:aws:s?:::b")),
        *(Access((), (f"arn:aws:sqs:{region}:q",)) for region in ("*:1", "eu-west-1:*")),
        Access((), ("arn:aws:s3:::b/${aws:username}",)),
    ],
    ids=str,
)
def test_actions_and_resources_are_some(access):
    """
    What is no action, no ARN, has a wildcard before the resource's id, or a variable, is an invalid parameter.
    """
    with pytest.raises(InvalidParameterError):
        check_access_not_granted(identity_policy({}), [access], IDENTITY)


def test_a_hundred_actions_and_resources_are_not_too_many():
    """
    The bounds are those of the API: 100 each.
    """
    access = Access(
        tuple(f"s3:Get{number}" for number in range(100)), tuple(f"arn:aws:s3:::b{number}" for number in range(100))
    )

    assert check_access_not_granted(identity_policy(READ), [access], IDENTITY).passes


@pytest.mark.parametrize("name", ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "identity_policy", ""])
def test_other_policy_types_are_unknown(name):
    """
    The checks are about identity policies and resource policies, and nothing else.
    """
    with pytest.raises(ValidationError, match="IDENTITY_POLICY or RESOURCE_POLICY"):
        parse_policy_type(name)


def test_other_resource_types_are_unknown():
    """
    The error lists the 26 types.
    """
    with pytest.raises(ValidationError) as raised:
        check_no_public_access(resource_policy({}), "AWS::IAM::Role")

    assert len(PUBLIC_TYPES) == 26
    assert all(name in str(raised.value) for name in PUBLIC_TYPES)


@pytest.mark.parametrize("fault", ["existing", "new"])
def test_a_statement_without_principal_is_no_resource_policy(fault):
    """
    It would stand for everybody: as the existing policy it would let everything pass.
    """
    good, bad = resource_policy({}), identity_policy({}, READ)
    new, existing = (bad, good) if fault == "new" else (good, bad)

    with pytest.raises(UnprocessableError, match="`Principal` is missing") as raised:
        check_no_new_access(new, existing, RESOURCE)
    assert raised.value.statement_index == 0


def test_a_principal_is_no_part_of_an_identity_policy():
    """
    A resource policy that is checked as an identity policy is refused.
    """
    with pytest.raises(UnprocessableError, match="is this a resource policy"):
        check_no_new_access(identity_policy({}), resource_policy({"Resource": "*"}), IDENTITY)


def test_an_identity_policy_needs_a_resource():
    """
    A statement without `Resource` would stand for everything.
    """
    with pytest.raises(UnprocessableError, match="`Resource` is missing"):
        check_no_new_access(identity_policy(READ), replaced_resources(identity_policy(READ)), IDENTITY)


def replaced_resources(policy):
    return replace(policy, statements=tuple(replace(each, resources=None) for each in policy.statements))


@pytest.mark.parametrize("value", ["arn:aws:iam::*:root", "arn:aws:iam::111111111111:role/*", "1111*"])
def test_a_principal_with_a_wildcard_in_it_is_refused(value):
    """
    AWS knows no such principal: that nobody gets in is not what its author thinks.
    """
    with pytest.raises(UnprocessableError, match="holds a wildcard"):
        public(resource_policy({"Principal": {"AWS": value}}))


def test_errors_of_the_checks_are_usage_errors():
    """
    Whoever catches UsageError catches them; the API can tell them apart.
    """
    kinds = {ValidationError, InvalidParameterError, UnprocessableError}

    assert all(issubclass(kind, UsageError) for kind in kinds)


def hostile_policies():
    """Policies whose comparison is a search through all combinations of sixty tags, each of which has two patterns.

    A statement of the existing policy says which combination of three it allows; all together they allow every
    combination, but that takes more steps to find than there are.
    """
    choose = random.Random(1)
    patterns = ("*x*y*", "*y*x*")
    statements = [
        {
            "Effect": "Allow",
            "Condition": {"StringLike": {f"aws:RequestTag/{tag}": choose.choice(patterns) for tag in tags}},
        }
        for tags in (choose.sample(range(60), 3) for _ in range(400))
    ]
    every = {"StringLike": {f"aws:RequestTag/{tag}": list(patterns) for tag in range(60)}}
    return identity_policy({"Condition": every}), identity_policy(*statements)


def test_what_is_not_decided_fails():
    """
    A policy that exhausts the step budget ends soon, fails, and says why; nobody is blamed.
    """
    found = check_no_new_access(*hostile_policies(), IDENTITY)

    assert found.result is Verdict.FAIL
    assert found.undecided == "the step budget ended before an answer was found"
    assert found.witness is None
    [reason] = found.as_json()["reasons"]
    assert "could not be decided" in reason["description"]
    assert set(reason) == {"description"}


def test_hundreds_of_overlapping_patterns_against_themselves():
    """
    What stands in both policies is no new access, however entangled it is.
    """
    choose = random.Random(2)
    statements = [
        {"Effect": effect, "Action": f"s3:*{choose.choice('abc')}*{choose.choice('xyz')}*", "Resource": f"*{number}*"}
        for number in range(300)
        for effect in ("Allow", "Deny")
    ]
    shuffled = choose.sample(statements, len(statements))

    assert new_access(identity_policy(*statements), identity_policy(*shuffled)).passes
