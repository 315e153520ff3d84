"""The two readings of a policy agree: `policy.evaluate` for one request, `reasoning.encode` for all of them."""

from hypothesis import given

from ringwall.policy import evaluate
from ringwall.reasoning.box_index import BoxIndex
from ringwall.reasoning.encode import is_allowed, keys_with_set_operators, point_of, request_at
from ringwall.reasoning.region import Budget, find_request
from ringwall.reasoning.variables import Setting
from tests.strategies import WITHOUT_VARIABLES, policies, requests


def setting_of(*those):
    return Setting(many=keys_with_set_operators(those))


@given(policies(WITHOUT_VARIABLES), requests(WITHOUT_VARIABLES))
def test_a_request_is_in_the_region_exactly_if_it_is_allowed(policy, request):
    """
    The evaluator and the region say the same of every request.
    """
    allowed, refused = is_allowed(policy, setting_of(policy))
    point = point_of(request)

    is_in = any(point in box for box in allowed) and not any(point in box for box in refused)

    assert is_in == evaluate.is_allowed(policy, request)


@given(policies(WITHOUT_VARIABLES, max_statements=4))
def test_every_witness_is_allowed(policy):
    """
    A request that the region yields is one that the evaluator allows.
    """
    allowed, refused = is_allowed(policy, setting_of(policy))
    found = find_request(allowed, BoxIndex(refused), Budget())

    if found is not None:
        assert evaluate.is_allowed(policy, request_at(found[0]))


@given(policies(WITHOUT_VARIABLES), requests(WITHOUT_VARIABLES))
def test_an_empty_region_allows_nothing(policy, request):
    """
    Where the region is empty, no request is allowed.
    """
    allowed, refused = is_allowed(policy, setting_of(policy))
    found = find_request(allowed, BoxIndex(refused), Budget())

    assert found is not None or not evaluate.is_allowed(policy, request)


@given(policies(), requests())
def test_with_variables_an_empty_region_still_allows_nothing(policy, request):
    """
    Policy variables make regions larger, never smaller.
    """
    allowed, refused = is_allowed(policy, setting_of(policy))
    found = find_request(allowed, BoxIndex(refused), Budget())

    assert found is not None or not evaluate.is_allowed(policy, request)
