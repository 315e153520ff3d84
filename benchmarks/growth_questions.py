"""How time grows with the size of what is asked: new access against the policy itself, shuffled or less a part."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from benchmarks.measure import Table, growth, timed
from benchmarks.synthetic import synthetic_policy
from ringwall.errors import UndecidedError
from ringwall.findings.organization import Account, Organization
from ringwall.findings.zone_of_trust import ORGANIZATION, ZoneOfTrust
from ringwall.policy.ast import Condition, Effect, Only, Operator, Pattern, Policy, Principal, PrincipalType, Statement
from ringwall.reasoning.compare import new_access
from ringwall.reasoning.question import Question, find_answer

_PATIENCE = 20
"""Seconds: after a size that takes longer, the larger ones are left out."""
_SEED = 20_261_126
_READ, _OBJECTS = Only((Pattern("s3:GetObject"),)), Only((Pattern("arn:aws:s3:::bucket/*"),))
_EVERYBODY = Only((Principal(PrincipalType.AWS, "*"),))
_LARGE = (1, 10, 100, 500, 1_000, 2_000)
_MANY = (1, 100, 1_000, 2_500, 5_000, 10_000)


def _account(number: int) -> str:
    return f"{200_000_000_000 + number}"


def _accounts(count: int) -> Policy:
    """A statement for each account."""
    named = (Only((Principal(PrincipalType.AWS, _account(number)),)) for number in range(count))
    return Policy(tuple(Statement(Effect.ALLOW, _READ, principals, _OBJECTS) for principals in named))


def _mixed(count: int) -> Policy:
    return synthetic_policy(count, _SEED, leaks=False).policy


def _values(count: int) -> Policy:
    """One statement with a condition of as many values."""
    values = tuple(_account(number) for number in range(count))
    condition = Condition(Operator("StringEquals"), "aws:PrincipalAccount", values)
    return Policy((Statement(Effect.ALLOW, _READ, _EVERYBODY, _OBJECTS, (condition,)),))


def _shuffled(policy: Policy) -> Policy:
    """The same in another order, statements and values alike."""
    chance = random.Random(_SEED)
    statements = [
        replace(each, conditions=tuple(replace(c, values=_in_disorder(chance, c.values)) for c in each.conditions))
        for each in policy.statements
    ]
    return replace(policy, statements=_in_disorder(chance, statements))


def _in_disorder(chance: random.Random, members: Sequence[object]) -> tuple[object, ...]:
    return tuple(chance.sample(members, len(members)))


def _less(policy: Policy) -> Policy:
    """The policy without the Allow statement in the middle; without the middle value where it is the only one."""
    allowing = [n for n, statement in enumerate(policy.statements) if statement.effect is Effect.ALLOW]
    if len(policy.statements) > 1:
        middle = allowing[len(allowing) // 2]
        return replace(policy, statements=(*policy.statements[:middle], *policy.statements[middle + 1 :]))
    [statement] = policy.statements
    fewer = tuple(replace(c, values=_without_middle(c.values)) for c in statement.conditions)
    return replace(policy, statements=(replace(statement, conditions=fewer),) if statement.conditions else ())


def _without_middle(values: tuple[str, ...]) -> tuple[str, ...]:
    middle = len(values) // 2
    return (*values[:middle], *values[middle + 1 :])


def _against_itself(policy: Policy) -> Question:
    return new_access(new=_shuffled(policy), existing=policy)


def _against_less(policy: Policy) -> Question:
    return new_access(new=policy, existing=_less(policy))


def _from_outside(count: int) -> Question:
    """A policy for the last account of a zone of as many, and for whoever is in its organization."""
    accounts = tuple(Account(_account(number)) for number in range(count))
    zone = ZoneOfTrust(ORGANIZATION, Organization("o-growth0000", _account(0), accounts)).policy(_account(0))
    within = Condition(Operator("StringEquals"), "aws:PrincipalOrgID", ("o-growth0000",))
    member = Only((Principal(PrincipalType.AWS, _account(count - 1)),))
    statements = (
        Statement(Effect.ALLOW, _READ, member, _OBJECTS),
        Statement(Effect.ALLOW, _READ, _EVERYBODY, _OBJECTS, (within,)),
    )
    return Question(allowed=(Policy(statements),), not_allowed=(zone,))


FAMILIES: dict[str, tuple[Callable[[int], Question], tuple[int, ...], str]] = {
    "statements, one account each: itself shuffled": (lambda n: _against_itself(_accounts(n)), _LARGE, "unsat"),
    "statements, one account each: less one": (lambda n: _against_less(_accounts(n)), _LARGE, "sat"),
    "mixed statements, some Deny: itself shuffled": (lambda n: _against_itself(_mixed(n)), _LARGE, "unsat"),
    "mixed statements, some Deny: less one": (lambda n: _against_less(_mixed(n)), _LARGE, ""),
    "values in one condition: itself shuffled": (lambda n: _against_itself(_values(n)), _MANY, "unsat"),
    "values in one condition: less one": (lambda n: _against_less(_values(n)), _MANY, "sat"),
    "accounts in the zone: external access?": (_from_outside, (1, 100, 1_000, 12_500, 25_000, 50_000), "unsat"),
}
"""By what grows and what is asked: the question of a size, the sizes, and the verdict where it is known."""


def question_growth(*, quick: bool) -> Iterator[Table]:
    """One table with a row for each family and size."""
    table = Table("Growth: one question", ("grows: question", "n", "ms", "verdict", "exponent"))
    for name, (family, sizes, expected) in FAMILIES.items():
        points: list[tuple[int, float]] = []
        for size in sizes[:1] if quick else sizes:
            if points and points[-1][1] > _PATIENCE:
                table.rows.append((name, size, "", "not measured", ""))
                continue
            question = family(size)
            seconds, verdict = timed(lambda question=question: _verdict(question))
            points.append((size, seconds))
            wrong = "" if expected in ("", verdict) or verdict == "undecided" else f", WRONG: it is {expected}"
            table.rows.append((name, size, seconds * 1_000, verdict + wrong, growth(points) if points[1:] else ""))
    table.notes.append("exponent: of n, between this size and the one before; 1 is linear, 2 quadratic.")
    yield table


def _verdict(question: Question) -> str:
    try:
        return "unsat" if find_answer(question) is None else "sat"
    except UndecidedError:
        return "undecided"
