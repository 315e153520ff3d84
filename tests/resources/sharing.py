"""Decides one request over the sources of a resource, for tests of single types."""

from __future__ import annotations

import json
from typing import Any

from ringwall.policy.ast import Effect
from ringwall.policy.evaluate import applying_statements, is_allowed
from ringwall.policy.request import Caller, Request, parse_caller, with_derived_keys
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import Resource, Source

OWNER = "111122223333"
OUTSIDER = "arn:aws:iam::444455556666:role/app"


def a_statement(**changes: Any) -> dict[str, Any]:
    """A statement that allows everybody everything."""
    return {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", **changes}


def a_policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements or [a_statement()]})


def sources_of(type_name: str, arn: str, configuration: dict[str, Any]) -> list[Source]:
    resource = Resource(arn, type_name, OWNER, "eu-west-1", configuration)
    return list(RESOURCE_TYPES[type_name].sources(resource))


def lets_through(source: Source, request: Request) -> bool:
    """Whether the request is allowed through this source, as the docstring of `Source` has it."""
    return (
        is_allowed(source.policy, request)
        and all(is_allowed(policy, request) for policy in source.requires)
        and not any(applying_statements(Effect.DENY, policy, request) for policy in source.denied_by)
    )


def a_request(action: str, resource: str, caller: str | Caller = OUTSIDER, **context: str) -> Request:
    """A request of an outsider. In names of condition keys `__` stands for the colon."""
    who = parse_caller(caller) if isinstance(caller, str) else caller
    keys = {name.replace("__", ":").lower(): (value,) for name, value in context.items()}
    return with_derived_keys(Request(who, action, resource, keys))


def types_that_let_through(sources: list[Source], request: Request) -> set[str]:
    return {source.type.value for source in sources if lets_through(source, request)}
