"""Access previews: those of the last hour, and the form that makes one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from starlette.responses import Response

from ringwall.api.errors import RequestError
from ringwall.console.chosen import chosen, number_in
from ringwall.console.downloads import download
from ringwall.console.gate import Page
from ringwall.console.paged import everything
from ringwall.console.preview_form import ABLE, KINDS, PreviewForm, faults_of, filled, form_of_preview, preview_form
from ringwall.console.table import Cell, Column, Head, Table, files_of, rows_of, time_cell
from ringwall.console.visit import Visit, scope_of
from ringwall.errors import ConflictError, NotFoundError, QuotaError, UsageError
from ringwall.findings.access_preview import ChangeType
from ringwall.reports.wording import resource_name

_ROWS = 25
_CHIPS = {"CREATING": "calm", "COMPLETED": "ok", "FAILED": "severe"}


def _unfit(visit: Visit) -> Response | None:
    """The page that says why the chosen analyzer has no previews; None where it can have some."""
    analyzer = chosen(visit)
    if analyzer.type == ABLE:
        return None
    others = [each for each in visit.analyzers if each.type == ABLE]
    return visit.render(
        "previews_none.html",
        title="Access previews",
        analyzer=analyzer,
        others=[(each, visit.link("/previews", analyzer=scope_of(each))) for each in others],
    )


def _list(visit: Visit) -> Response:
    if (other := _unfit(visit)) is not None:
        return other
    made = list(everything(visit, "ListAccessPreviews", "accessPreviews", analyzerArn=chosen(visit).arn))[::-1]
    columns = _columns(visit)
    if form := visit.query.get("format"):
        return download("access-previews", form, columns, _described(visit, made))
    table = _table(visit, columns, made)
    return visit.render("previews.html", title="Access previews", table=table)


def _table(visit: Visit, columns: tuple[Column[Mapping[str, Any]], ...], made: list[dict[str, Any]]) -> Table:
    start = number_in(visit.query.get("after"))
    end = start + _ROWS
    shown = list(_described(visit, made[start:end]))
    return Table(
        "Access previews",
        tuple(Head(each.title) for each in columns if each.is_shown),
        rows_of(shown, columns, link=lambda each: _link(visit, each)),
        first=visit.link("/previews") if start else "",
        next=visit.link("/previews", after=end) if end < len(made) else "",
        downloads=files_of(visit, "/previews"),
    )


def _described(visit: Visit, made: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """With the resource, and how many findings change; without those that are gone meanwhile."""
    for each in made:
        asked = {"analyzerArn": each["analyzerArn"], "accessPreviewId": each["id"]}
        try:
            preview = visit.call("GetAccessPreview", **asked)["accessPreview"]
            yield {**preview, "resource": next(iter(preview["configurations"])), "changes": _changes(visit, preview)}
        except NotFoundError:
            continue


def _changes(visit: Visit, preview: Mapping[str, Any]) -> Counter[str] | None:
    if preview["status"] != "COMPLETED":
        return None
    asked = {"analyzerArn": preview["analyzerArn"], "accessPreviewId": preview["id"]}
    return Counter(each["changeType"] for each in everything(visit, "ListAccessPreviewFindings", "findings", **asked))


def _columns(visit: Visit) -> tuple[Column[Mapping[str, Any]], ...]:
    return (
        Column("id", "Preview", lambda each: Cell(each["id"]), is_shown=False),
        Column(
            "resource",
            "Resource",
            lambda each: Cell(resource_name(each["resource"]), link=_link(visit, each), note=each["resource"]),
            value=lambda each: each["resource"],
        ),
        Column(
            "createdAt",
            "Created",
            lambda each: time_cell(each["createdAt"], "%H:%M:%S"),
            value=lambda each: each["createdAt"],
        ),
        Column("status", "Status", lambda each: status_cell(each["status"]), value=lambda each: each["status"]),
        *(_number_column(each) for each in ChangeType),
    )


def _number_column(change: ChangeType) -> Column[Mapping[str, Any]]:
    def number(each: Mapping[str, Any]) -> int | None:
        return None if each["changes"] is None else each["changes"][change.value]

    def cell(each: Mapping[str, Any]) -> Cell:
        return Cell("—" if number(each) is None else f"{number(each):,}", is_number=True)

    return Column(change.value.lower(), change.value.title(), cell, value=number)


def status_cell(status: str) -> Cell:
    """How far a preview is, as a chip."""
    return Cell(status.title(), chip=_CHIPS[status])


def _link(visit: Visit, preview: Mapping[str, Any]) -> str:
    return visit.link(f"/previews/{preview['id']}")


def found_preview(visit: Visit, wanted: str) -> dict[str, Any]:
    """The preview of this id, whichever analyzer is chosen; no two analyzers have one of the same id.

    Raises:
        NotFoundError: no analyzer has it, or no longer.
    """
    for analyzer in (each for each in visit.analyzers if each.type == ABLE):
        asked = {"analyzerArn": analyzer.arn, "accessPreviewId": wanted}
        try:
            found: dict[str, Any] = visit.call("GetAccessPreview", region=analyzer.region, **asked)["accessPreview"]
        except (NotFoundError, RequestError):
            # What is no id at all is not there either.
            continue
        if visit.chosen is None or visit.chosen.key != analyzer.key:
            visit.about = analyzer
        return found
    message = f"there is no access preview `{wanted}`, or it was made more than a day ago"
    raise NotFoundError(message, resource_id=wanted, resource_type="AccessPreview")


def _new(visit: Visit) -> Response:
    """The form: empty, or filled in with a resource as it is, or with what another `preview` is about."""
    visit.authorize("CreateAccessPreview")
    again = visit.query.get("preview")
    written = form_of_preview(found_preview(visit, again)) if again else None
    if (other := _unfit(visit)) is not None:
        return other
    return _page(visit, written or filled(visit, chosen(visit), visit.query.get("resource"), visit.query.get("type")))


def _page(visit: Visit, written: PreviewForm, faults: Mapping[str, str] | None = None) -> Response:
    return visit.render(
        "preview_new.html",
        status=400 if faults else 200,
        title="Preview a change",
        form=written,
        kinds=KINDS,
        faults=faults or {},
    )


def _create(visit: Visit) -> Response:
    visit.authorize("CreateAccessPreview")
    analyzer, written = chosen(visit), preview_form(visit.form)
    try:
        configurations = written.configurations()
        answer = visit.call("CreateAccessPreview", analyzerArn=analyzer.arn, configurations=configurations)
    except (RequestError, UsageError, ConflictError, QuotaError) as error:
        return _page(visit, written, faults_of(written, error))
    return visit.redirect(f"/previews/{answer['id']}")


PAGES = (Page("/previews", _list), Page("/previews/new", _new), Page("/previews/create", _create, "POST"))
