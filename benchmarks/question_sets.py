"""The questions that engines are asked: of real policies, of random ones, and of synthetic ones of every size."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from pathlib import Path

from benchmarks.policy_files import Document, documents
from benchmarks.random_policies import random_policies
from benchmarks.stand_in import stand_in
from benchmarks.synthetic import ACCOUNTS, OWNER, SHAPES, ZONE_ID, synthetic_policy
from ringwall.errors import PolicyError
from ringwall.findings.organization import Account, Organization
from ringwall.findings.zone_of_trust import ORGANIZATION, ZoneOfTrust
from ringwall.policy.ast import Condition, Effect, Operator, Policy, Statement
from ringwall.policy.parse import parse_policy
from ringwall.reasoning.compare import new_access
from ringwall.reasoning.question import Question

SEED = 20_261_126
MEMBERS = tuple(map(Account, ACCOUNTS))
ZONE = ZoneOfTrust(ORGANIZATION, Organization(ZONE_ID, OWNER, MEMBERS)).policy(OWNER)
"""Whom the questions about external access trust: an organization of eight accounts."""


@dataclass(frozen=True, slots=True)
class Case:
    """One question, and where it comes from."""

    id: str
    question: Question
    expected: str = ""
    """`sat` or `unsat` where the construction of the case tells."""


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions of one kind, in an order that makes any first part of them a fair sample."""

    name: str
    cases: tuple[Case, ...]
    patience: float
    """How much of the patience that an engine has for all questions goes to these: 1 is a usual share."""
    statements: int = 0
    """How many statements their policies have, where that is the point of the set."""
    notes: list[str] = field(default_factory=list)

    @property
    def family(self) -> str:
        """The beginning of its name: sets of one family stand beside each other."""
        return re.split("[:,]", self.name, maxsplit=1)[0]


@dataclass(frozen=True, slots=True)
class Scale:
    """How many questions."""

    real: int
    random: int
    synthetic: dict[int, int]
    """By number of statements, how many policies."""
    managed: int = 10_000
    """How many AWS managed policies are held against the reference."""


QUICK = Scale(real=12, random=6, synthetic={1: 2, 10: 1}, managed=12)
USUAL = Scale(real=1_500, random=200, synthetic={1: 40, 10: 20, 100: 5, 1_000: 1})
FULL = Scale(real=1_000_000, random=1_000, synthetic={1: 100, 10: 60, 100: 20, 1_000: 3})


def external_access(policy: Policy) -> Question:
    """Does the policy let in anyone outside the zone?"""
    return Question(allowed=(policy,), not_allowed=(ZONE,))


_SMALL = """{"Statement": {
  "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::warm-up/*", "Condition": {
    "StringLike": {"s3:prefix": "a*", "aws:PrincipalTag/team": "a"}, "IpAddress": {"aws:SourceIp": "192.0.2.0/24"},
    "DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}, "NumericLessThan": {"s3:max-keys": "9"}}}}"""
WARM_UP = external_access(parse_policy(_SMALL))
"""A small question that makes every engine load what it needs: the packaged facts about condition keys, for one."""


def question_sets(scale: Scale, path: Path | None) -> Iterator[QuestionSet]:
    """All that have any questions, real ones first; a generated stand-in where there is no file of real ones."""
    return (each for each in _question_sets(scale, path) if each.cases)


def _question_sets(scale: Scale, path: Path | None) -> Iterator[QuestionSet]:
    given = [*documents(path)] if path else stand_in()
    yield from _of_documents(given, scale, "real" if path else "stand-in")
    yield from _random_sets(scale)
    for shape in SHAPES:
        for statements, count in scale.synthetic.items():
            yield from _synthetic_sets(shape, statements, count)


# --- real policies ---

SHARED = ("resource", "trust", "vpce-or-resource")
"""Kinds of policy that say who may: they can let somebody in from outside."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A policy of a file."""

    document: Document
    policy: Policy


def parsed(given: Sequence[Document]) -> tuple[list[Parsed], int]:
    """The policies that can be read, and how many cannot."""
    read: list[Parsed] = []
    for document in given:
        try:
            read.append(Parsed(document, parse_policy(document.text)))
        except PolicyError:
            continue
    return read, len(given) - len(read)


