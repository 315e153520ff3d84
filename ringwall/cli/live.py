"""From the options of the command line to a collection from AWS. Imported late, as boto3 takes its time."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from threading import Event
from typing import TypeVar

import click

from ringwall.cli.progress import Progress
from ringwall.collector.accounts import Estate, Role, Target, find_estate
from ringwall.collector.aws import Connection
from ringwall.collector.collect import collect
from ringwall.collector.snapshot_lines import SnapshotHeader
from ringwall.collector.steps import GLOBAL_REGION, Place
from ringwall.errors import UsageError
from ringwall.findings.report import Gap
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import AwsReader, Resource
from ringwall.service.scanning import Selection

Each = TypeVar("Each")


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
    seen: Iterator[Resource | Gap]
    regions: set[str]
    """Where something was listed; complete once `seen` has ended."""
    targets: Sequence[Target]
    """The accounts, for whoever reads more of them."""
    interrupted: Event
    """Set by Ctrl-C: no more is to be read."""


def estate_for(source: LiveSource) -> Estate:
    """The accounts that the options mean.

    Raises:
        UsageError: the options make no sense together, or AWS does not know the credentials.
    """
    source.check()
    return find_estate(
        Connection(profile=source.profile, endpoint_url=source.endpoint_url),
        role=Role(source.role_name, source.external_id) if source.role_name else None,
        accounts=source.source_accounts,
        whole_organization=source.organization,
    )


def now_utc() -> datetime:
    """The one clock of the command line."""
    return datetime.now(UTC)  # noqa: TID251


def header_for(targets: Iterable[Target], estate: Estate, now: datetime) -> SnapshotHeader:
    """The header of what is collected from `targets`."""
    accounts = tuple(each.account for each in targets)
    return SnapshotHeader(now.strftime("%Y-%m-%dT%H:%M:%SZ"), accounts, estate.organization)


def collected(source: LiveSource, selection: Selection, progress: Progress, result: str = "report") -> Collected:
    """What a snapshot of the accounts would hold, read as it is asked for.

    The first Ctrl-C ends the reading, and what was read by then still comes; `result` is what it ends up in.

    Raises:
        UsageError: the options make no sense together, or AWS does not know the credentials.
    """
    estate = estate_for(source)
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
    interrupted = Event()
    seen = until_interrupted(chain(estate.gaps, resources), result, stop, interrupted)
    return Collected(header_for(targets, estate, now_utc()), seen, regions, targets, interrupted)


def reader_for(source: LiveSource, account: str, region: str) -> AwsReader:
    """What reads, and writes, one account in one Region, or where its Region is `global`.

    Raises:
        UsageError: there are no credentials.
        CollectionError: the account does not let us in.
    """
    estate = find_estate(
        Connection(profile=source.profile, endpoint_url=source.endpoint_url),
        role=Role(source.role_name, source.external_id) if source.role_name else None,
        accounts=(account,),
    )
    [target] = estate.targets
    return target.open_session().reader(None if region == GLOBAL_REGION else region)


def until_interrupted(seen: Iterator[Each], result: str, *stops: Event) -> Iterator[Each]:
    """What is seen; Ctrl-C sets `stops`, and what was on its way then still comes. `result` is what it ends up in."""
    *_, interrupted = stops
    has_told = interrupted.is_set()
    with stopped_by_interrupt(stops):
        for each in seen:
            # Not said by the signal's handler: whatever it interrupts may just be writing to standard error.
            if interrupted.is_set() and not has_told:
                click.echo(f"Interrupted: the {result} holds what was read so far, and says what is missing.", err=True)
                has_told = True
            yield each


@contextmanager
def stopped_by_interrupt(stops: Iterable[Event]) -> Iterator[None]:
    """Ctrl-C sets `stops`, wherever it arrives; pressed again, it ends the command."""

    def handle(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for each in stops:
            each.set()

    kept = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, kept)
