"""How many values a key has to be able to hold, so that a script tells all sets of values apart that the question does.

Whatever set of values a request has, a part of the set answers the question too, if for each condition that needs some
value to be so, or some value not to be so, that value is in it. What needs all values to be so loses nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from ringwall.policy.ast import Condition, Effect, Policy, Quantifier
from ringwall.reasoning.question import Question


def values_needed(question: Question) -> dict[str, int]:
    """By key, in lower case, that may hold several values: how many are enough."""
    told: dict[str, set[tuple[bool, str, tuple[str, ...]]]] = defaultdict(set)
    for policy, is_wanted in _sides(question):
        for statement in policy.statements:
            for each in statement.conditions:
                key = each.key.lower()
                is_to_hold = is_wanted is (statement.effect is Effect.ALLOW)
                if _needs_some(each, statement.effect) is is_to_hold:
                    told[key].add((is_to_hold, each.operator.name, tuple(sorted(each.values))))
    # Only one value defines a variable: two that differ tell that it is undefined.
    variables = {name for policy in question.policies for name in _variables(policy)}
    needed = {key: max(1, len(told[key])) + (key in variables) for key in {*told, *variables}}
    return {key: number for key, number in needed.items() if question.setting.is_many(key)}


def _sides(question: Question) -> Iterator[tuple[Policy, bool]]:
    """Every policy, and whether its Allow statements are to apply and its Deny statements are not."""
    yield from ((policy, True) for policy in (*question.allowed, *question.not_denied))
    yield from ((policy, False) for policy in question.not_allowed)


def _needs_some(condition: Condition, effect: Effect) -> bool:
    """Whether one value is enough for the condition to hold, rather than for it to fail."""
    match condition.operator.quantifier:
        case Quantifier.FOR_ANY_VALUE:
            return True
        case Quantifier.FOR_ALL_VALUES:
            return False
        case None:
            return effect is Effect.ALLOW


_NAME = re.compile(r"\$\{([^,}]*)")


def _variables(policy: Policy) -> Iterator[str]:
    """The keys, in lower case, that policy variables name, and perhaps others."""
    for statement in policy.statements if policy.has_variables else ():
        texts = [value for condition in statement.conditions for value in condition.values]
        texts += [member.text for member in (statement.resources.members if statement.resources else ())]
        yield from (name.strip().lower() for text in texts for name in _NAME.findall(text))
