"""The random policies cover the language: what is never drawn is never tested.

Each construct has to occur in a stated share of the cases, in percent: in so many that a test of two hundred examples
meets it. `pytest -s tests/test_strategies.py` prints what was measured.
"""

import re
import sys
from functools import cache

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ringwall.arn import find_arn
from ringwall.errors import UndecidedError
from ringwall.policy import evaluate
from ringwall.policy.ast import AllBut, Effect, Only, PrincipalType, Quantifier
from ringwall.policy.conditions import OPERATORS
from ringwall.policy.evaluate import Decision
from ringwall.policy.request import CallerKind
from ringwall.policy.variables import Template
from ringwall.reasoning.compare import find_access
from tests.findings.sharing_cases import QUEUE_WORDS, sharing_policies
from tests.neighbours import EDITS, cases, related_policies, shared_cases
from tests.strategies import SETS, WITHOUT_VARIABLES


@cache
def drawn(strategy, number):
    """The first so many examples of a strategy: the same on every run."""
    examples = []

    @settings(
        max_examples=number,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy())
    def collect(example):
        examples.append(example)

    collect()
    return examples


def shares(table, examples):
    """In how many of the examples each predicate holds, in percent, in print too."""
    found = {name: 100 * sum(map(bool, map(holds, examples))) / len(examples) for name, (holds, _) in table.items()}
    sys.stdout.write("\n")
    for name, (_, least) in table.items():
        sys.stdout.write(f"{found[name]:6.1f} %, at least {least:4.1f} %: {name}\n")
    return found


def too_rare(table, examples):
    found = shares(table, examples)
    return {name: found[name] for name, (_, least) in table.items() if found[name] < least}


# Predicates of a case, which is a policy and a request.


def in_statement(predicate):
    return lambda case: any(map(predicate, case[0].statements))


def in_condition(predicate):
    """Of a condition, and of what the request gives its key."""
    return lambda case: any(
        predicate(each, case[1].context.get(each.key.lower(), ()))
        for statement in case[0].statements
        for each in statement.conditions
    )


def in_resource(predicate):
    return lambda case: any(map(predicate, resources_in(case[0])))


def in_text(predicate):
    """Of a resource or a value of a condition, where `${…}` is a variable, and of the request."""
    return lambda case: (
        case[0].has_variables
        and any(predicate(text, case[1]) for text in (*resources_in(case[0]), *values_in(case[0])))
    )


def resources_in(policy):
    return [member.text for each in policy.statements if each.resources for member in each.resources.members]


def values_in(policy):
    return [value for each in policy.statements for condition in each.conditions for value in condition.values]


def in_principal(type_, predicate):
    def holds(statement):
        members = statement.principals.members if statement.principals else ()
        return any(each.type is type_ and predicate(each.value) for each in members)

    return in_statement(holds)


def applying(effect, case):
    return [case[0].statements[index] for index in evaluate.applying_statements(effect, *case)]


# Operators and their modifiers.


def is_modified(operator):
    return operator.if_exists or operator.quantifier is not None


