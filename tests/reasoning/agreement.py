"""What the tests of agreement count: how often the readings agreed, and how often nobody could tell."""

from collections import Counter
from dataclasses import dataclass, field

from ringwall.errors import UndecidedError
from ringwall.policy.render import render_policy
from ringwall.reasoning.question import find_answer
from ringwall.reasoning.smt import Judgement, opinion_of, script_of
from ringwall.reasoning.solver import Status

MOST_UNDECIDED = 0.05
"""The share of questions that may stay without an answer; more would hide that nothing is compared any more."""


@dataclass
class Tally:
    """How the questions of one test ended."""

    name: str
    ends: Counter = field(default_factory=Counter)
    limit: float = MOST_UNDECIDED

    def count(self, end):
        self.ends[end] += 1

    @property
    def total(self):
        return self.ends.total()

    def __str__(self):
        return f"{self.name}: {self.total} questions; " + ", ".join(f"{n} {end}" for end, n in self.ends.most_common())

    def check(self):
        """Fails where too few questions were answered. What was not answered never counts as agreed."""
        TALLIES.append(str(self))
        undecided = sum(n for end, n in self.ends.items() if not end.startswith("agreed"))
        assert undecided <= max(3, self.limit * self.total), str(self)


TALLIES = []
"""Of the tests that have run, for the summary at the end."""


def compare_readings(question, solver, tally):
    """Put the question to regions and to a solver; whatever a solver finds is put to the evaluator."""
    try:
        answer, is_decided = find_answer(question), True
    except UndecidedError:
        answer, is_decided = None, False
    try:
        script = script_of(question)
    except UndecidedError:
        tally.count("not to be said in SMT-LIB")
        return
    opinion = opinion_of(question, solver, script)
    assert opinion.verdict.status not in (Status.FAILED, Status.MISSING), opinion.verdict.message
    assert opinion.replays or opinion.verdict.status is not Status.SAT or not script.is_exact, told(question, opinion)
    if not is_decided:
        tally.count(f"undecided by regions, {opinion.verdict.status.value} by the solver")
        return
    judgement = opinion.on(has_answer=answer is not None)
    assert judgement is not Judgement.CONTRADICTED, told(question, opinion, answer)
    tally.count(agreed(answer) if judgement is Judgement.CONFIRMED else f"not answered: {opinion.verdict.status.value}")


def agreed(answer):
    return "agreed that there is none" if answer is None else "agreed that there is one"


def told(question, opinion, answer=None):
    policies = [render_policy(policy) for policy in question.policies]
    return f"{policies}\nsolver: {opinion.verdict.status.value} {opinion.request}\nregions: {answer}"
