"""Users of the console: made, given another role or password, disabled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from ringwall.api.errors import RequestError
from ringwall.console.downloads import download
from ringwall.console.gate import Page
from ringwall.console.keys import ROLES
from ringwall.console.paged import everything
from ringwall.console.table import Cell, Column, time_member
from ringwall.console.visit import Visit
from ringwall.errors import UsageError

_ENABLED = {"true": True, "false": False}


def _columns() -> tuple[Column[Mapping[str, Any]], ...]:
    return (
        Column("name", "Name", lambda each: Cell(each["name"])),
        Column("role", "Role", lambda each: Cell(each["role"])),
        Column(
            "isLocal",
            "Local",
            lambda each: Cell("yes" if each.get("isLocal") else "no"),
            value=lambda each: each.get("isLocal"),
        ),
        time_member("createdAt", "Created"),
        time_member("disabledAt", "Disabled"),
    )


def _list(visit: Visit) -> Response:
    if form := visit.query.get("format"):
        return download("users", form, _columns(), everything(visit, "ListUsers", "users"))
    return _page(visit)


def _page(visit: Visit, *, name: str = "", problem: str = "", status: int = 200) -> Response:
    return visit.render(
        "users.html",
        status=status,
        title="Users",
        users=list(everything(visit, "ListUsers", "users")),
        roles=ROLES,
        name=name,
        problem=problem,
    )


def _create(visit: Visit) -> Response:
    form, name = visit.form, visit.form.get("name").strip()
    try:
        visit.call("CreateUser", name=name, role=form.get("role"), password=form.get("password"))
    except (RequestError, UsageError) as error:
        return _page(visit, name=name, problem=str(error), status=400)
    return visit.redirect("/users", notice=f"{name} may sign in now.")


def _update(visit: Visit) -> Response:
    form, name = visit.form, visit.form.get("name")
    visit.call(
        "UpdateUser",
        name=name,
        role=form.get("role") or None,
        password=form.get("password") or None,
        enabled=_ENABLED.get(form.get("enabled")),
    )
    return visit.redirect("/users", notice=f"The user {name} was changed.")


PAGES = (
    Page("/users", _list),
    Page("/users/create", _create, "POST"),
    Page("/users/update", _update, "POST"),
)
