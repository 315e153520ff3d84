"""What of a machine the tests must not see: its keys for AWS, proxies, terminal, signals, and settings of Ringwall."""

import os
import signal
from collections.abc import Iterable, MutableMapping

_PREFIXES = ("AWS_", "BOTO_", "MOTO_", "RINGWALL_")
_KEPT = ("RINGWALL_TEST_", "RINGWALL_POLICIES")
"""Beginnings of what is said to the tests themselves."""
_NAMES = {
    *("ALL_PROXY", "FTP_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
    *("CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "PAGER"),
    *("TTY_COMPATIBLE", "TTY_INTERACTIVE"),
    # Programs that are started must not write warnings of their libraries where a test reads.
    *("PYTHONDEVMODE", "PYTHONWARNINGS"),
    # Of the tests that run these tests, not of those that a test runs.
    "PYTEST_ADDOPTS",
}
_SET = {
    # `~/.aws` is a machine's as well.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "TERM": "xterm",
}


def foreign(names: Iterable[str]) -> list[str]:
    """The names of variables that would change what a test sees. Proxies are also written small."""
    return [
        name for name in names if name.upper() in _NAMES or (name.startswith(_PREFIXES) and not name.startswith(_KEPT))
    ]


def clear(environment: MutableMapping[str, str]) -> None:
    """Makes all machines alike."""
    for name in foreign(tuple(environment)):
        del environment[name]
    environment.update(_SET)


def hear_signals() -> None:
    """
    A shell starts what it puts in the background deaf to Ctrl-C, and every program that the tests start would be, too:
    what they show of an interruption would depend on who started them.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
