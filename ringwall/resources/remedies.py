"""What writing a changed configuration has in common over the types: a policy that is put as a whole, or deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ringwall.arn import parse_arn
from ringwall.policy.parse import parse_policy
from ringwall.resources.base import AwsReader, Call, Configuration, Remedy, Resource
from ringwall.resources.configuration import policy_text

Put = Callable[[Resource, str], Mapping[str, Any]]
Delete = Callable[[Resource], Mapping[str, Any]]


def policy_in(configuration: Configuration, field: str) -> str:
    """The text of a policy of the configuration; empty where there is none."""
    return policy_text(configuration.get(field) or "")


def name_of(resource: Resource) -> str:
    """The last part of the resource's ARN, behind slashes and colons."""
    return parse_arn(resource.arn).resource.replace(":", "/").rsplit("/", 1)[-1]


def removed_statements(old: str, new: str) -> list[str] | None:
    """The Sids of the statements by which alone the new policy differs; None where it differs otherwise."""
    before = parse_policy(old).statements if old else ()
    left = list(parse_policy(new).statements) if new else []
    gone = []
    for statement in before:
        if left and left[0] == statement:
            left.pop(0)
        elif statement.sid is None:
            return None
        else:
            gone.append(statement.sid)
    is_unique = len({each.sid for each in before}) == len(before)
    return gone if not left and is_unique else None


def policy_remedy(field: str, put: tuple[str, Put], delete: tuple[str, Delete] | None = None) -> Remedy:
    """The remedy of a type that is shared through the policy in `field` alone.

    Args:
        field: of the configuration.
        put: the operation that writes the policy, and its parameters.
        delete: the operation that deletes it; None where the resource needs one.
    """

    def calls(_: AwsReader, resource: Resource, new: Configuration) -> Sequence[Call]:
        text = policy_in(new, field)
        if text == policy_in(resource.configuration, field):
            return []
        if text or delete is None:
            return [Call(put[0], put[1](resource, text))]
        return [Call(delete[0], delete[1](resource))]

    writes = (put[0], delete[0]) if delete else (put[0],)
    return Remedy(calls, tuple(sorted(writes)), needs_policy=delete is None)
