"""One request as assertions: whether it is this one that answers a question."""

from __future__ import annotations

from collections.abc import Iterator

from ringwall.arn import find_arn
from ringwall.policy.request import Request
from ringwall.reasoning.smt_model import ACTION, KIND, Model, Part
from ringwall.reasoning.smt_request import holding
from ringwall.reasoning.smt_terms import equal, literal, negated


def pinned(request: Request, model: Model) -> Iterator[str]:
    """Assertions that hold of this request alone, as far as the script speaks of it."""
    yield equal(ACTION, literal(request.action.lower()))
    yield equal(model.resource.symbol, literal(request.resource))
    if model.knows_caller:
        yield equal(KIND, request.caller.kind.value)
        yield from _caller(request, model)
    for name, key in sorted(model.keys.items()):
        yield from holding(key, request.context.get(name, ()))


def _caller(request: Request, model: Model) -> Iterator[str]:
    known = _parts(request)
    for part in Part:
        value = known.get(part)
        if part in model.presences:
            yield part.has if value else negated(part.has)
        if part in model.parts and value is not None:
            yield equal(part.symbol, literal(value))


def _parts(request: Request) -> dict[Part, str | None]:
    caller = request.caller
    arn = find_arn(caller.arn or "")
    return {
        Part.ARN: caller.arn,
        Part.PARTITION: arn.partition if arn else None,
        Part.ACCOUNT: arn.account if arn else None,
        Part.RESOURCE: arn.resource if arn else None,
        Part.NAME: arn.resource.rsplit("/", 1)[-1] if arn else None,
        Part.SESSION: caller.session.rsplit("/", 1)[-1] if caller.session else None,
        Part.SERVICE: caller.service,
        Part.PROVIDER: caller.provider,
        Part.CANONICAL: caller.canonical_id,
        Part.USER_ID: caller.user_id,
    }
