"""Findings whose witness regions do not find, because policy variables relate keys: a solver is asked."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwall.policy import evaluate
from ringwall.policy.parse import parse_policy
from ringwall.policy.request import Request, parse_caller, with_derived_keys
from ringwall.reasoning.question import Answer, is_answered_by
from ringwall.reasoning.smt import ask_in_turn
from tests.findings.sharing_cases import PARTNER, QUEUE, a_queue, findings_of, statement
from tests.findings.test_external_access import FEWER
from tests.solvers.told import Told

NOBODY = a_queue(statement(Condition={"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}))
"""The caller has to be of the resource's own account, which regions do not see."""
SOMEBODY = a_queue(
    statement(Condition={"StringEquals": {"aws:PrincipalTag/a": "x${aws:PrincipalTag/b}"}}),
    statement(Effect="Deny", Condition={"StringNotEquals": {"aws:PrincipalTag/b": "${aws:PrincipalTag/c}y"}}),
)
"""Whoever has tags that fit together, which regions do not find."""
A_PARTNER = a_queue(
    statement(Principal={"AWS": PARTNER}, Action="sqs:SendMessage"),
    statement(Condition={"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}),
)
"""A partner; and a statement for everybody that is for nobody."""


@pytest.mark.parametrize("mode", ["concise", "aws"])
def test_what_the_solver_says_to_be_nobody_is_no_finding(mode):
    """
    Neither access nor an error.
    """
    told = Told(Answer(None, "told"))

    assert findings_of(NOBODY, mode=mode, solver=told) == ()
    assert told.questions


@pytest.mark.parametrize("resource", [NOBODY, SOMEBODY, A_PARTNER])
def test_a_solver_without_an_answer_leaves_an_error(resource):
    """
    It says why nothing was decided, by whom.
    """
    [found] = findings_of(resource, solver=Told())

    assert found.error_message.startswith("no witness replayed: ")
    assert found.error_message.endswith("; the solver `told` gave no answer: timed out")


@pytest.mark.parametrize("mode", ["concise", "aws"])
def test_a_request_of_the_solver_leads_to_a_witness(mode, cvc5):
    """
    The finding that was an error has a witness that replays.
    """
    [found] = findings_of(SOMEBODY, mode=mode, solver=partial(ask_in_turn, solvers=(cvc5,)))

    [b], [c] = (found.witness.context[f"aws:principaltag/{name}"] for name in "bc")
    assert (found.error, found.principal, found.is_public) == (None, {"AWS": "*"}, True)
    assert found.witness.context["aws:principaltag/a"] == ("x" + b,)
    assert b == c + "y"


def test_a_real_solver_sees_that_nobody_is_let_in(cvc5):
    """
    A statement for everybody whose condition nobody outside can meet shares nothing.
    """
    assert findings_of(NOBODY, solver=partial(ask_in_turn, solvers=(cvc5,))) == ()


def test_access_of_a_partner_is_not_taken_for_that_of_everybody(cvc5):
    """
    A request that belongs to a narrower finding proves nothing of the wider one: that stays open.
    """
    [found] = findings_of(A_PARTNER, solver=partial(ask_in_turn, solvers=(cvc5,)))

    assert found.error_message.endswith("a solver found access, which may be that of a narrower finding")


def test_a_made_up_request_is_no_witness(cvc5):
    """
    Whatever a solver says: what does not replay is not reported as access.
    """
    [request] = [each.witness for each in findings_of(SOMEBODY, solver=partial(ask_in_turn, solvers=(cvc5,)))]
    told = Told(Answer(request, "told"))

    [found] = findings_of(NOBODY, solver=told)

    assert found.error is not None
    assert not any(is_answered_by(question, request) for question in told.questions)


def test_a_solver_is_not_asked_where_a_witness_replays():
    """
    A liar who says that there is nothing hides nothing.
    """
    told = Told(Answer(None, "told"))

    [found] = findings_of(a_queue(statement(Principal={"AWS": PARTNER})), solver=told)

    assert (found.error, found.witness.caller.account, told.questions) == (None, PARTNER, [])


TAGS = ("aws:PrincipalTag/a", "aws:PrincipalTag/b", "aws:SourceVpc")
WRITTEN = ("a", "a*", "${aws:PrincipalTag/b}", "a${aws:PrincipalTag/b}", "${aws:SourceVpc}b", "${aws:PrincipalTag/a}")
OPERATORS = ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike")
conditions = st.dictionaries(
    st.sampled_from(OPERATORS), st.dictionaries(st.sampled_from(TAGS), st.sampled_from(WRITTEN), min_size=1), max_size=2
)
entangled_statements = st.builds(
    lambda effect, principal, condition: statement(Effect=effect, Principal=principal, Condition=condition or None),
    st.sampled_from(("Allow", "Deny")),
    st.sampled_from(("*", {"AWS": PARTNER})),
    conditions,
)
callers = st.builds(
    lambda kind, tags: with_derived_keys(
        Request(parse_caller(kind), "sqs:SendMessage", QUEUE, {key.lower(): (value,) for key, value in tags.items()})
    ),
    st.sampled_from((f"arn:aws:iam::{PARTNER}:role/r", "arn:aws:iam::444444444444:user/u")),
    st.dictionaries(st.sampled_from(TAGS), st.sampled_from(("", "a", "b", "ab", "aa", "bb")), min_size=2),
)


@FEWER
@given(st.lists(entangled_statements, min_size=2, max_size=4), st.lists(callers, min_size=20, max_size=20))
def test_a_solver_hides_nobody(cvc5, statements, asked):
    """
    With a solver, too, whoever is let in from outside is in a finding, or the answer says that it is incomplete; and
    every witness is let in.
    """
    resource = a_queue(*statements)
    policy = parse_policy(resource.configuration["queuePolicy"])
    let_in = [each for each in asked if evaluate.is_allowed(policy, each)]

    found = findings_of(resource, solver=partial(ask_in_turn, solvers=(cvc5,)))

    assert all(evaluate.is_allowed(policy, each.witness) for each in found if not each.error)
    assert any(each.error for each in found) or all(
        any(_is_about(finding, each) for finding in found) for each in let_in
    )


def _is_about(finding, request):
    """Whether the principal is the caller. What its conditions say is held together elsewhere."""
    [(_, value)] = finding.principal.items()
    return value in ("*", PARTNER, f"arn:aws:iam::{PARTNER}:root") and (value == "*" or PARTNER in request.caller.arn)
