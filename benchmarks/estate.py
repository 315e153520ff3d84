"""Generates an estate: resources of all types in a few accounts, of which it is known which are shared outside.

The same seed gives the same estate. `python benchmarks/estate.py --resources 10000 --output estate.jsonl.zst` writes
one as a snapshot, and beside it, with `--truth`, what was planted.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# A script finds modules beside itself; the package that it belongs to is one level up.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.kinds import KINDS, Kind, policy_text
from ringwall.collector.snapshot import write_snapshot
from ringwall.collector.snapshot_lines import SnapshotHeader
from ringwall.findings.organization import Account, Organization
from ringwall.resources.base import Resource

ORGANIZATION = "o-benchmark0"
REGIONS = ("eu-west-1", "us-east-1", "us-west-2", "ap-southeast-2")
SEED = 20_261_123


@dataclass(frozen=True, slots=True)
class Mixture:
    """Shares of an estate's resources; they add up to one."""

    templated: float = 0.70
    """One of a few policies of their type, with the resource's own ARN and account put in."""
    repeated: float = 0.10
    """Literally the same policy as others of their type."""
    unique: float = 0.18
    """A policy like no other: several statements, conditions, Deny, wildcards, several principals."""
    shared: float = 0.02
    """Open to an outsider: half of them templated, half in a unique policy."""


REALISTIC = Mixture()
ONLY_UNIQUE = Mixture(templated=0, repeated=0, unique=0.96, shared=0.04)
ONLY_REPEATING = Mixture(templated=0.85, repeated=0.14, unique=0, shared=0.01)


@dataclass(frozen=True, slots=True)
class Estate:
    """What was generated."""

    organization: Organization
    resources: tuple[Resource, ...]
    planted: Mapping[str, frozenset[str]]
    """By ARN of a resource that is shared outside, the principals that its findings must name, and no others."""

    @property
    def header(self) -> SnapshotHeader:
        """The first line of the estate's snapshot."""
        accounts = tuple(account.id for account in self.organization.accounts)
        return SnapshotHeader("2026-01-31T12:00:00Z", accounts, self.organization)


def generate(
    count: int,
    *,
    seed: int = SEED,
    mixture: Mixture = REALISTIC,
    accounts: int = 8,
    kinds: Sequence[Kind] = KINDS,
) -> Estate:
    """An estate of `count` resources in an organization of `accounts` accounts.

    Args:
        count: how many resources.
        seed: same seed, same estate.
        mixture: how many of them are alike.
        accounts: how many accounts; all are in the zone of trust.
        kinds: of which types; those with a policy are taken for what must be unique.
    """
    chance = random.Random(seed)
    numbers = tuple(f"{111_111_111_111 + 1_001 * index}" for index in range(accounts))
    root = f"{ORGANIZATION}/r-root/"
    members = tuple(Account(number, f"account-{index}", root) for index, number in enumerate(numbers))
    planter = _Planter(chance, numbers)
    resources = tuple(planter.resource(mixture, kinds) for _ in range(count))
    return Estate(Organization(ORGANIZATION, numbers[0], members), resources, planter.planted)


@dataclass(slots=True)
class _Place:
    """A resource that is about to get its policy."""

    kind: Kind
    arn: str
    account: str
    region: str

    def statement(self, principal: Any, actions: Any, condition: Any = None, effect: str = "Allow") -> dict[str, Any]:
        """A statement about the whole resource."""
        found: dict[str, Any] = {"Effect": effect, "Principal": principal, "Action": actions}
        if self.kind.resources:
            targets = [template.format(arn=self.arn) for template in self.kind.resources]
            found["Resource"] = targets if len(targets) > 1 else targets[0]
        return found | ({"Condition": condition} if condition else {})


