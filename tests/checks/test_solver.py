"""Checks of policies that regions leave undecided: a solver is asked, and its request has to replay."""

from functools import partial

import pytest

from ringwall.checks.access import Access, check_access_not_granted, check_no_new_access, check_no_public_access
from ringwall.checks.comparison import compare_policies
from ringwall.checks.result import Verdict
from ringwall.policy import evaluate
from ringwall.reasoning.compare import Comparison
from ringwall.reasoning.question import Answer
from ringwall.reasoning.smt import ask_in_turn
from ringwall.reasoning.solver import Status
from ringwall.reasoning.solver import Verdict as Said
from tests.checks.documents import IDENTITY, policy_of
from tests.solvers.told import Told

_ALLOW = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
TIED = (
    {**_ALLOW, "Condition": {"StringEquals": {"s3:prefix": "${s3:delimiter}"}}},
    {**_ALLOW, "Effect": "Deny", "Condition": {"StringEquals": {"s3:delimiter": "${s3:prefix}"}}},
)
"""Allowed where two keys are equal, and denied where they are: nothing is left."""
MET = (
    {**_ALLOW, "Condition": {"StringEquals": {"s3:prefix": "a${s3:delimiter}"}}},
    {**_ALLOW, "Effect": "Deny", "Condition": {"StringNotLike": {"s3:prefix": "${s3:max-keys}b"}}},
)
"""Allowed where a text ends in one key and begins with another, which can be."""


def document(*statements, **elements):
    return policy_of({"Version": "2012-10-17", "Statement": [{**each, **elements} for each in statements]})


NOTHING = document({**_ALLOW, "Effect": "Deny"})
CHECKS = {
    "no-new-access": lambda statements, solver: check_no_new_access(
        document(*statements), NOTHING, IDENTITY, solver=solver
    ),
    "access-not-granted": lambda statements, solver: check_access_not_granted(
        document(*statements), [Access(("s3:ListBucket",))], IDENTITY, solver=solver
    ),
    "no-public-access": lambda statements, solver: check_no_public_access(
        document(*statements, Principal="*"), "AWS::S3::Bucket", solver=solver
    ),
}
every_check = pytest.mark.parametrize("check", CHECKS.values(), ids=list(CHECKS))


class Lying:
    """A solver with a model for every script: all variables are empty texts, or true."""

    def solve(self, script, symbols=()):
        values = " ".join(f"({symbol} {self._value(script, symbol)})" for symbol in symbols)
        return Said("lying", Status.SAT, f"({values})")

    def _value(self, script, symbol):
        return '""' if f"{symbol} String" in script or f"{symbol} () String" in script else "true"


@every_check
def test_what_the_solver_says_to_be_empty_passes(check):
    """
    The check passes where regions leave it open and the solver says that there is no such request; the result names it.
    """
    told = Told(Answer(None, "told"))

    found = check(TIED, told)

    assert (found.result, found.decided_by, found.undecided) == (Verdict.PASS, "told", None)
    assert len(told.questions) == 1


@every_check
def test_a_solver_without_an_answer_leaves_the_check_undecided(check):
    """
    Undecided counts as failed, and both reasons are given.
    """
    found = check(TIED, Told())

    assert (found.result, found.witness, found.decided_by) == (Verdict.FAIL, None, None)
    assert found.undecided.startswith("no witness replayed: ")
    assert found.undecided.endswith("; the solver `told` gave no answer: timed out")


@every_check
def test_without_a_solver_the_check_is_undecided(check):
    """
    As it was before there was one to ask.
    """
    assert check(TIED, None).undecided.startswith("no witness replayed: ")


@every_check
def test_a_model_that_does_not_replay_is_not_believed(check):
    """
    Whatever request a solver makes up, the evaluator has to agree.
    """
    found = check(TIED, partial(ask_in_turn, solvers=(Lying(),)))

    assert found.result is Verdict.FAIL
    assert found.undecided.endswith("the solver `lying` found a request that does not replay")


@every_check
def test_a_solver_decides_both_ways(check, cvc5):
    """
    A real solver finds the request where there is one, which makes the check fail with a proof, and else none.
    """
    ask = partial(ask_in_turn, solvers=(cvc5,))

    tied, met = check(TIED, ask), check(MET, ask)

    assert (tied.result, tied.decided_by) == (Verdict.PASS, "cvc5")
    assert (met.result, met.decided_by, met.reasons[0].statement_index) == (Verdict.FAIL, "cvc5", 0)
    assert met.witness.context["s3:prefix"] == ("a" + met.witness.context["s3:delimiter"][0],)


def test_the_service_s_answer_says_nothing_of_solvers(cvc5):
    """
    What the API would return has the API's members alone.
    """
    found = CHECKS["no-new-access"](TIED, partial(ask_in_turn, solvers=(cvc5,)))

    assert set(found.as_json()) == {"result", "message"}


def test_a_solver_is_not_asked_without_need():
    """
    Neither for a check that passes nor for one that fails.
    """
    told = Told()

    assert CHECKS["no-new-access"]([_ALLOW], told).witness is not None
    assert CHECKS["access-not-granted"]([{**_ALLOW, "Action": "s3:PutObject"}], told).passes
    assert told.questions == []


def test_directions_of_a_comparison_are_decided_one_by_one(cvc5):
    """
    The solver is asked for the direction that is open, and for no other.
    """
    tied = document(*TIED)

    found = compare_policies(tied, NOTHING, solver=partial(ask_in_turn, solvers=(cvc5,)))

    assert found.comparison is Comparison.EQUAL
    assert (found.first_only.decided_by, found.second_only.decided_by) == ("cvc5", None)
    assert compare_policies(tied, NOTHING).comparison is None


def test_the_example_of_a_comparison_may_be_the_solver_s(cvc5):
    """
    It replays, and the statement behind it is named.
    """
    found = compare_policies(document(*MET), NOTHING, solver=partial(ask_in_turn, solvers=(cvc5,)))

    assert found.comparison is Comparison.LOOSER
    assert evaluate.is_allowed(document(*MET), found.first_only.witness)
    assert (found.first_only.allowed_by, found.first_only.decided_by) == ((0,), "cvc5")
