"""Random cases that have to do with each other: requests that meet a policy, policies a small edit apart.

A request that is drawn apart from a policy seldom meets it, and then both readings agree for want of anything to say.
What is drawn here is drawn in the policy's own words, and at the edges of its patterns, networks and ranges.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from ringwall.findings.organization import Account, Organization
from ringwall.findings.zone_of_trust import ACCOUNT, ORGANIZATION, TrustedEntity, TrustedKind, ZoneOfTrust
from ringwall.policy import values, wildcard
from ringwall.policy.ast import AllBut, Effect, Only, Pattern, Policy, Quantifier
from ringwall.policy.conditions import condition_holds
from ringwall.policy.principals import covers_caller
from ringwall.policy.request import derived_keys
from ringwall.policy.service_reference import KeyType, is_known_key, key_type
from ringwall.policy.variables import fill_in
from ringwall.reasoning.compare import Comparison
from tests.strategies import (
    ONE,
    ORGANIZATIONS,
    SMALL,
    TWO,
    conditions,
    memberships,
    policies,
    rarely,
    requests,
    statements,
)

often = rarely(st.just(False), st.just(True))


# Requests that meet a policy.


def cases(vocabulary=SMALL, **options):
    """A policy, and a request that mostly meets it; the options are those of `policies`."""
    return policies(vocabulary, **options).flatmap(
        lambda policy: st.tuples(st.just(policy), requests_near(policy, vocabulary))
    )


@st.composite
def requests_near(draw, policy, vocabulary=SMALL):
    """Mostly a request that meets a statement of the policy, or misses it by little; sometimes any request."""
    if not policy.statements or draw(st.integers(0, 3)) == 2:
        return draw(requests(vocabulary))
    statement = draw(st.sampled_from(policy.statements))
    callers = _callers_of(statement, vocabulary) if draw(often) else ()
    request = draw(requests(vocabulary, callers))
    for condition in statement.conditions:
        request = draw(_meeting(condition, request, policy, statement.effect, vocabulary))
    action = _among(statement.actions, vocabulary.requested_actions, vocabulary)
    resource = _among(_filled(statement.resources, request, policy), vocabulary.requested_resources, vocabulary)
    return replace(request, action=draw(action), resource=draw(resource))


def _callers_of(statement, vocabulary):
    """The callers that the statement means, those that also meet its conditions on the caller if there are any."""
    meant = [each for each in vocabulary.callers if covers_caller(statement.principals, each, statement.effect)]
    derived = [condition for condition in statement.conditions if condition.key.lower() in _DERIVED]
    fitting = [
        caller
        for caller in meant
        if all(
            condition_holds(each, _Context(derived_keys(caller)), effect=statement.effect, has_variables=False)
            for each in derived
        )
    ]
    return tuple(fitting or meant)


_DERIVED = ("aws:principalarn", "aws:principalaccount", "aws:username")


@dataclass(frozen=True)
class _Context:
    """As much of a request as conditions look at."""

    context: dict[str, tuple[str, ...]]


def _filled(scope, request, policy):
    """The scope with its policy variables filled in, as far as that is possible."""
    if scope is None:
        return None
    filled = (fill_in(each.text, request, has_variables=policy.has_variables) for each in scope.members)
    return replace(scope, members=tuple(Pattern(each.text) for each in filled if each is not None))


def _among(scope, requested, vocabulary):
    """Mostly a word that the scope takes in; sometimes one beside its patterns, or any."""
    members = [member.text for member in scope.members] if scope is not None else []
    beside = [] if vocabulary.is_closed else [word for text in members for word in _spelled_out(text)]
    words = list(dict.fromkeys((*requested, *beside)))
    taken = [
        word
        for word in words
        if any(wildcard.matches(text, word, ignore_case=True) for text in members) is isinstance(scope, Only)
    ]
    return rarely(st.sampled_from(words), st.sampled_from(taken or words))


@st.composite
def _meeting(draw, condition, request, policy, effect, vocabulary):
    """The request with another value for the condition's key: mostly one that meets the condition."""
    contexts = list(_contexts(condition, request, policy, vocabulary))
    asked = [replace(request, context={name: held for name, held in context.items() if held}) for context in contexts]
    meeting = [
        each for each in asked if condition_holds(condition, each, effect=effect, has_variables=policy.has_variables)
    ]
    return draw(st.sampled_from(meeting if meeting and draw(often) else asked)) if asked else request


