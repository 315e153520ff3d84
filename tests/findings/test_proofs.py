"""The questions behind a verdict mean what the verdict means, and a solver can check it."""

from contextlib import suppress
from dataclasses import replace
from importlib.resources import files

import pytest
from hypothesis import given, settings

from ringwall import examples
from ringwall.collector.snapshot import open_snapshot
from ringwall.errors import UndecidedError
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.proofs import Outcome, claims_of, witnessed
from ringwall.findings.verification import Verified, worst
from ringwall.findings.zone_of_trust import ORGANIZATION, ZoneOfTrust
from ringwall.policy.render import render_policy
from ringwall.proving import prove
from ringwall.reasoning.question import find_answer, is_answered_by
from ringwall.reasoning.smt import Judgement
from ringwall.reasoning.solver import Status, Verdict
from ringwall.resources.base import Resource
from ringwall.service.scanning import scan
from ringwall.solvers.process import SolverProcess
from tests.findings.sharing_cases import OWNER, PARTNER, QUEUE_WORDS, a_queue, sharing_policies, statement, zone

HEADER, _SEEN = open_snapshot(files(examples) / "organization.jsonl")
RESOURCES = [each for each in _SEEN if isinstance(each, Resource)]
ANALYZER = ExternalAccess(ZoneOfTrust(ORGANIZATION, HEADER.organization))
ALONE = ExternalAccess(zone())


class Saying:
    """A solver that always says the same."""

    def __init__(self, status):
        self.status = status

    def solve(self, script, symbols=()):
        return Verdict("saying", self.status)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.arn)
def test_a_resource_has_findings_exactly_if_a_question_has_an_answer(resource):
    """
    And the witness of each finding answers one of its questions.
    """
    questions = [asked.question for asked in ANALYZER.questions_of(resource)]
    findings = ANALYZER.findings_of(resource)

    answers = [find_answer(question) for question in questions]

    assert any(answers) == bool(findings)
    for finding in findings:
        assert any(is_answered_by(question, finding.witness) for question in questions)


@given(sharing_policies(QUEUE_WORDS))
@settings(max_examples=50)
def test_there_is_nothing_beyond_the_findings(policy):
    """
    Findings written as statements of one more policy leave no access over; where they can be written so.
    """

    resource = a_queue_with(render_policy(policy))
    findings = ALONE.findings_of(resource)

    for claim in claims_of(ALONE, resource, findings):
        with suppress(UndecidedError):
            assert claim.is_left_out or find_answer(claim.question) is None


def a_queue_with(text):

    return replace(a_queue(), configuration={"queuePolicy": text})


def test_a_finding_that_cannot_be_written_exactly_is_left_out_and_said_so():
    """
    The same words under two operators with two meanings: nobody can tell which one the finding is about.
    """
    conditions = [{name: {"aws:PrincipalArn": f"arn:*:iam::{PARTNER}:role/*"}} for name in ("StringLike", "ArnLike")]
    resource = a_queue(*(statement(Principal="*", Condition=condition) for condition in conditions))

    [claim] = claims_of(ALONE, resource, ALONE.findings_of(resource))

    assert claim.script is None
    assert claim.is_left_out
    assert "cannot be written" in claim.reason


def test_what_was_not_decided_claims_nothing():
    """
    An error finding has no script.
    """
    resource = a_queue_with("{")

    assert claims_of(ALONE, resource, ALONE.findings_of(resource)) == ()


def test_a_file_says_what_it_is_about(cvc5):
    """
    Its first lines are the claim and what unsatisfiable means; a solver agrees.
    """
    resource = a_queue(statement(Principal={"AWS": OWNER}))

    [claim] = claims_of(ALONE, resource, ALONE.findings_of(resource))

    assert claim.script.text.startswith(f"; Claim: no access from outside to {resource.arn}, through /queuePolicy.\n")
    assert "unsatisfiable exactly if that is right" in claim.script.text
    assert claim.judged(cvc5) is Judgement.CONFIRMED


