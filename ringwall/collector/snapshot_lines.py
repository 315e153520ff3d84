"""One line of a snapshot: from JSON to what it stands for, and back. Nothing is guessed; what is odd is refused."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

from ringwall.arn import find_arn
from ringwall.errors import SnapshotError
from ringwall.findings.organization import Organization
from ringwall.findings.organization_json import organization_as_json, organization_of
from ringwall.findings.report import NOTES, Gap, PrincipalGap
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import Configuration, ReadError, Resource

FORMAT = "ringwall-snapshot"
VERSION = 1
_VERSION = f"{VERSION}, the version of snapshots that this Ringwall reads"
_ACCOUNT = re.compile(r"[0-9]{12}")
_ERROR_CODES = ("ACCESS_DENIED", "INTERNAL_ERROR")
_GAP_CODES = (*_ERROR_CODES, *sorted(NOTES))


@dataclass(frozen=True, slots=True)
class SnapshotHeader:
    """What a collection knew before it met the first resource."""

    collected_at: str
    """ISO 8601, UTC: `2026-01-31T12:00:00Z`."""
    accounts: tuple[str, ...] = ()
    """The accounts that were collected."""
    organization: Organization | None = None


class _Field(NamedTuple):
    """What a member of an object must be."""

    fits: Callable[[Any], bool]
    expected: str
    is_required: bool = True


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_text_or_null(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_object_or_null(value: Any) -> bool:
    return value is None or isinstance(value, dict)


def _is_arn(value: Any) -> bool:
    return isinstance(value, str) and find_arn(value) is not None


def _is_account(value: Any) -> bool:
    return isinstance(value, str) and _ACCOUNT.fullmatch(value) is not None


def _is_list_of_accounts(value: Any) -> bool:
    return isinstance(value, list) and all(_is_account(each) for each in value)


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _is_map_of_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def _is_document(value: Any) -> bool:
    return isinstance(value, str | dict)


_POLICIES = _Field(_is_list_of_objects, "a list of policies")
_HEADER = {
    "format": _Field(lambda value: value == FORMAT, f"`{FORMAT}`"),
    "version": _Field(lambda value: value == VERSION and isinstance(value, int) and value is not True, _VERSION),
    "collectedAt": _Field(_is_text, "a time as text"),
    "accounts": _Field(_is_list_of_accounts, "a list of account numbers of twelve digits, as text"),
    "organization": _Field(_is_object_or_null, "an object or null"),
}
_ORGANIZATION = {
    "id": _Field(_is_text, "text"),
    "managementAccountId": _Field(_is_text, "text"),
    "accounts": _Field(_is_list_of_objects, "a list of accounts"),
    "resourceControlPolicies": _POLICIES,
    "serviceControlPolicies": _POLICIES,
    "policiesUnreadable": _Field(_is_text_or_null, "text or null", is_required=False),
}
_MEMBER_ACCOUNT = {
    "id": _Field(_is_account, "an account number of twelve digits, as text"),
    "name": _Field(_is_text, "text", is_required=False),
    "path": _Field(_is_text, "text", is_required=False),
}
_POLICY = {
    "name": _Field(_is_text, "text"),
    "document": _Field(_is_document, "a policy document, as text or as an object"),
    "targets": _Field(_is_list_of_texts, "a list of accounts and paths"),
}
_RESOURCE = {
    "resourceArn": _Field(_is_arn, "an ARN"),
    "resourceType": _Field(lambda value: _is_text(value) and value in RESOURCE_TYPES, "a known resource type"),
    "resourceOwnerAccount": _Field(_is_account, "an account number of twelve digits, as text"),
    "region": _Field(_is_text, "text"),
    "configuration": _Field(_is_object_or_null, "an object", is_required=False),
    "tags": _Field(_is_map_of_texts, "an object of texts", is_required=False),
    "error": _Field(_is_object_or_null, "an object or null", is_required=False),
}
_ERROR = {
    "code": _Field(lambda value: value in _ERROR_CODES, " or ".join(_ERROR_CODES)),
    "message": _Field(_is_text, "text"),
}
_GAP = {
    "account": _Field(_is_text_or_null, "text or null", is_required=False),
    "region": _Field(_is_text_or_null, "text or null", is_required=False),
    "resourceType": _Field(_is_text_or_null, "text or null", is_required=False),
    "resource": _Field(_is_text_or_null, "text or null", is_required=False),
    "code": _Field(lambda value: value in _GAP_CODES, " or ".join(_GAP_CODES)),
    "message": _Field(_is_text, "text"),
}


def object_of(data: bytes) -> dict[str, Any]:
    """The JSON object on a line.

    Raises:
        SnapshotError: the line is not UTF-8, not JSON, not an object, too deeply nested, or names a key twice.
    """
    if data.startswith(codecs.BOM_UTF8):
        raise SnapshotError(
            "the line is not JSON: it begins with a byte order mark; save the file as UTF-8 without one"
        )
    try:
        value = json.loads(data.decode().rstrip(), object_pairs_hook=_unique, parse_constant=_refuse_constant)
        if b"\\ud" in data.lower():
            _refuse_lone_surrogates(value)
    except RecursionError as error:
        raise SnapshotError("the line is nested too deeply") from error
    except UnicodeDecodeError as error:
        raise SnapshotError(f"the line is not UTF-8 at byte {error.start + 1}") from error
    except json.JSONDecodeError as error:
        raise SnapshotError(f"the line is not JSON: {error.msg} at column {error.colno}") from error
    except ValueError as error:
        raise SnapshotError(f"the line is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise SnapshotError("the line is not a JSON object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        keys = [key for key, _ in pairs]
        raise SnapshotError(f"the key `{next(key for key in keys if keys.count(key) > 1)}` stands twice in one object")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _refuse_lone_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise SnapshotError("a text holds half of a character (a lone surrogate)") from error


def _checked(members: dict[str, Any], fields: dict[str, _Field], place: str = "") -> dict[str, Any]:
    """`members`, when they are exactly what `fields` ask for."""
    if unknown := next((key for key in members if key not in fields), None):
        raise SnapshotError(f"unknown field `{place}{unknown}`")
    for name, field in fields.items():
        if name not in members and field.is_required:
            raise SnapshotError(f"the field `{place}{name}` is missing")
        if name in members and not field.fits(members[name]):
            raise SnapshotError(f"the field `{place}{name}` must be {field.expected}")
    return members


def header_of(members: dict[str, Any]) -> SnapshotHeader:
    """The first line of a snapshot.

    Raises:
        SnapshotError: it is not one, or not of a version that is known here.
    """
    if members.get("format") != FORMAT:
        raise SnapshotError(f'this is not a snapshot: the first line must hold "format": "{FORMAT}"')
    _checked(members, _HEADER)
    organization = members["organization"]
    return SnapshotHeader(
        members["collectedAt"],
        tuple(members["accounts"]),
        None if organization is None else _checked_organization(organization),
    )


def _checked_organization(members: dict[str, Any]) -> Organization:
    _checked(members, _ORGANIZATION, "organization.")
    for account in members["accounts"]:
        _checked(account, _MEMBER_ACCOUNT, "organization.accounts.")
    for policy in (*members["resourceControlPolicies"], *members["serviceControlPolicies"]):
        _checked(policy, _POLICY, "organization policy ")
    return organization_of(members)


def gap_of(members: dict[str, Any]) -> Gap:
    """What the collection could not read.

    Raises:
        SnapshotError: a field is missing, unknown or not of its type.
    """
    kind, of_kind = ("principalGap", PrincipalGap) if "principalGap" in members else ("gap", Gap)
    _checked(members, {kind: _Field(_is_object, "an object")})
    gap = _checked(members[kind], _GAP, f"{kind}.")
    places = (gap.get(key) or "" for key in ("account", "region", "resourceType", "resource"))
    return of_kind(gap["code"], gap["message"], *places)


def resource_of(members: dict[str, Any]) -> Resource:
    """The resource on a line.

    Raises:
        SnapshotError: a field is missing, unknown or not of its type, or the configuration is another type's.
    """
    _checked(members, _RESOURCE)
    error = members.get("error")
    if error is not None:
        _checked(error, _ERROR, "error.")
    return Resource(
        members["resourceArn"],
        members["resourceType"],
        members["resourceOwnerAccount"],
        members["region"],
        _configuration_of(members.get("configuration") or {}, members["resourceType"], is_unread=error is not None),
        members.get("tags", {}),
        None if error is None else ReadError(error["code"], error["message"]),
    )


def _configuration_of(union: dict[str, Any], resource_type: str, *, is_unread: bool) -> Configuration:
    if is_unread and not union:
        return {}
    member = RESOURCE_TYPES[resource_type].member
    if len(union) != 1:
        raise SnapshotError(f"the configuration must have exactly one member, `{member}`, and has {len(union)}")
    if member not in union:
        raise SnapshotError(f"the configuration of {resource_type} is `{member}`, not `{next(iter(union))}`")
    value = union[member]
    if not isinstance(value, dict):
        raise SnapshotError(f"the field `configuration.{member}` must be an object")
    return value


def readable_parts(members: dict[str, Any]) -> dict[str, str]:
    """Those of the fields that identify a resource which can be read, on a line that as a whole cannot."""
    names = ("resourceArn", "resourceOwnerAccount", "region")
    parts = {name: members[name] for name in names if name in members and _RESOURCE[name].fits(members[name])}
    return parts | ({"resourceType": members["resourceType"]} if _is_text(members.get("resourceType")) else {})


def header_as_json(header: SnapshotHeader) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "collectedAt": header.collected_at,
        "organization": None if header.organization is None else organization_as_json(header.organization),
        "accounts": list(header.accounts),
    }


def resource_as_json(resource: Resource) -> dict[str, Any]:
    """A resource's line. `resource.type` is one of `RESOURCE_TYPES`."""
    error = resource.error
    is_unread = error is not None and not resource.configuration
    return {
        "resourceArn": resource.arn,
        "resourceType": resource.type,
        "resourceOwnerAccount": resource.owner_account,
        "region": resource.region,
        "configuration": {} if is_unread else {RESOURCE_TYPES[resource.type].member: dict(resource.configuration)},
        "tags": dict(resource.tags),
        "error": None if error is None else {"code": error.code, "message": error.message},
    }
