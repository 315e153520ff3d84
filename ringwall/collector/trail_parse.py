"""Parses log files of CloudTrail, in whichever process: file by file, with what is wrong with one as a sentence."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import zstandard

from ringwall.collector.lines import decompressed
from ringwall.errors import CollectionError
from ringwall.principals.trail import LogFile, TrailRecord
from ringwall.principals.trail_days import DaySummary, TrailGap
from ringwall.principals.trail_parts import DayParts, Log

MOST_BYTES = 512 * 1024 * 1024
"""The largest file that is read, decompressed. CloudTrail's own have some 50 MB."""
_GZIP = b"\x1f\x8b"
_DAMAGED = (EOFError, OSError, zlib.error, zstandard.ZstdError)
_LOG_FILE = msgspec.json.Decoder(LogFile)
_RECORD = msgspec.json.Decoder(TrailRecord)


class _RawFile(msgspec.Struct, frozen=True, gc=False):
    records: list[msgspec.Raw] = msgspec.field(name="Records")


_RAW_FILE = msgspec.json.Decoder(_RawFile)


@dataclass(frozen=True, slots=True)
class Source:
    """A log file to parse."""

    log: Log
    data: bytes | None = None
    """As it is stored; None: it is a file on this computer, of the name `log.name`."""
    fault: str = ""
    """Why there is nothing to parse."""


Parsed = list[DaySummary | TrailGap]


def parse(sources: Sequence[Source], most_bytes: int = MOST_BYTES) -> Parsed:
    """What some files show together."""
    parts = DayParts()
    for source in sources:
        try:
            _parse_one(parts, source, most_bytes)
        except CollectionError as error:
            parts.add_gap(source.log, str(error))
    return list(parts.summaries())


def _parse_one(parts: DayParts, source: Source, most_bytes: int) -> None:
    if source.fault:
        raise _unread(source.fault)
    try:
        text = _plain(_stored(source, most_bytes), most_bytes)
    except _DAMAGED as error:
        raise _unread(f"the file is damaged or cut short: {error}") from error
    try:
        parts.add_log(source.log, _LOG_FILE.decode(text).records)
    except msgspec.ValidationError:
        _parse_each(parts, source.log, text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unread(f"the file is not JSON: {error}") from error


def _parse_each(parts: DayParts, log: Log, text: bytes) -> None:
    """Parse a file of which some records have another shape than they should."""
    try:
        raw = _RAW_FILE.decode(text).records
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unread(f"the file is no log of CloudTrail: {error}") from error
    records: list[TrailRecord] = []
    for each in raw:
        try:
            records.append(_RECORD.decode(each))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    parts.add_log(log, records, malformed=len(raw) - len(records))


def _stored(source: Source, most_bytes: int) -> bytes:
    if source.data is not None:
        return source.data
    with Path(source.log.name).open("rb") as file:
        return _limited(file.read(most_bytes + 1), most_bytes)


def _plain(data: bytes, most_bytes: int) -> bytes:
    """The text of a file, decompressed no further than it may be large."""
    if data.startswith(_GZIP):
        return _gunzipped(data, most_bytes)
    with decompressed(io.BufferedReader(io.BytesIO(data))) as stream:
        return _limited(stream.read(most_bytes + 1), most_bytes)


def _gunzipped(data: bytes, most_bytes: int) -> bytes:
    """As `gzip.decompress`, some times faster than `gzip.GzipFile`, which could be limited too."""
    members: list[bytes] = []
    size = 0
    while data:
        stream = zlib.decompressobj(wbits=31)
        members.append(stream.decompress(data, most_bytes + 1 - size))
        size += len(members[-1])
        _limited(members[-1], most_bytes - size + len(members[-1]))
        if not stream.eof:
            raise EOFError("the compressed text ends too early")
        # What pads the end of a file is no member.
        data = stream.unused_data.lstrip(b"\0")
    return members[0] if len(members) == 1 else b"".join(members)


def _limited(data: bytes, most_bytes: int) -> bytes:
    if len(data) > most_bytes:
        raise _unread("the file is too large to be a log of CloudTrail")
    return data


def _unread(message: str) -> CollectionError:
    return CollectionError("INTERNAL_ERROR", message)
