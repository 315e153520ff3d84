"""A stand-in for a file of real policies: made up, but of the kinds, sizes and habits of real ones.

Resource and trust policies are those of the generated estate. Identity policies look like AWS managed ones: a few
statements of many actions, wildcards in both, some conditions, and versions that add and take away a little.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from benchmarks.estate import ONLY_UNIQUE, generate
from benchmarks.kinds import KINDS
from benchmarks.policy_files import Document
from ringwall.policy.service_reference import known_actions

SEED = 20_261_126
_SERVICES = ("ec2", "s3", "iam", "lambda", "dynamodb", "kms", "logs", "cloudwatch", "sqs", "sns", "rds", "ecs", "glue")


def stand_in(resources: int = 600, identities: int = 150, *, seed: int = SEED) -> list[Document]:
    """Policies with their kinds; the same for the same seed.

    Args:
        resources: how many resource and trust policies.
        identities: how many identity policies, each in two to four versions.
        seed: of all of them.
    """
    kinds = [kind for kind in KINDS if kind.actions]
    estate = generate(resources, seed=seed, mixture=ONLY_UNIQUE, kinds=kinds)
    shared = [
        Document(f"generated-{number}", "trust" if resource.type == "AWS::IAM::Role" else "resource", text)
        for number, resource in enumerate(estate.resources)
        for text in _texts(resource.configuration)
    ]
    chance = random.Random(seed)
    return [*shared, *(version for number in range(identities) for version in _identity(chance, number))]


def _texts(value: Any) -> Iterator[str]:
    """The policy documents in a configuration, wherever its type keeps them."""
    match value:
        case str() if value.startswith("{"):
            yield value
        case dict():
            for each in value.values():
                yield from _texts(each)


def _identity(chance: random.Random, number: int) -> Iterator[Document]:
    """The versions of one identity policy."""
    statements = [_statement(chance) for _ in range(min(40, int(chance.paretovariate(0.9))))]
    for version in range(1, chance.randint(3, 5)):
        text = json.dumps({"Version": "2012-10-17", "Statement": statements})
        name = f"managed-{number}"
        yield Document(f"{name}-v{version}", "identity", text, name, f"2026-01-{version:02}")
        statements = _edited(chance, statements)


def _statement(chance: random.Random) -> dict[str, Any]:
    service = chance.choice(_SERVICES)
    statement = {"Effect": "Allow", "Action": _actions(chance, service), "Resource": _resources(chance, service)}
    if chance.random() < 0.25:
        statement["Condition"] = chance.choice(_CONDITIONS)(chance)
    if chance.random() < 0.04:
        statement["Effect"] = "Deny"
    return statement


def _actions(chance: random.Random, service: str) -> list[str]:
    names = known_actions(service)
    some = chance.sample(names, min(len(names), int(chance.paretovariate(0.6))))
    wild = [f"{service}:{verb}*" for verb in ("Describe", "Get", "List") if chance.random() < 0.2]
    return sorted({*wild, *some})


def _resources(chance: random.Random, service: str) -> Any:
    name = f"{chance.choice(('app', 'AWSManaged', 'prod', 'data'))}-{chance.randrange(1_000)}"
    shapes = (
        "*",
        f"arn:aws:{service}:*:*:*",
        [f"arn:aws:{service}:*:*:{name}", f"arn:aws:{service}:*:*:{name}/*"],
        [f"arn:*:{service}:*:*:*/{name}*", f"arn:aws:s3:::{name}-*/*"],
    )
    return chance.choices(shapes, (6, 1, 2, 1))[0]


_CONDITIONS = (
    lambda chance: {"StringEquals": {"aws:ResourceTag/ManagedBy": f"service-{chance.randrange(50)}"}},
    lambda _: {"StringLike": {"iam:PassedToService": ["ec2.amazonaws.com", "lambda*.amazonaws.com"]}},
    lambda _: {"ForAllValues:StringEquals": {"aws:TagKeys": ["ManagedBy", "Name"]}},
    lambda _: {"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}},
    lambda _: {"Null": {"aws:ResourceTag/owner": "false"}},
    lambda _: {"Bool": {"aws:ViaAWSService": "true"}},
    lambda _: {"ArnLike": {"aws:SourceArn": "arn:aws:ecs:*:111111111111:*"}},
)


def _edited(chance: random.Random, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The next version: an action more, one less, a statement more, or one without its condition."""
    changed = [{**each, "Action": [*each["Action"]]} for each in statements]
    one = chance.choice(changed)
    match chance.randrange(4):
        case 0:
            one["Action"] = sorted({*one["Action"], *_actions(chance, chance.choice(_SERVICES))})
        case 1 if len(one["Action"]) > 1:
            one["Action"].pop()
        case 2:
            one.pop("Condition", None)
        case _:
            changed.append(_statement(chance))
    return changed
