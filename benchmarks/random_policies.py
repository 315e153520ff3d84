"""Random policies, from the strategies that the property tests draw from, with a seed."""

from __future__ import annotations

import hypothesis
from hypothesis import HealthCheck, Phase, settings

from ringwall.policy.ast import Policy
from tests.strategies import SMALL, WITHOUT_VARIABLES, policies


def random_policies(count: int, *, seed: int, has_variables: bool) -> list[Policy]:
    """As many policies; the same ones for the same seed."""
    drawn: list[Policy] = []

    @hypothesis.seed(seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
        derandomize=False,
    )
    @hypothesis.given(policies(SMALL if has_variables else WITHOUT_VARIABLES))
    def draw(policy: Policy) -> None:
        drawn.append(policy)

    draw()
    return drawn[:count]
