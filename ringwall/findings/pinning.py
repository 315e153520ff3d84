"""Deciding policies whose variables relate two keys: one of them is pinned to a value, and boxes suffice again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ringwall.policy.ast import Policy
from ringwall.policy.request import Request
from ringwall.reasoning.box import Box
from ringwall.reasoning.encode import Setting, variables_of
from ringwall.reasoning.unions import AnyOf
from ringwall.reasoning.values import ABSENT, KeySet, texts

_EXAMPLE = "example"


def pinned_settings(policies: Iterable[Policy], setting: Setting, tried: Request) -> Iterator[tuple[Setting, Box]]:
    """Settings in which every variable has a value, each with the box of requests that it is true of.

    The values are those of a witness that did not replay, then an example for every key, then none.
    """
    keys = frozenset().union(*map(variables_of, policies)) - setting.constants.keys()
    given = {key: tried.context.get(key, ()) for key in keys}
    example = {key: values or (_EXAMPLE,) for key, values in given.items()}
    absent: dict[str, tuple[str, ...]] = dict.fromkeys(keys, ())
    for choice in (given, example, absent):
        if keys:
            yield Setting(setting.constants, setting.many, choice), _pin(choice)


def _pin(choice: dict[str, tuple[str, ...]]) -> Box:
    return Box(
        {key: KeySet(False, texts(AnyOf(frozenset(values)))) if values else ABSENT for key, values in choice.items()}
    )
