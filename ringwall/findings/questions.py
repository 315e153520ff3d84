"""The questions behind the verdict on a resource: is there a request from outside that one of its sources lets in?

Each means what `evidence.replays` means for one request, and can be put to any reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ringwall.findings.finding import Finding
from ringwall.policy.ast import (
    Condition,
    Effect,
    Only,
    Operator,
    Pattern,
    Policy,
    Principal,
    PrincipalType,
    Quantifier,
    Statement,
)
from ringwall.reasoning.question import Question
from ringwall.resources.base import ActionGroup, Source


@dataclass(frozen=True, slots=True)
class Asked:
    """One question about a resource, and the source that it is about."""

    source: Source
    question: Question

    @property
    def policies(self) -> tuple[Policy, ...]:
        """Every policy that bears on the source."""
        return (self.source.policy, *self.source.requires, *self.source.denied_by)


def questions_of(
    sources: Iterable[Source],
    groups: Sequence[ActionGroup],
    arn: str,
    trust: Policy,
    constants: Mapping[str, tuple[str, ...]],
) -> Iterator[Asked]:
    """One question for each source: what does it allow of the type's actions that is not trusted?"""
    reach = reach_of(groups, arn)
    for source in sources:
        allowed = (source.policy, *source.requires, reach)
        yield Asked(source, Question(allowed, (trust,), source.denied_by, constants))


def reach_of(groups: Sequence[ActionGroup], arn: str) -> Policy:
    """A policy that allows everybody every action of the groups, on the resources of each group.

    Its version is the older one, so that `${…}` in an ARN stands for itself.
    """
    return Policy(
        tuple(
            Statement(
                Effect.ALLOW,
                Only(tuple(map(Pattern, group.actions))),
                resources=Only(tuple(Pattern(template.replace("{arn}", arn)) for template in group.resources)),
                sid="reach",
            )
            for group in groups
        ),
        id="the type's actions, on this resource",
    )


def beyond(asked: Asked, findings: Sequence[Finding], policies: Sequence[Policy]) -> Asked | None:
    """What the source allows outside these findings; None where a finding cannot be written as a statement exactly.

    Args:
        asked: the question without the findings.
        findings: of the resource; none of them an error.
        policies: of all of the resource's sources: they say how the labels of the findings are meant.
    """
    statements = [statement_of(finding, policies, asked.question) for finding in findings]
    written = tuple(statement for statement in statements if statement is not None)
    if len(written) < len(statements):
        return None
    known = Policy(written, id="what the findings say")
    question = asked.question
    return replace(asked, question=replace(question, not_allowed=(*question.not_allowed, known)))


def statement_of(finding: Finding, policies: Sequence[Policy], question: Question) -> Statement | None:
    """A statement that applies to the requests that a finding is about; None where it cannot be written exactly."""
    written = _conditions(finding, policies, question)
    return _statement(finding, written) if len(written) == len(finding.condition) else None


def within(asked: Asked, finding: Finding, policies: Sequence[Policy]) -> Asked:
    """What the source allows of that which the finding is about, and where a condition cannot be written, of more.

    Args:
        asked: the question without the finding.
        finding: what somebody might be allowed.
        policies: of all of the resource's sources: they say how the labels of the finding are meant.
    """
    question = asked.question
    about = Policy((_statement(finding, _conditions(finding, policies, question)),), id="what a finding would say")
    return replace(asked, question=replace(question, allowed=(*question.allowed, about)))


def _statement(finding: Finding, conditions: tuple[Condition, ...]) -> Statement:
    [(kind, value)] = finding.principal.items()
    principals = Only((Principal(PrincipalType(kind), value),))
    return Statement(Effect.ALLOW, Only(tuple(map(Pattern, finding.action))), principals, None, conditions, finding.id)


def _conditions(finding: Finding, policies: Sequence[Policy], question: Question) -> tuple[Condition, ...]:
    """The finding's conditions, without those that cannot be written exactly."""
    conditions = (
        _condition(key, text, policies, many=question.setting.is_many(key.lower()))
        for key, text in finding.condition.items()
    )
    return tuple(condition for condition in conditions if condition is not None)


def _condition(key: str, text: str, policies: Sequence[Policy], *, many: bool) -> Condition | None:
    """A label of a finding as a condition. The label is a value of some condition, under that condition's operator."""
    names: set[str] = set()
    for policy in policies:
        for condition in (each for statement in policy.statements for each in statement.conditions):
            if condition.key.lower() != key.lower():
                continue
            if policy.has_variables and any("${" in value for value in condition.values):
                return None
            if text in condition.values and condition.operator.name != "Null":
                names.add(_positive(condition.operator.name, text))
    if len(names) != 1:
        return None
    return Condition(Operator(names.pop(), Quantifier.FOR_ANY_VALUE if many else None), key, (text,))


def _positive(name: str, text: str) -> str:
    """The operator that asks for what this one names: a label is the values themselves, also where they are excluded."""
    asked = name.replace("Not", "")
    if asked == "StringLike" and not set(text) & set("*?"):
        return "StringEquals"
    return "ArnLike" if asked == "ArnEquals" else asked
