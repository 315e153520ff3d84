"""Finds out what is to be done about unused permissions, from the principal as it was analysed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from ringwall.errors import RingwallError
from ringwall.findings.recommendation import recommend as recommendation_for
from ringwall.findings.recommendation import recommendation_as_json
from ringwall.findings.recommendation_steps import SERVICE_ERROR
from ringwall.findings.remembered import RememberedFinding
from ringwall.findings.unused_finding_json import unused_finding_of
from ringwall.principals.principal_access import PrincipalAccess, principal_access_of
from ringwall.service.context import Ringwall
from ringwall.service.wire_recommendations import kept_steps
from ringwall.service.work import Work
from ringwall.store import analyzers, findings, recommendations, resources
from ringwall.store.recommendations import IN_PROGRESS

_OUTDATED = (
    "the finding, or the principal as it was analyzed, is not kept any more: wait for the next scan, and try again"
)
INTERRUPTED = {"code": SERVICE_ERROR, "message": "The recommendation could not be made. Please try again."}
"""What is said where a job died."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """All that a recommendation follows from."""

    finding: RememberedFinding
    access: PrincipalAccess


def recommend(work: Work, payload: Mapping[str, Any]) -> None:
    """Makes the recommendation that was asked for, unless that was done already."""
    key, finding_id, ringwall = payload["analyzer"], payload["id"], work.ringwall
    with ringwall.store.read() as connection:
        record = recommendations.find(connection, key, finding_id)
        if record is None or record.status != IN_PROGRESS:
            return
        asked = _asked(connection, key, finding_id)
    try:
        outcome = _outcome(ringwall, asked)
    except RingwallError as error:
        outcome = {"error": {"code": SERVICE_ERROR, "message": str(error)}}
    with ringwall.store.write() as connection:
        analyzers.keep(connection, key)
        recommendations.end(connection, key, finding_id, at=ringwall.clock(), **outcome)


def _asked(connection: Connection, analyzer_key: int, finding_id: str) -> _Asked | None:
    finding = findings.find(connection, analyzer_key, finding_id)
    access = None if finding is None else access_of(connection, analyzer_key, finding.resource)
    return None if finding is None or access is None else _Asked(finding, access)


def access_of(connection: Connection, analyzer_key: int, arn: str) -> PrincipalAccess | None:
    """A principal with its evidence as it was analysed last; None where that is not kept any more."""
    record = next(iter(resources.find(connection, analyzer_key, arn)), None)
    content = resources.configuration(connection, record.configuration_digest) if record else None
    return None if content is None else principal_access_of(json.loads(content))


def _outcome(ringwall: Ringwall, asked: _Asked | None) -> dict[str, Any]:
    """What `recommendations.end` writes."""
    if asked is None:
        return {"error": {"code": SERVICE_ERROR, "message": _OUTDATED}}
    found = recommendation_for(asked.access, unused_finding_of(asked.finding.detail), ringwall.clock())
    document = recommendation_as_json(found)
    if found.error is not None:
        code, message = found.error
        return {"error": {"code": code, "message": message}, "document": document}
    return {"steps": kept_steps(found), "document": document}
