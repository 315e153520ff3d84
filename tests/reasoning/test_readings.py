"""The two readings of a policy agree: `policy.evaluate` for one request, `reasoning.encode` for all of them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwall.policy import evaluate
from ringwall.policy.ast import Effect, Only, Pattern, Policy, Statement
from ringwall.policy.conditions import condition_holds
from ringwall.policy.principals import covers_caller
from ringwall.reasoning.box_index import BoxIndex
from ringwall.reasoning.clauses import is_allowed
from ringwall.reasoning.compare import find_access
from ringwall.reasoning.encode import keys_with_set_operators, point_of, request_at, statement_applies
from ringwall.reasoning.region import Budget, find_request
from ringwall.reasoning.variables import Setting
from tests.neighbours import cases
from tests.reasoning.small_sets import decided
from tests.strategies import CONDITIONS, NAMED_PRINCIPALS, SETS, SMALL, WITHOUT_VARIABLES, policies, requests


def setting_of(*those):
    return Setting(many=keys_with_set_operators(those))


def drawn_apart(vocabulary):
    return st.tuples(policies(vocabulary), requests(vocabulary))


@pytest.mark.parametrize("vocabulary", [CONDITIONS, SETS], ids=["conditions", "sets"])
@given(data=st.data())
def test_conditions_hold_in_both_readings(vocabulary, data):
    """
    As above, where nothing but conditions decides; also on keys that hold several values.
    """
    policy, request = data.draw(cases(vocabulary))
    point = point_of(request)

    for each in policy.statements:
        is_in = any(point in box for box in statement_applies(policy, each, setting_of(policy)))
        assert is_in == all(
            condition_holds(condition, request, effect=each.effect, has_variables=policy.has_variables)
            for condition in each.conditions
        ) & covers_caller(each.principals, request.caller, each.effect)


def found_in(policy):
    """A request in the policy's region and whether that is decided."""
    allowed, refused = is_allowed(policy, setting_of(policy))
    return decided(find_request, allowed, BoxIndex(refused), Budget())


@given(st.one_of(cases(WITHOUT_VARIABLES), drawn_apart(WITHOUT_VARIABLES)))
def test_a_request_is_in_the_region_exactly_if_it_is_allowed(case):
    """
    The evaluator and the region say the same of every request.
    """
    policy, request = case
    allowed, refused = is_allowed(policy, setting_of(policy))
    point = point_of(request)

    is_in = any(point in box for box in allowed) and not any(point in box for box in refused)

    assert is_in == evaluate.is_allowed(policy, request)


def with_resources(policy):
    """The policy with a Resource in every statement."""
    everything = Only((Pattern("*"),))
    filled = (replace(each, resources=each.resources or everything) for each in policy.statements)
    return replace(policy, statements=tuple(filled))


# Accounts of one number in two partitions: `test_the_root_of_an_account_in_another_partition_is_not_spared`.
IN_ONE_PARTITION = replace(
    WITHOUT_VARIABLES, principals=tuple(each for each in NAMED_PRINCIPALS if "aws-cn" not in each.value)
)


@given(policies(IN_ONE_PARTITION, max_statements=4).map(with_resources))
def test_every_witness_is_allowed(policy):
    """
    A request that the region yields is one that the evaluator allows.
    """
    allowed, refused = is_allowed(policy, setting_of(policy))
    found = find_request(allowed, BoxIndex(refused), Budget())
    found, _ = found_in(policy)

    if found is not None:
        assert evaluate.is_allowed(policy, request_at(found[0]))


def test_every_request_has_a_resource():
    """
    A Deny for every resource leaves nothing of an Allow without Resource: no request is for none.
    """
    allow = Statement(Effect.ALLOW, Only((Pattern("*"),)))
    deny = Statement(Effect.DENY, Only((Pattern("*"),)), resources=Only((Pattern("*"),)))

    assert find_access(Policy((allow, deny))) is None


@given(cases(WITHOUT_VARIABLES))
def test_an_empty_region_allows_nothing(case):
    """
    Where the region is empty, no request is allowed.
    """
    policy, request = case

    found, is_decided = found_in(policy)

    assert found is not None or not is_decided or not evaluate.is_allowed(policy, request)


@given(cases(SMALL))
def test_with_variables_an_empty_region_still_allows_nothing(case):
    """
    Policy variables make regions larger, never smaller.
    """
    policy, request = case

    found, is_decided = found_in(policy)

    assert found is not None or not is_decided or not evaluate.is_allowed(policy, request)
