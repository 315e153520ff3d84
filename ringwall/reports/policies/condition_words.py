"""Conditions in words: what one key must hold, said so that nothing is claimed about requests that lack the key.

A condition is first brought into a normal form (`Demand`), which says outright whether an absent key will do; the
opposite of a normal form is one again, so that what a Deny refuses can be said as what is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from ringwall.policy.ast import Condition, Effect, Quantifier
from ringwall.policy.conditions import OPERATORS, ValueType
from ringwall.policy.keys import spelled
from ringwall.policy.service_reference import is_multivalued
from ringwall.policy.variables import Template
from ringwall.policy.wildcard import is_literal

_SHOWN = 4
_SPELLINGS = {key.lower(): key for key in ("kms:ViaService", "sts:ExternalId")}
"""Keys that have adverbs and are no global ones."""


class Over(Enum):
    """Which values of a key are meant."""

    ONE = "one"
    """The key has one value."""
    SOME = "some"
    EACH = "each"


@dataclass(frozen=True, slots=True)
class Demand:
    """What a key must hold: it is absent and may be, or it is present, and its values match as is said."""

    key: str
    operator: str
    """Without its negation: `StringLike` for `StringNotLike`."""
    values: tuple[str, ...]
    is_negated: bool
    over: Over
    absent: bool
    """Whether an absent key will do."""
    present: bool = True
    """Whether a key that is present may do; where not, its values do not matter."""
    is_open: bool = False
    """Whether a key that is present always does."""
    has_variables: bool = False


def demand_of(
    condition: Condition, effect: Effect, *, has_variables: bool, many: frozenset[str] = frozenset()
) -> Demand:
    """The normal form of a condition.

    Args:
        condition: of a statement.
        effect: of the statement.
        has_variables: whether `${…}` is a policy variable here.
        many: keys, in lower case, that hold several values although it is not known of them.
    """
    row, quantifier = OPERATORS[condition.operator.name], condition.operator.quantifier
    takes_variables = has_variables and row.type.takes_variables
    name = _positive(condition.operator.name)
    demand = Demand(
        _spelled(condition.key),
        name,
        condition.values,
        is_negated=row.negated,
        over=_over(condition, effect, many),
        absent=_takes_absence(condition),
        has_variables=takes_variables,
    )
    if not condition.values:
        will_do = condition.operator.if_exists or quantifier is Quantifier.FOR_ALL_VALUES
        return replace(demand, absent=will_do, present=False)
    return _of_null(demand, quantifier) if name == "Null" else demand


def _spelled(key: str) -> str:
    """The key as AWS spells it, where that is known, and as it was written elsewhere."""
    lower = key.lower()
    return _SPELLINGS.get(lower) or (key if spelled(lower) == lower else spelled(lower))


def _of_null(demand: Demand, quantifier: Quantifier | None) -> Demand:
    match quantifier:
        case Quantifier.FOR_ALL_VALUES:
            return replace(demand, absent=True, is_open=True)
        case Quantifier.FOR_ANY_VALUE:
            return replace(demand, absent=False, present=False)
        case None:
            wanted = {value.lower() for value in demand.values}
            is_present = "false" in wanted
            return replace(demand, absent="true" in wanted, present=is_present, is_open=is_present)


def _positive(name: str) -> str:
    """`StringLike` for `StringNotLike`, `IpAddress` for `NotIpAddress`."""
    return name.replace("Not", "", 1)


def _takes_absence(condition: Condition) -> bool:
    operator = condition.operator
    if operator.if_exists:
        return True
    match operator.quantifier:
        case Quantifier.FOR_ALL_VALUES:
            return True
        case Quantifier.FOR_ANY_VALUE:
            return False
        case None:
            return OPERATORS[operator.name].negated


def _over(condition: Condition, effect: Effect, many: frozenset[str]) -> Over:
    key = condition.key.lower()
    match condition.operator.quantifier:
        case Quantifier.FOR_ALL_VALUES:
            return Over.EACH
        case Quantifier.FOR_ANY_VALUE:
            return Over.SOME
        case None if not is_multivalued(key) and key not in many:
            return Over.ONE
        case None:
            return Over.EACH if effect is Effect.DENY else Over.SOME


_OPPOSITES = {Over.ONE: Over.ONE, Over.SOME: Over.EACH, Over.EACH: Over.SOME}


def opposite(demand: Demand) -> Demand:
    """What holds exactly where the demand does not."""
    turned = replace(demand, absent=not demand.absent)
    if not demand.present:
        return replace(turned, present=True, is_open=True)
    if demand.is_open:
        return replace(turned, present=False, is_open=False)
    return replace(turned, is_negated=not demand.is_negated, over=_OPPOSITES[demand.over])


_ADVERBS = {
    ("aws:SourceIp", "IpAddress"): "from {}",
    ("aws:VpcSourceIp", "IpAddress"): "from {} in a VPC",
    ("aws:SourceVpc", "String"): "from VPC {}",
    ("aws:SourceVpce", "String"): "through VPC endpoint {}",
    ("aws:PrincipalOrgID", "String"): "as a principal of organization {}",
    ("aws:PrincipalAccount", "String"): "as a principal of account {}",
    ("aws:PrincipalArn", "Arn"): "as {}",
    ("aws:PrincipalArn", "String"): "as {}",
    ("aws:SourceAccount", "String"): "on behalf of account {}",
    ("aws:SourceArn", "Arn"): "on behalf of {}",
    ("aws:SourceArn", "String"): "on behalf of {}",
    ("aws:SourceOrgID", "String"): "on behalf of organization {}",
    ("aws:RequestedRegion", "String"): "in Region {}",
    ("aws:CurrentTime", "DateLessThan"): "before {}",
    ("aws:CurrentTime", "DateGreaterThan"): "after {}",
    ("aws:username", "String"): "as the user named {}",
    ("kms:CallerAccount", "String"): "as a principal of account {}",
    ("kms:ViaService", "String"): "through {}",
    ("sts:ExternalId", "String"): "with the external id {}",
}
"""How, where from, as whom: by key and by operator. `String` stands for StringEquals and StringLike."""

_FLAGS = {
    ("aws:SecureTransport", "true"): "over TLS",
    ("aws:SecureTransport", "false"): "over plain HTTP",
    ("aws:MultiFactorAuthPresent", "true"): "with multi-factor authentication",
    ("aws:ViaAWSService", "true"): "through an AWS service that acts for the caller",
    ("aws:PrincipalIsAWSService", "true"): "as an AWS service",
    ("aws:PrincipalIsAWSService", "false"): "as somebody who is no AWS service",
}

_FAMILIES = {"StringEquals": "String", "StringLike": "String", "ArnEquals": "Arn", "ArnLike": "Arn"}


def adverb_of(demand: Demand) -> str | None:
    """The demand as a part of a sentence that says how: `from 203.0.113.0/24`, `not over plain HTTP`.

    None where it takes a clause of its own.
    """
    words = _adverb(demand)
    if words is None or not demand.present or demand.is_open or demand.over is not Over.ONE:
        return None
    match demand.is_negated, demand.absent:
        case False, False:
            return words
        case False, True:
            return f"{words} (or without {demand.key})"
        case True, True:
            return f"not {words}"
        case _:
            return None


def _adverb(demand: Demand) -> str | None:
    if demand.operator == "Bool":
        flags = {value.lower() for value in demand.values}
        return _FLAGS.get((demand.key, flags.pop())) if len(flags) == 1 else None
    words = _ADVERBS.get((demand.key, _FAMILIES.get(demand.operator, demand.operator)))
    return words.format(_values(demand)) if words else None


def clause_of(demand: Demand) -> str:
    """The demand as a clause: `aws:PrincipalTag/team is red`."""
    if demand.is_open or not demand.present:
        return _presence(demand)
    match demand.over:
        case Over.ONE:
            return _one_clause(demand)
        case Over.SOME:
            some = f"a value of {demand.key} {_negative(demand) if demand.is_negated else _predicate(demand)}"
            return f"{demand.key} is absent or {some}" if demand.absent else some
        case Over.EACH:
            each = f"{'no' if demand.is_negated else 'every'} value of {demand.key} {_predicate(demand)}"
            return f"{each} (or it is absent)" if demand.absent else f"{demand.key} is present and {each}"


def _one_clause(demand: Demand) -> str:
    match demand.is_negated, demand.absent:
        case False, True:
            return f"{demand.key} is absent or {_predicate(demand)}"
        case True, False:
            return f"{demand.key} is present and {_negative(demand)}"
        case is_negated, _:
            return f"{demand.key} {_negative(demand) if is_negated else _predicate(demand)}"


def _presence(demand: Demand) -> str:
    match demand.absent, demand.is_open:
        case True, True:
            return f"{demand.key} holds whatever it may"
        case True, False:
            return f"{demand.key} is absent"
        case False, True:
            return f"{demand.key} is present"
        case _:
            return f"{demand.key} holds what it cannot"


_PREDICATES = {
    "StringEquals": ("is", "is not"),
    "StringEqualsIgnoreCase": ("is, in any case of letters,", "is not, in any case of letters,"),
    "StringLike": ("is", "is not"),
    "NumericEquals": ("is", "is not"),
    "NumericLessThan": ("is less than", "is not less than"),
    "NumericLessThanEquals": ("is at most", "is not at most"),
    "NumericGreaterThan": ("is more than", "is not more than"),
    "NumericGreaterThanEquals": ("is at least", "is not at least"),
    "DateEquals": ("is", "is not"),
    "DateLessThan": ("is before", "is not before"),
    "DateLessThanEquals": ("is at or before", "is not at or before"),
    "DateGreaterThan": ("is after", "is not after"),
    "DateGreaterThanEquals": ("is at or after", "is not at or after"),
    "Bool": ("is", "is not"),
    "BinaryEquals": ("is", "is not"),
    "IpAddress": ("is in", "is not in"),
    "ArnEquals": ("is", "is not"),
    "ArnLike": ("is", "is not"),
}


def _predicate(demand: Demand) -> str:
    return f"{_PREDICATES[demand.operator][0]} {_values(demand, 'like ')}"


def _negative(demand: Demand) -> str:
    several = "any of " if len(set(demand.values)) > 1 else ""
    return f"{_PREDICATES[demand.operator][1]} {several}{_values(demand, 'like ')}"


def _values(demand: Demand, like: str = "") -> str:
    """The values, of which one suffices; after a negation, of which none may match. `like` begins a pattern."""
    words = [_value(demand, value, like) for value in dict.fromkeys(demand.values)]
    more = len(words) - _SHOWN
    return " or ".join(words) if more <= 0 else f"{', '.join(words[:_SHOWN])} or one of {more} more"


def _value(demand: Demand, value: str, like: str) -> str:
    kind = OPERATORS[demand.operator].type
    if demand.has_variables and "${" in value:
        is_pattern = kind.name in ("pattern", "arn") and not is_literal(_VARIABLE.sub("", value))
        return f"{like}{value}" if is_pattern else value
    if not value:
        return "an empty text"
    if is_malformed(kind, value):
        return f"{value} (which is no {_TYPES.get(kind.name, kind.name)} and matches nothing)"
    has_wildcards = not is_literal(value)
    if kind.name in ("pattern", "arn"):
        return f"{like}{value}" if has_wildcards else value
    return f"{value} (literally)" if has_wildcards or "${" in value else value


_VARIABLE = re.compile(r"\$\{[^}]*\}")
_TYPES = {"flag": "boolean", "bytes": "base 64"}


def is_malformed(kind: ValueType, value: str) -> bool:
    """Whether a value of a policy is not of its operator's type, so that it matches nothing."""
    try:
        kind.wanted(Template(value))
    except ValueError:
        return True
    return False


def told(demands: Iterable[Demand]) -> tuple[list[str], list[str]]:
    """Adverbs, and clauses for those that are none."""
    adverbs: list[str] = []
    clauses: list[str] = []
    for demand in demands:
        adverb = adverb_of(demand)
        if adverb is None:
            clauses.append(clause_of(demand))
        else:
            adverbs.append(adverb)
    return adverbs, clauses
