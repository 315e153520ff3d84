"""Accounts of moto, which keeps them in the process: what one file of tests plants is there for all others."""

from collections.abc import Iterator
from contextlib import contextmanager

from moto.core.base_backend import BackendDict


@contextmanager
def empty_account(account: str) -> Iterator[None]:
    """An account without anything in it. Afterwards it has again what it had before, and nothing else."""
    kept = [(each, each.pop(account)) for each in list(BackendDict._instances) if account in each]
    try:
        yield
    finally:
        for each in list(BackendDict._instances):
            each.pop(account, None)
        for each, backend in kept:
            each[account] = backend
