"""Keeps secrets from whoever reads the database alone: encrypted with a master key that is not in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from ringwall.errors import StoreError, UsageError

FILE = "master.key"
"""In the data folder, readable for its owner alone."""
VARIABLE = "RINGWALL_MASTER_KEY"


class MasterKey:
    """The `Cipher` of an installation.

    Several keys, the newest first: it encrypts, all of them decrypt. So a key can be replaced while it is in use.
    """

    def __init__(self, keys: str) -> None:
        """Raises `UsageError` where `keys`, separated by commas or lines, are no keys."""
        each = [key.strip() for key in keys.replace("\n", ",").split(",") if key.strip()]
        try:
            self._fernet = MultiFernet([Fernet(key) for key in each])
        except ValueError as error:
            raise UsageError("the master key is no key: 32 bytes in base64 are expected") from error

    def encrypt(self, plain: bytes) -> bytes:
        return self._fernet.encrypt(plain)

    def decrypt(self, secret: bytes) -> bytes:
        """Raises `StoreError` where the secret was encrypted with another master key."""
        try:
            return self._fernet.decrypt(secret)
        except InvalidToken as error:
            raise StoreError(
                f"a secret in the database was encrypted with another master key than this one:"
                f" restore the file {FILE}, or set {VARIABLE}"
            ) from error


def master_key(folder: Path, environment: Mapping[str, str]) -> MasterKey:
    """The master key in the environment, else that of the data folder, where it is made on first use.

    Raises:
        UsageError: it is no key.
        StoreError: its file cannot be read or made, or others can read it.
    """
    if given := environment.get(VARIABLE):
        return MasterKey(given)
    path = folder / FILE
    try:
        _make(path)
        if path.stat().st_mode & 0o077:
            raise StoreError(f"others can read the master key: chmod 600 {path}")
        return MasterKey(path.read_text("ascii"))
    except UnicodeDecodeError as error:
        raise UsageError(f"the master key in {path} is no key") from error
    except OSError as error:
        raise StoreError(f"the master key {path} cannot be used: {error.strerror or error}") from error


def _make(path: Path) -> None:
    """Written beside its place and then linked there: of two processes that start at once, both read the first's key."""
    if path.exists():
        return
    own = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(Fernet.generate_key() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(own, path)
    except FileExistsError:
        pass
    finally:
        own.unlink()
