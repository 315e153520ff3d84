"""The corpus a third time, by a solver: a request is a model of its policy exactly if it is allowed."""

import pytest

from ringwall.reasoning.question import Question
from ringwall.reasoning.smt import script_of
from ringwall.reasoning.solver import Status
from tests.test_corpus import ONE_POLICY, cases, policy_of, request_of


@pytest.mark.parametrize("case", cases(*ONE_POLICY))
def test_a_solver_allows_what_the_case_allows(case, cvc5):
    """
    Every case of the corpus has one answer in all three readings.
    """
    policy, request = policy_of(case["policy"]), request_of(case["request"])

    verdict = cvc5.solve(script_of(Question((policy,)), request=request).text)

    assert verdict.status is (Status.SAT if case["allowed"] else Status.UNSAT)
