"""The columns of findings about unused access, as AWS's console has them, and how sure each is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ringwall.console.finding_columns import status_column, updated_column
from ringwall.console.table import Cell, Column
from ringwall.console.unused_words import CONFIDENCES, amount, confidence_of, entity_name, own_details, title_of
from ringwall.console.visit import Visit
from ringwall.findings.finding import FindingType
from ringwall.findings.remembered import RememberedFinding
from ringwall.reports.wording import resource_noun


def columns_of(visit: Visit) -> Sequence[Column[RememberedFinding]]:
    """In the order of AWS's console."""
    return (Column("id", "Finding ID", lambda each: _id(visit, each), lambda each: each.id, sort="id"), *_COLUMNS)


def _id(visit: Visit, each: RememberedFinding) -> Cell:
    return Cell(each.id.split("-", maxsplit=1)[0], link=visit.link(f"/findings/{each.id}"), is_code=True)


def _type(each: RememberedFinding) -> Cell:
    title = title_of(each.type)
    if each.error:
        return Cell(title, chip="severe", note=f"not analyzed: {each.error}")
    key = own_details(each.detail).get("accessKeyId", "")
    is_key = each.type is FindingType.UNUSED_IAM_USER_ACCESS_KEY
    return Cell(title, chip="mild", note=key if is_key else amount(each.detail))


def _entity(each: RememberedFinding) -> Cell:
    return Cell(entity_name(each.resource), note=resource_noun(each.detail["resourceType"]))


def _confidence(each: RememberedFinding) -> Cell:
    confidence = confidence_of(each.detail)
    if confidence is None:
        return Cell("—")
    title, chip, _ = CONFIDENCES[confidence]
    return Cell(title, chip=chip)


def _confidence_value(each: RememberedFinding) -> str | None:
    confidence = confidence_of(each.detail)
    return confidence.value if confidence else None


def _details(each: RememberedFinding) -> list[Any]:
    return list(each.detail.get("findingDetails") or ())


_COLUMNS: tuple[Column[RememberedFinding], ...] = (
    Column("findingType", "Finding type", _type, lambda each: each.type.value),
    Column("resource", "IAM entity", _entity, lambda each: each.resource, sort="resource"),
    Column(
        "resourceType",
        "Type of entity",
        lambda each: Cell(each.detail["resourceType"]),
        sort="resourceType",
        is_shown=False,
    ),
    Column(
        "resourceOwnerAccount",
        "AWS account ID",
        lambda each: Cell(each.detail["resourceOwnerAccount"]),
        sort="resourceOwnerAccount",
    ),
    Column("confidence", "Confidence", _confidence, _confidence_value),
    Column("error", "Error", lambda each: Cell(each.error or ""), lambda each: each.error, is_shown=False),
    Column("findingDetails", "Unused", lambda each: Cell(amount(each.detail)), _details, is_shown=False),
    updated_column("Last updated"),
    status_column(),
)
