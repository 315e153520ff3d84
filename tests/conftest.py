"""What every test shares: how many examples Hypothesis tries."""

import os

import pytest
from hypothesis import HealthCheck, settings

from ringwall.solvers.process import SolverProcess
from tests.reasoning.agreement import TALLIES

# The same examples on every run, so that a red build means a changed program. A slow machine is no failure.
settings.register_profile(
    "default",
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
# New examples every night, and what is needed to repeat the one that failed.
settings.register_profile(
    "nightly",
    settings.get_profile("default"),
    max_examples=20_000,
    derandomize=False,
    print_blob=True,
)
# The agreement of the three readings alone: `make fuzz`.
settings.register_profile("fuzz", settings.get_profile("nightly"), max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(scope="session")
def cvc5():
    """The solver that the tests ask by default: it is the fast one."""
    solver = SolverProcess("cvc5", limit=2.0)
    yield solver
    solver.close()


@pytest.fixture(scope="session")
def z3():
    """The other solver."""
    solver = SolverProcess("z3", limit=2.0)
    yield solver
    solver.close()


def pytest_terminal_summary(terminalreporter):
    """How the questions of the tests of agreement ended, also those that nobody could answer."""
    for tally in TALLIES:
        terminalreporter.write_line(tally)
