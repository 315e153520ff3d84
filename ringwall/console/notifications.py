"""Notifications: where they go, trying one out, and what was given up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from ringwall.api.errors import RequestError
from ringwall.console.chosen import require_word
from ringwall.console.downloads import download
from ringwall.console.gate import Page
from ringwall.console.listing import OPERATORS
from ringwall.console.paged import everything, one_page
from ringwall.console.resource import table_of
from ringwall.console.rule_form import rule_form, words_of_filter
from ringwall.console.table import Cell, Column, Table, files_of, time_member
from ringwall.console.visit import Form, Visit
from ringwall.errors import UsageError, ValidationError
from ringwall.findings.archive_rule import LISTING_KEYS
from ringwall.notify.registry import KINDS

_LETTERS = 50
_LETTERS_FILE = "dead-letters"
_TITLES = {
    "eventbridge": "Amazon EventBridge",
    "sns": "Amazon SNS",
    "securityhub": "AWS Security Hub",
    "webhook": "Webhook",
    "slack": "Slack",
}
_SECRETS = {"webhook": "Signing key (whsec_…)", "slack": "Incoming webhook URL"}


def _columns(visit: Visit) -> tuple[Column[Mapping[str, Any]], ...]:
    return (
        Column(
            "name",
            "Name",
            lambda each: Cell(each["name"], link=visit.link("/notifications/detail", name=each["name"])),
            value=lambda each: each["name"],
        ),
        Column(
            "kind", "Kind", lambda each: Cell(_TITLES.get(each["kind"], each["kind"])), value=lambda each: each["kind"]
        ),
        Column(
            "settings",
            "Goes to",
            lambda each: Cell(" ".join(map(str, (each.get("settings") or {}).values()))),
            value=lambda each: each.get("settings"),
        ),
        Column(
            "filter",
            "Only",
            lambda each: Cell("; ".join(words_of_filter(each.get("filter") or {}))),
            value=lambda each: each.get("filter"),
        ),
        time_member("createdAt", "Created"),
    )


def _attempts(each: Mapping[str, Any]) -> Any:
    return each["attempts"]


def _letter_columns() -> tuple[Column[Mapping[str, Any]], ...]:
    return (
        Column("destination", "Destination", lambda each: Cell(each["destination"])),
        Column("eventId", "Event", lambda each: Cell(each["eventId"], is_code=True)),
        time_member("createdAt", "Created"),
        Column("attempts", "Attempts", lambda each: Cell(f"{each['attempts']:,}", is_number=True), value=_attempts),
        Column("lastError", "Last error", lambda each: Cell(each.get("lastError") or "")),
    )


def _list(visit: Visit) -> Response:
    form = visit.query.get("format")
    if form and visit.query.get("table") == _LETTERS_FILE:
        return _letters_file(visit, form)
    found = list(everything(visit, "ListDestinations", "destinations"))
    columns = _columns(visit)
    if form:
        return download("destinations", form, columns, found)
    return visit.render(
        "notifications.html",
        title="Notifications",
        table=table_of("Destinations", columns, found),
        letters=_letters(visit),
        kinds=_TITLES,
    )


def _letters(visit: Visit, **request: Any) -> Table:
    found, following = one_page(visit, "ListDeadLetters", "deadLetters", _LETTERS, **request)
    path, query = ("/notifications/detail", {"name": request["destination"]}) if request else ("/notifications", {})
    return replace(
        table_of("Dead letters", _letter_columns(), found, files_of(visit, path, **query, table=_LETTERS_FILE)),
        first=visit.link(path, **query) if visit.query.get("after") else "",
        next=visit.link(path, **query, after=following) if following else "",
    )


def _letters_file(visit: Visit, form: str, **request: Any) -> Response:
    listed = everything(visit, "ListDeadLetters", "deadLetters", **request)
    return download(_LETTERS_FILE, form, _letter_columns(), listed)


def _new(visit: Visit) -> Response:
    return _form(visit, visit.query)


def _form(visit: Visit, form: Form, *, problem: str = "", status: int = 200) -> Response:
    name = form.get("kind", "webhook")
    if (kind := KINDS.get(name)) is None:
        raise ValidationError(f"nothing is sent through `{name}`, only through {', '.join(KINDS)}", field="kind")
    return visit.render(
        "notification_new.html",
        status=status,
        title=f"Notify through {_TITLES.get(name, name)}",
        form=form,
        kind=name,
        required=list(kind.required),
        optional=list(kind.optional),
        secret=_SECRETS.get(name, ""),
        rows=rule_form(form).all_rows,
        operators=OPERATORS,
        properties=sorted(LISTING_KEYS.names),
        problem=problem,
    )


def _create(visit: Visit) -> Response:
    form = visit.form
    settings = {
        name.removeprefix("settings."): value.strip()
        for name, value in form.pairs
        if name.startswith("settings.") and value.strip()
    }
    try:
        visit.call(
            "CreateDestination",
            name=form.get("name").strip(),
            kind=form.get("kind"),
            settings=settings,
            secret=form.get("secret").strip() or None,
            filter=rule_form(form).criteria() or None,
        )
    except (RequestError, UsageError) as error:
        return _form(visit, form, problem=str(error), status=400)
    return visit.redirect("/notifications", notice="The destination is there: try it out.")


def _show(visit: Visit) -> Response:
    name = visit.query.get("name")
    if form := visit.query.get("format"):
        return _letters_file(visit, form, destination=name)
    letters = _letters(visit, destination=name)
    # That there is one of that name is known: else its dead letters would have been refused.
    destination = next(each for each in everything(visit, "ListDestinations", "destinations") if each["name"] == name)
    return visit.render(
        "notification.html",
        title=name,
        destination=destination,
        kind=_TITLES.get(destination["kind"], destination["kind"]),
        criteria=words_of_filter(destination.get("filter") or {}),
        letters=letters,
    )


def _try(visit: Visit) -> Response:
    name = visit.form.get("name")
    answer = visit.call("TestDestination", name=name)
    told = "The test event was taken." if answer["delivered"] else "The test event was not taken."
    return visit.redirect("/notifications/detail", notice=f"{told} {answer.get('message', '')}".strip(), name=name)


def _retry(visit: Visit) -> Response:
    name = visit.form.get("name") or None
    answer = visit.call("RetryDeadLetters", destination=name)
    return visit.redirect("/notifications", notice=f"Sent again soon: {answer['retried']} letters.")


def _delete(visit: Visit) -> Response:
    require_word(visit)
    name = visit.form.get("name")
    visit.call("DeleteDestination", name=name)
    return visit.redirect("/notifications", notice=f"The destination {name} is gone, with what was still to be sent.")


PAGES = (
    Page("/notifications", _list),
    Page("/notifications/new", _new),
    Page("/notifications/create", _create, "POST"),
    Page("/notifications/detail", _show),
    Page("/notifications/test", _try, "POST"),
    Page("/notifications/retry", _retry, "POST"),
    Page("/notifications/delete", _delete, "POST"),
)
