"""What every receiver of notifications is to the service, and what the service is to them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ringwall.notify.aws import ClientFactory, new_client
from ringwall.notify.event import Event
from ringwall.notify.http import SECONDS, Poster

FindingsOf = Callable[[str, str], Sequence[Mapping[str, Any]]]
"""From an analyzer's ARN and a resource's to the resource's findings as they are now: see `event.finding_as_json`."""


class Transport(Protocol):
    """Takes events to one destination."""

    def send(self, event: Event) -> None:
        """Return when the receiver has it.

        Raises:
            DeliveryError: it does not, or nobody knows. The same event may be sent again: it keeps its id.
        """


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What transports need of the service around them."""

    clock: Callable[[], datetime]
    findings_of: FindingsOf
    allowed_hosts: Collection[str] = ()
    event_source: str = "ringwall.access-analyzer"
    partition: str = "aws"
    new_client: ClientFactory = new_client
    seconds: float = SECONDS

    @property
    def poster(self) -> Poster:
        return Poster(self.allowed_hosts, self.seconds)
