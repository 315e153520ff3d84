"""Findings over random policies: they hold every request from outside that is allowed, and every one is proven."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwall.policy import evaluate
from ringwall.policy.ast import Effect
from ringwall.policy.conditions import OPERATORS
from ringwall.policy.parse import parse_policy
from ringwall.policy.render import render_policy
from ringwall.policy.request import Request, parse_caller, with_derived_keys
from ringwall.resources.base import Resource
from tests.findings.sharing_cases import (
    BUCKET,
    BUCKET_WORDS,
    MEMBER,
    OWN,
    OWNER,
    PARTNER,
    QUEUE,
    QUEUE_WORDS,
    a_queue,
    findings_of,
    holds,
    sharing_policies,
    statement,
    zone,
)
from tests.neighbours import shared_cases
from tests.strategies import SMALL, requests

ZONES = {"account": zone(), "organization": zone(organization=replace(OWN, id="o-a"), type_="ORGANIZATION")}
MODES = ("aws", "concise")
FEWER = settings(max_examples=settings.default.max_examples // 4)
"""A whole analysis takes longer than one question."""
WITH_VARIABLES = replace(
    QUEUE_WORDS,
    variables=(*SMALL.variables, "${aws:PrincipalOrgID}", "${aws:SourceVpc}", "${aws:ResourceAccount}"),
    resources=(*QUEUE_WORDS.resources, "arn:aws:sqs:us-east-1:111111111111:${aws:SourceVpc, 'q'}"),
)


def a_queue_with(policy, owner=OWNER):
    return Resource(QUEUE, "AWS::SQS::Queue", owner, "us-east-1", {"queuePolicy": render_policy(policy)})


def a_bucket_with(policy, owner=OWNER):
    return Resource(BUCKET, "AWS::S3::Bucket", owner, "us-east-1", {"bucketPolicy": render_policy(policy)})


def is_outside(policy, request, within, owner):
    trust = within.policy(owner)
    return evaluate.is_allowed(policy, request) and not evaluate.applying_statements(Effect.ALLOW, trust, request)


def missing(found, policy, asked, within, owner=OWNER):
    """The requests from outside that are allowed and that no finding holds."""
    outside = [each for each in asked if is_outside(policy, each, within, owner)]
    return [each for each in outside if not any(holds(finding, each) for finding in found if not finding.error)]


def has_known_labels(policy):
    """Whether no variable excludes values: see `test_values_that_a_variable_does_not_exclude_hide_nobody`."""
    excluding = (
        condition
        for statement in policy.statements
        for condition in statement.conditions
        if statement.effect is Effect.DENY or OPERATORS[condition.operator.name].negated
    )
    return not any("${" in value for condition in excluding for value in condition.values)


def is_usable(request):
    """Whether the action can be used on the resource at all."""
    return (request.action == "s3:ListBucket") == (request.resource == BUCKET)


def lists_of(asked):
    return st.lists(asked, min_size=5, max_size=15)


def a_way_in(finding):
    """What tells a finding from others: its principal and its conditions."""
    return tuple(finding.principal.items()), tuple(sorted(finding.condition.items()))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ZONES)
@FEWER
@given(
    policy=sharing_policies(QUEUE_WORDS),
    asked=lists_of(requests(QUEUE_WORDS)),
    owner=st.sampled_from([OWNER, PARTNER]),
)
def test_every_request_from_outside_a_queue_is_in_a_finding(mode, name, policy, asked, owner):
    """
    What the evaluator allows and the zone does not trust lies in some finding, in both modes; without policy
    variables nothing is left undecided.
    """
    found = findings_of(a_queue_with(policy, owner), ZONES[name], mode=mode)

    assert [each.error_message for each in found if each.error] == []
    assert missing(found, policy, asked, ZONES[name], owner) == []


@pytest.mark.parametrize("mode", MODES)
@FEWER
@given(policy=sharing_policies(BUCKET_WORDS), asked=lists_of(requests(BUCKET_WORDS).filter(is_usable)))
def test_every_request_from_outside_a_bucket_is_in_a_finding(mode, policy, asked):
    """
    As for a queue, with resources below the one that is analysed.
    """
    found = findings_of(a_bucket_with(policy), mode=mode)

    assert [each.error_message for each in found if each.error] == []
    assert missing(found, policy, asked, zone()) == []


@pytest.mark.parametrize("mode", MODES)
@FEWER
@given(policy=sharing_policies(WITH_VARIABLES).filter(has_known_labels), asked=lists_of(requests(WITH_VARIABLES)))
def test_with_variables_a_request_is_in_a_finding_or_the_answer_says_that_it_is_incomplete(mode, policy, asked):
    """
    What policy variables leave undecided is an error finding, never silence.
    """
    found = findings_of(a_queue_with(policy), mode=mode)

    assert any(each.error for each in found) or missing(found, policy, asked, zone()) == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_values_that_a_variable_does_not_exclude_hide_nobody(effect, mode):
    """
    Whoever a variable does not exclude, in a Deny or under a negated operator, is in a finding: here all of an
    organization that is not called as its account.
    """
    own = {"aws:PrincipalOrgID": "${aws:PrincipalAccount, '*'}"}
    send = "sqs:SendMessage"
    others = statement(Action=send, Condition={"ForAnyValue:StringNotEquals": own})
    but_own = (statement(Action=send), statement(Effect="Deny", Action=send, Condition={"StringEqualsIfExists": own}))
    queue = a_queue(*but_own) if effect == "Deny" else a_queue(others)
    context = {"aws:principalorgid": ("o-other",), "aws:principalorgpaths": ("o-other/r-a/",)}

    found = findings_of(queue, mode=mode)

    asked = with_derived_keys(Request(parse_caller(PARTNER), send, QUEUE, context))
    assert any(each.error or holds(each, asked) for each in found)


@FEWER
@given(case=shared_cases(QUEUE_WORDS, sharing_policies))
def test_every_request_from_outside_any_zone_is_in_a_finding(case):
    """
    Whatever the zone: an account or an organization, with partners and networks.
    """
    policy, request, within = case

    found = findings_of(a_queue_with(policy), within)

    assert [each.error_message for each in found if each.error] == []
    assert missing(found, policy, [request], within) == []


@pytest.mark.parametrize("mode", MODES)
@FEWER
@given(policy=sharing_policies(WITH_VARIABLES))
def test_every_witness_is_allowed_and_from_outside(mode, policy):
    """
    The witness of a finding is allowed by the policy that was parsed from its text, comes from outside the zone, and
    lies in the finding.
    """
    resource = a_queue_with(policy)

    found = [each for each in findings_of(resource, mode=mode) if not each.error]

    read_again = parse_policy(resource.configuration["queuePolicy"])
    for each in found:
        assert is_outside(read_again, each.witness, zone(), OWNER)
        assert each.witness.resource == QUEUE
        assert holds(each, each.witness)


@FEWER
@given(policy=sharing_policies(QUEUE_WORDS))
def test_the_concise_findings_are_some_of_those_of_the_service(policy):
    """
    In concise mode no finding is made that aws mode lacks; fewer actions may be told of one.
    """
    concise, aws = (findings_of(a_queue_with(policy), mode=mode) for mode in ("concise", "aws"))

    known = {a_way_in(each): set(each.action) for each in aws if not each.error}
    assert all(set(each.action) <= known.get(a_way_in(each), set()) for each in concise if not each.error)


@pytest.mark.parametrize("mode", MODES)
@FEWER
@given(policy=sharing_policies(BUCKET_WORDS))
def test_the_same_policy_gives_the_same_findings(mode, policy):
    """
    A second analysis, by an analyzer that knows nothing of the first, gives equal findings in equal order.
    """
    once, again = (findings_of(a_bucket_with(policy), mode=mode) for _ in range(2))

    assert [each.as_json() for each in once] == [each.as_json() for each in again]


@FEWER
@given(policy=sharing_policies(QUEUE_WORDS), data=st.data())
def test_findings_do_not_depend_on_the_order_of_statements(policy, data):
    """
    Statements in another order give findings with the same ids in aws mode, where nothing is chosen.
    """
    other = replace(policy, statements=tuple(data.draw(st.permutations(policy.statements))))

    once, again = (findings_of(a_queue_with(each), mode="aws") for each in (policy, other))

    assert {each.id for each in once} == {each.id for each in again}


@FEWER
@given(policy=sharing_policies(BUCKET_WORDS))
def test_every_allowing_statement_is_one_that_allows(policy):
    """
    A finding names at least one statement behind it; each is an Allow of the policy, at its place and in its words.
    """
    resource = a_bucket_with(policy)

    found = [each for each in findings_of(resource, mode="aws") if not each.error]

    text = resource.configuration["bucketPolicy"]
    for each in found:
        assert each.allowed_by
        for reference in each.allowed_by:
            assert policy.statements[reference.index].effect is Effect.ALLOW
            assert reference.text in text


@FEWER
@given(policy=sharing_policies(QUEUE_WORDS))
def test_what_a_narrowing_deny_refuses_is_refused_by_it(policy):
    """
    The example beside a narrowing Deny is a request that this statement applies to, and that is not from inside.
    """
    found = [each for each in findings_of(a_queue_with(policy), mode="aws") if not each.error]

    for narrowing in (narrowing for each in found for narrowing in each.narrowed_by):
        refusing = evaluate.applying_statements(Effect.DENY, policy, narrowing.refused)
        assert narrowing.statement.index in refusing
        assert not evaluate.applying_statements(Effect.ALLOW, zone().policy(OWNER), narrowing.refused)


def test_a_star_that_stands_for_itself_lets_nobody_in():
    """
    StringEquals compares letter by letter: no account is called `*`.
    """
    found = findings_of(a_queue(statement(Condition={"StringEquals": {"aws:PrincipalAccount": "*"}})))

    assert found == ()


@pytest.mark.parametrize("mode", MODES)
def test_wildcards_that_stand_for_themselves_are_no_patterns(mode):
    """
    Among values that StringEquals compares letter by letter, one with a star neither matches nor gets in the way.
    """
    accounts = {"StringEquals": {"aws:PrincipalAccount": [PARTNER, "3*", "*"]}}

    [found] = findings_of(a_queue(statement(Condition=accounts)), mode=mode)

    assert dict(found.condition) == {"aws:PrincipalAccount": PARTNER}


def test_a_question_mark_that_stands_for_itself_is_no_pattern():
    """
    No user is called `?`, whatever StringEquals asks for; a witness that is called so would be no proof.
    """
    found = findings_of(a_queue(statement(Condition={"StringEquals": {"aws:username": "?"}})))

    assert found == ()


def test_a_set_operator_on_a_key_of_one_value_changes_nothing():
    """
    `ForAnyValue:StringEquals` on `aws:SourceAccount` lets in whom `StringEquals` lets in.
    """
    accounts = {"aws:SourceAccount": [OWNER, PARTNER]}

    [found] = findings_of(a_queue(statement(Condition={"ForAnyValue:StringEquals": accounts})))

    assert dict(found.condition) == {"aws:SourceAccount": PARTNER}


def test_a_key_of_one_value_cannot_be_two():
    """
    A source account that is `222222222222` and, by a set operator, also another: nobody has it.
    """
    both = {"StringNotEquals": {"aws:SourceAccount": MEMBER}, "ForAnyValue:StringEquals": {"aws:SourceAccount": MEMBER}}

    found = findings_of(a_queue(statement(Condition=both)))

    assert found == ()


def test_a_deny_of_whatever_matches_no_value_refuses_every_value():
    """
    No VPC's id is an ARN, so that every VPC differs from it: with a Deny for requests without a VPC, nobody is left.
    """
    another = statement(Effect="Deny", Condition={"ForAnyValue:ArnNotEquals": {"aws:SourceVpc": ["vpc-a"]}})
    none = statement(Effect="Deny", Condition={"Null": {"aws:SourceVpc": "true"}})

    found = findings_of(a_queue(statement(), another, none))

    assert found == ()


def test_a_witness_is_somebody_who_can_exist():
    """
    For any role of a name the witness is such a role, of an account with a number of twelve digits.
    """
    role = {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ci"}}

    [found] = findings_of(a_queue(statement(Condition=role)))

    assert re.fullmatch(r"arn:aws:iam::\d{12}:role/ci", found.witness.caller.arn)
