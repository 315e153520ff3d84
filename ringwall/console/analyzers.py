"""Analyzers: the list, the form that makes one, and the page of one with what belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from ringwall.api.errors import RequestError
from ringwall.console import unused_configuration
from ringwall.console.chosen import chosen, require_word
from ringwall.console.downloads import download
from ringwall.console.gate import Page
from ringwall.console.kinds import is_unused
from ringwall.console.paged import everything, one_page
from ringwall.console.resource import table_of
from ringwall.console.table import Cell, Column, Table, files_of, time_column, time_member
from ringwall.console.visit import Form, Visit, scope_of
from ringwall.errors import UsageError, ValidationError
from ringwall.store import scans
from ringwall.store.analyzers import AnalyzerRecord

_SCANS = 20
_DETAIL = "/analyzers/detail"
_TYPES = {
    "ACCOUNT": "External access, account: everything outside each account is outside",
    "ORGANIZATION": "External access, organization: everything outside the organization is outside",
    **unused_configuration.TYPES,
}
_SHORT_TYPES = {
    "ACCOUNT": "External access",
    "ORGANIZATION": "External access",
    "ACCOUNT_UNUSED_ACCESS": "Unused access",
    "ORGANIZATION_UNUSED_ACCESS": "Unused access",
}
_CHIPS = {"ACTIVE": "ok", "CREATING": "calm", "DISABLED": "mild", "FAILED": "severe"}
_COUNTED = ("seen", "analyzed", "unchanged", "gone")
_SCAN_CHIPS = {"COMPLETE": "ok", "PARTIAL": "mild", "FAILED": "severe"}


def _columns() -> tuple[Column[AnalyzerRecord], ...]:
    return (
        Column(
            "name", "Name", lambda each: Cell(each.name, link=_link(each), note=each.arn), value=lambda each: each.name
        ),
        Column("arn", "Region", lambda each: Cell(each.region), value=lambda each: each.arn),
        Column("type", "Looks for", lambda each: Cell(type_words(each.type)), value=lambda each: each.type),
        Column("zone", "Zone of trust", lambda each: Cell(zone_words(each.type))),
        Column(
            "status",
            "Status",
            lambda each: Cell(each.status.title(), chip=_CHIPS.get(each.status, "mild"), note=each.status_reason or ""),
            value=lambda each: each.status,
        ),
        Column("scope", "Looks at", lambda each: Cell(scope_words(each)), value=lambda each: each.scope),
        Column(
            "scanIntervalSeconds",
            "Every",
            lambda each: Cell(interval_words(each.scan_interval)),
            value=lambda each: each.scan_interval,
        ),
        time_column("createdAt", "Created", lambda each: each.created_at),
    )


def _link(analyzer: AnalyzerRecord) -> str:
    return f"/console/analyzers/detail?analyzer={scope_of(analyzer)}"


def type_words(name: str) -> str:
    """What an analyzer of the type looks for: `External access`."""
    return _SHORT_TYPES.get(name, name)


def zone_words(name: str) -> str:
    """`Account` or `Organization`."""
    return name.partition("_")[0].title()


def scope_words(analyzer: AnalyzerRecord) -> str:
    """What it looks at: `every account, 2 Regions`."""
    accounts, regions = analyzer.scope["accounts"], analyzer.scope["regions"]
    where = f"{len(accounts)} accounts" if accounts else "every account"
    if is_unused(analyzer):
        return f"{where}, users and roles"
    return f"{where}, {', '.join(regions) if regions else 'every Region'}"


def interval_words(seconds: int) -> str:
    """`30 min`, `12 h`."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _list(visit: Visit) -> Response:
    visit.authorize("ListAnalyzers")
    columns = _columns()
    if form := visit.query.get("format"):
        return download("analyzers", form, columns, visit.analyzers)
    return visit.render("analyzers.html", title="Analyzers", table=table_of("Analyzers", columns, visit.analyzers))


def _new(visit: Visit) -> Response:
    return _wizard(visit, visit.query)


