"""Resources that an analyzer looked at: list them, look at one, have one looked at again; and the scans that did so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from ringwall.errors import NotFoundError, ValidationError
from ringwall.findings.finding import FindingStatus
from ringwall.findings.remembered import RememberedFinding
from ringwall.service import work
from ringwall.service.analyzer_types import type_of
from ringwall.service.analyzers import analyzer_of, looks_into
from ringwall.service.context import Caller, Job, Ringwall
from ringwall.service.paging import paging_of
from ringwall.service.resource_types import Named, named_by
from ringwall.service.sources import GLOBAL
from ringwall.service.wire_findings import access_of
from ringwall.store import findings, resources, scans
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.resources import ResourceRecord
from ringwall.store.scans import ScanRecord

_ACCOUNT = re.compile(r"[0-9]{12}")
_MOST_TELLING = (FindingStatus.ACTIVE, FindingStatus.ARCHIVED, FindingStatus.RESOLVED)
"""Of the findings of a resource, which status is told of it."""


def list_analyzed_resources(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """All resources that were looked at, whether they are shared or not."""
    paging = paging_of(caller, "ListAnalyzedResources", request)
    with ringwall.store.read() as connection:
        analyzer = analyzer_of(connection, caller, request["analyzerArn"])
        found = resources.page(
            connection,
            analyzer.key,
            request.get("resourceType"),
            after=paging.after or 0,
            limit=paging.limit + 1,
        )
    return paging.answer("analyzedResources", found, key=lambda each: each.key, shape=_summary)


def get_analyzed_resource(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a resource: whether it is public, and what is allowed from outside."""
    arn = request["resourceArn"]
    with ringwall.store.read() as connection:
        analyzer = analyzer_of(connection, caller, request["analyzerArn"])
        _require_external(analyzer)
        found = resources.find(connection, analyzer.key, arn)
        if not found:
            message = f"the analyzer knows no resource `{arn}`"
            raise NotFoundError(message, resource_id=arn, resource_type="AnalyzedResource")
        of_resource = findings.of_arn(connection, analyzer.key, arn)
    return {"resource": _described(found[0], of_resource)}


def start_resource_scan(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Has one resource looked at at once. That it is there is not looked up: the scan will see."""
    with ringwall.store.read() as connection:
        _require_external(analyzer_of(connection, caller, request["analyzerArn"]))
    named = named_by(request["resourceArn"])
    if named.partition != caller.partition:
        raise ValidationError(f"`{named.arn}` is in another partition than the analyzer", field="resourceArn")
    with ringwall.store.write() as connection:
        analyzer = analyzer_of(connection, caller, request["analyzerArn"])
        known = next(iter(resources.find(connection, analyzer.key, named.arn)), None)
        account = _account_of(named, request.get("resourceOwnerAccount"), known, analyzer)
        _require_looked_into(connection, account, named, analyzer)
        regions = _regions_of(connection, named, account, known, analyzer)
        ringwall.jobs.enqueue(connection, *_rescans(analyzer, named, account, regions))
    return {}


def list_scans(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """What was scanned, newest first: of which account and Region, and what could not be seen there."""
    paging = paging_of(caller, "ListScans", request)
    with ringwall.store.read() as connection:
        analyzer = analyzer_of(connection, caller, request["analyzerArn"])
        found = scans.page(connection, analyzer.key, after=paging.after, limit=paging.limit + 1)
    return paging.answer("scans", found, key=lambda each: each.key, shape=_scan)


def _require_external(analyzer: AnalyzerRecord) -> None:
    if type_of(analyzer.type).is_unused:
        message = f"this is about external access, and `{analyzer.name}` is of type {analyzer.type}"
        raise ValidationError(message, field="analyzerArn")


def _account_of(named: Named, given: str | None, known: ResourceRecord | None, analyzer: AnalyzerRecord) -> str:
    """Whose resource it is: the ARN says so, or the caller, or what was seen before, or there is only one account."""
    if given and named.account and given != named.account:
        message = f"`{named.arn}` is not of account `{given}`"
        raise ValidationError(message, field="resourceOwnerAccount")
    only = analyzer.account if analyzer.type == "ACCOUNT" and not analyzer.scope["accounts"] else ""
    account = named.account or given or (known.owner_account if known else only)
    if not account:
        message = f"`{named.arn}` does not say whose it is: give `resourceOwnerAccount`"
        raise ValidationError(message, field="resourceOwnerAccount")
    return account


def _require_looked_into(connection: Connection, account: str, named: Named, analyzer: AnalyzerRecord) -> None:
    """Only an organization may have accounts that the analyzer does not know yet."""
    if not _ACCOUNT.fullmatch(account):
        field = "resourceArn" if named.account else "resourceOwnerAccount"
        raise ValidationError(f"`{account}` is not an account: twelve digits are expected", field=field)
    if analyzer.type == "ACCOUNT" and not looks_into(connection, analyzer, account):
        message = f"`{named.arn}` is in account `{account}`, where the analyzer does not look"
        raise ValidationError(message, field="resourceArn")
    _require_covered(account, analyzer.scope["accounts"], "account", named)


def _regions_of(
    connection: Connection, named: Named, account: str, known: ResourceRecord | None, analyzer: AnalyzerRecord
) -> Iterable[str]:
    """Where it is: one Region, or those where it may be, as the ARN of a bucket does not say it."""
    if named.region == GLOBAL:
        return (GLOBAL,)
    region = named.region or (known.region if known else "")
    if region:
        _require_covered(region, analyzer.scope["regions"], "Region", named)
        return (region,)
    scanned = {each.region for each in scans.last_of(connection, analyzer.key) if each.account == account} - {GLOBAL}
    return analyzer.scope["regions"] or sorted(scanned) or (analyzer.region,)


def _require_covered(value: str, covered: Iterable[str], what: str, named: Named) -> None:
    if covered and value not in covered:
        message = f"`{named.arn}` is in {what} `{value}`, where the analyzer does not look"
        raise ValidationError(message, field="resourceArn")


def _rescans(analyzer: AnalyzerRecord, named: Named, account: str, regions: Iterable[str]) -> list[Job]:
    return [work.rescan(analyzer.key, account, region, named.type, named.arn) for region in regions]


def _summary(resource: ResourceRecord) -> dict[str, Any]:
    return {
        "resourceArn": resource.arn,
        "resourceOwnerAccount": resource.owner_account,
        "resourceType": resource.type,
    }


def _described(resource: ResourceRecord, of_resource: Iterable[RememberedFinding]) -> dict[str, Any]:
    found = tuple(of_resource)
    statuses = {each.status for each in found}
    status = next((each.value for each in _MOST_TELLING if each in statuses), None)
    active = [access_of(each.detail) for each in found if each.status is FindingStatus.ACTIVE]
    members = {
        **_summary(resource),
        "createdAt": resource.created_at,
        "analyzedAt": resource.analyzed_at,
        "updatedAt": resource.updated_at,
        "isPublic": resource.is_public,
        "actions": sorted({action for each in active for action in each.get("action", ())}) or None,
        "sharedVia": sorted({source["type"] for each in active for source in each.get("sources", ())}) or None,
        "status": status,
        "error": resource.error,
    }
    return {name: value for name, value in members.items() if value is not None}


def _scan(scan: ScanRecord) -> dict[str, Any]:
    members = {
        "id": scan.id,
        "account": scan.account,
        "region": scan.region,
        "trigger": scan.trigger,
        "startedAt": scan.started_at,
        "endedAt": scan.ended_at,
        "status": scan.status,
        "coverage": scan.coverage,
    }
    return {name: value for name, value in members.items() if value is not None}
