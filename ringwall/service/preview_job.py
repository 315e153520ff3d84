"""Answers an access preview: what a proposed configuration of a resource would change among its findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from ringwall.errors import CollectionError, ConfigurationError
from ringwall.findings.access_preview import PreviewFinding, compare, proposed, target_of
from ringwall.findings.report import Gap
from ringwall.resources.base import Resource
from ringwall.service.announcing import announce_preview
from ringwall.service.context import Ringwall
from ringwall.service.scan_job import watch_of
from ringwall.service.work import Work
from ringwall.service.zones import Analysis
from ringwall.store import analyzers, archive_rules, findings, previews, resources
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.previews import PreviewRecord
from ringwall.store.resources import ResourceRecord

_INVALID = "INVALID_CONFIGURATION"
_FAILED = "INTERNAL_ERROR"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A preview, taken apart."""

    analyzer: AnalyzerRecord
    record: PreviewRecord
    arn: str
    member: str
    value: Mapping[str, Any]


def preview(work: Work, payload: Mapping[str, Any]) -> None:
    """Compares what is proposed with what there is: read from the account now, or as it was last seen."""
    asked = _asked(work.ringwall, payload["id"])
    if asked is None:
        return
    try:
        found = _answer(work, asked)
    except ConfigurationError:
        _end(work.ringwall, asked, previews.FAILED, reason=_INVALID)
    except CollectionError:
        _end(work.ringwall, asked, previews.FAILED, reason=_FAILED)
    else:
        _end(work.ringwall, asked, previews.COMPLETED, found=found)


def _asked(ringwall: Ringwall, preview_id: str) -> _Asked | None:
    """The preview; None where it was answered already, or deleted with its analyzer."""
    with ringwall.store.read() as connection:
        record = previews.find(connection, preview_id)
        if record is None or record.status != previews.CREATING:
            return None
        analyzer = analyzers.find_key(connection, record.analyzer_key)
    if analyzer is None:
        return None
    [(arn, configuration)] = record.configurations.items()
    [(member, value)] = configuration.items()
    return _Asked(analyzer, record, arn, member, value)


def _answer(work: Work, asked: _Asked) -> tuple[PreviewFinding, ...]:
    analyzer = asked.analyzer
    target = target_of(asked.member, asked.arn, account=analyzer.account, region=analyzer.region)
    known = _known(work.ringwall, analyzer, target)
    account = known.owner_account if known else target.owner_account
    region = known.region if known else target.region
    watch = watch_of(work, analyzer.key, account, region)
    if watch is None:
        raise CollectionError(_FAILED, f"the analyzer `{analyzer.name}` is not active any more")
    existing = _existing(work, account, region, target)
    proposal = proposed(asked.member, asked.value, existing, asked.arn, account=account, region=region)
    assert isinstance(watch.analysis, Analysis)
    found = watch.analysis.external_access.findings_of(proposal)
    with work.ringwall.store.read() as connection:
        live = findings.of_resources(connection, [known.key]).get(known.key, ()) if known else ()
        rules = archive_rules.of_analyzer(connection, analyzer.key)
    now = work.ringwall.clock()
    return compare(live, found, analyzer=analyzer.arn, preview=asked.record.id, rules=rules, now=now)


def _known(ringwall: Ringwall, analyzer: AnalyzerRecord, target: Resource) -> ResourceRecord | None:
    """The resource as a scan last saw it: where it is, if its ARN does not say."""
    with ringwall.store.read() as connection:
        found = resources.find(connection, analyzer.key, target.arn)
    return next((each for each in found if each.type == target.type), None)


def _existing(work: Work, account: str, region: str, target: Resource) -> Resource | None:
    """The resource as it is; None for a new one.

    Raises:
        CollectionError: it cannot be said.
    """
    match work.source.read_one(account, region, target.type, target.arn):
        case Gap() as gap if gap.is_failure:
            raise CollectionError(gap.code, gap.message)
        case Resource() as resource:
            return resource
        case _:
            return None


def _end(
    ringwall: Ringwall,
    asked: _Asked,
    status: str,
    *,
    found: tuple[PreviewFinding, ...] = (),
    reason: str | None = None,
) -> None:
    with ringwall.store.write() as connection:
        analyzers.keep(connection, asked.analyzer.key)
        if _write(connection, asked.record, found, reason):
            announce_preview(
                ringwall,
                connection,
                asked.analyzer,
                _told(asked.record, status, reason),
                previous_status=previews.CREATING,
            )


def _write(
    connection: Connection, record: PreviewRecord, found: tuple[PreviewFinding, ...], reason: str | None
) -> bool:
    """Whether it was still to be answered."""
    if reason is not None:
        return previews.fail(connection, record.id, reason)
    return previews.complete(
        connection, record.id, [{**each.as_json(), "createdAt": each.created_at} for each in found]
    )


def _told(record: PreviewRecord, status: str, reason: str | None) -> dict[str, Any]:
    return {
        "accessPreviewId": record.id,
        "configuredResources": list(record.configurations),
        "createdAt": record.created_at.isoformat(),
        "status": status,
        **({"statusReason": {"code": reason}} if reason else {}),
    }
