"""A question about policies as a script of SMT-LIB 2.6, for solvers that nobody here wrote: the third reading.

The script is satisfiable exactly if a consistent request answers the question. It was written against
`policy.evaluate`, name by name, and apart from `reasoning.encode`: random policies hold the three together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from ringwall.errors import UndecidedError
from ringwall.policy.ast import AllBut, Effect, Only, Policy, Scope, Statement
from ringwall.policy.request import Request
from ringwall.reasoning import smt_wildcard
from ringwall.reasoning.question import Answer, Question, is_answered_by
from ringwall.reasoning.smt_alphabet import Alphabet, alphabet_of
from ringwall.reasoning.smt_answer import asked_for, request_of
from ringwall.reasoning.smt_conditions import condition_holds
from ringwall.reasoning.smt_model import ACTION, Derived, Model
from ringwall.reasoning.smt_pinned import pinned
from ringwall.reasoning.smt_principals import covers_caller
from ringwall.reasoning.smt_request import DERIVED, consistent
from ringwall.reasoning.smt_terms import REGULAR_EXPRESSIONS, TRUE, both, either, negated, said
from ringwall.reasoning.smt_values import values_needed
from ringwall.reasoning.smt_variables import fill_in
from ringwall.reasoning.solver import Solver, Status, Verdict


@dataclass(frozen=True, slots=True)
class Script:
    """What a solver is given, and what is needed to understand its answer."""

    text: str
    """Ends with `(check-sat)`."""
    model: Model
    alphabet: Alphabet

    @property
    def is_exact(self) -> bool:
        """Whether every model is a request. Otherwise one that does not replay proves nothing."""
        return self.model.is_exact

    @property
    def symbols(self) -> tuple[str, ...]:
        """The variables whose values make up a request, for `(get-value (…))`."""
        return asked_for(self.model)

    def request_of(self, values: str) -> Request:
        """The request in a solver's answer to `get-value`. Nothing is proven before it was replayed.

        Raises:
            ValueError: it is no such answer.
        """
        return self.alphabet.restored(request_of(values, self.model))


class Judgement(Enum):
    """What a solver's answer means for ours."""

    CONFIRMED = "confirmed"
    UNDECIDED = "undecided"
    """It gave up, ran out of time or is missing; or its model proves nothing, as the script could not say everything."""
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True)
class Opinion:
    """A solver's answer to a question, with the request in its model."""

    verdict: Verdict
    request: Request | None = None
    """Where the solver says that there is one; not to be believed unless it replays."""
    replays: bool = False
    """Whether the evaluator agrees with the request."""
    is_exact: bool = True
    """Whether a model that does not replay is somebody's mistake."""

    def on(self, *, has_answer: bool) -> Judgement:
        """What it means for our answer to the question: that there is such a request, or that there is none."""
        match self.verdict.status:
            case Status.UNSAT:
                return Judgement.CONTRADICTED if has_answer else Judgement.CONFIRMED
            case Status.SAT if self.replays:
                return Judgement.CONFIRMED if has_answer else Judgement.CONTRADICTED
            case Status.SAT if self.is_exact:
                return Judgement.CONTRADICTED
            case _:
                return Judgement.UNDECIDED


def opinion_of(question: Question, solver: Solver, script: Script | None = None) -> Opinion:
    """What the solver says to the question.

    Raises:
        UndecidedError: the question has something in it that SMT-LIB cannot say.
    """
    script = script or script_of(question)
    verdict = solver.solve(script.text, script.symbols)
    if verdict.status is not Status.SAT:
        return Opinion(verdict, is_exact=script.is_exact)
    try:
        request = script.request_of(verdict.values)
    except ValueError as error:
        failed = Verdict(verdict.solver, Status.FAILED, seconds=verdict.seconds, message=f"no model came back: {error}")
        return Opinion(failed, is_exact=script.is_exact)
    return Opinion(verdict, request, is_answered_by(question, request), script.is_exact)


def ask(question: Question, solver: Solver) -> Request | None:
    """A request that is asked for, found by the solver and replayed by the evaluator; None where it says there is none.

    Raises:
        UndecidedError: the solver gave up, or what it found does not replay.
    """
    return ask_in_turn(question, (solver,)).request


def ask_in_turn(question: Question, solvers: Sequence[Solver]) -> Answer:
    """The answer of the first solver that has one. A request counts once the evaluator has replayed it.

    Where one solver said that there is a request, and it did not replay, another's word that there is none is not taken.

    Raises:
        UndecidedError: none has an answer.
    """
    script = script_of(question)
    said: list[str] = []
    is_disputed = False
    for solver in solvers:
        opinion = opinion_of(question, solver, script)
        status = opinion.verdict.status
        if opinion.replays or (status is Status.UNSAT and not is_disputed):
            return Answer(opinion.request, opinion.verdict.solver)
        is_disputed = is_disputed or status is Status.SAT
        said.append(_without_answer(opinion.verdict))
    raise UndecidedError("; ".join(said))


def _without_answer(verdict: Verdict) -> str:
    match verdict.status:
        case Status.SAT:
            return f"the solver `{verdict.solver}` found a request that does not replay"
        case Status.UNSAT:
            return f"the solver `{verdict.solver}` says that there is none, against another"
        case _:
            return f"the solver `{verdict.solver}` gave no answer: {verdict.message or verdict.status.value}"