NAMES = {
    **{name: (in_condition(lambda each, _, name=name: each.operator.name == name), 1.0) for name in OPERATORS},
    **{
        f"{name}, modified": (
            in_condition(lambda each, _, name=name: each.operator.name == name and is_modified(each.operator)),
            0.5,
        )
        for name in OPERATORS
    },
    **{
        f"values of type {type_}, in a statement that applies": (
            lambda case, type_=type_: any(
                OPERATORS[condition.operator.name].type.name == type_ and condition.values
                for effect in Effect
                for statement in applying(effect, case)
                for condition in statement.conditions
            ),
            1.0,
        )
        for type_ in sorted({row.type.name for row in OPERATORS.values()})
    },
}
HAS_MODIFIER = {
    "no modifier": lambda operator: not is_modified(operator),
    "IfExists": lambda operator: operator.if_exists and operator.quantifier is None,
    "ForAllValues": lambda operator: operator.quantifier is Quantifier.FOR_ALL_VALUES,
    "ForAnyValue": lambda operator: operator.quantifier is Quantifier.FOR_ANY_VALUE,
    "ForAllValues and IfExists": lambda operator: (
        operator.quantifier is Quantifier.FOR_ALL_VALUES and operator.if_exists
    ),
    "ForAnyValue and IfExists": lambda operator: operator.quantifier is Quantifier.FOR_ANY_VALUE and operator.if_exists,
}
HOLDS = {
    "an absent key": (lambda given: not given, (False, True), 1),
    "a key with a value": (lambda given: len(given) == 1, (False, True), 1),
    "a key with several values": (lambda given: len(given) > 1, (None,), 0.3),
}
"""With the kinds of operator to look at (negated, not, or either), and the least share."""
MODIFIERS = {
    f"{modifier}, {'negated, ' if negated else ''}on {presence}": (
        in_condition(
            lambda each, given, has=has, is_so=is_so, negated=negated: (
                has(each.operator)
                and is_so(given)
                and each.values
                and negated in (None, OPERATORS[each.operator.name].negated)
            )
        ),
        least,
    )
    for modifier, has in HAS_MODIFIER.items()
    for presence, (is_so, kinds, least) in HOLDS.items()
    for negated in kinds
}


# Elements and their values.


def is_unreadable(read, text):
    try:
        read(text)
    except ValueError:
        return True
    return False


def has_malformed_value(condition, given):
    type_ = OPERATORS[condition.operator.name].type
    return any(is_unreadable(type_.wanted, Template(value)) for value in condition.values)


def is_given_malformed_value(condition, given):
    return any(is_unreadable(OPERATORS[condition.operator.name].type.given, each) for each in given)


def has_wildcard_in(field):
    def holds(text):
        fields = text.split(":", 5)
        return fields[0] == "arn" and len(fields) > field and bool(set(fields[field]) & set("*?"))

    return holds


def of_scope(element, kind):
    return in_statement(lambda statement: isinstance(getattr(statement, element), kind))


ELEMENTS = {
    "NotAction": (of_scope("actions", AllBut), 20),
    "NotResource": (of_scope("resources", AllBut), 20),
    "NotPrincipal in an Allow": (
        in_statement(lambda each: isinstance(each.principals, AllBut) and each.effect is Effect.ALLOW),
        10,
    ),
    "NotPrincipal in a Deny": (
        in_statement(lambda each: isinstance(each.principals, AllBut) and each.effect is Effect.DENY),
        10,
    ),
    "no Resource": (in_statement(lambda each: each.resources is None), 20),
    "no Principal": (in_statement(lambda each: each.principals is None), 20),
    "no condition": (in_statement(lambda each: not each.conditions), 20),
    "several conditions": (in_statement(lambda each: len(each.conditions) > 1), 20),
    "a key under two operators": (
        in_statement(lambda each: len({one.key.lower() for one in each.conditions}) < len(each.conditions)),
        1,
    ),
    "a key under two statements": (
        lambda case: any(
            {one.key.lower() for one in first.conditions} & {one.key.lower() for one in second.conditions}
            for index, first in enumerate(case[0].statements)
            for second in case[0].statements[index + 1 :]
        ),
        3,
    ),
    "an empty list of actions": (in_statement(lambda each: not each.actions.members), 2),
    "an empty list of values": (in_condition(lambda each, _: not each.values), 2),
    "an action in other letters": (
        lambda case: any(
            member.text.lower() == case[1].action.lower() and member.text != case[1].action
            for each in case[0].statements
            for member in each.actions.members
        ),
        2,
    ),
    **{
        f"a Resource with a wildcard in its {name}": (in_resource(has_wildcard_in(field)), 3)
        for field, name in enumerate(("partition", "service", "Region", "account", "resource"), 1)
    },
    "a Resource of fewer fields": (in_resource(lambda text: text.startswith("arn:") and text.count(":") < 5), 3),
    "a Resource that is not shaped like an ARN": (in_resource(lambda text: text[:3] == "*:a"), 2),
    "a malformed value in the policy": (in_condition(has_malformed_value), 5),
    "a malformed value in the request": (in_condition(is_given_malformed_value), 3),
    "the older version": (lambda case: not case[0].has_variables, 30),
    "no statement": (lambda case: not case[0].statements, 0.5),
}
_VARIABLE = re.compile(r"\$\{[^*?$}]")