def test_a_wrong_verdict_is_contradicted(cvc5):
    """
    A resource that is shared, and findings that do not say so.
    """
    resource = a_queue(statement(Principal="*"))

    [claim] = claims_of(ALONE, resource, ())
    opinion = claim.opinion(cvc5)

    assert claim.judged(cvc5) is Judgement.CONTRADICTED
    assert is_answered_by(claim.question, opinion.request)


def test_a_contradiction_is_an_error_finding():
    """
    It stands beside the findings, makes the report incomplete, and is counted.
    """
    resource = a_queue(statement(Principal={"AWS": OWNER}))
    analyzer = Verified(WrongAnalyzer(ALONE), {"cvc5": Saying(Status.UNSAT), "z3": Saying(Status.TIMED_OUT)})
    shared = a_queue(statement(Principal="*"))
    contradicted = Verified(WrongAnalyzer(ALONE), {"one": Answering()})

    assert analyzer.findings_of(resource) == ()
    assert analyzer.verification.as_json() == {
        "cvc5": {"confirmed": 1, "undecided": 0, "contradicted": 0},
        "z3": {"confirmed": 0, "undecided": 1, "contradicted": 0},
    }
    report = scan([shared], contradicted)
    assert [finding.error for finding in report.findings] == ["INTERNAL_ERROR"]
    assert "`one` contradicts the verdict" in report.findings[0].error_message
    assert not report.coverage.is_complete


class WrongAnalyzer:
    """Finds nothing, whatever there is."""

    def __init__(self, analyzer):
        self.zone = analyzer.zone
        self.questions_of = analyzer.questions_of

    def findings_of(self, resource):
        return ()


class Answering:
    """Hands the question to cvc5: a solver that is right where the analyzer is wrong."""

    def solve(self, script, symbols=()):
        solver = SolverProcess("cvc5")
        try:
            return solver.solve(script, symbols)
        finally:
            solver.close()


def test_one_contradiction_outweighs_all_confirmations():
    """
    And one open question leaves the verdict open.
    """
    confirmed, undecided, contradicted = Judgement.CONFIRMED, Judgement.UNDECIDED, Judgement.CONTRADICTED

    assert worst([confirmed, undecided]) is undecided
    assert worst([confirmed, contradicted, undecided]) is contradicted


@pytest.mark.parametrize(
    ("solver", "outcome"),
    [
        (Saying(Status.UNSAT), Outcome.AGREED),
        (Saying(Status.TIMED_OUT), Outcome.OPEN),
        (SolverProcess("z3", module="no_such_solver"), Outcome.OPEN),
    ],
    ids=["agrees", "gives up", "missing"],
)
def test_what_is_not_confirmed_is_open(solver, outcome):
    """
    A solver that gave up or is missing has not agreed.
    """
    saved = {}

    proofs = prove([a_queue(statement(Principal={"AWS": OWNER}))], ALONE, [solver], saved.__setitem__)

    assert proofs.outcome is outcome
    assert list(saved) == [proofs.proven[0].file]


def test_a_witness_is_replayed_once_more():
    """
    One that does not replay is a bug, and no proof.
    """
    resource = a_queue(statement(Principal="*"))
    [finding] = ALONE.findings_of(resource)
    other = a_queue(statement(Principal={"AWS": OWNER}))

    assert witnessed(ALONE, resource, finding).replays
    assert not witnessed(ALONE, other, finding).replays


def test_all_of_the_example_is_proven(cvc5):
    """
    Every finding of the example organization replays, and there is nothing beside them.
    """
    proofs = prove(RESOURCES, ANALYZER, [cvc5], {}.__setitem__)

    assert len(proofs.witnessed) > 20
    assert len(proofs.proven) > 40
    assert proofs.outcome is Outcome.AGREED
