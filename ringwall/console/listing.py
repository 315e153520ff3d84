"""What a listing is asked for, all of it in the query string: filter chips, status, order, page.

`f=PROPERTY~OPERATOR~VALUE` is one chip; those of one property and operator are alternatives, all others have to hold
together, as in an archive rule. `sort=-updatedAt` is the newest first. `after` and `before` name the finding that the
page begins behind, or ends before.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ringwall.console.visit import Visit
from ringwall.errors import ValidationError

OPERATORS: Mapping[str, str] = {"eq": "is", "neq": "is not", "contains": "contains", "exists": "is there"}
"""The API's names, and words."""
STATUSES = ("ACTIVE", "ARCHIVED", "RESOLVED", "ALL")
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Chip:
    """One value of a criterion."""

    name: str
    """Of the property."""
    operator: str
    value: str

    @property
    def text(self) -> str:
        """As the query string has it."""
        return f"{self.name}~{self.operator}~{self.value}"


def chip_of(text: str) -> Chip:
    """Raises `ValidationError` where the text is no chip."""
    name, _, rest = text.partition("~")
    operator, _, value = rest.partition("~")
    if not name or operator not in OPERATORS:
        raise ValidationError(f"`{text}` is no filter: write PROPERTY~OPERATOR~VALUE", field="f")
    if operator == "exists" and value not in _BOOLEANS:
        raise ValidationError("whether a property is there is true or false", field="f")
    return Chip(name, operator, value)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a listing is asked for."""

    path: str
    """Below /console."""
    chips: tuple[Chip, ...] = ()
    status: str = "ACTIVE"
    sort: str = ""
    """An attribute, with a minus in front where the largest comes first."""
    after: str = ""
    before: str = ""
    group: str = ""

    @property
    def attribute(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        return self.sort.startswith("-")

    def criteria(self) -> dict[str, dict[str, Any]]:
        """The chips and the status as the API's filter."""
        found: dict[str, dict[str, Any]] = {}
        for chip in self.chips:
            criterion = found.setdefault(chip.name, {})
            if chip.operator == "exists":
                criterion["exists"] = _BOOLEANS[chip.value]
            else:
                criterion.setdefault(chip.operator, []).append(chip.value)
        if self.status != "ALL":
            found.setdefault("status", {})["eq"] = [self.status]
        return found

    def query(self) -> dict[str, Any]:
        """The query string that asks for this, without what goes without saying."""
        return {
            "status": self.status if self.status != "ACTIVE" else None,
            "f": [each.text for each in self.chips],
            "group": self.group or None,
            "sort": self.sort or None,
            "after": self.after or None,
            "before": self.before or None,
        }

    def first(self, **changes: Any) -> Asked:
        """The same with changes, from the first page on."""
        return replace(self, **{"after": "", "before": "", **changes})


def asked_of(visit: Visit, *, sort: str = "", sorts: Sequence[str] = (), groups: Sequence[str] = ()) -> Asked:
    """Reads the query string.

    Args:
        visit: the request.
        sort: the order where nothing else is asked for.
        sorts: the attributes that it can be sorted by.
        groups: how it can be grouped.

    Raises:
        ValidationError: it asks for something that there is not.
    """
    query = visit.query
    path = visit.request.url.path.removeprefix("/console")
    asked = Asked(
        path=path,
        chips=tuple(dict.fromkeys(map(chip_of, query.all("f")))),
        status=query.get("status", "ACTIVE"),
        sort=query.get("sort", sort),
        after=query.get("after"),
        before=query.get("before"),
        group=query.get("group"),
    )
    if asked.status not in STATUSES:
        raise ValidationError(f"there is no status `{asked.status}`", field="status")
    if asked.attribute and asked.attribute not in sorts:
        raise ValidationError(f"this cannot be sorted by `{asked.attribute}`", field="sort")
    if asked.group and asked.group not in groups:
        raise ValidationError(f"this cannot be grouped by `{asked.group}`", field="group")
    return asked


def added(visit: Visit, asked: Asked) -> Asked | None:
    """With the chip that the form below the chips adds, or the search; None where neither was used."""
    if text := visit.query.get("q").strip():
        return asked.first(chips=(*asked.chips, Chip("resource", "contains", text)))
    name = visit.query.get("property")
    if not name:
        return None
    operator, value = visit.query.get("operator", "eq"), visit.query.get("value").strip()
    if operator == "exists":
        value = "false" if value.lower() in {"false", "no"} else "true"
    elif not value:
        return asked
    return asked.first(chips=(*asked.chips, chip_of(f"{name}~{operator}~{value}")))


def token_of(position: Sequence[str | int]) -> str:
    """A place in an order, for a query string."""
    return base64.urlsafe_b64encode(json.dumps(position, separators=(",", ":")).encode()).decode().rstrip("=")


def position_of(token: str) -> tuple[str | int, ...]:
    """Raises `ValidationError` where the token was not made by `token_of`."""
    try:
        written = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise ValidationError("there is no such page: begin again at the first", field="after") from error
    if not isinstance(written, list) or not all(type(each) in {int, str} for each in written):
        raise ValidationError("there is no such page: begin again at the first", field="after")
    return tuple(written)
