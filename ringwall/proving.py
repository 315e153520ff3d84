"""Proofs as a use case: claims are written to files, solvers are asked, witnesses are replayed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from ringwall.errors import UndecidedError
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.fix import Fix
from ringwall.findings.proofs import Claim, Proofs, Proven, Witnessed, claim_of, claims_of, witnessed
from ringwall.findings.report import Gap
from ringwall.reasoning.question import Question, find_answer, is_answered_by
from ringwall.reasoning.readable import readable
from ringwall.reasoning.solver import Solver
from ringwall.resources.base import Resource

Save = Callable[[str, str], None]
"""Writes a text to a file of this name."""
_LONGEST_NAME = 100


def prove(seen: Iterable[Resource | Gap], analyzer: ExternalAccess, solvers: Sequence[Solver], save: Save) -> Proofs:
    """For every resource: a witness for each finding, and scripts that say that there is no other access.

    Args:
        seen: what a collection came upon.
        analyzer: finds the access.
        solvers: are asked about every script.
        save: keeps a script.
    """
    proven: list[Proven] = []
    witnesses: list[Witnessed] = []
    undecided: list[str] = []
    for each in seen:
        if isinstance(each, Gap):
            undecided += [f"{each.resource or each.resource_type or each.account}: {each.message}"] * each.is_failure
            continue
        findings = analyzer.findings_of(each)
        undecided += [f"{each.arn}: {finding.error_message}" for finding in findings if finding.error]
        found = (witnessed(analyzer, each, finding) for finding in findings if not finding.error)
        witnesses += filter(None, found)
        for claim in claims_of(analyzer, each, findings):
            proven.append(_proven(claim, solvers, save, f"{len(proven) + 1:04}-{each.arn}"))
    return Proofs(tuple(proven), tuple(witnesses), tuple(undecided))


def prove_check(about: str, question: Question, solvers: Sequence[Solver], save: Save) -> Proofs:
    """For a check that passes, a script that says so; for one that fails, the request that makes it fail."""
    try:
        answer = find_answer(question)
    except UndecidedError as error:
        return Proofs(undecided=(f"{about}: {error}",))
    if answer is not None:
        witness = readable(question, answer)
        return Proofs(witnessed=(Witnessed(f"{about} fails", witness, is_answered_by(question, witness)),))
    return Proofs((_proven(claim_of(about, question), solvers, save, about),))


def _proven(claim: Claim, solvers: Sequence[Solver], save: Save, name: str) -> Proven:
    if claim.script is None:
        return Proven(claim, None)
    file = re.sub(r"[^A-Za-z0-9.-]+", "_", name)[:_LONGEST_NAME] + ".smt2"
    # Kept before anybody is asked: a solver that contradicts it is worth nothing without the file.
    save(file, claim.script.text)
    opinions = (claim.opinion(solver) for solver in solvers)
    return Proven(claim, file, tuple(opinion for opinion in opinions if opinion is not None))


def prove_fix(fix: Fix, analyzer: ExternalAccess, solvers: Sequence[Solver], save: Save) -> Proofs:
    """For all that was proven of a fix, scripts that say so: nothing new, nothing else lost, and no other access.

    Args:
        fix: the edit, and its proof by regions.
        analyzer: the one that made the finding.
        solvers: are asked about every script.
        save: keeps a script.
    """
    claims = [claim_of(step.claim.value, each) for step in fix.proof if step.holds for each in step.questions]
    claims += claims_of(analyzer, fix.fixed, fix.judged.findings)
    proven = [_proven(claim, solvers, save, f"{number:04}-fix") for number, claim in enumerate(claims, start=1)]
    undecided = tuple(f"{step.claim.value}: {step.undecided}" for step in fix.proof if step.undecided)
    return Proofs(tuple(proven), undecided=undecided)