def _contexts(condition, request, policy, vocabulary):
    """Contexts of the request that differ in the condition's key; none where it follows from the caller."""
    name = condition.key.lower()
    key = next(each for each in vocabulary.keys if each.name.lower() == name)
    if name in _MEMBERSHIP:
        others = {key: held for key, held in request.context.items() if key not in _MEMBERSHIP}
        yield from ({**others, **each} for each in memberships(request.caller))
    elif key.given:
        texts = [
            text for value in condition.values for text in _beside(value, request, policy) if _can_hold(name, text)
        ]
        single = list(dict.fromkeys((*key.given, *texts)))
        yield from ({**request.context, name: held} for held in ((), *((text,) for text in single)))
        if may_hold_several(key, policy):
            several = [tuple(dict.fromkeys(pair)) for pair in zip(single, single[1:] + single[:1], strict=True)]
            yield from ({**request.context, name: held} for held in (*several, tuple(single)))


_MEMBERSHIP = ("aws:principalorgid", "aws:principalorgpaths")


def may_hold_several(key, policy):
    """Whether a request may give the key several values: it is known to, or unknown and used as if it did."""
    if key.multivalued or is_known_key(key.name):
        return key.multivalued
    used = (each for statement in policy.statements for each in statement.conditions)
    return any(each.operator.quantifier is not None and each.key.lower() == key.name.lower() for each in used)


def _can_hold(key, text):
    """Whether the key can hold the text at all, by its type."""
    read = {KeyType.ADDRESS: values.read_address, KeyType.FLAG: values.read_flag, KeyType.ARN: values.read_arn}
    return _read(read.get(key_type(key), str), text) is not None


def _read(reader, text):
    try:
        return reader(text)
    except ValueError:
        return None


def _beside(value, request, policy):
    """Texts at the edges of a value of a condition: what it stands for, and what just misses it."""
    filled = fill_in(value, request, has_variables=policy.has_variables)
    text = value if filled is None else filled.text
    yield from _spelled_out(text)
    if (network := _read(values.read_network, text)) is not None:
        first, last = network.network_address, network.broadcast_address
        yield from (str(first), str(last), last.exploded, *([str(first - 1)] if int(first) else []))
        yield from [str(last + 1)] if int(last) + 1 < 2**network.max_prefixlen else []
    if (number := _read(values.read_number, text)) is not None:
        yield from (f"{number:f}", f"{number + Decimal('0.001'):f}", f"{number - 1:f}", f"{number:f}.00".lstrip("-"))
    if (moment := _read(values.read_date, text)) is not None:
        yield from ((moment + timedelta(seconds=each)).astimezone(UTC).isoformat() for each in (-1, 0, 1))


def _spelled_out(pattern):
    """Words in the place of a pattern's wildcards, such as a colon and nothing, and the pattern in other letters."""
    yield from (pattern, pattern.swapcase())
    for star, one in (("a", "b"), ("", "a"), (":", ":"), ("a/b", ""), ("A", "ab")):
        yield pattern.replace("*", star).replace("?", one)


# Policies that are a small edit apart.


@dataclass(frozen=True)
class Edit:
    """A small change of a policy."""

    name: str
    needs: Callable[[Policy], bool]
    """Whether the policy has what is changed."""
    make: Callable[..., Policy]
    """From `draw`, a policy and the vocabulary."""
    outcome: Comparison | None = None
    """How what comes out compares for certain: it is this or equal. None where it may be anything."""


