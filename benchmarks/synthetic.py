"""Synthetic policies of any number of statements, of which it is known whether they let anyone in from outside.

A fifth of the statements are Deny. Most Allow statements are tied to the zone of trust by their principal or by a
condition. One in ten (at least one, from five statements on) is open to everybody, and closed by a Deny on the same
resources for whoever is outside: to see that takes both. Where the policy is to leak, one more statement is open,
and no Deny is about its resources in such a way that it could close it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ringwall.policy.ast import Policy
from ringwall.policy.parse import parse_policy

ACCOUNTS = tuple(f"{111_111_111_111 + 1_001 * index}" for index in range(8))
"""The accounts of the zone of trust: those of the generated estate."""
OWNER = ACCOUNTS[0]
ZONE_ID = "o-benchmark0"
"""The organization that they are in."""
_ACTIONS = ("GetObject", "PutObject", "DeleteObject", "GetObjectVersion", "Get*", "List*", "*")
_WORDS = ("orders", "billing", "audit", "website", "reports", "ingest", "search", "mobile", "backup", "ledger")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Synthetic:
    """A policy, and what its construction says of it."""

    policy: Policy
    plain: int
    """The number of an Allow statement that no Deny closes on purpose, tied to the zone where there is such a one."""
    leak: int | None
    """The number of the statement that lets everybody in; None where none does."""


def _prefixes(chance: random.Random, number: int) -> list[str]:
    """One to three prefixes that no other statement has."""
    return [
        f"arn:aws:s3:::{chance.choice(_WORDS)}-{number}-{part}/{chance.choice(_WORDS)}/*"
        for part in range(chance.randint(1, 3))
    ]


def _wildcards(chance: random.Random, number: int) -> list[str]:
    """One to three patterns that overlap with nearly all others and are within none."""

    def word() -> str:
        return "".join(chance.choices("abcdefgh", k=3))

    return [
        f"arn:aws:s3:::*{word()}*{word()}*{number}x/*{word()}?{chance.choice('abcdefgh')}*"
        for _ in range(chance.randint(1, 3))
    ]


SHAPES: dict[str, Callable[[random.Random, int], list[str]]] = {"synthetic": _prefixes, "wildcards": _wildcards}
"""How the resources of a statement are made."""

_TIES: tuple[Callable[[random.Random], tuple[Any, Json]], ...] = (
    lambda _: ("*", {"StringEquals": {"aws:PrincipalOrgID": ZONE_ID}}),
    lambda chance: ({"AWS": f"arn:aws:iam::{OWNER}:role/{chance.choice(_WORDS)}-{chance.randrange(1_000)}"}, {}),
    lambda chance: ("*", {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWNER}:role/{chance.choice(_WORDS)}-*"}}),
    lambda _: ({"AWS": "*"}, {"StringEquals": {"aws:PrincipalAccount": [*ACCOUNTS[:2]]}}),
    lambda _: ("*", {"StringEquals": {"aws:SourceAccount": OWNER}}),
)
"""Principals and conditions that only the zone meets."""
_EXTRAS: tuple[Callable[[random.Random], Json], ...] = (
    lambda chance: {"StringLike": {"aws:RequestedRegion": f"{chance.choice(('eu', 'us', 'ap'))}-*"}},
    lambda chance: {"IpAddress": {"aws:SourceIp": f"10.{chance.randrange(256)}.{chance.randrange(256)}.0/24"}},
    lambda _: {"Bool": {"aws:SecureTransport": "true"}},
    lambda _: {"Null": {"aws:TokenIssueTime": "false"}},
    lambda chance: {"StringEquals": {"aws:PrincipalTag/team": f"team-{chance.randrange(100)}"}},
    lambda chance: {"NumericLessThan": {"aws:MultiFactorAuthAge": f"{chance.randrange(60, 3_600)}"}},
    lambda chance: {"DateLessThan": {"aws:CurrentTime": f"20{chance.randrange(30, 60)}-01-01T00:00:00Z"}},
    lambda chance: {"StringNotEquals": {"aws:UserAgent": f"crawler-{chance.randrange(1_000)}"}},
)
_REFUSALS: tuple[Callable[[random.Random], Json], ...] = (
    lambda _: {"Bool": {"aws:SecureTransport": "false"}},
    lambda _: {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
    lambda chance: {"StringEquals": {"aws:PrincipalTag/team": f"team-{chance.randrange(100)}"}},
    lambda _: {"Null": {"aws:UserAgent": "true"}},
    lambda chance: {"StringLike": {"aws:UserAgent": f"crawler-{chance.randrange(1_000)}*"}},
)
"""Conditions of a Deny that an open statement can do without: no Deny of this kind closes it."""
_OUTSIDE: Json = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ZONE_ID}}
"""The condition of a Deny that closes what is open: who is left is of the zone."""


def _statement(effect: str, principal: Any, action: str, resources: list[str], condition: Json) -> Json:
    whole = {"Effect": effect, "Principal": principal, "Action": f"s3:{action}", "Resource": resources}
    return whole | ({"Condition": condition} if condition else {})


def synthetic_policy(statements: int, seed: int, *, shape: str = "synthetic", leaks: bool) -> Synthetic:
    """One policy.

    Args:
        statements: how many.
        seed: same seed, same policy.
        shape: one of `SHAPES`.
        leaks: whether exactly one statement is to let in outsiders.
    """
    chance = random.Random(f"{seed} {shape} {statements} {leaks}")
    denies = statements // 5
    closed = max(1, statements // 10) if denies else 0
    resources = [SHAPES[shape](chance, number) for number in range(statements)]
    allows = [_allow(chance, resources[number], tied=number >= closed) for number in range(statements - denies)]
    if leaks:
        allows[-1] = _statement("Allow", "*", "GetObject", resources[len(allows) - 1], {})
    refusals = [_deny(chance, resources, number, closed) for number in range(denies)]
    order = chance.sample(range(statements), statements)
    made = [(allows + refusals)[number] for number in order]
    policy = parse_policy(json.dumps({"Version": "2012-10-17", "Statement": made}))
    return Synthetic(policy, order.index(closed), order.index(len(allows) - 1) if leaks else None)


def _allow(chance: random.Random, resources: list[str], *, tied: bool) -> Json:
    principal, condition = chance.choice(_TIES)(chance) if tied else ("*", {})
    for extra in chance.sample(_EXTRAS, chance.randint(0, 2)):
        for operator, keys in extra(chance).items():
            condition = {**condition, operator: {**keys, **condition.get(operator, {})}}
    return _statement("Allow", principal, chance.choice(_ACTIONS), resources, condition)


def _deny(chance: random.Random, resources: list[list[str]], number: int, closed: int) -> Json:
    """The first ones close the open statements, one each; the others refuse a little of several statements."""
    if number < closed:
        return _statement("Deny", "*", "*", resources[number], _OUTSIDE)
    some = [chance.choice(chance.choice(resources)) for _ in range(chance.randint(1, 3))]
    return _statement("Deny", "*", "*", some, chance.choice(_REFUSALS)(chance))
