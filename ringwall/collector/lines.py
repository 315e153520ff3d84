"""Lines of a file, plain or compressed: bounded when read, all or nothing when written."""

from __future__ import annotations

import gzip
import io
import os
import secrets
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import zstandard

MAX_LINE_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 1024 * 1024
# A zstd block of four bytes can stand for 128 KiB, so this bounds one step's output to 32 MiB.
_ZSTD_CHUNK_BYTES = 1024
_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file, or (`fault` set) why it could not be read.."""

    number: int
    """1-based."""
    data: bytes = b""
    fault: str | None = None


def read_lines(path: Path) -> Iterator[Line]:
    """The lines of `path`, which may be gzip or zstd: its first bytes say so.

    A line longer than `MAX_LINE_BYTES` is skipped and reported; a damaged file ends with a fault.

    Raises:
        OSError: the file cannot be opened.
    """
    with path.open("rb") as file:
        stream = decompressed(file)
        number = 0
        while True:
            number += 1
            try:
                data = stream.readline(MAX_LINE_BYTES + 1)
                is_too_long = len(data) > MAX_LINE_BYTES
                if is_too_long:
                    _skip_rest_of_line(stream, data)
            except (EOFError, OSError, zlib.error, zstandard.ZstdError) as error:
                yield Line(number, fault=f"the file is damaged or cut short: {error}")
                return
            if not data:
                return
            yield Line(number, fault=_TOO_LONG) if is_too_long else Line(number, data)


_TOO_LONG = f"the line is longer than {MAX_LINE_BYTES // 1024 // 1024} MiB"


def _skip_rest_of_line(stream: IO[bytes], data: bytes) -> None:
    while data and not data.endswith(b"\n"):
        data = stream.readline(_CHUNK_BYTES)


def decompressed(file: io.BufferedReader) -> IO[bytes]:
    """What is in a file that may be gzip or zstd. Reading it fails where the file is damaged or cut short."""
    start = file.peek(4)[:4]
    match next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), None):
        case "gzip":
            return cast("IO[bytes]", gzip.GzipFile(fileobj=file, mode="rb"))
        case "zstd":
            return io.BufferedReader(_ZstdReader(file), _CHUNK_BYTES)
        case _:
            return file


class _ZstdReader(io.RawIOBase):
    """Frames of zstd, one after the other. Unlike the library's own reader it notices that the last one is cut short."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._file = file
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._is_inside = False
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        target = memoryview(cast("bytearray", buffer))
        while not self._ready:
            if not (chunk := self._next_chunk()):
                return 0
            self._ready = memoryview(self._decompress(chunk))
        taken = min(len(target), len(self._ready))
        target[:taken] = self._ready[:taken]
        self._ready = self._ready[taken:]
        return taken

    def _next_chunk(self) -> bytes:
        chunk = self._file.read(_ZSTD_CHUNK_BYTES)
        if not chunk and self._is_inside:
            raise EOFError("the last zstd frame is not complete")
        return chunk

    def _decompress(self, chunk: bytes) -> bytes:
        parts = []
        while chunk:
            parts.append(self._frame.decompress(chunk))
            self._is_inside = not self._frame.eof
            chunk = b""
            if self._frame.eof:
                chunk = self._frame.unused_data
                self._frame = zstandard.ZstdDecompressor().decompressobj()
        return b"".join(parts)


@contextmanager
def replaced_file(path: Path, *, is_private: bool = True) -> Iterator[IO[bytes]]:
    """A stream whose content becomes `path` when the block ends well, and leaves no trace when it does not.

    `.gz` and `.zst` compress. What is not a regular file (a pipe, a device) is written directly.

    Args:
        path: the file.
        is_private: it is readable for its owner alone; otherwise as the file that it replaces, or by the umask.

    Raises:
        OSError: the file cannot be written.
    """
    # Before links are followed: the target of /dev/stdout is the name of a pipe that has no place in the file system.
    if path.exists() and not path.is_file():
        with path.open("wb") as file, _compressed(file, path) as stream:
            yield stream
        return
    path = path.resolve()
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() and not is_private else None
    name = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        # The umask is applied by the system: to ask for it means to change it, for all threads.
        with open(name, "xb", opener=lambda file, flags: os.open(file, flags, 0o600 if is_private else 0o666)) as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            with _compressed(file, path) as stream:
                yield stream
            file.flush()
            os.fsync(file.fileno())
        name.replace(path)
    except BaseException:
        name.unlink(missing_ok=True)
        raise


@contextmanager
def _compressed(file: IO[bytes], path: Path) -> Iterator[IO[bytes]]:
    match path.suffix.lower():
        case ".gz":
            with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed:
                yield cast("IO[bytes]", packed)
        case ".zst" | ".zstd":
            with zstandard.ZstdCompressor(level=9).stream_writer(file, closefd=False) as packed:
                yield cast("IO[bytes]", packed)
        case _:
            yield file
