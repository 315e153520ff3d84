"""Settings: what the service is told, without secrets, and the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
from starlette.responses import Response

from ringwall.console.downloads import download
from ringwall.console.gate import Page
from ringwall.console.paged import everything, one_page
from ringwall.console.resource import table_of
from ringwall.console.table import Cell, Column, files_of, time_member
from ringwall.console.visit import Visit
from ringwall.service.configuration_file import SettingInForce

_EVENTS = 50


def _columns() -> tuple[Column[SettingInForce], ...]:
    return (
        Column("name", "Key", lambda each: Cell(each.name, is_code=True)),
        Column(
            "value",
            "Value",
            lambda each: Cell(each.value, is_code=True, note="" if each.value == each.default else "changed"),
            value=lambda each: each.value,
        ),
        Column("default", "Default", lambda each: Cell(each.default, is_code=True)),
        Column("description", "Meaning", lambda each: Cell(each.description, is_prose=True)),
    )


def _event_columns() -> tuple[Column[Mapping[str, Any]], ...]:
    return (
        time_member("at", "When", with_seconds=True),
        Column("actor", "Who", lambda each: Cell(each["actor"])),
        Column("operation", "What", lambda each: Cell(each["operation"])),
        Column("resource", "Of", lambda each: Cell(each.get("resource") or "")),
        Column(
            "parameters",
            "With",
            lambda each: Cell(_parameters(each.get("parameters") or {})),
            value=lambda each: each.get("parameters"),
        ),
        Column(
            "error",
            "Outcome",
            lambda each: Cell(each["error"], chip="severe") if each.get("error") else Cell("Done", chip="ok"),
            value=lambda each: each.get("error"),
        ),
        Column(
            "requestId",
            "Request",
            lambda each: Cell(str(each.get("requestId", ""))[:8], is_code=True),
            value=lambda each: each.get("requestId"),
        ),
    )


def _parameters(parameters: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_plain(value)}" for name, value in parameters.items())[:300]


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _show(visit: Visit) -> Response:
    visit.authorize("ListAnalyzers")
    shown, columns = visit.console.settings.configuration, _columns()
    if form := visit.query.get("format"):
        return download("settings", form, columns, shown)
    return visit.render("settings.html", title="Settings", table=table_of("Configuration in force", columns, shown))


def _audit(visit: Visit) -> Response:
    asked = {
        "actor": visit.query.get("actor").strip() or None,
        "operation": visit.query.get("operation").strip() or None,
    }
    columns = _event_columns()
    if form := visit.query.get("format"):
        visit.authorize("ListAuditEvents")
        return download("audit", form, columns, everything(visit, "ListAuditEvents", "events", **asked))
    found, following = one_page(visit, "ListAuditEvents", "events", _EVENTS, **asked)
    table = replace(
        table_of("Audit log", columns, found, files_of(visit, "/settings/audit", **asked)),
        first=visit.link("/settings/audit", **asked) if visit.query.get("after") else "",
        next=visit.link("/settings/audit", **asked, after=following) if following else "",
    )
    return visit.render("audit.html", title="Audit log", table=table, asked=asked)


PAGES = (Page("/settings", _show), Page("/settings/audit", _audit))
