"""Places in a configuration: what stands at a JSON pointer (RFC 6901), and the configuration with something else there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwall.resources.base import Configuration


def steps_of(place: str) -> list[str]:
    """The keys and indices that a pointer is made of."""
    return [step.replace("~1", "/").replace("~0", "~") for step in place.split("/")[1:]]


def value_at(configuration: Any, place: str) -> Any:
    """What stands at the place; None where there is nothing."""
    value = configuration
    for step in steps_of(place):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def with_value(configuration: Configuration, place: str, value: Any) -> Configuration:
    """The configuration with `value` at the place. Objects on the way that are not there are made."""
    changed: Configuration = _with(configuration, steps_of(place), value)
    return changed


def _with(container: Any, steps: list[str], value: Any) -> Any:
    if not steps:
        return value
    first, *rest = steps
    if isinstance(container, list):
        index = int(first)
        return [*container[:index], _with(container[index], rest, value), *container[index + 1 :]]
    known = dict(container or {})
    return {**known, first: _with(known.get(first), rest, value)}


def list_around(place: str) -> str:
    """The pointer to the list whose item stands at the place."""
    return place.rsplit("/", 1)[0]


def without_item(configuration: Configuration, place: str) -> Configuration:
    """The configuration without the item of a list that stands at the place."""
    around, index = list_around(place), int(steps_of(place)[-1])
    items = value_at(configuration, around)
    return with_value(configuration, around, [*items[:index], *items[index + 1 :]])
