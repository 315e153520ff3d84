"""What a key may do, by its role: as AWS's two managed policies for the service say it.

An admin may do everything (IAMAccessAnalyzerFullAccess). What a reader may do is listed as patterns of actions, those of
IAMAccessAnalyzerReadOnlyAccess, which leaves out CheckNoPublicAccess; GetFindingV2 and ListFindingsV2 are authorized as
GetFinding and ListFindings. Of our own operations, those that show keys or what others did are not for readers.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache

from ringwall.errors import DeniedError
from ringwall.service.context import Caller, Role

READER_ACTIONS = ("CheckAccessNotGranted", "CheckNoNewAccess", "Get*", "List*", "ValidatePolicy", "DryRunArchiveRule")
ADMIN_ONLY = frozenset({"ListApiKeys", "ListAuditEvents", "ListUsers"})
_AUTHORIZED_AS = {"GetFindingV2": "GetFinding", "ListFindingsV2": "ListFindings"}
_READING = (*READER_ACTIONS, "CheckNoPublicAccess")


@cache
def is_allowed(role: Role, operation: str) -> bool:
    """Whether keys with this role may call the operation."""
    match role:
        case Role.ADMIN:
            return True
        case Role.READER:
            return operation not in ADMIN_ONLY and _matches(action_of(operation), READER_ACTIONS)


@cache
def is_reading(operation: str) -> bool:
    """Whether the operation changes nothing, so that it is neither audited nor put in a transaction of its own."""
    return _matches(operation, _READING)


def action_of(operation: str) -> str:
    """The IAM action, without its prefix, that the operation needs."""
    return _AUTHORIZED_AS.get(operation, operation)


def authorize(caller: Caller, operation: str) -> None:
    """Raises `DeniedError` where the caller may not do this."""
    if not is_allowed(caller.role, operation):
        raise DeniedError(
            f"key {caller.key_id} is not authorized to perform: access-analyzer:{action_of(operation)}, "
            f"because its role is {caller.role.value}"
        )


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, each) for each in patterns)