def names_variable(text):
    return _VARIABLE.search(text) is not None


def is_undefined(text, request):
    names = re.findall(r"\$\{([^*?$},]+)\}", text)
    return any(len(request.context.get(name.lower(), ())) != 1 for name in names)


VARIABLES = {
    "in a Resource": (lambda case: case[0].has_variables and in_resource(names_variable)(case), 3),
    "in a NotResource": (
        lambda case: (
            case[0].has_variables
            and in_statement(
                lambda each: (
                    isinstance(each.resources, AllBut)
                    and any(names_variable(one.text) for one in each.resources.members)
                )
            )(case)
        ),
        2,
    ),
    "in a condition": (
        lambda case: (
            case[0].has_variables and in_condition(lambda each, _: any(map(names_variable, each.values)))(case)
        ),
        5,
    ),
    "with a default": (in_text(lambda text, _: "', " in text or ", '" in text), 3),
    "undefined": (in_text(is_undefined), 3),
    "defined": (in_text(lambda text, request: names_variable(text) and not is_undefined(text, request)), 3),
    "of a key with several values": (
        in_text(lambda text, request: "TagKeys" in text and len(request.context.get("aws:tagkeys", ())) > 1),
        0.3,
    ),
    "an escape": (in_text(lambda text, _: re.search(r"\$\{[*?$]\}", text)), 3),
    "in a statement that applies": (
        lambda case: (
            case[0].has_variables
            and any(
                any(map(names_variable, (*resources_in(part), *values_in(part))))
                for effect in Effect
                for part in [_Part(applying(effect, case))]
            )
        ),
        1,
    ),
    "in no variable, for the older version": (
        lambda case: (
            not case[0].has_variables and any("${" in text for text in (*resources_in(case[0]), *values_in(case[0])))
        ),
        3,
    ),
}


class _Part:
    def __init__(self, statements):
        self.statements = statements


# Principals, callers, and the decision.


def is_arn_of(*kinds):
    return lambda value: (arn := find_arn(value)) is not None and arn.resource.split("/")[0] in kinds


AWS, FEDERATED = PrincipalType.AWS, PrincipalType.FEDERATED
PRINCIPALS = {
    "everyone": (in_principal(AWS, "*".__eq__), 3),
    "an account by number": (in_principal(AWS, str.isdigit), 3),
    "an account by its root": (in_principal(AWS, is_arn_of("root")), 3),
    "an account in another partition": (in_principal(AWS, lambda value: value.startswith("arn:aws-cn:")), 2),
    **{
        f"a {kind}": (in_principal(AWS, is_arn_of(kind)), 3)
        for kind in ("user", "role", "assumed-role", "federated-user")
    },
    "a role with a path": (in_principal(AWS, lambda value: value.count("/") > 1 and ":role/" in value), 2),
    "a unique id": (in_principal(AWS, lambda value: value.startswith("AROA")), 1),
    "a service": (in_principal(PrincipalType.SERVICE, "sns.amazonaws.com".__eq__), 3),
    "any service": (in_principal(PrincipalType.SERVICE, "*".__eq__), 2),
    "an identity provider by domain": (in_principal(FEDERATED, lambda value: value[:4] == "acco"), 2),
    "an identity provider by ARN": (in_principal(FEDERATED, is_arn_of("oidc-provider")), 2),
    "a canonical user": (in_principal(PrincipalType.CANONICAL_USER, lambda value: value != "*"), 1),
    **{f"the caller is {kind.value}": (lambda case, kind=kind: case[1].caller.kind is kind, 2) for kind in CallerKind},
    **{
        f"the caller is {kind.value} and the policy names whom it means": (
            lambda case, kind=kind: (
                case[1].caller.kind is kind
                and any(isinstance(each.principals, Only) for effect in Effect for each in applying(effect, case))
            ),
            0.1,
        )
        for kind in CallerKind
    },
    "the caller is a session of two": (lambda case: (case[1].caller.session or "").endswith("/t"), 1),
    "the caller is in an organization": (lambda case: "aws:principalorgid" in case[1].context, 20),
}
DECISIONS = {
    "allowed": (lambda case: evaluate.decide(*case) is Decision.ALLOWED, 15),
    "denied": (lambda case: evaluate.decide(*case) is Decision.EXPLICIT_DENY, 15),
    "neither": (lambda case: evaluate.decide(*case) is Decision.IMPLICIT_DENY, 30),
    "allowed, beside a Deny that does not apply": (
        lambda case: evaluate.is_allowed(*case) and any(each.effect is Effect.DENY for each in case[0].statements),
        3,
    ),
    "an Allow and a Deny that both apply": (
        lambda case: applying(Effect.ALLOW, case) and applying(Effect.DENY, case),
        1,
    ),
    "an Allow that a Deny with NotPrincipal refuses": (
        lambda case: (
            applying(Effect.ALLOW, case)
            and any(isinstance(each.principals, AllBut) for each in applying(Effect.DENY, case))
        ),
        0.3,
    ),
    "allowed, spared by a Deny with NotPrincipal": (
        lambda case: (
            evaluate.is_allowed(*case)
            and any(each.effect is Effect.DENY and isinstance(each.principals, AllBut) for each in case[0].statements)
        ),
        0.7,
    ),
    "allowed under conditions": (
        lambda case: evaluate.is_allowed(*case) and any(each.conditions for each in applying(Effect.ALLOW, case)),
        5,
    ),
    "denied under conditions": (lambda case: any(each.conditions for each in applying(Effect.DENY, case)), 5),
}


