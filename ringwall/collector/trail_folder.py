"""Log files of CloudTrail in a folder of this computer, however they are nested."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from ringwall.collector.trail_names import find_log
from ringwall.collector.trail_parse import Source
from ringwall.errors import UsageError
from ringwall.principals.trail_parts import Log

MOST_FILES = 64
"""In one batch, for one process."""
MOST_BATCH_BYTES = 8 * 1024 * 1024
"""As they are stored; one file may be larger."""


@dataclass(frozen=True, slots=True)
class Found:
    """A log file that is there, or why nothing more is known of it."""

    log: Log
    size: int = 0
    fault: str = ""

    @property
    def source(self) -> Source:
        return Source(self.log, fault=self.fault)


def find_logs(folder: Path) -> list[Found]:
    """The log files in a folder, by account, day and name. Other files are passed over.

    Raises:
        UsageError: there is no such folder.
    """
    if not folder.is_dir():
        raise UsageError(f"`{folder}` is no folder: expected one with log files of CloudTrail, or `s3://bucket/prefix`")
    faults: list[OSError] = []
    found = [
        each
        for path, _, names in os.walk(folder, onerror=faults.append)
        for name in names
        if (each := _find(os.path.join(path, name))) is not None  # noqa: PTH118  # a Path costs more than the rest
    ]
    unread = [Found(Log(error.filename or str(folder)), fault=error.strerror or str(error)) for error in faults]
    return sorted([*found, *unread], key=lambda each: (each.log.account, each.log.day, each.log.name))


def _find(path: str) -> Found | None:
    if (log := find_log(path)) is None:
        return None
    try:
        status = os.stat(path)  # noqa: PTH116  # as above
    except OSError as error:
        return Found(log, fault=error.strerror or str(error))
    # A pipe would be waited for.
    return Found(log, status.st_size) if stat.S_ISREG(status.st_mode) else Found(log, fault="it is no regular file")


def batches(found: Iterable[Found]) -> Iterator[tuple[Source, ...]]:
    """Files of one day of one account each, as many as are worth a trip to another process."""
    for _, of_day in groupby(found, key=lambda each: (each.log.account, each.log.day)):
        batch: list[Source] = []
        size = 0
        for each in of_day:
            if batch and (len(batch) >= MOST_FILES or size + each.size > MOST_BATCH_BYTES):
                yield tuple(batch)
                batch, size = [], 0
            batch.append(each.source)
            size += each.size
        yield tuple(batch)