class _Planter:
    """Makes one resource after the other."""

    def __init__(self, chance: random.Random, accounts: Sequence[str]) -> None:
        self.chance = chance
        self.accounts = accounts
        self.planted: dict[str, frozenset[str]] = {}
        self._count = 0

    def resource(self, mixture: Mixture, kinds: Sequence[Kind]) -> Resource:
        makers = [self._templated, self._repeated, self._unique, self._shared]
        shares = [mixture.templated, mixture.repeated, mixture.unique, mixture.shared]
        [make] = self.chance.choices(makers, shares)
        fitting = [kind for kind in kinds if kind.actions or make != self._unique]
        [kind] = self.chance.choices(fitting, [kind.weight for kind in fitting])
        place = self._place(kind)
        configuration = make(place)
        region = "global" if kind.type == "AWS::IAM::Role" else place.region
        return Resource(place.arn, kind.type, place.account, region, configuration)

    def _place(self, kind: Kind) -> _Place:
        self._count += 1
        account, region = self.chance.choice(self.accounts), self.chance.choice(REGIONS)
        name = f"{self.chance.choice(_NAMES)}-{self._count}"
        return _Place(kind, kind.arn.format(account=account, region=region, name=name), account, region)

    def _templated(self, place: _Place) -> dict[str, Any]:
        if not place.kind.actions:
            return place.kind.configure("")
        shape = self.chance.choices(_SHAPES, (5, 3, 2))[0]
        return place.kind.configure(policy_text(shape(place)))

    def _repeated(self, place: _Place) -> dict[str, Any]:
        if not place.kind.actions:
            return place.kind.configure("")
        within = {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}
        statement = place.statement("*", list(place.kind.actions[:2]), within)
        return place.kind.configure(policy_text([statement | ({"Resource": "*"} if place.kind.resources else {})]))

    def _unique(self, place: _Place) -> dict[str, Any]:
        return place.kind.configure(policy_text([*self._statements(place, is_shared=False)]))

    def _shared(self, place: _Place) -> dict[str, Any]:
        chance, kind = self.chance, place.kind
        outsider = f"{chance.randrange(800_000_000_000, 900_000_000_000)}"
        if kind.share and (not kind.actions or chance.random() < 0.3):
            self.planted[place.arn] = frozenset((outsider,))
            within = policy_text(_own_account(place)) if kind.actions else ""
            return kind.share(kind.configure(within), outsider)
        role = f"arn:aws:iam::{outsider}:role/partner-{chance.randrange(10_000)}"
        principal, named = chance.choice(
            ((f"arn:aws:iam::{outsider}:root", outsider), (outsider, outsider), (role, role), ("*", "*"))
        )
        self.planted[place.arn] = frozenset((named,))
        leak = place.statement({"AWS": principal}, chance.choice(kind.actions))
        others = _own_account(place) if chance.random() < 0.5 else [*self._statements(place, is_shared=True)]
        return kind.configure(policy_text([*others, leak]))

    def _statements(self, place: _Place, *, is_shared: bool) -> Iterator[dict[str, Any]]:
        """Statements that let in the zone alone; with a Deny, that leaves outsiders some way if `is_shared`."""
        chance = self.chance
        for number in range(chance.randint(1, 5)):
            principal, condition = self._insiders(place)
            for _ in range(chance.randint(0, 2)):
                operator, key, value = chance.choice(_EXTRAS)(chance)
                condition.setdefault(operator, {}).setdefault(key, value)
            statement = place.statement(principal, self._some_actions(place.kind), condition)
            yield {"Sid": f"Unique{self._count}n{number}", **self._narrower(place, statement)}
        if chance.random() < 0.5:
            operator, key, value = chance.choice(_DENIED if is_shared else (*_DENIED, _denied_outside))(chance)
            actions = place.kind.actions[0].split(":")[0] + ":*"
            yield place.statement("*", actions, {operator: {key: value}}, "Deny")

    def _insiders(self, place: _Place) -> tuple[Any, dict[str, dict[str, Any]]]:
        """A principal of the zone, and the condition that keeps outsiders away where the principal does not."""
        chance = self.chance
        accounts = chance.sample(self.accounts, min(len(self.accounts), chance.randint(1, 3)))
        roles = [f"arn:aws:iam::{account}:role/{self._word()}" for account in accounts]
        like = [f"arn:aws:iam::{account}:role/{self._word()}*" for account in accounts]
        source = f"arn:aws:*:*:{place.account}:{self._word()}-*"
        return chance.choice(
            (
                ({"AWS": roles}, {}),
                ({"AWS": [f"arn:aws:iam::{account}:root" for account in accounts]}, {}),
                ({"AWS": "*"}, {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}),
                ("*", {"ArnLike": {"aws:PrincipalArn": like}}),
                ("*", {"StringEquals": {"aws:PrincipalAccount": accounts}}),
                ({"Service": place.kind.service}, {"ArnLike": {"aws:SourceArn": source}}),
                ({"Service": place.kind.service}, {"StringEquals": {"aws:SourceAccount": place.account}}),
            )
        )

    def _some_actions(self, kind: Kind) -> Any:
        chance = self.chance
        some = chance.sample(kind.actions, chance.randint(1, len(kind.actions)))
        service, _, name = some[0].partition(":")
        return chance.choice((some, some[0], f"{service}:{name[:3]}*", f"{service}:*"))

    def _narrower(self, place: _Place, statement: dict[str, Any]) -> dict[str, Any]:
        """The statement, about a part of the resource or about everything."""
        if place.kind.resources:
            part = [f"{place.arn}/{self._word()}/*", f"{place.arn}/*/{self._word()}?.csv"]
            choice = self.chance.choice(("as it is", "everything", "a prefix", "parts"))
            wider = {"everything": "*", "a prefix": f"{place.arn}*", "parts": [place.arn, *part]}
            return statement | ({"Resource": wider[choice]} if choice in wider else {})
        return statement

    def _word(self) -> str:
        return f"{self.chance.choice(_NAMES)}-{self.chance.randrange(100_000)}"


