"""Peers that judge resource policies: how fast, and where their verdicts differ from ours, for what reason."""

from __future__ import annotations

import json
import subprocess
import time
import venv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Table, percentile
from benchmarks.peer_differences import cause_of
from benchmarks.policy_files import documents
from benchmarks.question_sets import MEMBERS, SHARED, external_access
from benchmarks.stand_in import stand_in
from benchmarks.synthetic import OWNER, ZONE_ID
from benchmarks.tricky import TRICKY
from ringwall.checks.remembered import Remembered
from ringwall.errors import PolicyError, UndecidedError
from ringwall.policy.ast import Policy
from ringwall.policy.parse import parse_policy
from ringwall.reasoning.public import is_public
from ringwall.reasoning.question import find_answer

PEERS = {"c7n": "external", "policyuniverse": "public"}
"""By package, which of our questions it answers."""
AIM = 30
"""At most so many times the fastest peer, first time; less than any of them on repeated policies."""
_ENVIRONMENT = Path(__file__).parents[1] / ".venv" / "peers"
_SCRIPT = Path(__file__).with_name("peer_process.py")
_REPEATS = 5
_SHARES = (0.5, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Judged:
    """One verdict: `open`, `closed`, `undecided` or `failed: …`; CPU seconds first, and again."""

    verdict: str
    first: float
    again: float


@dataclass(frozen=True, slots=True)
class Given:
    """One policy to be judged."""

    id: str
    text: str
    policy: Policy


def peer_tables(path: Path | None, *, count: int) -> Iterator[Table]:
    """How fast, how often otherwise than we, and why; real policies and tricky ones apart."""
    given = [*_given(path)][:count]
    tricky = [Given(name, text, parse_policy(text)) for name, text in TRICKY.items()]
    python, versions = environment()
    yield _speed(given, python, versions)
    for name, each in (("real" if path else "stand-in", given), ("tricky", tricky)):
        yield from _differences(name, each, python)


def _given(path: Path | None) -> Iterator[Given]:
    for document in documents(path) if path else stand_in():
        if document.kind in SHARED:
            try:
                yield Given(document.id, document.text, parse_policy(document.text))
            except PolicyError:
                continue


def environment(place: Path = _ENVIRONMENT) -> tuple[Path | None, str]:
    """A Python that has the peers, made where there is none yet, and their versions; None and why not."""
    python = place / "bin" / "python"
    if not python.exists():
        venv.create(place, with_pip=True)
    show = "import importlib.metadata as m, sys; print(*(f'{n} {m.version(n)}' for n in sys.argv[1:]), sep=', ')"
    for command in (None, ["-m", "pip", "install", "--quiet", *PEERS]):
        if command and (failed := _run(python, *command)).returncode:
            return None, (failed.stderr.strip().splitlines() or ["pip failed"])[-1]
        if not (shown := _run(python, "-c", show, *PEERS)).returncode:
            return python, shown.stdout.strip()
    return None, "they were installed, but cannot be found"


def _run(python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([python, *arguments], capture_output=True, text=True, check=False)


def _ask(python: Path, peer: str, given: Sequence[Given]) -> list[Judged]:
    """The peer's verdicts."""
    question = {
        "accounts": [member.id for member in MEMBERS],
        "organization": ZONE_ID,
        "warm_up": [*TRICKY.values()],
        "policies": [each.text for each in given],
    }
    command = [python, str(_SCRIPT), peer]
    done = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True, check=True)
    return [Judged(*json.loads(line)) for line in done.stdout.splitlines()]


def _is_external(policy: Policy) -> bool:
    return find_answer(external_access(policy)) is not None


def _is_public(policy: Policy) -> bool:
    return is_public(policy, owner_account=OWNER)


QUESTIONS: dict[str, Callable[[Policy], bool]] = {"external": _is_external, "public": _is_public}


def verdict_of(question: str, policy: Policy) -> str:
    """Our verdict."""
    try:
        return "open" if QUESTIONS[question](policy) else "closed"
    except UndecidedError:
        return "undecided"


def ours(question: str, given: Sequence[Given], *, parses: bool) -> list[Judged]:
    """Our verdicts, from the text or from the parsed policy."""
    remembered = Remembered(lambda policy: verdict_of(question, policy))

    def said(each: Given) -> tuple[float, str]:
        start = time.process_time()
        verdict = remembered.of(each.text) if parses else verdict_of(question, each.policy)
        return time.process_time() - start, verdict

    for text in TRICKY.values():
        said(Given("", text, parse_policy(text)))
    first = [said(each) for each in given]
    again = [percentile([said(each)[0] for _ in range(_REPEATS)], 0.5) for each in given]
    return [Judged(verdict, seconds, later) for (seconds, verdict), later in zip(first, again, strict=True)]


def _speed(given: Sequence[Given], python: Path | None, versions: str) -> Table:
    columns = (
        "engine",
        "question",
        "policies",
        "p50 us",
        "p95 us",
        "p99 us",
        "again p50",
        "again p95",
        "x p50",
        "x again",
    )
    table = Table(f"Peers: microseconds a verdict ({versions})", columns)
    measured = {
        ("ringwall, from text", "external"): ours("external", given, parses=True),
        ("ringwall, parsed", "external"): ours("external", given, parses=False),
        ("ringwall, from text", "public"): ours("public", given, parses=True),
    }
    if python is None:
        table.notes.append(f"Peers were not measured: {versions}")
    else:
        measured |= {(f"{peer}, from text", asked): _ask(python, peer, given) for peer, asked in PEERS.items()}
    base = measured["ringwall, from text", "external"]
    for (name, question), judged in measured.items():
        first, again = [each.first * 1e6 for each in judged], [each.again * 1e6 for each in judged]
        ratio = percentile([each.first * 1e6 for each in base], 0.5) / percentile(first, 0.5)
        later = percentile([each.again * 1e6 for each in base], 0.5) / percentile(again, 0.5)
        quantiles = (*(percentile(first, share) for share in _SHARES), percentile(again, 0.5), percentile(again, 0.95))
        table.rows.append((name, question, len(judged), *quantiles, ratio, later))
    table.notes.append(
        f"x: how many times it takes us, from the text, against that row; aim: at most {AIM} first, below 1 again."
    )
    return table


def _differences(name: str, given: Sequence[Given], python: Path | None) -> Iterator[Table]:
    if python is None:
        return
    for peer, question in PEERS.items():
        yield _difference(name, given, peer, question, _ask(python, peer, given))


def _difference(name: str, given: Sequence[Given], peer: str, question: str, judged: Sequence[Judged]) -> Table:
    """Where one peer and we differ, by reason."""
    title = f"Peers: where {peer} and we differ on {name} policies (question: {question}?)"
    table = Table(title, ("peer", "ringwall", "why", "policies", "for instance"))
    mine = [verdict_of(question, each.policy) for each in given]
    found: dict[tuple[str, str, str], list[str]] = {}
    for each, theirs, own in zip(given, judged, mine, strict=True):
        if theirs.verdict != own:
            why = cause_of(each.policy, theirs.verdict, lambda policy: verdict_of(question, policy))
            found.setdefault((theirs.verdict, own, why), []).append(each.id)
    table.rows += ((*key, len(ids), ids[0]) for key, ids in sorted(found.items(), key=lambda row: -len(row[1])))
    shares = ", ".join(f"{count} {verdict}" for verdict, count in sorted(Counter(mine).items()))
    table.notes.append(f"{sum(map(len, found.values()))} of {len(given)} differ. Ours: {shares}.")
    return table
