"""Calls the operations on the local store, as whoever owns its data folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ringwall.api.local import call_locally
from ringwall.cli.client import Place
from ringwall.cli.running import opened
from ringwall.cli.running_options import configuration_of
from ringwall.service.context import Caller, Ringwall


@dataclass(frozen=True, slots=True)
class LocalClient:
    """The local store."""

    ringwall: Ringwall
    region: str

    def call(self, operation: str, /, **request: Any) -> dict[str, Any]:
        """As `Client.call`."""
        policy = self.ringwall.policy
        caller = Caller(policy.account, self.region, partition=policy.partition, request_id=self.ringwall.new_id())
        given = {name: value for name, value in request.items() if value is not None}
        return call_locally(self.ringwall, caller, operation, given)


@contextmanager
def connect(_: None, place: Place) -> Iterator[LocalClient]:
    """The store that the options and the environment name. It is made where there is none.

    Raises:
        StoreError: it cannot be used.
    """
    with opened(configuration_of(place.data, place.config)) as ringwall:
        yield LocalClient(ringwall, place.region or ringwall.policy.region)
