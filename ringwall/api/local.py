"""Calls an operation without a network: what the command line does where there is no server.

The request is validated, made to take effect once and audited as it would be over HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ringwall.api.calls import Call, perform
from ringwall.api.shapes import Problem
from ringwall.api.wire import endpoints, validate
from ringwall.service.context import Caller, Ringwall
from ringwall.service.operations import OPERATIONS


def call_locally(ringwall: Ringwall, caller: Caller, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """An operation's output as a client would parse it: times are `datetime`, members that are not there are left out.

    Args:
        ringwall: the service, over the local store.
        caller: on whose behalf.
        operation: its name in the API, such as `CreateAnalyzer`.
        request: its input; times may be `datetime` or ISO 8601 texts.

    Raises:
        RingwallError: it was refused, as it would be over HTTP.
    """
    endpoint = endpoints()[operation]
    call = Call(ringwall, caller, endpoint, OPERATIONS.get(endpoint.function_name))
    output = perform(call, partial(validate, endpoint, request))
    if endpoint.read_output is None:
        return {}
    problems: list[Problem] = []
    # The output is our own: what it lacks is for the tests to find.
    read: dict[str, Any] = endpoint.read_output(output, "", problems)
    return read
