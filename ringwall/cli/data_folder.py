"""The data folder: for its owner alone, and marked as in use while a server runs on it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ringwall.errors import StoreError

_LOCK = "ringwall.lock"
_PATIENCE = 1.0
"""Seconds: whoever starts has the folder alone for a moment, in which nobody else gets in."""


def make_folder(folder: Path) -> None:
    """Make the folder where it is missing.

    Raises:
        StoreError: it cannot be made or written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the data folder {folder} cannot be made: {error.strerror or error}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StoreError(f"the data folder {folder} cannot be written")


def keep_private(file: Path) -> None:
    """Make an empty file for its owner alone, where there is none: SQLite gives what it puts beside it the same mode.

    Raises:
        StoreError: it cannot be made.
    """
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror or error}") from error


@contextmanager
def in_use(folder: Path, *, alone: bool = False) -> Iterator[bool]:
    """Mark the folder as in use, and say whether nobody else used it. The mark goes with the process, however that ends.

    Args:
        folder: the data folder.
        alone: nobody else may use it; otherwise only somebody who has to be alone is kept away.

    Raises:
        StoreError: somebody else uses it, or it cannot be written.
    """
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"the data folder {folder} cannot be used: {_LOCK}: {error.strerror or error}") from error
    try:
        was_alone = _is_locked(descriptor, fcntl.LOCK_EX, _PATIENCE if alone else 0)
        if alone and not was_alone:
            raise StoreError(f"the data folder {folder} is in use: a server runs on it: stop it first")
        if not alone and not _is_locked(descriptor, fcntl.LOCK_SH, _PATIENCE):
            raise StoreError(f"the data folder {folder} is in use: it is being restored")
        yield was_alone
    finally:
        os.close(descriptor)


def _is_locked(descriptor: int, how: int, patience: float) -> bool:
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(0.01)
        else:
            return True
