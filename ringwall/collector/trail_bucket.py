"""Log files of CloudTrail in a bucket of S3: listed by day and Region, and fetched by several threads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from botocore.exceptions import BotoCoreError

from ringwall.collector.answers import MALFORMED, malformed
from ringwall.collector.aws import AwsSession
from ringwall.collector.trail_folder import MOST_BATCH_BYTES, MOST_FILES, Found
from ringwall.collector.trail_names import BucketPlace, find_log
from ringwall.collector.trail_parse import Source
from ringwall.collector.trail_pool import in_order
from ringwall.errors import CollectionError
from ringwall.principals.trail_parts import Log
from ringwall.resources.base import AwsReader

CALLS = ("s3:GetObject", "s3:ListBucket")
"""The IAM actions that reading a trail needs, on its bucket alone; with `kms:Decrypt` where a key encrypts it."""
MOST_STORED = 64 * 1024 * 1024
"""The largest object that is fetched, in bytes."""
MOST_REFUSED = 32
"""How many objects in a row may be refused before no more are asked for."""
_ATTEMPTS = 3
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}", re.ASCII)
_EMPTY = b'{"Records":[]}'


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which logs are wanted."""

    since: date
    until: date
    account: str | None = None
    is_known: Callable[[str, date], bool] = lambda _account, _day: False
    """Whether a day of an account was read before."""

    def has(self, account: str, day: date) -> bool:
        """Whether the logs of a day of an account are wanted."""
        is_asked_for = self.since <= day <= self.until and self.account in {None, account}
        return is_asked_for and not self.is_known(account, day)

    @property
    def days(self) -> Iterator[date]:
        return (self.since + timedelta(days=number) for number in range((self.until - self.since).days + 1))


@dataclass(slots=True)
class TrailBucket:
    """The bucket that a trail writes to. Threads share it."""

    session: AwsSession
    place: BucketPlace
    faults: list[str] = field(default_factory=list)
    """What could not be listed, and belongs to no day."""
    _aws: AwsReader = field(init=False)
    _refused: int = 0

    def __post_init__(self) -> None:
        self._aws = self.session.reader()

    def batches(self, wanted: Wanted) -> Iterator[tuple[Source, ...]]:
        """The files of the days that are wanted, fetched, a few at a time: by account and day."""
        threads = self.session.connection.threads
        with ThreadPoolExecutor(threads, "ringwall-trail") as pool:
            try:
                days = in_order(lambda day: pool.submit(self._list_day, *day), self._days(wanted), threads)
                listed = (batch for day in days for batch in _split(day))
                yield from in_order(lambda batch: pool.submit(self._fetch, batch), listed, threads)
            finally:
                pool.shutdown(cancel_futures=True)

    def _days(self, wanted: Wanted) -> Iterator[tuple[str, str, tuple[str, ...], date]]:
        """Account, what its keys begin with, its Regions, and day."""
        for account, begins in self._accounts(wanted.account):
            regions = tuple(self._folders(begins))
            for day in wanted.days:
                if not wanted.is_known(account, day):
                    yield account, begins, regions, day

    def _accounts(self, account: str | None) -> Iterator[tuple[str, str]]:
        only = {each for each in (account, self.place.account) if each}
        root = f"{self.place.root}{self.place.organization}"
        folders = [(root, name) for name in self._folders(root)]
        for organization in [name for _, name in folders if _ORGANIZATION.fullmatch(name)]:
            below = f"{root}{organization}/"
            folders += [(below, name) for name in self._folders(below)]
        for begins, name in sorted(folders, key=lambda each: each[1]):
            if _ACCOUNT.fullmatch(name) and (not only or only == {name}):
                yield name, f"{begins}{name}/CloudTrail/"

    def _folders(self, begins: str) -> list[str]:
        """The names of what looks like folders below a prefix."""
        try:
            folders = self._aws.pages(
                "s3:ListBucket", "CommonPrefixes", Bucket=self.place.bucket, Prefix=begins, Delimiter="/"
            )
            return [each["Prefix"].removeprefix(begins).rstrip("/") for each in folders]
        except CollectionError as error:
            self.faults.append(f"s3://{self.place.bucket}/{begins}: {error}")
        except MALFORMED as error:
            self.faults.append(f"s3://{self.place.bucket}/{begins}: {malformed(error)}")
        return []

    def _list_day(self, account: str, begins: str, regions: tuple[str, ...], day: date) -> list[Found]:
        # A day without logs is known as such.
        found = [Found(Log(f"{self.place}", account, day=day.isoformat()))]
        for region in regions:
            folder = f"{begins}{region}/{day:%Y/%m/%d}/"
            log = Log(f"s3://{self.place.bucket}/{folder}", account, region, day.isoformat())
            try:
                found.extend(self._listed(log, folder))
            except CollectionError as error:
                found.append(Found(log, fault=str(error)))
            except MALFORMED as error:
                found.append(Found(log, fault=malformed(error)))
        return found

    def _listed(self, log: Log, folder: str) -> Iterator[Found]:
        """The log files in a folder of one day."""
        for each in self._aws.pages("s3:ListBucket", "Contents", Bucket=self.place.bucket, Prefix=folder):
            if find_log(each["Key"]) is not None:
                fault = "the object is too large to be a log of CloudTrail" if each["Size"] > MOST_STORED else ""
                yield Found(replace(log, name=f"s3://{self.place.bucket}/{each['Key']}"), each["Size"], fault)

    def _fetch(self, batch: list[Found]) -> tuple[Source, ...]:
        return tuple(self._fetched(each) for each in batch)

    def _fetched(self, found: Found) -> Source:
        if found.fault:
            return found.source
        if not found.log.region:
            return Source(found.log, _EMPTY)
        if self._refused >= MOST_REFUSED:
            # Once for each day, whatever it holds.
            log = replace(found.log, name=str(self.place))
            return Source(log, fault="not asked for: the objects before were refused")
        try:
            data = self._object(found.log.name.removeprefix(f"s3://{self.place.bucket}/"))
        except CollectionError as error:
            self._refused += error.code == "ACCESS_DENIED"
            return Source(found.log, fault=str(error))
        except MALFORMED as error:
            return Source(found.log, fault=malformed(error))
        self._refused = 0
        return Source(found.log, data)

    def _object(self, key: str) -> bytes:
        """An object. What arrives in part is asked for again."""
        error: BotoCoreError | None = None
        for _ in range(_ATTEMPTS):
            answer = self._aws.call("s3:GetObject", Bucket=self.place.bucket, Key=key)
            try:
                with closing(answer["Body"]) as body:
                    data: bytes = body.read()
                    return data
            except BotoCoreError as cut_short:
                error = cut_short
        raise CollectionError("INTERNAL_ERROR", f"s3:GetObject: {error}")


def _split(found: list[Found]) -> Iterator[list[Found]]:
    batch: list[Found] = []
    size = 0
    for each in found:
        if batch and (len(batch) >= MOST_FILES or size + each.size > MOST_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += each.size
    yield batch
