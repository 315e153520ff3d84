"""One access preview: how far it is, what it found, and the configuration that it is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import RedirectResponse, Response

from ringwall.console.downloads import download
from ringwall.console.finding_lists import list_of
from ringwall.console.findings import chips_of
from ringwall.console.gate import Page
from ringwall.console.laid_out import laid_out_configuration
from ringwall.console.listing import OPERATORS, Asked, added, chip_of
from ringwall.console.navigation import EXTERNAL
from ringwall.console.paged import everything
from ringwall.console.preview_form import KINDS
from ringwall.console.previews import found_preview, status_cell
from ringwall.console.resource import table_of
from ringwall.console.table import Cell, Column, downloads_of
from ringwall.console.visit import Visit, pairs_of
from ringwall.console.words import principal_words
from ringwall.errors import ConfigurationError, NotFoundError, PolicyError, ValidationError
from ringwall.findings.access_preview import ChangeType, proposed

_SHOWN = 200
_ACTIONS = 3
_CHANGE = "changeType"
_REASONS = {
    "INVALID_CONFIGURATION": "A configuration like this cannot be",
    "INTERNAL_ERROR": "The resource could not be read as it is, or could not be analyzed.",
}
"""Why a preview failed, by the API's code."""
_PROPERTIES = {
    **{
        name: title
        for name, title in list_of(EXTERNAL).properties.items()
        if name not in {"region", "exposure", "cause", "resource", "resourceType", "resourceOwnerAccount"}
    },
    "status": "Status",
    "existingFindingStatus": "Status of the existing finding",
    "existingFindingId": "Existing finding",
}
"""What filters are offered: of what can differ between the findings of one resource."""
_STATUS_CHIPS = {"ACTIVE": "mild", "ARCHIVED": "calm", "RESOLVED": "ok"}


def _show(visit: Visit) -> Response:
    preview = found_preview(visit, visit.path_parameters["id"])
    [(arn, configuration)] = preview["configurations"].items()
    [(member, value)] = configuration.items()
    shown = {
        "title": "Access preview",
        "preview": preview,
        "arn": arn,
        "kind": KINDS[member].title,
        "member": member,
        "progress": status_cell(preview["status"]),
        "resource_link": _resource_link(visit, preview, arn),
        "lines": laid_out_configuration(value).split("\n"),
        "reason": _reason(preview, arn, member, value),
    }
    if preview["status"] == "COMPLETED":
        return _answered(visit, preview, shown)
    if visit.query.get("format"):
        raise ValidationError(f"the preview has no findings: its status is {preview['status']}", field="format")
    return visit.render("preview.html", **shown)


def _reason(preview: Mapping[str, Any], arn: str, member: str, value: Mapping[str, Any]) -> str:
    """Why it failed. The API has a code alone; what cannot be in a configuration can be found again."""
    code = (preview.get("statusReason") or {}).get("code", "")
    if code != "INVALID_CONFIGURATION":
        return _REASONS.get(code, "No reason was given.")
    try:
        proposed(member, value, None, arn, account="", region="")
    except ConfigurationError as error:
        # Its line is one of the policy's text, not of what the page shows.
        told = f"at {cause.path}: {cause.message}" if isinstance(cause := error.__cause__, PolicyError) else error
        return f"{_REASONS[code]}: {told}"
    return f"{_REASONS[code]}."


def _resource_link(visit: Visit, preview: Mapping[str, Any], arn: str) -> str:
    """Empty for a resource that is not there yet."""
    try:
        visit.call("GetAnalyzedResource", analyzerArn=preview["analyzerArn"], resourceArn=arn)
    except NotFoundError:
        return ""
    return visit.link("/resources/detail", arn=arn)


