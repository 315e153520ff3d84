"""A principal's line of a snapshot: from JSON to a principal with what it used, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ringwall.arn import find_arn
from ringwall.errors import SnapshotError
from ringwall.findings.report import PrincipalGap
from ringwall.principals.principal_access import PrincipalAccess, principal_access_as_json, principal_access_of

PRINCIPAL = "principalAccess"
PRINCIPAL_GAP = "principalGap"
_REGION = "global"
_ACCOUNT = re.compile(r"[0-9]{12}")


def principal_line(access: PrincipalAccess) -> dict[str, Any]:
    return {PRINCIPAL: principal_access_as_json(access)}


def principal_of(members: Mapping[str, Any]) -> PrincipalAccess:
    """The principal on a line.

    Raises:
        SnapshotError: a field is missing, unknown or not of its type.
    """
    if unknown := next((key for key in members if key != PRINCIPAL), None):
        raise SnapshotError(f"unknown field `{unknown}`")
    access = principal_access_of(members[PRINCIPAL])
    if find_arn(access.principal.arn) is None:
        raise SnapshotError("the field `principalAccess.principal.arn` must be an ARN")
    if not _ACCOUNT.fullmatch(access.principal.account):
        raise SnapshotError("the field `principalAccess.principal.account` must be an account number of twelve digits")
    return access


def unreadable_principal(members: Mapping[str, Any], message: str) -> PrincipalGap:
    """What is missing because of a line that cannot be read, named as far as it can be."""
    access = members[PRINCIPAL]
    principal = access.get("principal") if isinstance(access, dict) else None
    named = principal if isinstance(principal, dict) else {}
    texts = {key: value for key, value in named.items() if isinstance(value, str)}
    account, kind, arn = (texts.get(key, "") for key in ("account", "kind", "arn"))
    return PrincipalGap("INTERNAL_ERROR", message, account, _REGION, kind, arn)
