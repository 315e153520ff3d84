"""The peers in an environment of their own: policy texts on standard input, a line of JSON a policy on standard output.

Runs with the peers' Python and imports nothing of ours. The clock is this process's CPU time around the peer's own
function, warm. A policy that the peer fails on is a verdict, too.
"""

from __future__ import annotations

import json
import logging
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

_REPEATS = 5
_FAILURES = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What these functions raise on policies that they did not expect."""


def _custodian(accounts: list[str], organization: str) -> Callable[[Any], bool]:
    from c7n.filters.iamaccess import PolicyChecker  # noqa: PLC0415 - only the peer that is asked is loaded

    checker = PolicyChecker({"allowed_accounts": set(accounts), "allowed_orgid": {organization}})
    return lambda document: bool(checker.check(document))


def _policyuniverse(_: list[str], __: str) -> Callable[[Any], bool]:
    from policyuniverse.policy import Policy  # noqa: PLC0415 - only the peer that is asked is loaded

    return lambda document: bool(Policy(document).is_internet_accessible())


PEERS = {"c7n": _custodian, "policyuniverse": _policyuniverse}


def _said(judge: Callable[[Any], bool], text: str) -> tuple[float, str]:
    """Seconds from the text to the verdict, and the verdict."""
    start = time.process_time()
    try:
        verdict = "open" if judge(json.loads(text)) else "closed"
    except _FAILURES as error:
        verdict = f"failed: {type(error).__name__}"
    return time.process_time() - start, verdict


def main() -> None:
    """Judge every policy: once, and then a few times more."""
    logging.disable(logging.CRITICAL)  # a warning for every condition key that is not known would be measured, too
    given = json.load(sys.stdin)
    judge = PEERS[sys.argv[1]](given["accounts"], given["organization"])
    for text in given["warm_up"]:
        _said(judge, text)
    first = [_said(judge, text) for text in given["policies"]]
    for text, (seconds, verdict) in zip(given["policies"], first, strict=True):
        again = statistics.median(_said(judge, text)[0] for _ in range(_REPEATS))
        print(json.dumps([verdict, seconds, again]))


if __name__ == "__main__":
    main()
