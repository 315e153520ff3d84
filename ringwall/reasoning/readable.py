"""Witnesses that people recognize: another request of the same kind, with a real action and a plausible resource."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from ringwall.policy import wildcard
from ringwall.policy.ast import Effect, Only, Pattern, Scope, Statement
from ringwall.policy.request import Caller, CallerKind, Request, derived_keys, with_derived_keys
from ringwall.policy.service_reference import canonical_action, expand_action, resource_types_of
from ringwall.reasoning.question import Question, is_answered_by

Accepts = Callable[[Request], bool]

_CANDIDATES = 64
"""So many callers, actions and resources are tried, each."""
_SOMEBODY = Caller(CallerKind.USER, arn="arn:aws:iam::111122223333:user/example")
_WELL_KNOWN = (
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListBucket",
    "sts:AssumeRole",
    "ec2:RunInstances",
    "ec2:DescribeInstances",
    "iam:CreateUser",
    "iam:PassRole",
    "lambda:InvokeFunction",
    "dynamodb:GetItem",
    "kms:Decrypt",
    "sqs:SendMessage",
    "sqs:ReceiveMessage",
    "sns:Publish",
    "secretsmanager:GetSecretValue",
    "logs:PutLogEvents",
    "cloudformation:CreateStack",
    "ssm:GetParameter",
)
"""Actions that readers know, tried before others."""
_EXAMPLES = {"Partition": "aws", "Region": "us-east-1", "Account": "111122223333"}
_FIELDS = ("arn", "aws", "example", "us-east-1", "111122223333")
"""What stands in the fields of an ARN where a pattern has a star alone."""
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


def readable(question: Question, request: Request, accepts: Accepts = lambda _: True) -> Request:
    """The request, or one that answers the question as well and reads better.

    Args:
        question: that the request answers.
        request: as a search found it: its action may be the shortest text that fits a pattern.
        accepts: what else must be true of the request.
    """
    for candidates in (_callers, _actions, _resources):
        tried = islice(candidates(question, request), _CANDIDATES)
        fitting = (each for each in tried if is_answered_by(question, each) and accepts(each))
        request = next(fitting, request)
    return request


def _callers(question: Question, request: Request) -> Iterator[Request]:
    """In identity policies, which name no principal, somebody who can have one."""
    names_principals = any(each.principals for policy in question.policies for each in policy.statements)
    if request.caller.kind is CallerKind.ANONYMOUS and not names_principals:
        derived = derived_keys(request.caller)
        own = {key: values for key, values in request.context.items() if derived.get(key) != values}
        yield with_derived_keys(Request(_SOMEBODY, request.action, request.resource, own))


def _actions(question: Question, request: Request) -> Iterator[Request]:
    for action in _names_of(question, request.action):
        yield Request(request.caller, action, request.resource, request.context)


def _names_of(question: Question, action: str) -> Iterator[str]:
    if (name := canonical_action(action)) is not None:
        yield name
        return
    yield from _WELL_KNOWN
    patterns = (member.text for each in _granting(question) for member in _members(each.actions))
    for pattern in patterns:
        service = pattern.partition(":")[0]
        # A pattern over all services would have the data of all of them read.
        if wildcard.is_literal(service) and wildcard.matches(pattern, action, ignore_case=True):
            # First those that are about resources like the ones that are allowed.
            yield from sorted(expand_action(pattern), key=lambda name: _strangeness(question, name))


def _resources(question: Question, request: Request) -> Iterator[Request]:
    for resource in _arns_of(question, request):
        yield Request(request.caller, request.action, resource, request.context)


def _arns_of(question: Question, request: Request) -> Iterator[str]:
    statements = (*_granting(question), *(each for policy in question.policies for each in policy.statements))
    patterns = dict.fromkeys(member.text for each in statements for member in _members(each.resources))
    formats = sorted((each.arn for each in resource_types_of(request.action)), key=len)
    shapes = [_PLACEHOLDER.sub("*", each) for each in formats]
    # A pattern often covers a bucket and its objects, and the action is about one of the two.
    named = sorted((_example_of(each) for each in patterns if each != "*"), key=lambda each: _misfit(each, shapes))
    yield from named
    yield from (_PLACEHOLDER.sub(lambda found: _EXAMPLES.get(found[1], "example"), each) for each in formats)
    yield "*"


def _strangeness(question: Question, action: str) -> int:
    """How little any resource that is allowed looks like one that the action is about."""
    shapes = [_PLACEHOLDER.sub("*", each.arn) for each in resource_types_of(action)]
    allowed = {member.text for each in _granting(question) for member in _members(each.resources)} - {"*"}
    return min((_misfit(_example_of(each), shapes) for each in allowed), default=0)


def _misfit(resource: str, shapes: list[str]) -> int:
    """How little the resource looks like one that an action is about."""
    fitting = [shape for shape in shapes if wildcard.matches_arn(shape, resource)]
    return 2 - bool(fitting) - any(shape.count("/") == resource.count("/") for shape in fitting)


def _example_of(pattern: str) -> str:
    """A text that the pattern matches."""
    fields = pattern.split(":", 5)
    starts = [example if field == "*" else _filled(field) for field, example in zip(fields[:5], _FIELDS, strict=False)]
    return ":".join((*starts, *map(_filled, fields[5:])))


def _filled(text: str) -> str:
    return re.sub(r"\*+", "example", _VARIABLE.sub("example", text)).replace("?", "x")


def _granting(question: Question) -> Iterator[Statement]:
    """The Allow statements of the policies that the question is about; the narrowest scope first."""
    for policy in reversed(question.allowed):
        yield from (each for each in policy.statements if each.effect is Effect.ALLOW)


def _members(scope: Scope | None) -> tuple[Pattern, ...]:
    return scope.members if isinstance(scope, Only) else ()
