"""From the options of the command line to what CloudTrail's files show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ringwall.errors import UsageError
from ringwall.principals.trail_reading import TrailReading, UsageByPrincipal
from ringwall.service.judging_lines import Trails

if TYPE_CHECKING:
    from ringwall.collector.aws import AwsSession

OF_S3 = ("profile", "endpoint_url")
"""The options about AWS that also say how a bucket is read."""


@dataclass(frozen=True)
class TrailWanted:
    """Which files are read, and with which credentials."""

    place: str
    """A folder, or `s3://BUCKET/PREFIX`."""
    days: int
    source: Mapping[str, Any]
    """The options about AWS, by the names of `LiveSource`."""

    def read(self, account: str, regions: Sequence[str], now: datetime) -> TrailReading:
        """What the files of an account show; `regions` are those that are enabled in it, none named where unknown.

        Raises:
            RingwallError: there is no such place, or it may not be read.
        """
        # It needs boto3, which takes half a second to import.
        from ringwall.collector.trail_files import read_trail  # noqa: PLC0415

        since, until = (now - timedelta(days=self.days)).date(), now.date()
        session = self._session if self.place.startswith("s3://") else None
        return read_trail(self.place, since=since, until=until, account=account, regions=regions, session=session)

    def read_all(self, accounts: Iterable[str], now: datetime) -> Trails:
        """What the files of all these accounts show."""
        readings = {account: self.read(account, (), now) for account in sorted(accounts)}
        usage = dict(chain.from_iterable(reading.usage.items() for reading in readings.values()))
        coverage = {account: reading.coverage for account, reading in readings.items()}
        return Trails(UsageByPrincipal(usage), coverage)

    @cached_property
    def _session(self) -> AwsSession:
        from ringwall.collector.accounts import own_session  # noqa: PLC0415
        from ringwall.collector.aws import Connection  # noqa: PLC0415
        from ringwall.collector.traffic import Traffic  # noqa: PLC0415

        return own_session(
            Connection(profile=self.source.get("profile"), endpoint_url=self.source.get("endpoint_url")), Traffic()
        )


def trail_wanted(place: str | None, days: int, source: Mapping[str, Any]) -> TrailWanted | None:
    """The trail that the options ask for; None where they ask for none.

    Raises:
        UsageError: there is no such folder.
    """
    if place and not place.startswith("s3://") and not Path(place).is_dir():
        raise UsageError(f"`{place}` is no folder: --trail is one with log files of CloudTrail, or s3://BUCKET/PREFIX")
    return TrailWanted(place, days, source) if place else None
