"""The fix of a finding: look at it, and have it written to AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwall.errors import CollectionError, ConflictError, DeniedError, ValidationError
from ringwall.findings.fix import Fix
from ringwall.service import work
from ringwall.service.analyzers import analyzer_of
from ringwall.service.context import Caller, Ringwall
from ringwall.service.fixing import Found, fix_case, found_fix
from ringwall.store.analyzers import AnalyzerRecord


def get_finding_fix(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """The smallest edit that removes exactly the finding's access, with its proof; or why there is none."""
    _, found = _found(ringwall, caller, request)
    if found.fix is None:
        return {"reason": found.reason, "canBeApplied": False}
    written = {**found.fix.as_json(), "finding": request["id"]}
    return {"fix": written, "digest": found.digest, "canBeApplied": ringwall.writer is not None}


def apply_finding_fix(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Writes a fix to AWS, if `fixing.allow_apply` is on and nothing has changed since, and has the resource looked at again."""
    if ringwall.writer is None:
        raise DeniedError("this server may not change AWS: `allow_apply` of `[fixing]` in its configuration is off")
    analyzer, found = _found(ringwall, caller, request)
    fix = _confirmed(found, request)
    try:
        ringwall.writer.write(fix.resource, fix.configuration)
    except CollectionError as error:
        raise ConflictError(str(error), resource_id=fix.resource.arn, resource_type=fix.resource.type) from error
    finally:
        # Also where it failed: a part may have been written, and what has changed meanwhile is worth a look.
        _rescan(ringwall, analyzer, fix)
    return {"applied": True}


def _found(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> tuple[AnalyzerRecord, Found]:
    with ringwall.store.read() as connection:
        analyzer = analyzer_of(connection, caller, request["analyzerArn"])
        case = fix_case(connection, ringwall.zones, analyzer, request["id"])
    return analyzer, found_fix(case)


def _confirmed(found: Found, request: Mapping[str, Any]) -> Fix:
    """The fix, if it is the one that the caller has seen."""
    if found.fix is None or found.digest != request["digest"]:
        raise ConflictError(
            "the resource or what it is compared with has changed since this fix was shown: look at it again",
            resource_id=request["id"],
            resource_type="Finding",
        )
    if not found.fix.is_exact and not request.get("nearest"):
        raise ValidationError("this fix takes away more than the finding: say `nearest` to want it", field="nearest")
    return found.fix


def _rescan(ringwall: Ringwall, analyzer: AnalyzerRecord, fix: Fix) -> None:
    resource = fix.resource
    job = work.rescan(analyzer.key, resource.owner_account, resource.region, resource.type, resource.arn)
    with ringwall.store.write() as connection:
        ringwall.jobs.enqueue(connection, job)
