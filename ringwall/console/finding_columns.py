"""The columns of findings, as AWS's console has them, and how far the access reaches in front."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ringwall.console.table import Cell, Column, time_column
from ringwall.console.visit import Visit
from ringwall.findings.finding import Finding
from ringwall.findings.finding_json import finding_of
from ringwall.findings.remembered import RememberedFinding
from ringwall.reports.wording import (
    conditions,
    exposure_title,
    principal,
    resource_name,
    resource_noun,
    source_words,
)

SEVERE = {"public", "any-aws-principal"}
_STATUS_CHIPS = {"ACTIVE": "mild", "ARCHIVED": "calm", "RESOLVED": "ok"}
_RESTRICTIONS = {
    "APPLICABLE": "Applicable",
    "NOT_APPLICABLE": "Not applicable",
    "FAILED_TO_EVALUATE_RCP": "Failed to evaluate",
}
_SHOWN_CONDITIONS = 3


def columns_of(visit: Visit) -> Sequence[Column[RememberedFinding]]:
    """In the order of AWS's console."""
    return (
        Column("id", "Finding", lambda each: _id(visit, each), lambda each: each.id, sort="id"),
        *_COLUMNS,
    )


_PROOF = frozenset({"witness", "allowedBy", "narrowedBy", "blockedBy"})


def brief(each: RememberedFinding) -> Finding:
    """The finding without its proof, which no table shows and which takes the longest to read."""
    return finding_of({name: value for name, value in each.detail.items() if name not in _PROOF})


def _plain(name: str) -> Callable[[RememberedFinding], Any]:
    return lambda each: each.detail.get(name)


def _id(visit: Visit, each: RememberedFinding) -> Cell:
    kind = "severe" if each.error or each.detail.get("exposure") in SEVERE else "mild"
    title = exposure_title(brief(each))
    return Cell(title, chip=kind, link=visit.link(f"/findings/{each.id}"), note=each.id.split("-", maxsplit=1)[0])


def _exposure(each: RememberedFinding) -> Cell:
    return Cell(each.detail.get("exposure") or "")


def _resource(each: RememberedFinding) -> Cell:
    return Cell(resource_name(each.resource), note=resource_noun(each.detail["resourceType"]))


def _owner(each: RememberedFinding) -> Cell:
    return Cell(each.detail["resourceOwnerAccount"], note=each.detail["region"])


def principal_cell(each: RememberedFinding) -> Cell:
    """Who gets in."""
    if each.error:
        return Cell("Not known", note=each.error)
    return Cell(principal(brief(each)))


def _condition(each: RememberedFinding) -> Cell:
    lines = conditions(brief(each))
    more = f"and {len(lines) - _SHOWN_CONDITIONS} more" if len(lines) > _SHOWN_CONDITIONS else ""
    return Cell("; ".join(lines[:_SHOWN_CONDITIONS]) or "—", note=more)


def _sources_of(each: RememberedFinding) -> list[dict[str, Any]]:
    return each.detail.get("sources") or []


def _sources(each: RememberedFinding) -> Cell:
    words = [source_words(source) for source in brief(each).sources]
    return Cell(", ".join(dict.fromkeys(words)).capitalize() or "—")


def _levels(each: RememberedFinding) -> list[str]:
    return list(each.detail.get("accessLevels") or ())


def _restriction(each: RememberedFinding) -> Cell:
    return Cell(_RESTRICTIONS.get(each.detail.get("resourceControlPolicyRestriction") or "", "—"))


def _type(each: RememberedFinding) -> Cell:
    return Cell(resource_noun(each.detail["resourceType"]))


def _region(each: RememberedFinding) -> Cell:
    return Cell(each.detail["region"])


def updated_column(title: str) -> Column[RememberedFinding]:
    """When a finding's status last changed."""
    return time_column("updatedAt", title, lambda each: each.updated_at, sort="updatedAt")


def status_column() -> Column[RememberedFinding]:
    """Whether a finding is active, archived or resolved."""
    return Column("status", "Status", status_cell, lambda each: each.status.value)


def status_cell(each: RememberedFinding) -> Cell:
    """The status as a chip."""
    return Cell(each.status.value.capitalize(), chip=_STATUS_CHIPS[each.status.value])


_RCP = "resourceControlPolicyRestriction"
_COLUMNS: tuple[Column[RememberedFinding], ...] = (
    Column("exposure", "Exposure", _exposure, _plain("exposure"), is_shown=False),
    Column("resource", "Resource", _resource, _plain("resource"), sort="resource"),
    Column("resourceType", "Type", _type, _plain("resourceType"), is_shown=False),
    Column(
        "resourceOwnerAccount",
        "Resource owner account",
        _owner,
        _plain("resourceOwnerAccount"),
        sort="resourceOwnerAccount",
    ),
    Column("region", "Region", _region, _plain("region"), is_shown=False),
    Column("principal", "External principal", principal_cell, _plain("principal")),
    Column("condition", "Condition", _condition, _plain("condition")),
    Column("sources", "Shared through", _sources, lambda each: [source["type"] for source in _sources_of(each)]),
    Column("accessLevels", "Access level", lambda each: Cell(", ".join(_levels(each))), _levels),
    Column(_RCP, "RCP restriction", _restriction, _plain(_RCP)),
    updated_column("Updated"),
    status_column(),
)
