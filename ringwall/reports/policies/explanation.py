"""How an explained policy is written down: sentences about what it allows, and the statements that add nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ringwall.policy.ast import AllBut, Effect, Policy, PrincipalScope, Scope
from ringwall.policy.keys import spelled
from ringwall.reasoning.explain_policy import Granted, Idle, PolicyExplanation, Reason
from ringwall.reports.base import View
from ringwall.reports.policies.condition_words import clause_of, demand_of
from ringwall.reports.policies.document import Document
from ringwall.reports.policies.policy_words import (
    actions_by_level,
    demands_of,
    directly_named,
    exception_words,
    grants_directly,
    remarks_on,
    sentence_of,
    who_of,
)
from ringwall.reports.sarif_documents import MALFORMED, Problem, Rule, sarif_of
from ringwall.reports.terminal import Terminal, terminal_of
from ringwall.reports.wording import clean, listed


@dataclass(frozen=True, slots=True)
class Explained:
    """A document, and what it allows."""

    document: Document
    explanation: PolicyExplanation | None = None
    """None where the document is malformed."""

    @property
    def is_complete(self) -> bool:
        return self.explanation is not None and not self.explanation.undecided


@dataclass(frozen=True, slots=True)
class _Reader:
    """Says in words what a policy allows."""

    document: Document
    policy: Policy
    explanation: PolicyExplanation

    @property
    def many(self) -> frozenset[str]:
        conditions = (each for statement in self.policy.statements for each in statement.conditions)
        return frozenset(each.key.lower() for each in conditions if each.operator.quantifier is not None)

    def sentence(self, granted: Granted) -> str:
        return sentence_of(granted, has_variables=self.policy.has_variables, many=self.many)

    def remarks(self, granted: Granted) -> list[str]:
        return remarks_on(granted, has_variables=self.policy.has_variables)

    def statement(self, index: int) -> str:
        """`statement 2 (PublicRead), line 14`."""
        return self.document.line_of(index)

    def place(self, index: int) -> Mapping[str, Any]:
        return self.document.place_as_json(index)

    def by_principal(self) -> list[Granted]:
        """The grants, those to the same principals together."""
        order: dict[str, list[Granted]] = {}
        for each in self.explanation.granted:
            order.setdefault(who_of(each.statement.principals), []).append(each)
        return [each for group in order.values() for each in group]

    def reason(self, idle: Idle) -> str:
        """Why a statement adds nothing, in words."""
        by = f"statement {idle.by[0] + 1}" if idle.by else "other statements together"
        match idle.reason:
            case Reason.NOBODY:
                return "no request can satisfy it"
            case Reason.DENIED:
                return f"all that it allows is denied by {by}"
            case Reason.ALLOWED_ALREADY:
                return f"all that it allows, and that is not denied, is allowed by {by}{self._caveat(idle)}"
            case Reason.DENIED_ALREADY:
                return f"all that it denies is denied by {by}"
            case Reason.NOT_ALLOWED:
                return "it denies nothing that this policy allows; what other policies allow, it still denies"

    def _caveat(self, idle: Idle) -> str:
        """What removing a covered Allow would change beside this policy."""
        statements = self.policy.statements
        named = directly_named(statements[idle.index])
        if not named or any(grants_directly(statements[index], named) for index in idle.by):
            return ""
        return ", though not to its principals by name, which spares them an identity policy in their own account"


def _readers(files: Sequence[Explained]) -> Iterator[_Reader]:
    for each in files:
        if each.document.policy is not None and each.explanation is not None:
            yield _Reader(each.document, each.document.policy, each.explanation)


def explanation_as_table(files: Sequence[Explained], view: View) -> str:
    terminal = terminal_of(view)
    parts = ["".join(f"{line}\n" for line in _lines(each, terminal)) for each in files]
    return "\n".join(parts)


def _lines(explained: Explained, terminal: Terminal) -> Iterator[str]:
    document = explained.document
    if document.error:
        yield from terminal.lines(f"{clean(document.file)} is malformed:", "bold red")
        yield from terminal.lines(clean(str(document.error)), indent=2)
    for reader in _readers([explained]):
        yield from _sentences(reader, terminal)
        yield from _idle(reader, terminal)
        yield from _undecided(reader, terminal)


def _sentences(reader: _Reader, terminal: Terminal) -> Iterator[str]:
    granted = reader.by_principal()
    verb = "allows this:" if granted else "allows nothing."
    yield from terminal.lines(f"{clean(reader.document.file)} {verb}", "bold")
    for each in granted:
        yield ""
        yield from terminal.lines(reader.sentence(each), indent=2)
        for remark in reader.remarks(each):
            yield from terminal.lines(remark, "yellow", indent=4)
        yield from terminal.lines(_sources(reader, each), "dim", indent=4)


def _sources(reader: _Reader, granted: Granted) -> str:
    allows = listed([reader.statement(index) for index in granted.indices])
    denies = [reader.statement(each.index) for each in granted.exceptions]
    return f"allowed by {allows}" + (f"; except: {listed(denies)}" if denies else "")


def _idle(reader: _Reader, terminal: Terminal) -> Iterator[str]:
    if not reader.explanation.idle:
        return
    yield ""
    yield from terminal.lines("These add nothing to what it allows:", "bold")
    for each in reader.explanation.idle:
        yield from terminal.lines(f"{reader.statement(each.index)}: {reader.reason(each)}", indent=2)


def _undecided(reader: _Reader, terminal: Terminal) -> Iterator[str]:
    if not reader.explanation.undecided:
        return
    yield ""
    yield from terminal.lines("Whether these add anything was not decided:", "bold yellow")
    for index in reader.explanation.undecided:
        yield from terminal.lines(reader.statement(index), indent=2)


def explanation_as_json(files: Sequence[Explained], _: View) -> str:
    return json.dumps({"policies": [_file_json(each) for each in files]}, indent=2, ensure_ascii=False) + "\n"


def _file_json(explained: Explained) -> Mapping[str, Any]:
    document = explained.document
    if document.error:
        return {"file": document.file, "error": document.error_as_json()}
    [reader] = _readers([explained])
    return {
        "file": document.file,
        "error": None,
        "allows": [_granted_json(reader, each) for each in reader.by_principal()],
        "addNothing": [
            {
                **reader.place(each.index),
                "reason": each.reason.value,
                "by": list(each.by),
                "message": reader.reason(each),
            }
            for each in reader.explanation.idle
        ],
        "undecided": [reader.place(index) for index in reader.explanation.undecided],
    }


def _granted_json(reader: _Reader, granted: Granted) -> Mapping[str, Any]:
    statement, has_variables = granted.statement, reader.policy.has_variables
    demands = [
        demand_of(each, Effect.ALLOW, has_variables=has_variables, many=reader.many) for each in statement.conditions
    ]
    return {
        "sentence": reader.sentence(granted),
        "remarks": reader.remarks(granted),
        "who": who_of(statement.principals),
        "principals": _principals_json(statement.principals),
        "actions": _scope_json(statement.actions),
        "actionsByLevel": actions_by_level(statement.actions),
        "resources": _scope_json(statement.resources),
        "conditions": [
            {
                "operator": str(each.operator),
                "key": spelled(each.key),
                "values": list(each.values),
                "words": clause_of(demand),
            }
            for each, demand in zip(statement.conditions, demands, strict=True)
        ],
        "exceptions": [
            {
                **reader.place(each.index),
                "words": exception_words(each, demands_of(each, has_variables=has_variables, many=reader.many)),
            }
            for each in granted.exceptions
        ],
        "statements": [reader.place(index) for index in granted.indices],
    }


def _scope_json(scope: Scope | None) -> Mapping[str, Any] | None:
    if scope is None:
        return None
    return {"allBut": isinstance(scope, AllBut), "patterns": [each.text for each in scope.members]}


def _principals_json(scope: PrincipalScope | None) -> Mapping[str, Any] | None:
    if scope is None:
        return None
    members = [{each.type.value: each.value} for each in scope.members]
    return {"allBut": isinstance(scope, AllBut), "members": members}


_ALLOWS = Rule("allows", "Allowed", "The policy allows this.", level="none")
_IDLE = Rule(
    "adds-nothing",
    "Adds nothing",
    "The statement makes no difference to what the policy allows.",
    "Take it out, or see what it was meant for.",
    level="note",
)
_OPEN = Rule("undecided", "Undecided", "Whether the statement adds anything was not decided.", level="warning")


def explanation_as_sarif(files: Sequence[Explained], _: View) -> str:
    problems = [problem for reader in _readers(files) for problem in _problems(reader)]
    problems += (Problem.of_error(each.document, MALFORMED) for each in files if each.document.error)
    is_complete = all(each.is_complete for each in files)
    return sarif_of("explain", (_ALLOWS, _IDLE, _OPEN, MALFORMED), problems, is_complete=is_complete)


def _problems(reader: _Reader) -> Iterator[Problem]:
    document = reader.document
    for granted in reader.by_principal():
        text = " ".join((reader.sentence(granted), *reader.remarks(granted)))
        yield Problem(_ALLOWS.id, text, document, tuple(granted.indices))
    for idle in reader.explanation.idle:
        yield Problem(_IDLE.id, f"This statement adds nothing: {reader.reason(idle)}.", document, (idle.index,))
    for index in reader.explanation.undecided:
        yield Problem(_OPEN.id, "It was not decided whether this statement adds anything.", document, (index,))


EXPLANATION_FORMATS: Mapping[str, Callable[[Sequence[Explained], View], str]] = {
    "table": explanation_as_table,
    "json": explanation_as_json,
    "sarif": explanation_as_sarif,
}
