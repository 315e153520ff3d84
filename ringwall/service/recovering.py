"""After a crash: what the process that is gone was doing is done again at once, not only when its leases end."""

from __future__ import annotations

from datetime import datetime

from ringwall.service.context import Ringwall
from ringwall.service.delivering import LEASE as DELIVERY_LEASE
from ringwall.service.local_worker import INTERRUPTIONS
from ringwall.service.worker import LEASE as JOB_LEASE
from ringwall.store import jobs, outbox


def take_over(ringwall: Ringwall, alone_at: datetime) -> None:
    """Free what was leased when nobody else used the SQLite file.

    Args:
        ringwall: the service.
        alone_at: when that was. Whoever came since has leases that end later, and keeps them.
    """
    with ringwall.store.write() as connection:
        outbox.release_expired(connection, alone_at + DELIVERY_LEASE)
        jobs.release_expired(connection, now=ringwall.clock(), attempts=INTERRUPTIONS, until=alone_at + JOB_LEASE)
