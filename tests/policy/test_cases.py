"""Cases as lines of JSON: what is read, what is refused, and what follows from principal and resource."""

import json
from itertools import islice, repeat

import pytest

from ringwall.errors import UsageError
from ringwall.policy.cases import answers_to, caller_of, read_case, request_of
from ringwall.policy.request import ANONYMOUS, CallerKind, parse_caller

OWNER = "111111111111"
ROLE = f"arn:aws:iam::{OWNER}:role/app"
ALLOW = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}


def a_request(**changes):
    return {"principal": ROLE, "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", **changes}


def a_case(**changes):
    return {"id": "a", "request": a_request(), "identityPolicies": [ALLOW], **changes}


def answered(*lines):
    """The answers to lines of text, or to cases, as they are written down."""
    texts = (line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    return [json.loads(answer.as_line()) for answer in answers_to(texts)]


def error_of(line):
    [answer] = answered(line)
    assert answer["decision"] is None
    return answer["error"]


def test_an_answer_has_three_members():
    """
    The id as the case wrote it, the decision, and no error.
    """
    assert answered(a_case()) == [{"id": "a", "decision": "allowed", "error": None}]


@pytest.mark.parametrize("written", ['"a"', '"\\u00e4\\"\\ud83d\\ude00"', "7", "-1.50e3", '""'])
def test_an_id_comes_back_as_it_was_written(written):
    """
    Text or number, digit for digit.
    """
    line = f'{{"id": {written}, "request": {json.dumps(a_request())}}}'.encode()

    [answer] = answers_to([line])

    assert answer.id == written


@pytest.mark.parametrize("case", [{"request": a_request()}, {"id": None, "request": a_request()}])
def test_a_case_without_an_id_goes_by_its_line(case):
    """
    Lines are counted from one, blank ones included.
    """
    assert [each["id"] for each in answered(case, b"\n", case)] == [1, 3]


def test_members_that_are_missing_or_null_take_the_empty_default():
    """
    A request alone is a case: nobody allows it.
    """
    names = ("identityPolicies", "resourcePolicy", "permissionsBoundary", "sessionPolicies", "vpcEndpointPolicies")
    levels = ("serviceControlPolicies", "resourceControlPolicies")
    empty = {"request": a_request(context=None, resourceAccount=None), **dict.fromkeys((*names, *levels))}

    assert [each["decision"] for each in answered({"request": a_request()}, empty)] == ["implicitDeny"] * 2


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"", "expected an object, found the end"),
        (b"nonsense", "expected an object, found `nonsense`"),
        (b"[]", "expected an object, found a list"),
        (b"\xff", "the line is not UTF-8"),
        (b'{"id": ' + b"[" * 100_000, "too many of them"),
        (b'{"request": {"principal": "*"', "found the end of the document"),
        (json.dumps(a_case()).encode() + b" x", "expected the end of the document"),
        (b'{"id": ' + b"1" * 5000 + b"}", "a number of too many digits"),
        (b'{"id": nonsense}', "no JSON: expecting value"),
        (b'{"id": "a", "id": "b"}', "duplicate member `id`"),
        (a_case(id=["a"]), "an id is text or a number"),
        (a_case(id=True), "an id is text or a number"),
        (a_case(decision="allowed"), "unknown member `decision`"),
        (a_case(request=a_request(region="x")), "unknown member `region`"),
        ({"id": "a"}, "`request` is missing"),
        (a_case(request={"principal": ROLE, "action": "s3:GetObject"}), "one of them is missing"),
        (a_case(request=a_request(principal="somebody")), "`somebody` names no principal"),
        (a_case(request=a_request(principal=f"arn:aws:iam::{OWNER}:group/g")), "is not the ARN of a principal"),
        (a_case(request=a_request(principal=f"arn:aws:iam::{OWNER}:role/*")), "is not the ARN of a principal"),
        (a_case(request=a_request(principal=7)), "expected text"),
        (a_case(request=a_request(action="s3:Get*")), "`s3:Get*` is not one action"),
        (a_case(request=a_request(action="GetObject")), "`GetObject` is not one action"),
        (a_case(request=a_request(resource="")), "the request has no resource"),
        (a_case(request=a_request(context=[])), "expected an object"),
        (a_case(request=a_request(context={"a:b": None})), "found `null`"),
        (a_case(request=a_request(context={"a:b": {"c": 1}})), "found an object"),
        (a_case(request=a_request(context={"a:b": "1", "A:B": "2"})), "duplicate key `A:B`"),
        (a_case(identityPolicies=ALLOW), "expected a list"),
        (a_case(identityPolicies=[None]), "expected a policy"),
        (a_case(identityPolicies=[[ALLOW]]), "expected a policy"),
        (a_case(identityPolicies=["{"]), "the policy is malformed"),
        (a_case(identityPolicies=[{"Statement": [{"Effect": "Maybe"}]}]), "unknown effect `Maybe`"),
        (a_case(serviceControlPolicies=[ALLOW]), "expected a list"),
        (b'{"id": "a", "resourcePolicy": {"Statement": [], "Statement": []}}', "duplicate key `Statement`"),
    ],
)
def test_what_cannot_be_read_is_an_error(line, message):
    """
    A sentence says what is wrong, and there is no decision.
    """
    assert message in error_of(line)


