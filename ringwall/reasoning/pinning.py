"""Looking for a witness where variables relate two keys: one of them is pinned to a value, and boxes are exact again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ringwall.policy.ast import Policy
from ringwall.policy.request import Request
from ringwall.policy.service_reference import KeyType, key_type
from ringwall.reasoning.box import Box
from ringwall.reasoning.unions import AnyOf
from ringwall.reasoning.values import ABSENT, KeySet, texts
from ringwall.reasoning.variables import RESOURCE, Setting, named_in, readings_of, variables_of

_Choice = dict[str, tuple[str, ...]]
_SIGNED = {
    "aws:principalaccount": "999999999999",
    "aws:principalarn": "arn:aws:iam::999999999999:user/example",
    "aws:principalorgid": "o-outsider00",
    "aws:principaltype": "User",
    "aws:userid": "AIDAEXAMPLEOUTSIDER00",
    "aws:username": "example",
    "kms:calleraccount": "999999999999",
}
"""What the keys of a caller hold that variables are most often compared with: those of some user."""
_EXAMPLES = {
    KeyType.ADDRESS: "203.0.113.1",
    KeyType.ARN: "arn:aws:iam::999999999999:role/example",
    KeyType.DATE: "2030-01-01T00:00:00Z",
    KeyType.FLAG: "true",
    KeyType.NUMBER: "1",
}


def pinned_settings(
    policies: Iterable[Policy], setting: Setting, tried: Request, marks: Iterable[str] = ()
) -> Iterator[tuple[Setting, Box]]:
    """Settings in which variables have a value, each with the box of requests that it is true of.

    First those variables that the marks of the witness are about, then all of them. The values are those of the
    witness, then what its other keys say that they should have been, then an example for every key, then none.

    Args:
        policies: that the witness was found in.
        setting: that it was found under.
        tried: the witness, which did not replay.
        marks: its marks that were true.
    """
    about = tuple(policies)
    keys = frozenset().union(*map(variables_of, about)) - setting.constants.keys()
    done: list[_Choice] = []
    for wanted in (keys & named_in(marks), keys):
        for choice in _choices(about, wanted, tried) if wanted else ():
            if choice not in done:
                done.append(choice)
                yield Setting(setting.constants, setting.many, choice), _pin(choice)


def _choices(policies: Iterable[Policy], keys: frozenset[str], tried: Request) -> Iterator[_Choice]:
    given: _Choice = {key: tried.context.get(key, ()) for key in keys}
    read = _read(policies, keys, tried)
    yield given
    example: _Choice = {key: values or (_example(key),) for key, values in given.items()}
    yield {**example, **read}
    signed: _Choice = {key: (_SIGNED[key],) if key in _SIGNED else values for key, values in example.items()}
    yield {**signed, **{key: values for key, values in read.items() if key not in _SIGNED}}
    yield signed
    yield example
    yield dict.fromkeys(keys, ())


def _example(key: str) -> str:
    return _SIGNED.get(key) or _EXAMPLES.get(key_type(key), "example")


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
