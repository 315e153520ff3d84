"""Access previews: what a proposed configuration of one resource would change among its findings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from ringwall.errors import ConfigurationError, ConflictError, NotFoundError, QuotaError, ValidationError
from ringwall.findings.access_preview import facts_of_preview, target_of
from ringwall.findings.archive_rule import PREVIEW_KEYS, matches, parse_filter
from ringwall.service import work
from ringwall.service.analyzers import analyzer_of, kept, looks_into
from ringwall.service.announcing import announce_preview
from ringwall.service.context import Caller, Ringwall
from ringwall.service.paging import paging_of
from ringwall.service.sources import GLOBAL
from ringwall.service.wire_findings import preview_finding
from ringwall.store import previews
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.previews import PreviewRecord
from ringwall.store.turns import take_turn

_KEPT = timedelta(hours=24)
_LISTED = timedelta(hours=1)
_QUOTA_PERIOD = timedelta(hours=1)


def create_access_preview(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Begins a preview; `GetAccessPreview` says when it is ready."""
    arn, member = _one_of(request["configurations"])
    now = ringwall.clock()
    with ringwall.store.write() as connection:
        analyzer = kept(connection, analyzer_of(connection, caller, request["analyzerArn"]))
        _require_fit(connection, analyzer, arn, member)
        take_turn(connection, f"previews {analyzer.key}")
        _require_room(ringwall, connection, analyzer)
        record = PreviewRecord(ringwall.new_id(), analyzer.key, request["configurations"], now)
        previews.insert(connection, record)
        announce_preview(ringwall, connection, analyzer, _announced(record))
        ringwall.jobs.enqueue(connection, work.preview(record.id))
    return {"id": record.id}


def get_access_preview(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """How far a preview is, for a day."""
    with ringwall.store.read() as connection:
        analyzer = analyzer_of(connection, caller, request["analyzerArn"])
        record = _found(ringwall, connection, analyzer, request["accessPreviewId"])
    return {"accessPreview": {**_summary(analyzer, record), "configurations": dict(record.configurations)}}


def list_access_previews(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """The previews of the last hour, oldest first."""
    paging = paging_of(caller, "ListAccessPreviews", request)
    since = ringwall.clock() - _LISTED
    with ringwall.store.read() as connection:
        analyzer = analyzer_of(connection, caller, request["analyzerArn"])
        found = previews.page(connection, analyzer.key, since=since, after=paging.after or 0, limit=paging.limit + 1)
    return paging.answer("accessPreviews", found, key=lambda each: each.key, shape=partial(_summary, analyzer))


def list_access_preview_findings(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """What a preview found. One resource has few enough findings to go through them all."""
    paging = paging_of(caller, "ListAccessPreviewFindings", request)
    criteria = parse_filter(request.get("filter", {}), PREVIEW_KEYS)
    with ringwall.store.read() as connection:
        analyzer = analyzer_of(connection, caller, request["analyzerArn"])
        record = _found(ringwall, connection, analyzer, request["accessPreviewId"])
    if record.status != previews.COMPLETED:
        message = f"the access preview `{record.id}` has no findings: its status is {record.status}"
        raise ConflictError(message, resource_id=record.id, resource_type="AccessPreview")
    found = [
        (place, each)
        for place, each in enumerate(record.findings, 1)
        if place > (paging.after or 0) and matches(criteria, facts_of_preview(each))
    ]
    return paging.answer(
        "findings", found[: paging.limit + 1], key=lambda each: each[0], shape=lambda each: preview_finding(each[1])
    )


def _one_of(configurations: Mapping[str, Any]) -> tuple[str, str]:
    """The ARN of the resource that a preview is about, and the member that configures it."""
    if len(configurations) != 1:
        message = f"{len(configurations)} configurations were given: a preview is about exactly one resource"
        raise ValidationError(message, field="configurations")
    [(arn, configuration)] = configurations.items()
    if len(configuration) != 1:
        message = f"`{arn}` has {len(configuration)} configurations: exactly one member is expected"
        raise ValidationError(message, field="configurations")
    [member] = configuration
    return arn, member


def _require_fit(connection: Connection, analyzer: AnalyzerRecord, arn: str, member: str) -> None:
    """See that it is an account's analyzer, that it works, and that it looks where the resource is."""
    if analyzer.type != "ACCOUNT":
        message = f"access previews need an analyzer of type ACCOUNT: `{analyzer.name}` is of type {analyzer.type}"
        raise ValidationError(message, field="analyzerArn")
    if analyzer.status != "ACTIVE":
        message = f"the analyzer `{analyzer.name}` is not active: its status is {analyzer.status}"
        raise ConflictError(message, resource_id=analyzer.name, resource_type="Analyzer")
    if not _covers(connection, analyzer, arn, member):
        message = f"`{arn}` is in another account or Region than the analyzer `{analyzer.name}` looks at"
        raise ValidationError(message, field="configurations")


def _covers(connection: Connection, analyzer: AnalyzerRecord, arn: str, member: str) -> bool:
    try:
        target = target_of(member, arn, account=analyzer.account, region="")
    except ConfigurationError as error:
        raise ValidationError(str(error), field="configurations") from error
    owner, regions = target.owner_account, analyzer.scope["regions"]
    is_near = not regions or target.region in {"", GLOBAL, *regions}
    is_ours = owner == analyzer.account or looks_into(connection, analyzer, owner)
    return is_near and is_ours and arn.split(":")[1] == analyzer.arn.split(":")[1]


def _require_room(ringwall: Ringwall, connection: Connection, analyzer: AnalyzerRecord) -> None:
    most = ringwall.policy.quotas.previews_per_hour
    if previews.count_since(connection, analyzer.key, ringwall.clock() - _QUOTA_PERIOD) >= most:
        message = f"an analyzer makes at most {most} access previews in an hour: wait a little"
        raise QuotaError(message, resource_id=analyzer.name, resource_type="AccessPreview")


def _found(ringwall: Ringwall, connection: Connection, analyzer: AnalyzerRecord, preview_id: str) -> PreviewRecord:
    record = previews.find(connection, preview_id)
    is_over = record is not None and record.created_at <= ringwall.clock() - _KEPT
    if record is None or is_over or record.analyzer_key != analyzer.key:
        message = f"there is no access preview `{preview_id}`, or it was made more than a day ago"
        raise NotFoundError(message, resource_id=preview_id, resource_type="AccessPreview")
    return record


def _announced(record: PreviewRecord) -> dict[str, Any]:
    return {
        "accessPreviewId": record.id,
        "configuredResources": list(record.configurations),
        "createdAt": record.created_at.isoformat(),
        "status": record.status,
    }


def _summary(analyzer: AnalyzerRecord, record: PreviewRecord) -> dict[str, Any]:
    members = {
        "id": record.id,
        "analyzerArn": analyzer.arn,
        "createdAt": record.created_at,
        "status": record.status,
        "statusReason": {"code": record.status_reason} if record.status_reason else None,
    }
    return {name: value for name, value in members.items() if value is not None}