@dataclass(frozen=True)
class Related:
    """A policy before and after an edit."""

    before: Policy
    after: Policy
    edit: Edit


def _with(policy, *statements):
    return replace(policy, statements=tuple(statements))


def _one_changed(change, *, of_conditions=False):
    """The edit that changes one statement: `change(draw, statement, vocabulary)`."""

    def make(draw, policy, vocabulary):
        fitting = [index for index, each in enumerate(policy.statements) if each.conditions or not of_conditions]
        index = draw(st.sampled_from(fitting))
        changed = change(draw, policy.statements[index], vocabulary)
        return _with(policy, *policy.statements[:index], changed, *policy.statements[index + 1 :])

    return make


def _added(effect):
    def make(draw, policy, vocabulary):
        more = replace(draw(statements(vocabulary)), effect=effect)
        place = draw(st.integers(0, len(policy.statements)))
        return _with(policy, *policy.statements[:place], more, *policy.statements[place:])

    return make


def _dropped(effect):
    def make(draw, policy, _):
        fitting = [index for index, each in enumerate(policy.statements) if each.effect is effect]
        gone = draw(st.sampled_from(fitting))
        return _with(policy, *(each for index, each in enumerate(policy.statements) if index != gone))

    return make


def _shuffled(draw, policy, _):
    return _with(policy, *draw(st.permutations(policy.statements)))


def _repeated(draw, policy, _):
    return _with(policy, *policy.statements, draw(st.sampled_from(policy.statements)))


def _flipped(draw, statement, _):
    return replace(statement, effect=Effect.DENY if statement.effect is Effect.ALLOW else Effect.ALLOW)


def _negated(draw, statement, _):
    scope = statement.actions
    return replace(statement, actions=AllBut(scope.members) if isinstance(scope, Only) else Only(scope.members))


def _other_actions(draw, statement, vocabulary):
    return replace(statement, actions=draw(statements(vocabulary)).actions)


def _other_resources(draw, statement, vocabulary):
    return replace(statement, resources=draw(statements(vocabulary)).resources)


def _other_principals(draw, statement, vocabulary):
    return replace(statement, principals=draw(statements(vocabulary)).principals)


def _condition_added(draw, statement, vocabulary):
    return replace(statement, conditions=(*statement.conditions, draw(conditions(vocabulary))))


def _on_a_condition(change):
    """The edit that changes one condition: `change(draw, condition, vocabulary)`; None drops it."""

    def make(draw, statement, vocabulary):
        index = draw(st.integers(0, len(statement.conditions) - 1))
        changed = change(draw, statement.conditions[index], vocabulary)
        kept = (*statement.conditions[:index], *statement.conditions[index + 1 :])
        return replace(statement, conditions=kept if changed is None else (*kept, changed))

    return _one_changed(make, of_conditions=True)


def _value_changed(draw, condition, vocabulary):
    key = next(each for each in vocabulary.keys if each.name.lower() == condition.key.lower())
    wanted = ("true", "false") if condition.operator.name == "Null" else key.wanted
    return replace(condition, values=(*condition.values[1:], draw(st.sampled_from(wanted))))


def _key_in_capitals(_, condition, __):
    return replace(condition, key=condition.key.upper())


def _values_reversed(_, condition, __):
    return replace(condition, values=condition.values[::-1])


def _modifier_changed(draw, condition, _):
    operator = condition.operator
    if operator.name != "Null" and draw(st.booleans()):
        return replace(condition, operator=replace(operator, if_exists=not operator.if_exists))
    return replace(condition, operator=replace(operator, quantifier=draw(st.sampled_from((None, *Quantifier)))))


def _has_any(_):
    return True


def _has_some(policy):
    return bool(policy.statements)


def _has_several(policy):
    return len(policy.statements) > 1