def _answered(visit: Visit, preview: Mapping[str, Any], shown: Mapping[str, Any]) -> Response:
    path = f"/previews/{preview['id']}"
    asked = Asked(path, tuple(dict.fromkeys(map(chip_of, visit.query.all("f")))), status="ALL")
    if (more := added(visit, asked)) is not None:
        return RedirectResponse(visit.link(path, f=[each.text for each in more.chips]), 303)
    found = list(
        everything(
            visit,
            "ListAccessPreviewFindings",
            "findings",
            analyzerArn=preview["analyzerArn"],
            accessPreviewId=preview["id"],
            filter=asked.criteria() or None,
        )
    )
    columns = _columns(visit)
    if form := visit.query.get("format"):
        return download("access-preview", form, columns, found)
    numbers = Counter(each[_CHANGE] for each in found)
    return visit.render(
        "preview.html",
        numbers=[(each.value.title(), numbers[each.value]) for each in ChangeType],
        found=table_of("Findings", columns, found[:_SHOWN], downloads_of(visit, asked)),
        more=max(len(found) - _SHOWN, 0),
        chips=list(chips_of(visit, {_CHANGE: "Change", **_PROPERTIES}, {}, asked)),
        clear=visit.link(path),
        state=pairs_of({"f": [each.text for each in asked.chips], "analyzer": visit.query.get("analyzer") or None}),
        properties={_CHANGE: "Change", **_PROPERTIES},
        operators=OPERATORS,
        path=path,
        is_known=visit.coverage.everything,
        **shown,
    )


Found = Mapping[str, Any]


def _columns(visit: Visit) -> Sequence[Column[Found]]:
    return (
        Column("id", "ID", lambda each: Cell(each["id"]), is_shown=False),
        Column(_CHANGE, "Change", _change, value=lambda each: each[_CHANGE]),
        Column("status", "Would be", _status, value=lambda each: each["status"]),
        Column(
            "existingFindingId",
            "Existing finding",
            lambda each: _existing(visit, each),
            value=lambda each: each.get("existingFindingId"),
        ),
        Column(
            "existingFindingStatus",
            "Is now",
            lambda each: Cell(each.get("existingFindingStatus", "")),
            is_shown=False,
        ),
        Column("principal", "External principal", _principal, value=lambda each: each.get("principal")),
        Column(
            "isPublic",
            "Public",
            lambda each: Cell("Public" if each.get("isPublic") else ""),
            value=lambda each: each.get("isPublic"),
            is_shown=False,
        ),
        Column("action", "Access", _access, value=lambda each: each.get("action") or []),
        Column("condition", "Condition", _condition, value=lambda each: each.get("condition") or {}),
        Column("error", "Error", lambda each: Cell(each.get("error", "")), is_shown=False),
    )


def _change(each: Found) -> Cell:
    tone = {"NEW": "severe", "UNCHANGED": "calm"}.get(each[_CHANGE], _STATUS_CHIPS[each["status"]])
    return Cell(each[_CHANGE].title(), chip="calm" if each["status"] == "ARCHIVED" else tone)


def _status(each: Found) -> Cell:
    return Cell(each["status"].title(), chip=_STATUS_CHIPS[each["status"]])


def _existing(visit: Visit, each: Found) -> Cell:
    known = each.get("existingFindingId")
    if known is None:
        return Cell("—")
    link, status = visit.link(f"/findings/{known}"), each.get("existingFindingStatus", "")
    return Cell(known.split("-", maxsplit=1)[0], link=link, note=status.title())


def _principal(each: Found) -> Cell:
    return Cell(principal_words(each), note="Public" if each.get("isPublic") else "")


def _access(each: Found) -> Cell:
    actions = each.get("action") or []
    more = f"and {len(actions) - _ACTIONS} more" if len(actions) > _ACTIONS else ""
    return Cell(", ".join(actions[:_ACTIONS]) or "—", note=more)


def _condition(each: Found) -> Cell:
    return Cell("; ".join(f"{key} = {value}" for key, value in (each.get("condition") or {}).items()) or "—")


PAGES = (Page("/previews/{id}", _show),)