def script_of(question: Question, *, title: Iterable[str] = (), request: Request | None = None) -> Script:
    """The question as a script.

    Args:
        question: what is asked.
        title: lines that say what the file is about.
        request: where one is given, whether it is this one that answers the question, consistent or not.

    Raises:
        UndecidedError: the question has something in it that SMT-LIB cannot say.
    """
    alphabet = alphabet_of(question, request)
    question = alphabet.written(question)
    request = alphabet.written_request(request) if request else None
    model = Model(question, _values_needed(question, request), {} if request else _derived(question), request)
    names = [(policy, f"policy {index}") for index, policy in enumerate(question.policies, start=1)]
    statements = [line for policy, name in names for line in _policy(policy, name, model)]
    about = list(pinned(request, model) if request else consistent(model))
    lines = (
        *_header(question, title, request),
        *_PREAMBLE,
        "; --- the request ---",
        *model.declarations(),
        *(f"(assert {term})" for term in about if term != TRUE),
        "",
        *statements,
        "; --- the question ---",
        *_asked(question),
        "(check-sat)",
    )
    return Script("\n".join(lines) + "\n", model, alphabet)


def _values_needed(question: Question, request: Request | None) -> dict[str, int]:
    needed = values_needed(question)
    for key, values in (*question.constants.items(), *(request.context.items() if request else ())):
        needed[key] = max(len(values), needed.get(key, 1))
    return needed


def _derived(question: Question) -> dict[str, Derived]:
    """The keys that follow from the caller, but for those whose values are given."""
    return {key: derived for key, derived in DERIVED.items() if key not in question.constants}


_PREAMBLE = ("(set-option :produce-models true)", "(set-logic ALL)", "", *REGULAR_EXPRESSIONS, "")


def _asked(question: Question) -> Iterator[str]:
    allowed, not_allowed = len(question.allowed), len(question.not_allowed)
    for index in range(1, len(question.policies) + 1):
        permits, refuses = f"|policy {index} allows|", f"|policy {index} denies|"
        whole = both((permits, negated(refuses)))
        if index <= allowed:
            yield f"(assert {whole})"
        elif index <= allowed + not_allowed:
            yield f"(assert {negated(whole)})"
        else:
            yield f"(assert {negated(refuses)})"


def _header(question: Question, title: Iterable[str], request: Request | None) -> Iterator[str]:
    yield from (f"; {said(line)}" for line in title)
    numbers = iter(range(1, len(question.policies) + 1))

    def named(policies: tuple[Policy, ...]) -> str:
        return ", ".join(f"policy {next(numbers)}" for _ in policies)

    yield "; Is there a request such that" if request is None else "; Is the request below one such that"
    yield f";   each of these allows it: {named(question.allowed)};"
    if question.not_allowed:
        yield f";   none of these allows it: {named(question.not_allowed)};"
    if question.not_denied:
        yield f";   no Deny statement of these is about it: {named(question.not_denied)}?"
    yield "; unsat: there is no such request. sat: the model is one."
    for key, values in sorted(question.constants.items()):
        yield f"; In all requests, {said(key)} is {said(', '.join(values)) or 'absent'}."


def _policy(policy: Policy, name: str, model: Model) -> Iterator[str]:
    """One definition for each statement, then what they amount to."""
    yield f"; --- {name}{f' ({said(policy.id)})' if policy.id else ''} ---"
    found: dict[Effect, list[str]] = {Effect.ALLOW: [], Effect.DENY: []}
    for index, statement in enumerate(policy.statements, start=1):
        sid = f" ({said(statement.sid)})" if statement.sid else ""
        symbol = f"|{name}, statement {index}{sid}: {statement.effect.value}|"
        yield f"(define-fun {symbol} () Bool\n  {statement_applies(policy, statement, model)})"
        found[statement.effect].append(symbol)
    yield f"(define-fun |{name} allows| () Bool {either(found[Effect.ALLOW])})"
    yield f"(define-fun |{name} denies| () Bool {either(found[Effect.DENY])})"
    yield ""


def statement_applies(policy: Policy, statement: Statement, model: Model) -> str:
    """Whether the statement is about the caller, the action and the resource, and all its conditions hold."""
    return both(
        (
            covers_action(statement.actions),
            covers_resource(statement.resources, model, has_variables=policy.has_variables),
            covers_caller(statement.principals, model, statement.effect),
            *(
                condition_holds(each, model, effect=statement.effect, has_variables=policy.has_variables)
                for each in statement.conditions
            ),
        )
    )


def covers_action(scope: Scope) -> str:
    """Whether an Action or NotAction element means the request's action."""
    named = either(smt_wildcard.matches_ignoring_case(ACTION, member.text) for member in scope.members)
    match scope:
        case Only():
            return named
        case AllBut():
            return negated(named)


def covers_resource(scope: Scope | None, model: Model, *, has_variables: bool) -> str:
    """Whether a Resource or NotResource element, or none, means the request's resource."""
    if scope is None:
        return TRUE
    templates = (fill_in(each.text, model, has_variables=has_variables, has_wildcards=True) for each in scope.members)
    named = either(smt_wildcard.matches_arn(model.resource, template, model) for template in templates)
    match scope:
        case Only():
            return named
        case AllBut():
            return negated(named)
