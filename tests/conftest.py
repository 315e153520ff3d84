"""What every test shares: how many examples Hypothesis tries, solvers, and stores."""

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

from ringwall.solvers.process import SolverProcess
from ringwall.store.migrate import migrate
from tests.reasoning.agreement import TALLIES
from tests.stores import Schema, empty, is_tested, sqlite_copy, sqlite_template, tested_databases, why_no_postgres
from tests.surroundings import clear, hear_signals

clear(os.environ)
hear_signals()

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


def pytest_make_parametrize_id(val, argname):
    """
    Bytes are named after their parameter, not their content: a packed file holds the second in which it was made, and
    the processes that share the tests refuse to start when they name one of them differently.
    """
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="module", autouse=True)
def _light_heap():
    """What the files before left behind is not looked through for garbage again: that takes longer than most tests."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def cvc5():
    """The solver that the tests ask by default: it is the fast one, and needs a hundredth of the time that it has."""
    solver = SolverProcess("cvc5", limit=30.0)
    yield solver
    solver.close()


@pytest.fixture(scope="session")
def z3():
    """The other solver."""
    solver = SolverProcess("z3", limit=4.0)
    yield solver
    solver.close()


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory):
    return sqlite_template(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="session")
def _postgres_store():
    schema = Schema(f"test_{os.getpid()}")
    store = schema.open()
    migrate(store)
    yield store
    store.close()
    schema.drop()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    """An empty store of either database."""
    if not is_tested(request.param):
        pytest.skip(f"no PostgreSQL: {why_no_postgres()}")
    if request.param == "sqlite":
        opened = sqlite_copy(request.getfixturevalue("_sqlite_template"), tmp_path)
        yield opened
        opened.close()
    else:
        opened = request.getfixturevalue("_postgres_store")
        empty(opened)
        yield opened


@pytest.fixture
def sqlite_store(_sqlite_template, tmp_path):
    """An empty SQLite store, for tests of what is the same on any database or exists on SQLite only."""
    opened = sqlite_copy(_sqlite_template, tmp_path)
    yield opened
    opened.close()


def pytest_terminal_summary(terminalreporter):
    """Which databases were tested, and how the questions of the tests of agreement ended, also the unanswered ones."""
    terminalreporter.write_line(tested_databases())
    for tally in TALLIES:
        terminalreporter.write_line(tally)
