"""Looking for a witness where variables relate two keys: one of them is pinned to a value, and boxes are exact again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ringwall.policy.ast import Policy
from ringwall.policy.request import Request
from ringwall.reasoning.box import Box
from ringwall.reasoning.unions import AnyOf
from ringwall.reasoning.values import ABSENT, KeySet, texts
from ringwall.reasoning.variables import RESOURCE, Setting, readings_of, variables_of

_EXAMPLE = "example"
_Choice = dict[str, tuple[str, ...]]


def pinned_settings(policies: Iterable[Policy], setting: Setting, tried: Request) -> Iterator[tuple[Setting, Box]]:
    """Settings in which every variable has a value, each with the box of requests that it is true of.

    The values are those of a witness that did not replay, then what its other keys say that they should have been,
    then an example for every key, then none.
    """
    about = tuple(policies)
    keys = frozenset().union(*map(variables_of, about)) - setting.constants.keys()
    if not keys:
        return
    given: _Choice = {key: tried.context.get(key, ()) for key in keys}
    example: _Choice = {key: values or (_EXAMPLE,) for key, values in given.items()}
    read = {**example, **_read(about, keys, tried)}
    absent: _Choice = dict.fromkeys(keys, ())
    choices = (given, read, example, absent)
    for index, choice in enumerate(choices):
        if choice not in choices[:index]:
            yield Setting(setting.constants, setting.many, choice), _pin(choice)


def _read(policies: Iterable[Policy], keys: frozenset[str], tried: Request) -> _Choice:
    """What the templates say of the variables in them, where they match what the request holds."""
    held = {**tried.context, RESOURCE: (tried.resource,)}
    found: _Choice = {}
    for policy in policies:
        for key, value in readings_of(policy, held):
            if key in keys:
                found.setdefault(key, (value,))
    return found


def _pin(choice: Mapping[str, tuple[str, ...]]) -> Box:
    return Box(
        {key: KeySet(False, texts(AnyOf(frozenset(values)))) if values else ABSENT for key, values in choice.items()}
    )
