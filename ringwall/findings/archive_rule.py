"""Archive rules and listing filters: criteria over a finding's properties, and which findings meet them.

What a filter means, wherever it is evaluated (`matches` here, and as a query in the store):

- A finding has, for each property, no value, one value, or (conditions) several. All are texts; `isPublic` is `true` or
  `false`. Names of condition keys are compared without regard to case, all else letter by letter.
- Every criterion of the filter has to hold, and of a criterion every operator that is given.
- `eq`: one of the finding's values is one of those listed.
- `neq`: there is a value, and none of the finding's values is one of those listed.
- `contains`: one of those listed is part of one of the finding's values. No character is special.
- `exists`: true, there is a value; false, there is none.

So a finding without a property meets no criterion on it but `exists: false`: a rule about principals leaves alone the
findings that have no such principal. Decision 0025 says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ringwall.errors import ValidationError
from ringwall.findings.remembered import RememberedFinding
from ringwall.findings.statement_cause import cause_of

_MOST_VALUES = 20
_MOST_OPERATORS = 50
"""Of one filter, each with its values: databases plan too long where there are more, and at last refuse."""
_CONDITION = "condition."
_LISTS = ("eq", "neq", "contains")
_OPERATORS = (*_LISTS, "exists")


@dataclass(frozen=True, slots=True)
class Criterion:
    """As in the API: every operator that is given has to hold."""

    eq: tuple[str, ...] = ()
    """The value is one of these."""
    neq: tuple[str, ...] = ()
    """The value is none of these."""
    contains: tuple[str, ...] = ()
    """One of these is part of the value."""
    exists: bool | None = None
    """Whether there is a value."""

    def is_met_by(self, values: tuple[str, ...]) -> bool:
        """Whether a property with these values meets the criterion; it has none where there are none."""
        return (
            self.exists in (None, bool(values))
            and (not self.eq or any(value in self.eq for value in values))
            and (not self.neq or (bool(values) and not any(value in self.neq for value in values)))
            and (not self.contains or any(part in value for part in self.contains for value in values))
        )

    def as_json(self) -> dict[str, Any]:
        """Without the operators that are not given."""
        lists = {name: list(values) for name in _LISTS if (values := getattr(self, name))}
        return lists if self.exists is None else {**lists, "exists": self.exists}


Filter = Mapping[str, Criterion]
"""By the API's name of the property, such as `principal.AWS`: a finding has to meet every criterion."""

Facts = Mapping[str, tuple[str, ...]]
"""The values of a finding by property; names of conditions in lower case. What has no value is not in it."""


@dataclass(frozen=True, slots=True)
class ArchiveRule:
    """Findings that meet the filter are archived as soon as they appear."""

    name: str
    filter: Filter
    created_at: datetime
    updated_at: datetime
    reason: str | None = None
    owner: str | None = None
    expires_at: datetime | None = None
    """From then on it archives nothing, and what it archived is active again."""

    def archives(self, facts: Facts, now: datetime) -> bool:
        """Whether it archives a finding that appears now."""
        return (self.expires_at is None or now < self.expires_at) and matches(self.filter, facts)


@dataclass(frozen=True, slots=True)
class FilterKeys:
    """What a filter can be about. Every `condition.…` is taken: policies are free to use any key."""

    names: frozenset[str]
    may_be_empty: bool = True
    """Whether there may be no criterion at all: for a listing that is everything, for a rule it would hide everything."""

    def __contains__(self, key: str) -> bool:
        return key in self.names or (key.startswith(_CONDITION) and key != _CONDITION)


ARCHIVE_RULE_KEYS = FilterKeys(
    frozenset(
        (
            "error",
            "exposure",
            "findingType",
            "isPublic",
            "principal.AWS",
            "principal.CanonicalUser",
            "principal.Federated",
            "region",
            "resource",
            "resourceControlPolicyRestriction",
            "resourceOwnerAccount",
            "resourceType",
            "serviceControlPolicyRestriction",
        )
    ),
    may_be_empty=False,
)
LISTING_KEYS = FilterKeys(ARCHIVE_RULE_KEYS.names | {"cause", "id", "status"})
PREVIEW_KEYS = FilterKeys(LISTING_KEYS.names | {"changeType", "existingFindingId", "existingFindingStatus"})


