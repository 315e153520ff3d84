"""Cases for `authorize` as JSON: one request and all the policies that bear on it, one object a line.

A case is read in step with its text, as a policy is: a name that is there twice is an error, and policies, which many
cases share, are parsed once for each text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, TypeVar

from ringwall.arn import account_of, find_arn
from ringwall.errors import PolicyError, UsageError
from ringwall.policy.ast import Policy
from ringwall.policy.authorize import Authorization, Level, authorize
from ringwall.policy.evaluate import Decision
from ringwall.policy.json_text import JsonReader, shorten
from ringwall.policy.parse import parse_policy
from ringwall.policy.request import Caller, Request, parse_caller, with_derived_keys

Draft = TypeVar("Draft")
Context = Mapping[str, tuple[str, ...]]

_ID = re.compile(r'".*"|-?[0-9][0-9.eE+-]*', re.DOTALL)
_ACTION = re.compile(r"[^:*?\s]+:[^:*?\s]+")
_ACCOUNT = re.compile(r"[0-9]{12}")
_SERVICE_LINKED = "AWSServiceRoleFor"
"""AWS begins the name of every service-linked role with this."""


@dataclass(frozen=True, slots=True)
class Case:
    """One request, and every policy that bears on it."""

    request: Request
    authorization: Authorization


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of one case: a decision, or why there is none."""

    id: str
    """As JSON text, as the case wrote it; the number of its line where it has none."""
    decision: Decision | None = None
    error: str | None = None

    def as_line(self) -> str:
        """One line of JSON, without its end."""
        decision = f'"{self.decision.value}"' if self.decision else "null"
        return f'{{"id": {self.id}, "decision": {decision}, "error": {json.dumps(self.error, ensure_ascii=False)}}}'


def answers_to(lines: Iterable[bytes]) -> Iterator[Answer]:
    """An answer for every line that is not blank, in their order; one that cannot be read spoils no other."""
    for number, line in enumerate(lines, start=1):
        if not line.isspace():
            yield _answer_to(line, number)


def _answer_to(line: bytes, number: int) -> Answer:
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return Answer(str(number), error="the line is not UTF-8")
    try:
        id_, case = _read_line(text)
        return Answer(id_ or str(number), authorize(case.authorization, case.request).decision)
    except PolicyError as error:
        # The error counts the lines of the case, of which there is one.
        place = f"column {error.column}, at {error.path}: " if error.line else ""
        return Answer(_find_id(text) or str(number), error=place + error.message)
    except UsageError as error:
        return Answer(_find_id(text) or str(number), error=str(error))


def _find_id(text: str) -> str | None:
    """The id of a case that cannot be read otherwise; None where it cannot be read either."""
    reader = JsonReader(text)
    id_ = None
    try:
        for name, _ in reader.members():
            value = reader.raw()
            id_ = value if name == "id" and _ID.fullmatch(value) else id_
        reader.finish()
    except PolicyError:
        return None
    return id_


def read_case(text: str) -> Case:
    """The case in a JSON text.

    Raises:
        PolicyError: it is not JSON, or has another shape than a case; or one of its policies is not valid.
        UsageError: its request names no principal, or is not one request.
    """
    return _read_line(text)[1]


def request_of(caller: Caller, action: str, resource: str, context: Context, *, resource_account: str = "") -> Request:
    """One request, completed by what certainly follows from its principal and its resource.

    Raises:
        UsageError: action or resource is missing, or the action is a pattern.
    """
    if not _ACTION.fullmatch(action):
        raise UsageError(f"`{shorten(action)}` is not one action: expected something like `s3:GetObject`")
    if not resource:
        raise UsageError("the request has no resource: give its ARN, or `*` for an action that takes none")
    account = resource_account or account_of(resource)
    owner = {"aws:resourceaccount": (account,)} if _ACCOUNT.fullmatch(account) else {}
    return with_derived_keys(Request(caller, action, resource, {**owner, **context}))


def caller_of(principal: str, context: Context) -> Caller:
    """The caller that `principal` names, with what the context knows better: a role's path, a unique id.

    Raises:
        UsageError: `principal` names none.
    """
    caller = _caller_of(principal)
    if user_id := _only(context, "aws:userid"):
        caller = replace(caller, user_id=user_id)
    if caller.session == principal:
        caller = replace(caller, arn=_role_of_session(caller, _only(context, "aws:principalarn")))
    return caller


def _role_of_session(caller: Caller, stated: str | None) -> str:
    """The role of a session, whose ARN does not tell the path.

    The request may state it. AWS keeps the roles with the names of service-linked roles at a path of their own.
    """
    own, role = find_arn(caller.arn or ""), find_arn(stated or "")
    assert own is not None, "a session has a role"
    name = own.resource.removeprefix("role/")
    is_its = role is not None and role.resource.startswith("role/") and role.resource.rsplit("/", 1)[-1] == name
    if role is not None and is_its and role.account == own.account:
        return str(role)
    linked = own._replace(resource=f"role/aws-service-role/{name}")
    return str(linked if name.startswith(_SERVICE_LINKED) else own)


def _only(context: Context, key: str) -> str | None:
    values = context.get(key, ())
    return values[0] if len(values) == 1 else None


