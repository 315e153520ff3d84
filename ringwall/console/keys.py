"""Keys of the API: issued, with a secret that is shown once; disabled, and enabled again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from ringwall.console.downloads import download
from ringwall.console.gate import Page
from ringwall.console.paged import everything
from ringwall.console.table import Cell, Column, time_member
from ringwall.console.visit import Visit
from ringwall.service.context import Role

ROLES = tuple(role.value for role in Role)


def _columns() -> tuple[Column[Mapping[str, Any]], ...]:
    return (
        Column("accessKeyId", "Access key id", lambda each: Cell(each["accessKeyId"], is_code=True)),
        Column("name", "Name", lambda each: Cell(each.get("name") or "")),
        Column("role", "Role", lambda each: Cell(each["role"])),
        time_member("createdAt", "Created"),
        time_member("disabledAt", "Disabled"),
    )


def _list(visit: Visit) -> Response:
    if form := visit.query.get("format"):
        return download("keys", form, _columns(), everything(visit, "ListApiKeys", "apiKeys"))
    return _page(visit)


def _page(visit: Visit, made: Mapping[str, Any] | None = None) -> Response:
    """The list, and a secret that is shown this one time: it is kept nowhere else but by whoever reads it."""
    return visit.render(
        "keys.html", title="Keys", keys=list(everything(visit, "ListApiKeys", "apiKeys")), made=made, roles=ROLES
    )


def _create(visit: Visit) -> Response:
    made = visit.call("CreateApiKey", role=visit.form.get("role"), name=visit.form.get("name").strip() or None)
    return _page(visit, made)


def _set_enabled(visit: Visit) -> Response:
    key, is_enabled = visit.form.get("key"), visit.form.get("enabled") == "true"
    visit.call("UpdateApiKey", accessKeyId=key, enabled=is_enabled)
    return visit.redirect("/keys", notice=f"The key {key} is {'enabled' if is_enabled else 'disabled'}.")


PAGES = (
    Page("/keys", _list),
    Page("/keys/create", _create, "POST"),
    Page("/keys/update", _set_enabled, "POST"),
)
