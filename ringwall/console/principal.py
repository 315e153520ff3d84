"""One user or role: what it is granted and uses, service by service, and whence it has that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from ringwall.console.chosen import chosen, number_in
from ringwall.console.downloads import download
from ringwall.console.gate import Page
from ringwall.console.kinds import other_kind
from ringwall.console.laid_out import laid_out
from ringwall.console.navigation import UNUSED
from ringwall.console.principal_tables import ACTION_COLUMNS, ActionRow, key_columns, policy_rows, service_columns
from ringwall.console.principal_use import (
    PrincipalUse,
    ServiceUse,
    access_in,
    last_activity,
    period_start,
    use_of,
)
from ringwall.console.resource import table_of
from ringwall.console.table import Head, Table, files_of, rows_of
from ringwall.console.unused_columns import columns_of
from ringwall.console.unused_words import age_of, entity_name
from ringwall.console.visit import Visit
from ringwall.errors import NotFoundError, ValidationError
from ringwall.findings.archive_rule import Criterion
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.store import findings, resources
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.resources import ResourceRecord

_PATH = "/principals/detail"
_ROWS = 100
_FINDINGS = 50
_FILTERS = {"": "All", "used": "Used", "unused": "Not used", "unknown": "Not known"}


@dataclass(frozen=True, slots=True)
class _Seen:
    """The principal as the analyzer last saw it."""

    record: ResourceRecord
    access: PrincipalAccess | None


def _show(visit: Visit) -> Response:
    visit.authorize("GetAnalyzedResource")
    if (other := other_kind(visit, "Principal", UNUSED)) is not None:
        return other
    analyzer = chosen(visit)
    seen = _seen(visit, analyzer)
    use = use_of(seen.access, period_start(visit, analyzer)) if seen.access else PrincipalUse()
    wanted = visit.query.get("use")
    if wanted not in _FILTERS:
        raise ValidationError(f"there is no filter `{wanted}`: {', '.join(filter(None, _FILTERS))}", field="use")
    service = _service_of(visit, use)
    if form := visit.query.get("format"):
        return _download(visit, form, use, service, wanted)
    return visit.render(
        "principal.html",
        title=entity_name(seen.record.arn),
        record=seen.record,
        access=seen.access,
        principal=seen.access.principal if seen.access else None,
        activity=last_activity(seen.access) if seen.access else None,
        days=age_of(analyzer),
        use=use,
        service=service,
        tabs=list(_tabs(visit, use, service, wanted)),
        table=_table(visit, use, service, wanted),
        policies=list(policy_rows(seen.access.principal)) if seen.access else [],
        keys=table_of("Access keys", key_columns(), seen.access.principal.keys or ()) if seen.access else None,
        found=_found(visit, analyzer, seen.record.arn),
        trust=laid_out(seen.access.principal.trust_policy if seen.access else None),
    )


def _seen(visit: Visit, analyzer: AnalyzerRecord) -> _Seen:
    arn = visit.query.get("arn")
    with visit.ringwall.store.read() as connection:
        known = resources.find(connection, analyzer.key, arn)
        if not known:
            message = f"the analyzer knows no principal `{arn}`"
            raise NotFoundError(message, resource_id=arn, resource_type="AnalyzedResource")
        content = resources.configuration(connection, known[0].configuration_digest)
    return _Seen(known[0], access_in(content))


def _service_of(visit: Visit, use: PrincipalUse) -> ServiceUse | None:
    """The service whose actions are asked for."""
    wanted = visit.query.get("service")
    if not wanted:
        return None
    found = next((each for each in use.services if each.summary.namespace == wanted), None)
    if found is None:
        message = f"the principal is granted no service `{wanted}`"
        raise NotFoundError(message, resource_id=wanted, resource_type="Service")
    return found


def _services(use: PrincipalUse, wanted: str) -> list[ServiceUse]:
    return [each for each in use.services if not wanted or _has(each, wanted)]


def _has(each: ServiceUse, wanted: str) -> bool:
    """Used services were used at all; the others have actions that were not used, or of which nobody can tell."""
    match wanted:
        case "used":
            return each.share.used > 0 or (each.summary.last_use is not None and each.share.unused < each.share.granted)
        case "unused":
            return each.share.unused > 0
        case _:
            return each.share.unknown > 0


def _actions(service: ServiceUse, wanted: str) -> list[ActionRow]:
    names = sorted(service.summary.granted)
    rows = (ActionRow(name, service.state_of(name), service.summary.used.get(name)) for name in names)
    return [each for each in rows if wanted in {"", each.state}]


def _tabs(visit: Visit, use: PrincipalUse, service: ServiceUse | None, wanted: str) -> Iterator[dict[str, Any]]:
    for name, title in _FILTERS.items():
        number = len(_actions(service, name)) if service else len(_services(use, name))
        link = visit.link(_PATH, **_query(visit, service, use=name or None))
        yield {"title": title, "number": number, "link": link, "is_current": name == wanted}


def _query(visit: Visit, service: ServiceUse | None, **more: Any) -> Mapping[str, Any]:
    namespace = service.summary.namespace if service else None
    return {"arn": visit.query.get("arn"), "service": namespace, **more}


def _table(visit: Visit, use: PrincipalUse, service: ServiceUse | None, wanted: str) -> Table:
    """The services, or the actions of one, from where the query string says."""
    start = number_in(visit.query.get("after"))
    items: Sequence[Any] = _actions(service, wanted) if service else _services(use, wanted)
    columns: Sequence[Any] = ACTION_COLUMNS if service else service_columns(visit, visit.query.get("arn"))
    query = _query(visit, service, use=wanted or None)
    more = start + _ROWS < len(items)
    return Table(
        caption=f"Actions of {service.summary.namespace}" if service else "Services",
        heads=tuple(Head(each.title) for each in columns if each.is_shown),
        rows=rows_of(items[start : start + _ROWS], columns),
        previous=visit.link(_PATH, **query, after=max(start - _ROWS, 0) or None) if start else "",
        next=visit.link(_PATH, **query, after=start + _ROWS) if more else "",
        downloads=files_of(visit, _PATH, **query),
    )


def _download(visit: Visit, form: str, use: PrincipalUse, service: ServiceUse | None, wanted: str) -> Response:
    name = f"{entity_name(visit.query.get('arn'))}-{service.summary.namespace if service else 'services'}"
    plain = "".join(each if each.isascii() and each.isalnum() else "-" for each in name)
    if service:
        return download(plain, form, ACTION_COLUMNS, _actions(service, wanted))
    return download(plain, form, service_columns(visit, visit.query.get("arn")), _services(use, wanted))


def _found(visit: Visit, analyzer: AnalyzerRecord, arn: str) -> Table:
    with visit.ringwall.store.read() as connection:
        page = findings.page(
            connection,
            analyzer.key,
            {"resource": Criterion(eq=(arn,))},
            sort=findings.Sort("status"),
            limit=_FINDINGS,
        )
    shown = [
        each for each in columns_of(visit) if each.is_shown and each.name not in {"resource", "resourceOwnerAccount"}
    ]
    return table_of("Findings", shown, page.findings)


PAGES = (Page(_PATH, _show),)
