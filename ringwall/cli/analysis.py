"""From the options of the command line to an analyzer and to what it looks at."""

from __future__ import annotations

import gc
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from ringwall.collector.snapshot import open_snapshot, resources_in
from ringwall.collector.snapshot_lines import SnapshotHeader
from ringwall.errors import UsageError
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.organization import Organization
from ringwall.findings.report import Gap
from ringwall.findings.zone_of_trust import ZoneOfTrust, parse_trusted
from ringwall.reasoning.question import Ask
from ringwall.resources.base import Resource

Mode = Literal["concise", "aws"]


def analyzer_of(
    organization: Organization | None,
    *,
    zone: str | None = None,
    trusted: tuple[str, ...] = (),
    mode: Mode = "concise",
    include: frozenset[str] = frozenset(),
    solver: Ask | None = None,
) -> ExternalAccess:
    """The analyzer that the options ask for.

    Raises:
        UsageError: there is no organization to trust, or an entity of `trusted` makes no sense.
    """
    if zone == "organization" and organization is None:
        raise UsageError("--zone organization: no organization was collected; use --zone account, or collect with one")
    kind: Literal["ACCOUNT", "ORGANIZATION"] = (
        "ACCOUNT" if zone == "account" or organization is None else "ORGANIZATION"
    )
    zone_of_trust = ZoneOfTrust(kind, organization, tuple(parse_trusted(text) for text in trusted))
    return ExternalAccess(zone_of_trust, mode=mode, include=include, solver=solver)


def name_of(snapshot: Path) -> str:
    """What messages call it."""
    return "standard input" if str(snapshot) == "-" else str(snapshot)


def collect_garbage_rarely() -> None:
    """Look for cycles less often: what a scan makes has few, and looking takes a tenth of its time at Python's pace."""
    gc.set_threshold(50_000, 20, 100)


@contextmanager
def opened(path: Path) -> Iterator[tuple[SnapshotHeader, Iterator[Resource | Gap]]]:
    """What the snapshot in `path` has about how resources are shared; standard input where `path` is `-`.

    Raises:
        SnapshotError: it cannot be read.
    """
    with copied(path) as file:
        header, seen = open_snapshot(file, None if file is path else name_of(path))
        yield header, resources_in(seen)


@contextmanager
def copied(path: Path) -> Iterator[Path]:
    """A file that can be read more than once: `path` itself, or a copy of standard input where that is `-`."""
    if str(path) != "-":
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="ringwall-") as folder:
        copy = Path(folder, "snapshot")
        with copy.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield copy
