"""Analyzers: create, look at, change, delete."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from ringwall.errors import ConflictError, QuotaError, ValidationError
from ringwall.findings.reconcile import forget_all
from ringwall.service import work
from ringwall.service.analyzer_types import AnalyzerType, type_of
from ringwall.service.analyzers import analyzer_named, claimed, kept
from ringwall.service.announcing import announce
from ringwall.service.archive_rules import inline_rules
from ringwall.service.context import Caller, Ringwall, Scope
from ringwall.service.paging import paging_of
from ringwall.service.tag_rules import checked_tags
from ringwall.service.unused_configuration import checked_configuration
from ringwall.store import analyzers, archive_rules, findings
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.turns import take_turn

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,254}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]+")
_SHORTEST_INTERVAL, _LONGEST_INTERVAL = 60, 7 * 24 * 60 * 60
_OF_SERVICES = "_AccessAnalyzerFor"
"""How the names begin of analyzers that AWS services make."""
_BATCH = 500


def create_analyzer(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """A new analyzer, which begins to scan at once."""
    type_ = type_of(request["type"])
    _require_name(request["analyzerName"])
    record = _record_of(ringwall, caller, request, type_)
    rules = inline_rules(ringwall, request.get("archiveRules", ()))
    with ringwall.store.write() as connection:
        take_turn(connection, f"analyzers {caller.account} {caller.region}")
        _require_room(ringwall, connection, record, type_)
        record = analyzers.insert(connection, record)
        for rule in rules:
            archive_rules.insert(connection, record.key, rule)
        ringwall.jobs.enqueue(connection, work.plan())
    return {"arn": record.arn}


def get_analyzer(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """One analyzer."""
    with ringwall.store.read() as connection:
        analyzer = analyzer_named(connection, caller, request["analyzerName"])
    configuration = {"configuration": dict(analyzer.configuration)} if analyzer.configuration else {}
    return {"analyzer": {**_summary(analyzer), **configuration}}


def list_analyzers(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """The caller's analyzers in the Region, oldest first."""
    paging = paging_of(caller, "ListAnalyzers", request)
    with ringwall.store.read() as connection:
        found = analyzers.page(
            connection,
            caller.account,
            caller.region,
            request.get("type"),
            after=paging.after or 0,
            limit=paging.limit + 1,
        )
    return paging.answer("analyzers", found, key=lambda each: each.key, shape=_summary)


