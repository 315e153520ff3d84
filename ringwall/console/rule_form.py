"""The form of an archive rule: what it says of criteria, and what it is filled with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

from ringwall.console.listing import OPERATORS, chip_of
from ringwall.console.visit import Form
from ringwall.errors import ValidationError

_BLANKS = 2
"""Rows to fill in, behind those that are filled: without script there is no other way to add one."""
_BOOLEANS = {"true": True, "false": False, "": True}


@dataclass(frozen=True, slots=True)
class Row:
    """A criterion as it is written: several rows of one property all have to hold."""

    property: str = ""
    operator: str = "eq"
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleForm:
    """What the form holds."""

    name: str = ""
    rows: tuple[Row, ...] = ()
    reason: str = ""
    owner: str = ""
    expires: str = ""
    """A day, as `<input type="date">` writes it."""

    @property
    def all_rows(self) -> tuple[Row, ...]:
        """With some that are empty."""
        return (*self.rows, *(Row() for _ in range(_BLANKS)))

    def criteria(self) -> dict[str, dict[str, Any]]:
        """The filter, as the API takes it.

        Raises:
            ValidationError: an operator that there is not, or what cannot be both.
        """
        found: dict[str, dict[str, Any]] = {}
        for row in self.rows:
            criterion = found.setdefault(row.property, {})
            if row.operator not in OPERATORS:
                raise ValidationError(f"there is no operator `{row.operator}`", field="operator")
            if row.operator in criterion:
                message = f"`{row.property}` has `{OPERATORS[row.operator]}` twice: write all values into one criterion"
                raise ValidationError(message, field="property")
            criterion[row.operator] = _value_of(row)
        return found

    def expires_at(self) -> datetime | None:
        """The end of the day on which it expires.

        Raises:
            ValidationError: this is no day.
        """
        return end_of_day(self.expires)

    def members(self) -> dict[str, Any]:
        """What a rule has, in the API's names."""
        return {
            "ruleName": self.name,
            "filter": self.criteria(),
            "reason": self.reason,
            "owner": self.owner,
            "expiresAt": self.expires_at(),
        }

    def changes(self) -> dict[str, Any]:
        """The same for a rule that is there: a day that was emptied is taken away."""
        return {**self.members(), "neverExpires": None if self.expires else True}


def end_of_day(text: str) -> datetime | None:
    """The end of a day, which is written YYYY-MM-DD; None where nothing is.

    Raises:
        ValidationError: this is no day.
    """
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ValidationError(f"`{text}` is no day: write YYYY-MM-DD", field="expires") from error
    return datetime.combine(day, time(23, 59, 59), UTC)


def _value_of(row: Row) -> Any:
    if row.operator != "exists":
        if not row.values:
            raise ValidationError(f"the criterion on `{row.property}` has no value", field="values")
        return list(row.values)
    text = row.values[0].lower() if row.values else ""
    if text not in _BOOLEANS:
        raise ValidationError(f"whether `{row.property}` is there is `true` or `false`, not `{text}`", field="values")
    return _BOOLEANS[text]


def rule_form(form: Form) -> RuleForm:
    """What was sent: rows of property, operator and values, one value a line; or filter chips of a listing (`f`)."""
    columns = (form.all(name) for name in ("property", "operator", "values"))
    rows = [
        Row(name.strip(), operator, tuple(line.strip() for line in values.split("\n") if line.strip()))
        for name, operator, values in zip(*columns, strict=False)
        if name.strip()
    ]
    rows += _rows_of_chips(form.all("f"))
    return RuleForm(
        name=form.get("name").strip(),
        rows=tuple(rows),
        reason=form.get("reason").strip(),
        owner=form.get("owner").strip(),
        expires=form.get("expires").strip(),
    )


def _rows_of_chips(texts: Iterable[str]) -> list[Row]:
    found: dict[tuple[str, str], Row] = {}
    for chip in map(chip_of, dict.fromkeys(texts)):
        row = found.get((chip.name, chip.operator), Row(chip.name, chip.operator))
        found[chip.name, chip.operator] = replace(row, values=(*row.values, chip.value))
    return list(found.values())


def form_of_rule(rule: Mapping[str, Any]) -> RuleForm:
    """A rule as `GetArchiveRule` has it."""
    expires = rule.get("expiresAt")
    return RuleForm(
        name=rule["ruleName"],
        rows=rows_of_filter(rule["filter"]),
        reason=rule.get("reason") or "",
        owner=rule.get("owner") or "",
        expires=f"{expires:%Y-%m-%d}" if expires else "",
    )


def rows_of_filter(criteria: Mapping[str, Mapping[str, Any]]) -> tuple[Row, ...]:
    """A filter of the API as rows."""
    return tuple(
        Row(name, operator, _texts(value))
        for name, criterion in criteria.items()
        for operator, value in criterion.items()
    )


def _texts(value: Any) -> tuple[str, ...]:
    return ("true" if value else "false",) if isinstance(value, bool) else tuple(map(str, value))


def rows_of_finding(detail: Mapping[str, Any]) -> tuple[Row, ...]:
    """Criteria that mean this access and no other: the resource, who gets in, and under which conditions."""
    principal = [Row(f"principal.{kind}", "eq", (value,)) for kind, value in (detail.get("principal") or {}).items()]
    conditions = [
        Row(f"condition.{key}", "eq", _listed(value)) for key, value in (detail.get("condition") or {}).items()
    ]
    is_public = detail.get("isPublic")
    public = [Row("isPublic", "eq", ("true" if is_public else "false",))] if is_public is not None else []
    kind = [Row("findingType", "eq", (str(detail["findingType"]),))] if detail.get("findingType") else []
    error = [Row("error", "eq", (str(detail["error"]),))] if detail.get("error") else []
    return (Row("resource", "eq", (str(detail["resource"]),)), *principal, *conditions, *public, *kind, *error)


def _listed(value: Any) -> tuple[str, ...]:
    many: Sequence[Any] = value if isinstance(value, list | tuple) else (value,)
    return tuple(map(str, many))


def words_of_filter(criteria: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A filter, one line for each operator: `resource is arn:… or arn:…`."""
    return [f"{row.property} {OPERATORS[row.operator]} {' or '.join(row.values)}" for row in rows_of_filter(criteria)]