def test_an_error_names_its_place_in_the_line():
    """
    And that of a policy's fault within the policy.
    """
    policy = {"Statement": {"Effect": "Maybe"}}

    assert error_of({"identityPolicies": [policy]}) == (
        "column 23, at $.identityPolicies[0]: the policy is malformed: line 1, column 26, at $.Statement.Effect: "
        "unknown effect `Maybe`: write `Allow` or `Deny`"
    )


def test_a_case_that_cannot_be_decided_keeps_its_id():
    """
    Also where the fault comes before the id; a line that is not JSON has none.
    """
    late = {"request": a_request(action="*"), "id": "late"}

    assert [each["id"] for each in answered(late, b'{"id": "cut", "request"')] == ["late", 2]


def test_a_malformed_line_spoils_no_other():
    """
    The cases around it are decided, in their order.
    """
    answers = answered(a_case(), b"{", a_case(identityPolicies=[]))

    assert [(each["id"], each["decision"]) for each in answers] == [
        ("a", "allowed"),
        (2, None),
        ("a", "implicitDeny"),
    ]


def test_cases_are_answered_as_they_come():
    """
    The first answer does not wait for the last case.
    """
    endless = repeat(json.dumps(a_case()).encode())

    assert [each.id for each in islice(answers_to(endless), 2)] == ['"a"', '"a"']


@pytest.mark.parametrize(
    ("value", "values"),
    [("a", ("a",)), (True, ("true",)), (10.5, ("10.5",)), (["a", 1, False], ("a", "1", "false")), ([], ())],
)
def test_values_of_the_context_are_texts(value, values):
    """
    Numbers and booleans are what JSON writes; an empty list is an absent key.
    """
    case = read_case(json.dumps(a_case(request=a_request(context={"X:Y": value}))))

    assert case.request.context["x:y"] == values


def test_nothing_is_added_but_what_follows_from_principal_and_resource():
    """
    The keys of the caller, and whose the resource is.
    """
    request = request_of(parse_caller(f"arn:aws:iam::{OWNER}:user/p/alice"), "s3:GetObject", "arn:aws:s3:::b", {})
    queue = request_of(ANONYMOUS, "sqs:SendMessage", f"arn:aws:sqs:us-east-1:{OWNER}:q", {})

    assert request.context == {
        "aws:principalaccount": (OWNER,),
        "aws:principalarn": (f"arn:aws:iam::{OWNER}:user/p/alice",),
        "aws:principalisawsservice": ("false",),
        "aws:principaltype": ("User",),
        "aws:username": ("alice",),
        "kms:calleraccount": (OWNER,),
    }
    assert queue.context == {
        "aws:principalaccount": ("anonymous",),
        "aws:principaltype": ("Anonymous",),
        "aws:resourceaccount": (OWNER,),
    }


def test_what_the_request_states_is_not_replaced():
    """
    Not even by what would follow.
    """
    stated = {"aws:principaltype": ("Account",), "aws:resourceaccount": ()}
    queue = f"arn:aws:sqs:us-east-1:{OWNER}:q"

    request = request_of(parse_caller(ROLE), "sqs:SendMessage", queue, stated, resource_account="222222222222")

    assert {key: request.context[key] for key in stated} == stated


@pytest.mark.parametrize(
    ("principal", "kind"),
    [
        ("*", CallerKind.ANONYMOUS),
        (OWNER, CallerKind.ROOT),
        (f"arn:aws-cn:iam::{OWNER}:root", CallerKind.ROOT),
        (f"arn:aws:iam::{OWNER}:user/p/alice", CallerKind.USER),
        (f"arn:aws:sts::{OWNER}:assumed-role/app/alice@example.com", CallerKind.ROLE),
        (f"arn:aws:sts::{OWNER}:federated-user/carol", CallerKind.FEDERATED_USER),
        ("sns.amazonaws.com", CallerKind.SERVICE),
        ("accounts.google.com", CallerKind.FEDERATED),
        (f"arn:aws:iam::{OWNER}:saml-provider/idp", CallerKind.FEDERATED),
        (f"arn:aws:iam::{OWNER}:oidc-provider/example.com/a/b", CallerKind.FEDERATED),
    ],
)
def test_every_kind_of_principal_is_known(principal, kind):
    """
    Also sessions, services and providers.
    """
    assert caller_of(principal, {}).kind is kind


@pytest.mark.parametrize(
    ("stated", "role"),
    [
        ({}, f"arn:aws:iam::{OWNER}:role/app"),
        ({"aws:principalarn": (f"arn:aws:iam::{OWNER}:role/p/app",)}, f"arn:aws:iam::{OWNER}:role/p/app"),
        ({"aws:principalarn": (f"arn:aws:iam::{OWNER}:role/p/other",)}, f"arn:aws:iam::{OWNER}:role/app"),
        ({"aws:principalarn": ("arn:aws:iam::222222222222:role/p/app",)}, f"arn:aws:iam::{OWNER}:role/app"),
    ],
)
def test_the_request_may_state_the_path_of_a_sessions_role(stated, role):
    """
    It counts where name and account agree.
    """
    assert caller_of(f"arn:aws:sts::{OWNER}:assumed-role/app/s", stated).arn == role


def test_one_policy_is_read_once():
    """
    Cases that share a text share the tree.
    """
    one, other = (read_case(json.dumps(a_case(id=name))) for name in "ab")

    assert one.authorization.identity_policies[0] is other.authorization.identity_policies[0]


def test_a_pattern_is_no_action():
    """
    One request is for one action.
    """
    with pytest.raises(UsageError, match="is not one action"):
        request_of(ANONYMOUS, "s3:?etObject", "*", {})
