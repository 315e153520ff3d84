"""Tests see the same on every machine."""

import os
import subprocess
import sys
from pathlib import Path

from tests.surroundings import clear, foreign


def test_what_belongs_to_the_machine_is_taken_away():
    """
    Its keys, proxies, colours and settings; what is said to the tests stays.
    """
    mine = {"PATH": "/bin", "HOME": "/home/me", "RINGWALL_TEST_POSTGRES": "x", "RINGWALL_POLICIES": "y"}
    machines = {"AWS_PROFILE": "work", "https_proxy": "http://proxy", "NO_COLOR": "1", "RINGWALL_DATA": "/data"}
    environment = mine | machines

    clear(environment)

    assert environment.keys() & machines.keys() == set()
    assert mine.items() <= environment.items()
    assert environment["AWS_CONFIG_FILE"] == os.devnull


def test_these_tests_run_without_it():
    """
    It has been taken away before the first test.
    """
    assert [name for name in foreign(os.environ) if name.endswith(("_PROXY", "_proxy", "_PROFILE", "WARNINGS"))] == []


DEAF = """
import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
import tests.conftest

interrupted, hung_up = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGHUP)
print(interrupted is signal.default_int_handler, hung_up is signal.SIG_DFL, signal.pthread_sigmask(signal.SIG_BLOCK, ()))
"""


def test_what_the_tests_start_hears_signals():
    """
    Also where the tests themselves were started in the background, deaf to Ctrl-C.
    """
    done = subprocess.run(
        [sys.executable, "-c", DEAF],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.stderr) == ("True True set()\n", "")