def _wizard(visit: Visit, form: Form, *, problem: str = "", status: int = 200) -> Response:
    return visit.render(
        "analyzer_new.html",
        status=status,
        title="Create analyzer",
        form=form,
        types=_TYPES,
        unused=unused_configuration.form_of(form),
        problem=problem,
        region=visit.ringwall.policy.region,
        minutes=int(visit.ringwall.policy.scan_interval.total_seconds() // 60),
    )


def _create(visit: Visit) -> Response:
    form, region = visit.form, visit.form.get("region").strip() or visit.ringwall.policy.region
    try:
        request = {
            "analyzerName": form.get("name").strip(),
            "type": form.get("type"),
            "tags": tags_of(form.get("tags")) or None,
            "scope": _scope(form),
            "scanIntervalSeconds": _seconds(form),
            "configuration": _configuration(form),
        }
        visit.call("CreateAnalyzer", region=region, **request)
    except (RequestError, UsageError) as error:
        return _wizard(visit, form, problem=str(error), status=400)
    notice = "The analyzer is there, and begins to scan."
    return visit.redirect("/analyzers/detail", notice=notice, analyzer=f"{region}/{request['analyzerName']}")


def _configuration(form: Form) -> dict[str, Any] | None:
    """Of a new analyzer, where its type has one."""
    is_configured = form.get("type") in unused_configuration.TYPES
    return unused_configuration.configuration_of(form) if is_configured else None


def words_in(text: str) -> list[str]:
    """Values that are separated by white space or commas."""
    return text.replace(",", " ").split()


def tags_of(text: str) -> dict[str, str]:
    """Tags, one `key=value` a line.

    Raises:
        ValidationError: a line is none.
    """
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if bad := next((line for line in lines if "=" not in line), None):
        raise ValidationError(f"`{bad}` is no tag: write key=value, one a line", field="tags")
    pairs = (line.partition("=") for line in lines)
    return {key.strip(): value.strip() for key, _, value in pairs}


def _scope(form: Form) -> dict[str, list[str]]:
    return {"accounts": words_in(form.get("accounts")), "regions": words_in(form.get("regions"))}


def _seconds(form: Form) -> int | None:
    minutes = form.get("minutes").strip()
    if not minutes:
        return None
    if not minutes.isascii() or not minutes.isdigit() or len(minutes) > 6:
        raise ValidationError(f"`{minutes}` is no number of minutes", field="minutes")
    return int(minutes) * 60


def _show(visit: Visit) -> Response:
    analyzer = chosen(visit)
    if form := visit.query.get("format"):
        listed = everything(visit, "ListScans", "scans", analyzerArn=analyzer.arn)
        return download(f"scans-of-{analyzer.name}", form, _scan_columns(), listed)
    shown = visit.call("GetAnalyzer", analyzerName=analyzer.name)["analyzer"]
    rules = visit.call("ListArchiveRules", analyzerName=analyzer.name, maxResults=100)["archiveRules"]
    found, following = one_page(visit, "ListScans", "scans", _SCANS, analyzerArn=analyzer.arn)
    with visit.ringwall.store.read() as connection:
        last = scans.last_of(connection, analyzer.key)
    return visit.render(
        "analyzer.html",
        title=analyzer.name,
        analyzer=shown,
        words=(scope_words(analyzer), interval_words(analyzer.scan_interval)),
        minutes=analyzer.scan_interval // 60,
        type_words=type_words(analyzer.type),
        zone=zone_words(analyzer.type),
        unused=unused_configuration.form_of_analyzer(analyzer) if is_unused(analyzer) else None,
        rules=rules,
        scans=_scans_table(visit, found, following),
        gaps=_gaps_of(last),
        places=len(last),
    )


def _scans_table(visit: Visit, found: list[dict[str, Any]], following: str) -> Table:
    return replace(
        table_of("Scans", _scan_columns(), found, files_of(visit, _DETAIL)),
        first=visit.link(_DETAIL) if visit.query.get("after") else "",
        next=visit.link(_DETAIL, after=following) if following else "",
    )


def _scan_columns() -> tuple[Column[Mapping[str, Any]], ...]:
    return (
        Column("account", "Account", lambda each: Cell(each["account"] or "—")),
        Column("region", "Region", lambda each: Cell(each["region"] or "—")),
        time_member("startedAt", "Started", with_seconds=True),
        time_member("endedAt", "Ended", with_seconds=True),
        Column("trigger", "Trigger", lambda each: Cell(each["trigger"])),
        Column(
            "status",
            "Status",
            lambda each: Cell(
                each["status"].title(),
                chip=_SCAN_CHIPS.get(each["status"], "calm"),
                note=_coverage_words(each.get("coverage") or {}),
            ),
            value=lambda each: each["status"],
        ),
        Column("coverage", "Coverage", lambda _: Cell(""), value=lambda each: each.get("coverage"), is_shown=False),
    )


def _coverage_words(coverage: Mapping[str, Any]) -> str:
    counted = (f"{coverage[name]:,} {name}" for name in _COUNTED if name in coverage)
    gaps = len(coverage.get("gaps") or ())
    return ", ".join((*counted, *([f"{gaps:,} not seen"] if gaps else [])))


def _gaps_of(last: list[scans.ScanRecord]) -> list[dict[str, Any]]:
    """What the last scans could not see, and where."""
    return [
        {"account": each.account, "region": each.region, "gap": gap}
        for each in last
        for gap in (each.coverage or {}).get("gaps", ())
    ]


def _update(visit: Visit) -> Response:
    form, analyzer = visit.form, chosen(visit)
    visit.call(
        "UpdateAnalyzer",
        analyzerName=analyzer.name,
        configuration=unused_configuration.configuration_of(form, analyzer) if is_unused(analyzer) else None,
        scope=_scope(form),
        scanIntervalSeconds=_seconds(form),
    )
    return visit.redirect("/analyzers/detail", notice="The analyzer was changed, and scans anew.")


def _tag(visit: Visit) -> Response:
    """Makes the tags what the form says: sets those, and takes the others away."""
    analyzer, wanted = chosen(visit), tags_of(visit.form.get("tags"))
    if gone := sorted(set(analyzer.tags) - set(wanted)):
        visit.call("UntagResource", resourceArn=analyzer.arn, tagKeys=gone)
    if wanted:
        visit.call("TagResource", resourceArn=analyzer.arn, tags=wanted)
    return visit.redirect("/analyzers/detail", notice="The tags were changed.")


def _delete(visit: Visit) -> Response:
    require_word(visit)
    name = chosen(visit).name
    visit.call("DeleteAnalyzer", analyzerName=name)
    return visit.redirect("/analyzers", notice=f"The analyzer {name} is gone, and its findings with it.", analyzer=None)


PAGES = (
    Page("/analyzers", _list),
    Page("/analyzers/new", _new),
    Page("/analyzers/create", _create, "POST"),
    Page("/analyzers/detail", _show),
    Page("/analyzers/update", _update, "POST"),
    Page("/analyzers/tags", _tag, "POST"),
    Page("/analyzers/delete", _delete, "POST"),
)
