"""What findings on many resources have in common: the statement that allows them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_OF_ONE_RESOURCE = frozenset({"Sid", "Resource", "NotResource"})
"""What differs in copies of one statement."""


def cause_of(detail: Mapping[str, Any]) -> str | None:
    """The same for findings that the same statements allow, whichever resources these stand on; None where none did."""
    allowed_by = detail.get("allowedBy") or ()
    texts = sorted({_without_resource(each.get("statement") or "") for each in allowed_by} - {""})
    if not texts:
        return None
    return hashlib.sha256("\n".join(texts).encode("utf-8", "replace")).hexdigest()[:16]


@lru_cache(maxsize=1024)
def _without_resource(statement: str) -> str:
    try:
        members = json.loads(statement)
    except (ValueError, RecursionError):
        return statement
    if not isinstance(members, dict):
        return statement
    return json.dumps({name: value for name, value in members.items() if name not in _OF_ONE_RESOURCE}, sort_keys=True)