def with_sets():
    """As the tests of both readings draw them."""
    return st.one_of(cases(), cases(SETS))


TABLES = {
    "operators": NAMES,
    "modifiers": MODIFIERS,
    "elements": ELEMENTS,
    "variables": VARIABLES,
    "principals": PRINCIPALS,
    "decisions": DECISIONS,
}


@pytest.mark.parametrize("name", TABLES)
def test_every_construct_occurs(name):
    """
    In so many of two thousand cases that a property test meets it.
    """
    assert too_rare(TABLES[name], drawn(with_sets if name == "modifiers" else cases, 2_000)) == {}


def cases_without_variables():
    return cases(WITHOUT_VARIABLES)


def is_decided(case):
    try:
        find_access(case[0])
    except UndecidedError:
        return False
    return True


def test_most_policies_are_decided():
    """
    What is undecided is said to be so; were it much, the agreement of the readings would mean little.
    """
    table = {"decided": (is_decided, 95), "with access": (lambda case: is_decided(case) and find_access(case[0]), 30)}

    assert too_rare(table, drawn(cases_without_variables, 500)) == {}


def test_related_policies_differ_in_every_way():
    """
    Every edit is made, and most change something; policies of which one allows more than the other are common.
    """
    changed = {"changed": (lambda related: related.before != related.after, 70)}
    made = {edit.name: (lambda related, edit=edit: related.edit is edit, 1) for edit in EDITS}

    assert too_rare({**made, **changed}, drawn(related_policies, 1_000)) == {}


def queues_of_a_zone():
    return shared_cases(QUEUE_WORDS, sharing_policies)


def test_requests_come_from_inside_and_from_outside_a_zone():
    """
    Of those that a resource policy allows.
    """

    def is_trusted(case):
        _, request, zone = case
        return evaluate.applying_statements(Effect.ALLOW, zone.policy("111111111111"), request)

    table = {
        "allowed, from outside": (lambda case: evaluate.is_allowed(*case[:2]) and not is_trusted(case), 10),
        "allowed, trusted": (lambda case: evaluate.is_allowed(*case[:2]) and is_trusted(case), 10),
        "not allowed": (lambda case: not evaluate.is_allowed(*case[:2]), 10),
        "an organization": (lambda case: case[2].organization is not None, 30),
        "partners": (lambda case: case[2].trusted, 30),
    }

    assert too_rare(table, drawn(queues_of_a_zone, 500)) == {}
