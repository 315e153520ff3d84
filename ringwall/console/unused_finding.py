"""A finding about unused access: what is unused, how that is known, and what is to become of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from starlette.responses import Response

from ringwall.console.found import Found, history_of
from ringwall.console.principal_use import SOURCES
from ringwall.console.resource import table_of
from ringwall.console.table import Cell, Column
from ringwall.console.unused_columns import columns_of
from ringwall.console.unused_words import (
    ADVICE,
    CONFIDENCES,
    age_of,
    entity_name,
    moment,
    own_details,
    sentence,
    services_of,
    title_of,
)
from ringwall.console.visit import Visit
from ringwall.findings.archive_rule import Criterion
from ringwall.principals.evidence import Evidence, SourceCoverage
from ringwall.store import findings

_OTHERS = 20
_GRANULARITIES = {
    "entity": "the whole entity",
    "service": "service by service",
    "action": "action by action, where AWS tracks it",
}


@dataclass(frozen=True, slots=True)
class ActionShown:
    """An action that was not used."""

    name: str
    last: datetime | None


@dataclass(frozen=True, slots=True)
class ServiceShown:
    """A service of which nothing, or not everything, was used."""

    namespace: str
    last: datetime | None
    actions: tuple[ActionShown, ...]


def show(visit: Visit, found: Found) -> Response:
    """The page."""
    remembered = found.remembered
    services = list(map(_service, services_of(remembered.detail)))
    evidence = evidence_of(remembered.detail)
    details = own_details(remembered.detail)
    return visit.render(
        "unused_finding.html",
        title=f"{entity_name(remembered.resource)}: {title_of(remembered.type)}",
        **subject_of(found),
        advice=ADVICE.get(remembered.type, ""),
        days=age_of(found.analyzer),
        key=details.get("accessKeyId", ""),
        last=moment(details.get("lastAccessed")),
        whole=[service for service in services if not service.actions],
        parts=[service for service in services if service.actions],
        evidence=evidence,
        confidence=CONFIDENCES[evidence.confidence] if evidence else None,
        sources=table_of("Sources", _SOURCE_COLUMNS, evidence.sources) if evidence else None,
        others=_others(visit, found),
        events=history_of(visit, found),
    )


def subject_of(found: Found) -> dict[str, Any]:
    """What every page about the finding says of it first: members of its template."""
    each = found.remembered
    return {
        "found": found,
        "each": each,
        "name": entity_name(each.resource),
        "kind": title_of(each.type),
        "sentence": sentence(each, age_of(found.analyzer)),
    }


def _service(members: Mapping[str, Any]) -> ServiceShown:
    actions = (ActionShown(each["action"], moment(each.get("lastAccessed"))) for each in members.get("actions") or ())
    return ServiceShown(members["serviceNamespace"], moment(members.get("lastAccessed")), tuple(actions))


def evidence_of(detail: Mapping[str, Any]) -> Evidence | None:
    """What the finding rests on; None where nothing is said, or by a version that said it otherwise."""
    written = detail.get("usageEvidence")
    try:
        return msgspec.convert(written, Evidence) if written else None
    except msgspec.ValidationError:
        return None


_SOURCE_COLUMNS: tuple[Column[SourceCoverage], ...] = (
    Column("source", "Source", lambda each: Cell(_capital(SOURCES[each.source]))),
    Column("since", "From", lambda each: Cell(f"{each.since:%Y-%m-%d}" if each.since else "It does not say")),
    Column("until", "To", lambda each: Cell(f"{each.until:%Y-%m-%d}")),
    Column("granularity", "Tells", lambda each: Cell(_GRANULARITIES[each.granularity])),
)


def _capital(text: str) -> str:
    plain = text.removeprefix("the ")
    return f"{plain[:1].upper()}{plain[1:]}"


def _others(visit: Visit, found: Found) -> Any:
    """Other active findings of the same user or role."""
    criteria = {"resource": Criterion(eq=(found.remembered.resource,)), "status": Criterion(eq=("ACTIVE",))}
    with visit.ringwall.store.read() as connection:
        page = findings.page(connection, found.analyzer.key, criteria, limit=_OTHERS + 1)
    others = [each for each in page.findings if each.id != found.remembered.id]
    return table_of("Other active findings", list(_other_columns(visit)), others)


def _other_columns(visit: Visit) -> Iterator[Column[Any]]:
    return (each for each in columns_of(visit) if each.name in {"id", "findingType", "confidence", "updatedAt"})