def _of_documents(given: Sequence[Document], scale: Scale, name: str) -> Iterator[QuestionSet]:
    read, refused = parsed(given)
    note = f"{name}: {len(given):,} policies, of which {refused:,} are no valid policies and were left out"
    external = [Case(each.document.id, external_access(each.policy)) for each in read if each.document.kind in SHARED]
    yield QuestionSet(f"{name}: external access?", _some(external, scale.real), 4, notes=[note])
    versions = [*_versions(read)]
    yield QuestionSet(f"{name}: next version no more permissive?", _some(versions, scale.real // 2), 4)
    tighter = [case for each in read if each.document.kind in SHARED for case in _tightened(each)]
    yield QuestionSet(f"{name}: tightened no more permissive?", _some(tighter, scale.real // 2), 4)


def _some(cases: list[Case], count: int) -> tuple[Case, ...]:
    chance = random.Random(SEED)
    return tuple(chance.sample(cases, min(count, len(cases))))


def _versions(read: Sequence[Parsed]) -> Iterator[Case]:
    """Each managed policy against its next version, and the other way round."""
    managed = sorted((each for each in read if each.document.version), key=lambda each: each.document.place)
    for _, group in groupby(managed, key=lambda each: each.document.name):
        for old, new in pairwise(group):
            yield Case(f"{old.document.id}<{new.document.id}", new_access(new=new.policy, existing=old.policy))
            yield Case(f"{new.document.id}<{old.document.id}", new_access(new=old.policy, existing=new.policy))


def _tightened(each: Parsed) -> Iterator[Case]:
    """The policy against itself with one Allow statement tightened, both ways."""
    places = [n for n, statement in enumerate(each.policy.statements) if statement.effect is Effect.ALLOW]
    if places:
        number = places[len(places) // 2]
        yield from tightened(each.document.id, each.policy, number)


_TIGHTER = Condition(Operator("StringEquals"), "aws:SourceVpce", ("vpce-0a1b2c3d",))


def tightened(name: str, policy: Policy, number: int) -> Iterator[Case]:
    """The policy against itself with one more condition on a statement: it can only allow less."""
    statement = policy.statements[number]
    narrower = replace(statement, conditions=(*statement.conditions, _TIGHTER))
    changed = replace(policy, statements=_with(policy.statements, number, narrower))
    yield Case(f"{name} tightened", new_access(new=changed, existing=policy), "unsat")
    yield Case(f"{name} loosened", new_access(new=policy, existing=changed))


def _with(statements: tuple[Statement, ...], number: int, changed: Statement) -> tuple[Statement, ...]:
    return (*statements[:number], changed, *statements[number + 1 :])


# --- random policies ---


def _random_sets(scale: Scale) -> Iterator[QuestionSet]:
    for name, has_variables in (("random", False), ("random, with policy variables", True)):
        drawn = random_policies(2 * scale.random, seed=SEED, has_variables=has_variables)
        external = tuple(Case(f"{name} {n}", external_access(policy)) for n, policy in enumerate(drawn[: scale.random]))
        yield QuestionSet(f"{name}: external access?", external, 1)
        pairs = zip(drawn[::2], drawn[1::2], strict=False)
        compared = (
            Case(f"{name} pair {n}", new_access(new=one, existing=other)) for n, (one, other) in enumerate(pairs)
        )
        yield QuestionSet(f"{name}: no more permissive?", tuple(compared), 1)


# --- synthetic policies ---


def _synthetic_sets(shape: str, statements: int, count: int) -> Iterator[QuestionSet]:
    made = [
        (f"{shape} {statements} #{n}", synthetic_policy(statements, SEED + n, shape=shape, leaks=n % 2 == 0))
        for n in range(2 * count)
    ]
    external = tuple(
        Case(name, external_access(each.policy), "sat" if each.leak is not None else "unsat") for name, each in made
    )
    title = f"{shape}, {statements:,} statements"
    yield QuestionSet(f"{title}: external access?", external, 1, statements)
    compared = [case for name, each in made[:count] for case in tightened(name, each.policy, each.plain)]
    yield QuestionSet(f"{title}: no more permissive?", tuple(compared), 1, statements)
