"""The three readings agree: `policy.evaluate`, `reasoning.encode`, and `reasoning.smt` in solvers nobody here wrote.

With few examples in `make test`, and with ten thousand a question in `make fuzz`, which prints how they ended.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwall.errors import UndecidedError
from ringwall.findings.zone_of_trust import ZoneOfTrust
from ringwall.policy import evaluate
from ringwall.policy.render import render_policy
from ringwall.reasoning import compare
from ringwall.reasoning.question import Question
from ringwall.reasoning.smt import script_of
from ringwall.reasoning.solver import Status
from tests.neighbours import cases, related_policies
from tests.reasoning.agreement import Tally, compare_readings
from tests.strategies import ONE, policies

pytestmark = pytest.mark.agreement

OUTSIDE = {"aws:resourceaccount": (ONE,)}
LONG = settings().max_examples > settings.get_profile("default").max_examples
SOME = settings(max_examples=settings().max_examples if LONG else 300)
FEW = settings(max_examples=settings().max_examples // 4 if LONG else 20)
"""For z3, which takes ten times as long."""
some_actions = st.lists(st.sampled_from(("s3:*", "s3:GetObject", "sqs:SendMessage")), max_size=1)
some_resources = st.lists(st.sampled_from(("arn:aws:s3:::a/*", "arn:aws:s3:::b")), max_size=1)
PAIRS = st.one_of(
    related_policies().map(lambda pair: (pair.after, pair.before)),
    related_policies().map(lambda pair: (pair.before, pair.after)),
    st.tuples(policies(), policies()),
)


def external(policy):
    return Question((policy,), (ZoneOfTrust().policy(ONE),), constants=OUTSIDE)


def granted(those):
    policy, actions, resources = those
    return compare.granted_access(policy, actions=actions, resources=resources)


QUESTIONS = {
    "is anything allowed": policies().map(compare.access),
    "is there new access": PAIRS.map(lambda pair: compare.new_access(new=pair[0], existing=pair[1])),
    "is access granted": st.tuples(policies(), some_actions, some_resources).map(granted),
    "is there access from outside": policies().map(external),
}
"""By name, questions of one kind."""


@pytest.mark.parametrize("kind", QUESTIONS)
def test_three_readings_give_one_answer(kind, cvc5):
    """
    What regions say, cvc5 says too; and the evaluator allows what either of them finds.
    """
    tally = Tally(f"cvc5, {kind}")

    @SOME
    @given(QUESTIONS[kind])
    def ask(question):
        compare_readings(question, cvc5, tally)

    ask()

    tally.check()


@pytest.mark.parametrize("kind", QUESTIONS)
def test_another_solver_gives_the_same_answer(kind, z3):
    """
    What regions say, z3 says too, where it says anything.
    """
    tally = Tally(f"z3, {kind}", limit=0.5)

    @FEW
    @given(QUESTIONS[kind])
    def ask(question):
        compare_readings(question, z3, tally)

    ask()

    tally.check()


def test_a_solver_allows_the_requests_that_the_evaluator_allows(cvc5):
    """
    One policy and one request: consistent or not, both say the same.
    """
    tally = Tally("cvc5, is this request allowed")

    @SOME
    @given(cases())
    def ask(case):
        policy, request = case
        try:
            script = script_of(Question((policy,)), request=request)
        except UndecidedError:
            tally.count("not to be said in SMT-LIB")
            return
        verdict = cvc5.solve(script.text)
        if not verdict.is_answer or (verdict.status is Status.SAT and not script.is_exact):
            tally.count(f"not answered: {verdict.status.value}")
            return
        tally.count(f"agreed: {verdict.status.value}")
        told = f"{render_policy(policy)}\n{request}\n{script.text}"
        assert (verdict.status is Status.SAT) == evaluate.is_allowed(policy, request), told

    ask()

    tally.check()
