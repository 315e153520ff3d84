"""A solver runs in a process of its own, which is ended when its time is up and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from ringwall.reasoning.solver import Status
from ringwall.solvers.process import SolverProcess, missing_message, running

EASY = '(set-option :produce-models true)\n(set-logic ALL)\n(declare-const |a b| String)\n(assert (= |a b| "x"))\n(check-sat)\n'
NONE = "(set-logic ALL)\n(assert false)\n(check-sat)\n"


def a_worker(code):
    """A command that stands in for a solver's worker."""
    start = 'import json, sys, time\nprint(json.dumps({"status": "ready", "values": ""}), flush=True)\n'
    return lambda _: [sys.executable, "-c", start + textwrap.dedent(code)]


@pytest.fixture
def solver_of():
    started = []

    def make(name="cvc5", **options):
        started.append(SolverProcess(name, **options))
        return started[-1]

    yield make
    for each in started:
        each.close()


@pytest.mark.parametrize("name", ["cvc5", "z3"])
def test_a_solver_answers(name, solver_of):
    """
    One after the other, each script on its own, with the values that were asked for.
    """
    solver = solver_of(name)

    verdicts = [solver.solve(script, ("|a b|",)) for script in (EASY, NONE, EASY)]

    assert [verdict.status for verdict in verdicts] == [Status.SAT, Status.UNSAT, Status.SAT]
    assert verdicts[0].values == '((|a b| "x"))'
    assert {verdict.solver for verdict in verdicts} == {name}


@pytest.mark.parametrize("name", ["cvc5", "z3"])
def test_a_script_that_is_not_understood_is_a_failure(name, solver_of):
    """
    With the solver's own words, and the next script is answered.
    """
    solver = solver_of(name)

    verdict = solver.solve("(assert nobody)\n(check-sat)\n")

    assert verdict.status is Status.FAILED
    assert "nobody" in verdict.message
    assert solver.solve(NONE).status is Status.UNSAT


@pytest.mark.parametrize("name", ["cvc5", "z3"])
def test_a_solver_that_takes_too_long_is_timed_out(name, solver_of):
    """
    A question that is too hard ends when the time is up.
    """
    product = 18_446_744_073_709_551_557 * 18_446_744_073_709_551_533  # two primes of 64 bits
    factors = "".join(
        f"(declare-const {each} (_ BitVec 128))(assert (bvult {each} (_ bv{2**64} 128)))\n" for each in "ab"
    )
    hard = f"(set-logic ALL)\n{factors}(assert (and (bvult (_ bv1 128) a) (bvult a b)))\n(assert (= (bvmul a b) (_ bv{product} 128)))\n"

    verdict = solver_of(name, limit=0.3).solve(hard + "(check-sat)\n")

    assert verdict.status in (Status.TIMED_OUT, Status.UNKNOWN)


def test_a_worker_that_hangs_is_ended_and_replaced(solver_of, tmp_path):
    """
    It does not get the chance to spoil the next question.
    """
    pids = tmp_path / "pids"
    solver = solver_of(
        limit=0.1,
        command=a_worker(f"""
            import os
            open({str(pids)!r}, "a").write(f"{{os.getpid()}}\\n")
            for line in sys.stdin:
                time.sleep(600)
        """),
    )

    verdicts = [solver.solve(EASY) for _ in range(2)]

    assert [verdict.status for verdict in verdicts] == [Status.TIMED_OUT] * 2
    first, second = map(int, pids.read_text().split())
    assert first != second
    for pid in (first, second):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_worker_that_dies_is_a_failure(solver_of):
    """
    And not a time-out; the next question starts another.
    """
    verdict = solver_of(command=a_worker("sys.stdin.readline(); sys.exit(3)")).solve(EASY)

    assert verdict.status is Status.FAILED
    assert "without an answer" in verdict.message


def test_a_worker_that_does_not_start_is_a_failure(solver_of):
    """
    A solver that is installed but broken.
    """
    verdict = solver_of(command=lambda _: [sys.executable, "-c", "raise SystemExit(1)"]).solve(EASY)

    assert verdict.status is Status.FAILED


def test_a_solver_that_is_not_installed_says_what_to_do(solver_of):
    """
    No process is started; the message names the extra.
    """
    verdict = solver_of("z3", module="no_such_solver").solve(EASY)

    assert verdict.status is Status.MISSING
    assert verdict.message == missing_message("z3")
    assert "pip install 'ringwall[proof]'" in verdict.message


def test_nothing_is_left_when_the_solvers_are_done():
    """
    Their processes end with the block that needed them.
    """
    with running(limit=5.0) as solvers:
        assert [solver.solve(NONE).status for solver in solvers] == [Status.UNSAT] * 2
        processes = [solver._worker._process for solver in solvers]

    assert all(process.returncode is not None for process in processes)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no alarms")
def test_a_worker_ends_with_its_parent(tmp_path):
    """
    Also a parent that is killed and can tell nobody.
    """
    code = """
        import os, signal
        from ringwall.solvers.process import SolverProcess
        solver = SolverProcess("cvc5")
        solver.solve("(set-logic ALL)\\n(check-sat)\\n")
        print(solver._worker._process.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """

    run = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)

    pid = int(run.stdout)
    # The pipe that we read to its end was the worker's standard output no more: wait for the worker itself.
    end = time.monotonic() + 60
    while _is_running(pid) and time.monotonic() < end:
        time.sleep(0.01)
    assert run.returncode == -signal.SIGKILL
    assert not _is_running(pid)


def _is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