_caller_of = lru_cache(maxsize=4096)(parse_caller)
_policy_of = lru_cache(maxsize=4096)(parse_policy)


@dataclass(slots=True)
class _RequestDraft:
    """What has been read of a request so far."""

    principal: str | None = None
    action: str | None = None
    resource: str | None = None
    resource_account: str = ""
    canonical_user: str | None = None
    user_id: str | None = None
    context: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class _CaseDraft:
    """What has been read of a case so far."""

    id: str | None = None
    request: _RequestDraft | None = None
    policies: dict[str, Any] = field(default_factory=dict)
    """By the name of the authorization's field."""


def _read_line(text: str) -> tuple[str | None, Case]:
    reader, draft = JsonReader(text), _CaseDraft()
    _read_members(reader, draft, _CASE_MEMBERS)
    reader.finish()
    return draft.id, _finished(draft)


def _read_members(reader: JsonReader, draft: Draft, members: Mapping[str, Callable[[JsonReader, Draft], None]]) -> None:
    """Every member of the object that starts here; null is as good as none."""
    seen: set[str] = set()
    for name, offset in reader.members():
        if (read := members.get(name)) is None:
            raise reader.fault(offset, f"unknown member `{shorten(name)}`: expected one of {', '.join(members)}")
        if name in seen:
            raise reader.fault(offset, f"duplicate member `{name}`: keep one of them")
        seen.add(name)
        if reader.starts("null"):
            reader.raw()
        else:
            read(reader, draft)


def _finished(draft: _CaseDraft) -> Case:
    if draft.request is None:
        raise UsageError("`request` is missing: a case needs it")
    request = _finished_request(draft.request)
    return Case(request, Authorization(resource_account=draft.request.resource_account, **draft.policies))


def _finished_request(draft: _RequestDraft) -> Request:
    if draft.principal is None or draft.action is None or draft.resource is None:
        raise UsageError("a request needs `principal`, `action` and `resource`: one of them is missing")
    caller = caller_of(draft.principal, draft.context)
    if draft.canonical_user or draft.user_id:
        user_id = draft.user_id or caller.user_id
        caller = replace(caller, canonical_id=draft.canonical_user, user_id=user_id)
    return request_of(caller, draft.action, draft.resource, draft.context, resource_account=draft.resource_account)


def _read_id(reader: JsonReader, draft: _CaseDraft) -> None:
    start = reader.at
    draft.id = reader.raw()
    if not _ID.fullmatch(draft.id):
        raise reader.fault(start, "an id is text or a number")


def _read_request(reader: JsonReader, draft: _CaseDraft) -> None:
    draft.request = _RequestDraft()
    _read_members(reader, draft.request, _REQUEST_MEMBERS)


def _read_context(reader: JsonReader, draft: _RequestDraft) -> None:
    for key, offset in reader.members():
        name = key.lower()
        if name in draft.context:
            raise reader.fault(offset, f"duplicate key `{shorten(key)}`: case of letters does not tell keys apart")
        draft.context[name] = reader.values()


def _text(name: str) -> Callable[[JsonReader, _RequestDraft], None]:
    def read(reader: JsonReader, draft: _RequestDraft) -> None:
        setattr(draft, name, reader.string())

    return read


_REQUEST_MEMBERS: Mapping[str, Callable[[JsonReader, _RequestDraft], None]] = {
    "principal": _text("principal"),
    "action": _text("action"),
    "resource": _text("resource"),
    "resourceAccount": _text("resource_account"),
    "context": _read_context,
    "canonicalUser": _text("canonical_user"),
    "userId": _text("user_id"),
}


def _policies(name: str, read: Callable[[JsonReader], Any]) -> Callable[[JsonReader, _CaseDraft], None]:
    """Reads a field of the authorization."""

    def read_field(reader: JsonReader, draft: _CaseDraft) -> None:
        draft.policies[name] = read(reader)

    return read_field


def _read_policy(reader: JsonReader) -> Policy:
    """A policy: an object, or text that holds the document."""
    start = reader.at
    if not reader.starts("{") and not reader.starts('"'):
        raise reader.unexpected("a policy, or text that holds one")
    text = reader.string() if reader.starts('"') else reader.raw()
    try:
        return _policy_of(text)
    except PolicyError as error:
        raise reader.fault(start, f"the policy is malformed: {error}") from error


def _read_level(reader: JsonReader) -> Level:
    return tuple([_read_policy(reader) for _ in reader.items()])


def _read_levels(reader: JsonReader) -> tuple[Level, ...]:
    return tuple([_read_level(reader) for _ in reader.items()])


_CASE_MEMBERS: Mapping[str, Callable[[JsonReader, _CaseDraft], None]] = {
    "id": _read_id,
    "request": _read_request,
    "identityPolicies": _policies("identity_policies", _read_level),
    "resourcePolicy": _policies("resource_policy", _read_policy),
    "permissionsBoundary": _policies("permissions_boundary", _read_level),
    "sessionPolicies": _policies("session_policies", _read_level),
    "serviceControlPolicies": _policies("service_control_policies", _read_levels),
    "resourceControlPolicies": _policies("resource_control_policies", _read_levels),
    "vpcEndpointPolicies": _policies("vpc_endpoint_policies", _read_level),
}
