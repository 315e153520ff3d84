"""The corpus again, by the second reading: a request is in the region of its policy exactly if it is allowed."""

import pytest

from ringwall.reasoning.clauses import is_allowed
from ringwall.reasoning.encode import keys_with_set_operators, point_of
from ringwall.reasoning.variables import Setting, variables_of
from tests.test_corpus import ONE_POLICY, cases, policy_of, request_of


@pytest.mark.parametrize("case", cases(*ONE_POLICY))
def test_the_region_of_a_policy_holds_what_the_case_allows(case):
    """
    Every case of the corpus has one answer in both readings.
    """
    policy, request = policy_of(case["policy"]), request_of(case["request"])
    several = frozenset(key for key, values in request.context.items() if len(values) > 1)
    setting = Setting(
        many=keys_with_set_operators((policy,)) | several,
        variables={key: request.context.get(key, ()) for key in variables_of(policy)},
    )
    point = point_of(request)

    allowed, refused = is_allowed(policy, setting)

    is_in = any(point in box for box in allowed) and not any(point in box for box in refused)
    assert is_in == case["allowed"]
