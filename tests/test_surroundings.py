"""Tests see the same on every machine."""

import os

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
