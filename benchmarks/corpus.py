"""Real policies, from a file that is not part of the project: read, written and read again, and how long that takes."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import Table, percentile
from benchmarks.policy_files import documents
from ringwall.errors import PolicyError
from ringwall.policy.parse import parse_policy
from ringwall.policy.render import render_policy


def corpus_tables(path: Path) -> Iterator[Table]:
    """What becomes of every policy of a JSON Lines file, which may be compressed with xz.

    Raises:
        ValueError: a line holds no policy.
    """
    texts = [(document.kind, document.text) for document in documents(path)]
    seconds: list[float] = []
    multiples: list[float] = []
    fates: Counter[tuple[str, str]] = Counter()
    for kind, text in texts:
        fates[kind, _fate(text)] += 1
        own, plain = _cost(parse_policy, text), _cost(json.loads, text)
        seconds.append(own)
        multiples.append(own / plain)
    yield _fates(fates, len(texts))
    yield _times(seconds, multiples, [len(text) for _, text in texts])


def _fate(text: str) -> str:
    try:
        policy = parse_policy(text)
    except PolicyError as error:
        return f"refused: {_without_names(error.message)}"
    return "same tree" if parse_policy(render_policy(policy)) == policy else "ANOTHER TREE"


def _without_names(message: str) -> str:
    """The message without the words that it quotes, so that equal faults are counted together."""
    return "`…`".join(message.split("`")[::2])


def _cost(work: Any, text: str) -> float:
    """Seconds; the best of three, or of one where the text is refused."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        try:
            work(text)
        except (PolicyError, ValueError):
            return time.perf_counter() - start
        best = min(best, time.perf_counter() - start)
    return best


def _fates(fates: Counter[tuple[str, str]], total: int) -> Table:
    table = Table(f"Corpus: {total:,} real policies, read, written and read again", ("kind", "outcome", "policies"))
    table.rows += ((kind, fate, count) for (kind, fate), count in sorted(fates.items()))
    table.rows.append(("all", "", total))
    return table


def _times(seconds: list[float], multiples: list[float], sizes: list[int]) -> Table:
    table = Table("Corpus: reading one policy", ("", "p50", "p95", "p99", "max", "sum"))
    micro = [each * 1e6 for each in seconds]
    for name, values in (("us", micro), ("x json.loads", multiples), ("characters", sizes)):
        quantiles = (percentile(values, share) for share in (0.5, 0.95, 0.99, 1.0))
        table.rows.append((name, *quantiles, "" if name.startswith("x") else sum(values)))
    return table
