"""Questions that are left open, and the solvers that are there to be asked."""

import pytest

from ringwall.errors import UndecidedError
from ringwall.policy.parse import parse_policy
from ringwall.reasoning.compare import access
from ringwall.solvers.fallback import ask_installed
from ringwall.solvers.process import SolverProcess

SOMETHING = access(parse_policy('{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}'))
MISSING = SolverProcess("z3", module="a_solver_that_nobody_has")


def test_without_solvers_it_is_said_what_to_install():
    """
    The question stays open, and the reader learns how to have it decided.
    """
    with pytest.raises(UndecidedError, match=r"no solver is installed .* pip install 'ringwall"):
        ask_installed(SOMETHING, (MISSING,))


def test_the_one_that_is_there_is_asked(cvc5):
    """
    Whatever else is missing.
    """
    assert ask_installed(SOMETHING, (MISSING, cvc5)).decided_by == "cvc5"
