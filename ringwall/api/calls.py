"""Calls an operation: authorizes, makes it take effect once, and writes the audit log, in one transaction.

Whatever changes something runs in one transaction together with the record of its client token and its entry in the
audit log: after a crash at any moment all three are there, or none. That is why operations are handed a store whose
transactions are joined to that one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from ringwall.api.authorization import authorize, is_reading
from ringwall.api.errors import INTERNAL, refusal_of
from ringwall.api.wire import Endpoint, encode
from ringwall.errors import ConflictError, NotSupportedError, RingwallError, ValidationError
from ringwall.service.context import Caller, Operation, Ringwall
from ringwall.store import audit, idempotency
from ringwall.store.joined import JoinedStore

_NOT_IN_A_TRANSACTION = frozenset({"TestDestination", "ApplyFindingFix"})
"""They wait for others on the network, which nobody who wants to write to the database should have to wait for."""
_AUDITED_BYTES = 16 * 1024
_RESOURCE_MEMBERS = ("analyzerArn", "resourceArn", "analyzerName", "name", "accessKeyId", "jobId", "destination", "id")
"""What an entry of the audit log is about: the first of these that the request has."""
_canonical = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation."""

    ringwall: Ringwall
    caller: Caller
    endpoint: Endpoint
    function: Operation | None
    """None where there is none yet."""


def perform(call: Call, read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Calls an operation and returns its output, ready to be encoded as JSON.

    Args:
        call: what is called, and by whom.
        read: reads and validates the request, or raises a RingwallError.

    Raises:
        RingwallError: it was refused, or could not be done.
    """
    if is_reading(call.endpoint.name):
        authorize(call.caller, call.endpoint.name)
        return _call(call, read())
    return _perform_audited(call, read)


def _perform_audited(call: Call, read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    request: dict[str, Any] = {}
    try:
        authorize(call.caller, call.endpoint.name)
        request = read()
        if call.endpoint.name in _NOT_IN_A_TRANSACTION:
            output = _call(call, request)
            _audit(call, request, None)
            return output
        return _perform_at_once(call, request)
    except RingwallError as error:
        _audit(call, request, refusal_of(error).code)
        raise
    except BaseException:
        # A fault of ours, or the end of the process: it was rolled back, and the attempt stands in the log.
        _audit(call, request, INTERNAL.code)
        raise


def _perform_at_once(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """The operation, the record of its token and its entry in the audit log, in one transaction."""
    with call.ringwall.store.write() as connection:
        inside = replace(call, ringwall=replace(call.ringwall, store=JoinedStore(connection)))
        token, digest = _token_of(call, request), _digest_of(request, call.endpoint.token)
        if token is not None:
            answered = idempotency.claim(connection, token, digest, call.ringwall.clock())
            if answered is not None:
                return _again(call, answered, digest)
        output = _call(inside, request)
        if token is not None:
            idempotency.record(connection, token, msgspec.to_builtins(output))
        _audit(inside, request, None)
        return output


def _again(call: Call, answered: idempotency.Answered, digest: str) -> dict[str, Any]:
    if answered.request_digest == digest:
        return dict(answered.response)
    message = "this client token was used with another request"
    if "ConflictException" in call.endpoint.errors:
        raise ConflictError(message, resource_id=call.endpoint.name, resource_type="ClientToken")
    raise ValidationError(message, field=call.endpoint.token or "")


def _call(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    if call.function is None:
        raise NotSupportedError(f"{call.endpoint.name} is not supported")
    return call.endpoint.write(call.function(call.ringwall, call.caller, request))


def _token_of(call: Call, request: Mapping[str, Any]) -> idempotency.Token | None:
    given = request.get(call.endpoint.token) if call.endpoint.token else None
    if given is None:
        return None
    caller = call.caller
    return idempotency.Token(caller.account, caller.region, call.endpoint.name, given)


def _digest_of(request: Mapping[str, Any], token: str | None) -> str:
    content = {name: value for name, value in request.items() if name != token}
    return hashlib.sha256(_canonical(content)).hexdigest()


def _audit(call: Call, request: Mapping[str, Any], error: str | None) -> None:
    event = audit.AuditEvent(
        at=call.ringwall.clock(),
        actor=call.caller.key_id,
        operation=call.endpoint.name,
        resource=next((str(request[name]) for name in _RESOURCE_MEMBERS if name in request), ""),
        parameters=_shortened(msgspec.to_builtins(call.endpoint.redact(request))),
        request_id=call.caller.request_id,
        error=error,
    )
    with call.ringwall.store.write() as connection:
        audit.add(connection, event)


def _shortened(parameters: dict[str, Any]) -> dict[str, Any]:
    """Long parameters, such as a policy for a preview, are only named: the log is no second store of them."""
    if len(encode(parameters)) <= _AUDITED_BYTES:
        return parameters
    sizes = {name: len(encode(value)) for name, value in parameters.items()}
    return {
        name: value if sizes[name] <= _AUDITED_BYTES // len(parameters) else f"({sizes[name]} bytes)"
        for name, value in parameters.items()
    }
