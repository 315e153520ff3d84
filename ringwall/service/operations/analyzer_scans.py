"""Scans of everything that an analyzer covers, when somebody wants one at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwall.errors import ConflictError
from ringwall.service import work
from ringwall.service.analyzers import analyzer_of, kept
from ringwall.service.context import Caller, Ringwall
from ringwall.store import analyzers

_DISABLED = "DISABLED"


def start_analyzer_scan(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Makes the analyzer due now; the scan begins when a worker has a hand free."""
    with ringwall.store.write() as connection:
        analyzer = kept(connection, analyzer_of(connection, caller, request["analyzerArn"]))
        if analyzer.status == _DISABLED:
            message = f"the analyzer `{analyzer.name}` is disabled, and looks at nothing"
            raise ConflictError(message, resource_id=analyzer.name, resource_type="Analyzer")
        analyzers.update(connection, analyzer.key, next_scan_at=ringwall.clock())
        ringwall.jobs.enqueue(connection, work.plan())
    return {}
