"""What of a machine the tests must not see: its keys for AWS, proxies, terminal, and settings of Ringwall."""

import os
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