def update_analyzer(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Changes how an analyzer of unused access judges; and what any looks at, or how often, which is ours."""
    now = ringwall.clock()
    with ringwall.store.write() as connection:
        analyzer = kept(connection, analyzer_named(connection, caller, request["analyzerName"]))
        columns = _changed_columns(analyzer, request)
        analyzers.update(connection, analyzer.key, **columns, next_scan_at=now)
        ringwall.jobs.enqueue(connection, work.plan())
    members = {
        "scope": columns["scope"],
        "scanIntervalSeconds": columns["scan_interval"],
        "configuration": columns["configuration"],
    }
    return {name: value for name, value in members.items() if value is not None}


def delete_analyzer(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """The analyzer goes with all that it remembers; whoever listens hears of every finding that went."""
    with ringwall.store.write() as connection:
        # What a scan writes at this moment comes first, so that its end is announced, too.
        analyzer = claimed(connection, analyzer_named(connection, caller, request["analyzerName"]))
        depth = findings.Depth.FULL if type_of(analyzer.type).is_unused else findings.Depth.FIELDS
        remembered = iter(findings.each(connection, analyzer.key, {}, batch=_BATCH, depth=depth))
        while batch := tuple(islice(remembered, _BATCH)):
            announce(ringwall, connection, analyzer, forget_all(batch))
        analyzers.delete(connection, analyzer.key)
    return {}


def _require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        message = f"`{name}` cannot be a name: letters, digits and `_.-`, and a letter first"
        raise ValidationError(message, field="analyzerName")
    if name.startswith(_OF_SERVICES):
        message = f"names that begin with `{_OF_SERVICES}` are those of analyzers that AWS services make"
        raise ValidationError(message, field="analyzerName")


def _changed_columns(analyzer: AnalyzerRecord, request: Mapping[str, Any]) -> dict[str, Any]:
    type_ = type_of(analyzer.type)
    configuration = analyzer.configuration
    if "configuration" in request:
        configuration = _configuration_of(request, type_, analyzer.account)
    elif not {"scope", "scanIntervalSeconds"} & request.keys():
        own = "`configuration`, " if type_.is_unused else ""
        raise ValidationError(f"there is nothing to change: give {own}`scope` or `scanIntervalSeconds`")
    return {
        "scope": _scope_of(request["scope"]).as_json() if "scope" in request else analyzer.scope,
        "scan_interval": _interval_of(request, analyzer.scan_interval),
        "configuration": configuration,
    }


def _configuration_of(request: Mapping[str, Any], type_: AnalyzerType, owner: str) -> dict[str, Any] | None:
    if type_.is_unused:
        return checked_configuration(request.get("configuration"), type_, owner)
    if "configuration" in request:
        message = f"analyzers of external access, such as those of type `{type_.name}`, have no configuration"
        raise ValidationError(message, field="configuration")
    return None


def _record_of(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any], type_: AnalyzerType) -> AnalyzerRecord:
    name, now, policy = request["analyzerName"], ringwall.clock(), ringwall.policy
    # Users and roles are in no Region.
    is_own = policy.regions_of_analyzers == "own" and not type_.is_unused
    usual = policy.unused_scan_interval if type_.is_unused else policy.scan_interval
    return AnalyzerRecord(
        arn=f"arn:{caller.partition}:access-analyzer:{caller.region}:{caller.account}:analyzer/{name}",
        name=name,
        account=caller.account,
        region=caller.region,
        type=type_.name,
        status=type_.first_status,
        created_at=now,
        tags=checked_tags(request.get("tags", {})),
        scope=_scope_of(request.get("scope", {"regions": [caller.region]} if is_own else {})).as_json(),
        configuration=_configuration_of(request, type_, caller.account),
        scan_interval=_interval_of(request, int(usual.total_seconds())),
        next_scan_at=now,
    )


def _require_room(ringwall: Ringwall, connection: Connection, record: AnalyzerRecord, type_: AnalyzerType) -> None:
    """See that the name is free, and then that the quota has room: a name that is taken is the more telling fault."""
    if analyzers.find_named(connection, record.account, record.region, record.name) is not None:
        message = f"there is an analyzer `{record.name}` already"
        raise ConflictError(message, resource_id=record.name, resource_type="Analyzer")
    quotas = ringwall.policy.quotas
    most = quotas.organization_analyzers if type_.is_of_organization else quotas.account_analyzers
    if analyzers.count(connection, record.account, record.region, record.type) >= most:
        message = f"there can be {most} analyzers of type `{record.type}` in one Region, and there are"
        raise QuotaError(message, resource_id=record.name, resource_type="Analyzer")


def _scope_of(written: Mapping[str, Any]) -> Scope:
    scope = Scope(accounts=tuple(written.get("accounts", ())), regions=tuple(written.get("regions", ())))
    _require_all(_ACCOUNT, scope.accounts, "scope.accounts", "an account: twelve digits are expected")
    _require_all(_REGION, scope.regions, "scope.regions", "a Region: something like `eu-west-1` is expected")
    return scope


def _require_all(shape: re.Pattern[str], values: Iterable[str], field: str, what: str) -> None:
    for value in values:
        if not shape.fullmatch(value):
            raise ValidationError(f"`{value}` is not {what}", field=field)


def _interval_of(request: Mapping[str, Any], otherwise: int) -> int:
    interval = int(request.get("scanIntervalSeconds", otherwise))
    if not _SHORTEST_INTERVAL <= interval <= _LONGEST_INTERVAL:
        message = f"{interval} is no scan interval: from {_SHORTEST_INTERVAL} to {_LONGEST_INTERVAL} seconds can be"
        raise ValidationError(message, field="scanIntervalSeconds")
    return interval


def _summary(analyzer: AnalyzerRecord) -> dict[str, Any]:
    members = {
        "arn": analyzer.arn,
        "name": analyzer.name,
        "type": analyzer.type,
        "createdAt": analyzer.created_at,
        "status": analyzer.status,
        "statusReason": {"code": analyzer.status_reason} if analyzer.status_reason else None,
        "lastResourceAnalyzed": analyzer.last_resource_analyzed,
        "lastResourceAnalyzedAt": analyzer.last_resource_analyzed_at,
        "tags": dict(analyzer.tags),
        "scope": dict(analyzer.scope),
        "scanIntervalSeconds": analyzer.scan_interval,
    }
    return {name: value for name, value in members.items() if value is not None}