def _has(effect):
    return lambda policy: any(each.effect is effect for each in policy.statements)


def _has_conditions(policy):
    return any(each.conditions for each in policy.statements)


_has_allow, _has_deny = _has(Effect.ALLOW), _has(Effect.DENY)

EDITS = (
    Edit("another effect", _has_some, _one_changed(_flipped)),
    Edit("actions negated", _has_some, _one_changed(_negated)),
    Edit("other actions", _has_some, _one_changed(_other_actions)),
    Edit("other resources", _has_some, _one_changed(_other_resources)),
    Edit("other principals", _has_some, _one_changed(_other_principals)),
    Edit("a condition more", _has_some, _one_changed(_condition_added)),
    Edit("a condition less", _has_conditions, _on_a_condition(lambda *_: None)),
    Edit("another value", _has_conditions, _on_a_condition(_value_changed)),
    Edit("another modifier", _has_conditions, _on_a_condition(_modifier_changed)),
    Edit("an Allow more", _has_any, _added(Effect.ALLOW), Comparison.LOOSER),
    Edit("a Deny less", _has_deny, _dropped(Effect.DENY), Comparison.LOOSER),
    Edit("an Allow less", _has_allow, _dropped(Effect.ALLOW), Comparison.STRICTER),
    Edit("a Deny more", _has_any, _added(Effect.DENY), Comparison.STRICTER),
    Edit("the statements in another order", _has_several, _shuffled, Comparison.EQUAL),
    Edit("a statement twice", _has_some, _repeated, Comparison.EQUAL),
    Edit("a key in capitals", _has_conditions, _on_a_condition(_key_in_capitals), Comparison.EQUAL),
    Edit("values in another order", _has_conditions, _on_a_condition(_values_reversed), Comparison.EQUAL),
)


@st.composite
def related_policies(draw, vocabulary=SMALL, edits=EDITS, **options):
    """A policy before and after a small edit; the options are those of `policies`."""
    edit = draw(st.sampled_from(edits))
    before = draw(policies(vocabulary, **options).filter(edit.needs))
    return Related(before, edit.make(draw, before, vocabulary), edit)


# Resource policies and whom they are not about.


def zones(owner=ONE):
    """A zone of trust: the account's or an organization's, with up to three partners and networks."""
    trusted = st.lists(st.sampled_from(TRUSTED), max_size=3, unique=True).map(tuple)
    members = st.sampled_from(((owner,), (owner, TWO)))
    organizations = st.builds(_organization, st.sampled_from(ORGANIZATIONS), st.just(owner), members)
    whole = st.builds(ZoneOfTrust, st.just(ORGANIZATION), organizations, trusted)
    return st.one_of(st.builds(ZoneOfTrust, st.just(ACCOUNT), st.none(), trusted), whole)


def _organization(id_, owner, members):
    root = f"{id_}/{id_.replace('o-', 'r-')}/"
    return Organization(id_, owner, tuple(Account(member, path=root) for member in members))


TRUSTED = (
    TrustedEntity(TrustedKind.ACCOUNT, TWO),
    TrustedEntity(TrustedKind.ORGANIZATION, "o-b"),
    TrustedEntity(TrustedKind.PATH, "o-a/r-a/ou-a/"),
    TrustedEntity(TrustedKind.VPC, "vpc-a"),
    TrustedEntity(TrustedKind.CIDR, "10.0.0.0/9"),
)


@st.composite
def shared_cases(draw, vocabulary=SMALL, shares=policies, **options):
    """A resource policy, a request that mostly meets it, and a zone of trust: (policy, request, zone).

    Args:
        draw: given by Hypothesis.
        vocabulary: of the policy and the request.
        shares: makes the strategy of policies from the vocabulary.
        options: those of `shares`.
    """
    policy: Any = draw(shares(vocabulary, **options))
    return policy, draw(requests_near(policy, vocabulary)), draw(zones())
