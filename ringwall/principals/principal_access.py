"""A principal with the evidence of what it used: what is collected, kept in a snapshot, and judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ringwall.errors import SnapshotError
from ringwall.principals.principal import Principal
from ringwall.principals.record import Record
from ringwall.principals.usage import TrailCoverage, TrailUsage, Usage


class PrincipalAccess(Record, frozen=True):
    """One principal, and all the evidence about it."""

    principal: Principal
    usage: Usage = Usage()

    def with_trail(self, usage: Mapping[str, TrailUsage], coverage: TrailCoverage) -> PrincipalAccess:
        """The same with what a trail saw, in place of what was known of one.

        Args:
            usage: by the principals' ARNs: one that is missing was seen to do nothing.
            coverage: where the trail looked, in the principal's account.
        """
        seen = usage.get(self.principal.arn) or TrailUsage()
        joined = msgspec.structs.replace(self.usage, trail=seen, trail_coverage=coverage)
        return msgspec.structs.replace(self, usage=joined)


def principal_access_as_json(access: PrincipalAccess) -> dict[str, Any]:
    """As a snapshot's line and the store hold it: `{"principal": …, "usage": …}`."""
    written: dict[str, Any] = msgspec.to_builtins(access, str_keys=True)
    return written


def principal_access_of(members: Mapping[str, Any]) -> PrincipalAccess:
    """What `principal_access_as_json` wrote.

    Raises:
        SnapshotError: a field is missing, unknown or not of its type; it says where.
    """
    try:
        return msgspec.convert(members, PrincipalAccess)
    except msgspec.ValidationError as error:
        raise SnapshotError(f"this is no principal: {error}") from error