_NAMES = ("orders", "billing", "audit", "website", "reports", "ingest", "search", "mobile", "backup", "ledger")


def _own_account(place: _Place) -> list[dict[str, Any]]:
    return [place.statement({"AWS": f"arn:aws:iam::{place.account}:root"}, list(place.kind.actions))]


def _service_call(place: _Place) -> list[dict[str, Any]]:
    within = {"StringEquals": {"aws:SourceAccount": place.account}}
    called = place.statement({"Service": place.kind.service}, place.kind.actions[0], within)
    return [*_own_account(place), called]


def _only_encrypted(place: _Place) -> list[dict[str, Any]]:
    everything = place.kind.actions[0].split(":")[0] + ":*"
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    return [*_own_account(place), place.statement("*", everything, plain, "Deny")]


_SHAPES = (_own_account, _service_call, _only_encrypted)

_EXTRAS = (
    lambda _: ("Bool", "aws:SecureTransport", "true"),
    lambda chance: ("StringEquals", "aws:SourceVpce", f"vpce-{chance.randrange(16**8):08x}"),
    lambda chance: ("IpAddress", "aws:SourceIp", f"10.{chance.randrange(256)}.{chance.randrange(256)}.0/24"),
    lambda chance: ("StringLike", "aws:RequestedRegion", f"{chance.choice(('eu', 'us', 'ap'))}-*"),
    lambda chance: ("StringEquals", "aws:PrincipalTag/team", f"team-{chance.randrange(1_000)}"),
    lambda chance: ("NumericLessThan", "aws:MultiFactorAuthAge", f"{chance.randrange(3_600)}"),
    lambda chance: ("DateLessThan", "aws:CurrentTime", f"20{chance.randrange(27, 60)}-01-01T00:00:00Z"),
    lambda chance: ("StringNotEquals", "aws:UserAgent", f"crawler-{chance.randrange(1_000)}"),
)
_DENIED = (
    lambda _: ("Bool", "aws:SecureTransport", "false"),
    lambda _: ("NumericLessThan", "s3:TlsVersion", "1.2"),
    lambda chance: ("NotIpAddress", "aws:SourceIp", [f"203.0.{chance.randrange(256)}.0/24", "198.51.100.0/24"]),
    lambda chance: ("StringEquals", "aws:PrincipalTag/team", f"team-{chance.randrange(1_000)}"),
)


def _denied_outside(_: random.Random) -> tuple[str, str, str]:
    return "StringNotEqualsIfExists", "aws:PrincipalOrgID", ORGANIZATION


def main() -> None:
    """Write an estate to a file."""
    parser = argparse.ArgumentParser(description="Write a generated estate as a snapshot.")
    parser.add_argument("--resources", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--output", type=Path, required=True, help="the snapshot; .gz and .zst compress")
    parser.add_argument("--truth", type=Path, help="JSON: by ARN, the outsiders that a scan must report")
    given = parser.parse_args()
    estate = generate(given.resources, seed=given.seed)
    write_snapshot(given.output, estate.header, estate.resources)
    if given.truth:
        planted = {arn: sorted(principals) for arn, principals in estate.planted.items()}
        given.truth.write_text(json.dumps(planted, indent=1, sort_keys=True) + "\n")
    print(f"{given.resources:,} resources, {len(estate.planted):,} of them shared outside: {given.output}")


if __name__ == "__main__":
    main()
