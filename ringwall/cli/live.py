"""From the options of the command line to a collection from AWS. The only part of the command line that needs boto3."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from threading import Event

import click

from ringwall.cli.progress import Progress
from ringwall.collector.accounts import Role, find_estate
from ringwall.collector.aws import Connection
from ringwall.collector.collect import collect
from ringwall.collector.snapshot import Seen
from ringwall.collector.snapshot_lines import SnapshotHeader
from ringwall.collector.steps import GLOBAL_REGION, Place
from ringwall.errors import UsageError
from ringwall.resources import RESOURCE_TYPES
from ringwall.service import Selection


@dataclass(frozen=True, slots=True)
class LiveSource:
    """Which accounts to collect, and how to get into them: one field per option."""

    profile: str | None = None
    organization: bool = False
    source_accounts: frozenset[str] = field(default_factory=frozenset)
    role_name: str | None = None
    external_id: str | None = None
    endpoint_url: str | None = None

    def check(self) -> None:
        """Whether the options make sense together.

        Raises:
            UsageError: they do not; the text says what to do.
        """
        many = self.organization or bool(self.source_accounts)
        if self.organization and self.source_accounts:
            raise UsageError("--organization and --accounts exclude each other: give one of them")
        if many and not self.role_name:
            raise UsageError("other accounts are read by assuming a role: name it with --role-name")
        if self.external_id and not self.role_name:
            raise UsageError("--external-id belongs to a role: name the role with --role-name")
        if self.role_name and not many:
            raise UsageError("--role-name needs to know where: add --organization or --accounts")


@dataclass(frozen=True, slots=True)
class Collected:
    """A collection on its way."""

    header: SnapshotHeader
    seen: Iterator[Seen]
    regions: set[str]
    """Where something was listed; complete once `seen` has ended."""


def collected(source: LiveSource, selection: Selection, progress: Progress, result: str = "report") -> Collected:
    """What a snapshot of the accounts would hold, read as it is asked for.

    The first Ctrl-C ends the reading, and what was read by then still comes; `result` is what it ends up in.

    Raises:
        UsageError: the options make no sense together, or AWS does not know the credentials.
    """
    source.check()
    estate = find_estate(
        Connection(profile=source.profile, endpoint_url=source.endpoint_url),
        role=Role(source.role_name, source.external_id) if source.role_name else None,
        accounts=source.source_accounts,
        whole_organization=source.organization,
    )
    targets = [each for each in estate.targets if not selection.accounts or each.account in selection.accounts]
    wanted = selection.resource_types or RESOURCE_TYPES.keys()
    types = [kind for name, kind in RESOURCE_TYPES.items() if name in wanted]
    regions: set[str] = set()

    def advance(done: int, total: int, place: Place) -> None:
        if place.type and place.region != GLOBAL_REGION:
            regions.add(place.region)
        progress(done, total, str(place))

    stop = Event()
    resources = collect(targets, types, sorted(selection.regions), stop=stop, on_progress=advance)
    # The one clock of the command line.
    now = datetime.now(UTC)  # noqa: TID251
    header = SnapshotHeader(
        now.strftime("%Y-%m-%dT%H:%M:%SZ"), tuple(each.account for each in targets), estate.organization
    )
    return Collected(header, _until_interrupted(chain(estate.gaps, resources), stop, result), regions)


def _until_interrupted(seen: Iterator[Seen], stop: Event, result: str) -> Iterator[Seen]:
    has_told = False
    with _stopped_by_interrupt(stop):
        for each in seen:
            # Not said by the signal's handler: whatever it interrupts may just be writing to standard error.
            if stop.is_set() and not has_told:
                click.echo(f"Interrupted: the {result} holds what was read so far, and says what is missing.", err=True)
                has_told = True
            yield each


@contextmanager
def _stopped_by_interrupt(stop: Event) -> Iterator[None]:
    """Ctrl-C sets `stop`, wherever it arrives; pressed again, it ends the command."""

    def handle(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stop.set()

    kept = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, kept)
