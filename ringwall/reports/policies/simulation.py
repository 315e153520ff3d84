"""How a simulated request is written down: the decision, the statements behind it, and the fate of the others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ringwall.findings.finding import caller_name
from ringwall.policy.authorize import AuthorizationDecision, PolicyKind
from ringwall.policy.evaluate import Decision
from ringwall.policy.explain_request import (
    ConditionFate,
    ElementFate,
    Explanation,
    PolicyFate,
    StatementFate,
    Wanted,
)
from ringwall.policy.keys import spelled
from ringwall.policy.request import CallerKind, Request, session_arn
from ringwall.reports.base import View
from ringwall.reports.policies.document import Document
from ringwall.reports.sarif_documents import MALFORMED, Problem, Rule, sarif_of
from ringwall.reports.terminal import Terminal, terminal_of
from ringwall.reports.wording import clean, counted

Place = tuple[PolicyKind, int | None, int]
"""The kind of a policy, its level, and its position there."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """One decided request, and the documents that decided it."""

    explanation: Explanation | None
    """None where a document is malformed: nothing is decided then."""
    documents: Mapping[Place, Document]

    @property
    def malformed(self) -> list[Document]:
        return [each for each in self.documents.values() if each.error]

    def document(self, policy: PolicyFate) -> Document:
        return self.documents[policy.kind, policy.level, policy.position]


NOUNS = {
    PolicyKind.IDENTITY: "identity policy",
    PolicyKind.RESOURCE: "resource policy",
    PolicyKind.PERMISSIONS_BOUNDARY: "permissions boundary",
    PolicyKind.SESSION: "session policy",
    PolicyKind.SERVICE_CONTROL: "service control policy",
    PolicyKind.RESOURCE_CONTROL: "resource control policy",
    PolicyKind.VPC_ENDPOINT: "VPC endpoint policy",
}
_STYLES = {Decision.ALLOWED: "bold green", Decision.EXPLICIT_DENY: "bold red", Decision.IMPLICIT_DENY: "bold red"}
_COLUMN = 11
_VALUES = 6


def headline(answer: AuthorizationDecision) -> str:
    """The decision in one sentence."""
    kinds = " and the ".join(NOUNS[kind] for kind in answer.decided_by)
    match answer.decision:
        case Decision.ALLOWED if not answer.decided_by:
            return "Allowed: a root user may do in its own account whatever nothing denies."
        case Decision.ALLOWED:
            return f"Allowed by the {kinds}."
        case Decision.EXPLICIT_DENY:
            return f"Denied: a Deny of the {kinds} applies."
        case Decision.IMPLICIT_DENY:
            return f"Denied: no Allow of the {kinds} applies, and one is needed."


def simulation_as_table(simulation: Simulation, view: View) -> str:
    return "".join(f"{line}\n" for line in _lines(simulation, terminal_of(view)))


def _lines(simulation: Simulation, terminal: Terminal) -> Iterator[str]:
    explanation = simulation.explanation
    if explanation is None:
        yield from terminal.lines("Not decided: a policy is malformed.", "bold red")
        for document in simulation.malformed:
            yield from terminal.lines(f"{clean(document.file)}: {clean(str(document.error))}", indent=2)
        return
    answer = explanation.answer
    yield from terminal.lines(headline(answer), _STYLES[answer.decision])
    yield ""
    for label, value in _facts(explanation):
        yield from terminal.labelled(label, value, indent=2, column=_COLUMN)
    for policy, statement in explanation.deciding:
        document = simulation.document(policy)
        named = f"{_noun(policy)} {clean(document.file)}, {document.line_of(statement.index)}"
        yield from terminal.labelled("through", named, indent=2, column=_COLUMN)
    for policy in explanation.policies:
        yield ""
        yield from _policy(policy, simulation.document(policy), terminal)


def _facts(explanation: Explanation) -> Iterator[tuple[str, str]]:
    request = explanation.request
    yield "decision", explanation.answer.decision.value
    yield "principal", clean(principal_of(request))
    yield "action", clean(request.action)
    yield "resource", clean(request.resource)
    for key, values in sorted(request.context.items()):
        if values:
            yield "context", clean(f"{spelled(key)} = {_listed(values)}")


def principal_of(request: Request) -> str:
    """Who calls, as the command line says it: a role where no session of it was named."""
    caller = request.caller
    if caller.kind is CallerKind.ROLE and caller.arn and caller.session == session_arn(caller.arn, "session"):
        return caller.arn
    return caller_name(caller)


def _noun(policy: PolicyFate) -> str:
    level = f" of level {policy.level + 1}," if policy.level is not None else ""
    return f"{NOUNS[policy.kind]}{level}"


def _policy(policy: PolicyFate, document: Document, terminal: Terminal) -> Iterator[str]:
    says = (
        policy.decision.value if policy.bears else "not looked at: this kind has no say about such a caller or action"
    )
    yield from terminal.lines(f"{_noun(policy)} {clean(document.file)}: {says}", "bold")
    if not policy.bears:
        return
    near = [each for each in policy.statements if each.is_near]
    for fate in near:
        title = document.line_of(fate.index)
        verdict = "applies" if fate.applies else "does not apply"
        yield from terminal.lines(f"{fate.statement.effect.value} {verdict}: {title}", indent=2)
        for reason in reasons(fate):
            yield from terminal.lines(reason, "dim", indent=4)
    if others := len(policy.statements) - len(near):
        yield from terminal.lines(f"{counted(others, 'statement')} about something else", "dim", indent=2)


def reasons(fate: StatementFate) -> Iterator[str]:
    """What kept the statement from applying; where it applies, the conditions that it asked for."""
    for element in fate.elements:
        if not element.holds:
            yield clean(_element_words(element))
    for condition in fate.conditions:
        if condition.holds is fate.applies:
            yield clean(_condition_words(condition))


def _element_words(element: ElementFate) -> str:
    verb = "takes out" if element.name.startswith("Not") else "wants"
    return f"{element.name} {verb} {_wanted(element.wanted)}; the request has {element.given}"


def _condition_words(fate: ConditionFate) -> str:
    condition = fate.condition
    given = f"the request has {_listed(fate.given)}" if fate.given else "the request does not have it"
    return f"{condition.operator} {condition.key} wants {_wanted(fate.wanted) or 'no value'}; {given}"


def _wanted(wanted: Sequence[Wanted]) -> str:
    return _listed([each.text if each.text == each.filled else _filled(each) for each in wanted])


def _filled(wanted: Wanted) -> str:
    if wanted.filled is None:
        return f"{wanted.text} (which the request leaves undefined)"
    return f"{wanted.text} (here {wanted.filled})"


def _listed(values: Sequence[str]) -> str:
    more = f" and {len(values) - _VALUES} more" if len(values) > _VALUES else ""
    return ", ".join(value or "an empty text" for value in values[:_VALUES]) + more


def simulation_as_json(simulation: Simulation, _: View) -> str:
    return json.dumps(_as_json(simulation), indent=2, ensure_ascii=False) + "\n"


def _as_json(simulation: Simulation) -> Mapping[str, Any]:
    explanation = simulation.explanation
    errors = [{"file": each.file, **each.error_as_json()} for each in simulation.malformed]
    if explanation is None:
        return {"decision": None, "decidedBy": [], "errors": errors}
    request = explanation.request
    return {
        "decision": explanation.answer.decision.value,
        "decidedBy": [kind.value for kind in explanation.answer.decided_by],
        "request": {
            "principal": principal_of(request),
            "action": request.action,
            "resource": request.resource,
            "context": {spelled(key): list(values) for key, values in sorted(request.context.items()) if values},
        },
        "decidingStatements": [
            {"kind": policy.kind.value, **simulation.document(policy).place_as_json(fate.index)}
            for policy, fate in explanation.deciding
        ],
        "policies": [_policy_json(policy, simulation.document(policy)) for policy in explanation.policies],
        "errors": errors,
    }


def _policy_json(policy: PolicyFate, document: Document) -> Mapping[str, Any]:
    return {
        "file": document.file,
        "kind": policy.kind.value,
        "level": policy.level,
        "isLookedAt": policy.bears,
        "decision": policy.decision.value,
        "statements": [_statement_json(each, document) for each in policy.statements],
    }


def _statement_json(fate: StatementFate, document: Document) -> Mapping[str, Any]:
    return {
        "index": fate.index,
        "sid": fate.statement.sid,
        "effect": fate.statement.effect.value,
        **document.span_as_json(fate.index),
        "applies": fate.applies,
        "elements": [
            {"element": each.name, "wanted": _wanted_json(each.wanted), "given": each.given, "holds": each.holds}
            for each in fate.elements
        ],
        "conditions": [
            {
                "operator": str(each.condition.operator),
                "key": each.condition.key,
                "wanted": _wanted_json(each.wanted),
                "given": list(each.given) or None,
                "holds": each.holds,
            }
            for each in fate.conditions
        ],
    }


def _wanted_json(wanted: Sequence[Wanted]) -> list[Mapping[str, str | None]]:
    return [{"value": each.text, "filledIn": each.filled} for each in wanted]


_RULES = {
    Decision.ALLOWED: Rule("allowed", "Allowed", "The request is allowed.", level="none"),
    Decision.EXPLICIT_DENY: Rule("explicitDeny", "Denied", "The request is denied by a statement.", level="none"),
    Decision.IMPLICIT_DENY: Rule(
        "implicitDeny", "Not allowed", "The request is denied because nothing that is needed allows it.", level="none"
    ),
}


def simulation_as_sarif(simulation: Simulation, _: View) -> str:
    """A result for each deciding statement; for an implicit deny, which has none, one without a place."""
    rules = (*_RULES.values(), MALFORMED)
    explanation = simulation.explanation
    if explanation is None:
        problems = [Problem.of_error(each, MALFORMED) for each in simulation.malformed]
        return sarif_of("simulate", rules, problems, is_complete=False)
    decision, text = explanation.answer.decision, headline(explanation.answer)
    rule = _RULES[decision].id
    problems = [
        Problem(rule, text, simulation.document(policy), (fate.index,)) for policy, fate in explanation.deciding
    ] or [Problem(rule, text, None)]
    return sarif_of("simulate", rules, problems, is_complete=True, properties={"decision": decision.value})


SIMULATION_FORMATS: Mapping[str, Callable[[Simulation, View], str]] = {
    "table": simulation_as_table,
    "json": simulation_as_json,
    "sarif": simulation_as_sarif,
}