def parse_filter(raw: Mapping[str, Mapping[str, Any]], keys: FilterKeys, *, field: str = "filter") -> Filter:
    """A filter as the API is given it.

    Args:
        raw: by property, the operators with their values.
        keys: what it can be about.
        field: where it stands in the request.

    Raises:
        ValidationError: a property, an operator or a number of values that there is not, or too many of them.
    """
    if not raw and not keys.may_be_empty:
        raise ValidationError("there is no criterion: this would be every finding", field=field)
    for key in raw:
        if key not in keys:
            raise ValidationError(f"`{key}` is not a filter key", field=f"{field}.{key}")
    criteria = {key: _criterion(members, f"{field}.{key}") for key, members in raw.items()}
    if (number := sum(len(each.as_json()) for each in criteria.values())) > _MOST_OPERATORS:
        message = f"{number} operators are too many: a filter has at most {_MOST_OPERATORS} in all its criteria"
        raise ValidationError(message, field=field)
    return criteria


def _criterion(members: Any, field: str) -> Criterion:
    if not isinstance(members, Mapping):
        raise ValidationError("a criterion is an object", field=field)
    given = {name: value for name, value in members.items() if value is not None}
    if unknown := next((name for name in given if name not in _OPERATORS), None):
        raise ValidationError(f"`{unknown}` is not an operator: {', '.join(_OPERATORS)}", field=f"{field}.{unknown}")
    if not given:
        raise ValidationError(f"a criterion needs one of {', '.join(_OPERATORS)}", field=field)
    lists = {name: _values(given[name], f"{field}.{name}") for name in _LISTS if name in given}
    exists = given.get("exists")
    if not isinstance(exists, bool | None):
        raise ValidationError("exists is true or false", field=f"{field}.exists")
    return Criterion(**lists, exists=exists)


def _values(value: Any, field: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise ValidationError("expected a list of texts", field=field)
    if not 1 <= len(value) <= _MOST_VALUES:
        raise ValidationError(f"expected 1 to {_MOST_VALUES} values, not {len(value)}", field=field)
    return tuple(value)


def filter_as_json(criteria: Filter) -> dict[str, dict[str, Any]]:
    """The filter in the API's shape: what `parse_filter` was given."""
    return {key: criterion.as_json() for key, criterion in criteria.items()}


def fact_name(key: str) -> str:
    """The property that a filter's key is about: condition keys are the same in any case of letters."""
    return key.lower() if key.startswith(_CONDITION) else key


def matches(criteria: Filter, facts: Facts) -> bool:
    """Whether a finding with these properties meets every criterion: see the top of this module."""
    return all(criterion.is_met_by(facts.get(fact_name(key), ())) for key, criterion in criteria.items())


def facts_of(remembered: RememberedFinding) -> Facts:
    """What filters can ask about a finding."""
    own = {
        "id": (remembered.id,),
        "status": (remembered.status.value,),
        "findingType": (remembered.type.value,),
    }
    return {**facts_of_fields(remembered.detail), **own}


_PLAIN = (
    "changeType",
    "error",
    "existingFindingId",
    "existingFindingStatus",
    "exposure",
    "findingType",
    "id",
    "region",
    "resource",
    "resourceControlPolicyRestriction",
    "resourceOwnerAccount",
    "resourceType",
    "serviceControlPolicyRestriction",
    "status",
)


def facts_of_fields(fields: Mapping[str, Any]) -> Facts:
    """The same, of a finding in the API's field names (`Finding.as_json()`, or a preview's finding)."""
    facts = {name: (str(fields[name]),) for name in _PLAIN if fields.get(name) is not None}
    if (is_public := fields.get("isPublic")) is not None:
        facts["isPublic"] = ("true" if is_public else "false",)
    for name, value in (fields.get("principal") or {}).items():
        facts[f"principal.{name}"] = (value,)
    for key, value in (fields.get("condition") or {}).items():
        name = fact_name(f"{_CONDITION}{key}")
        facts[name] = (*facts.get(name, ()), *_texts(value))
    if (cause := cause_of(fields)) is not None:
        facts["cause"] = (cause,)
    return facts


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)


def hides_public(criteria: Filter) -> bool:
    """Whether a rule with this filter could archive a finding that is public.

    Public is who names any principal and is limited by no condition, so that criteria on what a public finding never
    has rule it out. Where that cannot be told, as with the values of a condition, the answer is yes.
    """
    return all(criterion.is_met_by(_PUBLIC[key]) for key, criterion in criteria.items() if key in _PUBLIC)


_PUBLIC: Facts = {
    "error": (),
    "findingType": ("ExternalAccess",),
    "isPublic": ("true",),
    "principal.AWS": ("*",),
    "principal.CanonicalUser": (),
    "principal.Federated": (),
    "serviceControlPolicyRestriction": (),
}
"""What is known of every public finding of external access; `status` is left out, as no rule can ask for it."""
