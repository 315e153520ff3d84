"""Finds the fix of a finding that is remembered, over the configuration that was analysed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from ringwall.errors import NotFoundError
from ringwall.findings.finding import FindingType
from ringwall.findings.fix import Fix, find_fix, finding_told
from ringwall.findings.remembered import RememberedFinding
from ringwall.resources.base import Configuration, Resource
from ringwall.service.zones import Analysis, Zones
from ringwall.store import findings, resources
from ringwall.store.analyzers import AnalyzerRecord


class Writer(Protocol):
    """What may change resources: AWS in production, where the configuration allows it."""

    def write(self, resource: Resource, configuration: Configuration, /) -> Resource:
        """Make `configuration` the resource's, if it is still as `resource` says; gives it as it is then.

        Raises:
            NotSupportedError: AWS has no call for what is to change.
            NotFoundError: the resource is gone.
            ConflictError: it has changed.
            CollectionError: AWS refused a call.
        """


@dataclass(frozen=True, slots=True)
class FixCase:
    """All that a fix follows from."""

    remembered: RememberedFinding
    resource: Resource | None
    """As it was analysed; None where that is not kept any more."""
    analysis: Analysis | None
    """None while the analyzer does not know its organization."""


@dataclass(frozen=True, slots=True)
class Found:
    """A fix, or why there is none."""

    fix: Fix | None
    reason: str = ""

    @property
    def digest(self) -> str:
        """Of the configuration as it was analysed and as it is to be: whoever confirms that confirms nothing else."""
        if self.fix is None:
            return ""
        both = json.dumps([self.fix.resource.configuration, self.fix.configuration], sort_keys=True)
        return hashlib.sha256(both.encode()).hexdigest()


def fix_case(connection: Connection, zones: Zones, analyzer: AnalyzerRecord, finding_id: str) -> FixCase:
    """What is kept of a finding and its resource.

    Raises:
        NotFoundError: the analyzer has no such finding.
    """
    remembered = findings.find(connection, analyzer.key, finding_id)
    if remembered is None:
        message = f"the analyzer has no finding `{finding_id}`"
        raise NotFoundError(message, resource_id=finding_id, resource_type="Finding")
    if remembered.type is not FindingType.EXTERNAL_ACCESS:
        return FixCase(remembered, None, None)
    resource = _resource_of(connection, analyzer, remembered)
    account = remembered.detail["resourceOwnerAccount"]
    return FixCase(remembered, resource, zones.analysis_of(connection, analyzer, account))


def found_fix(case: FixCase) -> Found:
    """The fix. It takes a while: no transaction should be waiting for it."""
    if case.remembered.type is not FindingType.EXTERNAL_ACCESS:
        return Found(None, "nothing of the resource gives access to others: unused access has a recommendation instead")
    if case.analysis is None:
        return Found(None, "the analyzer does not know its organization yet")
    if case.remembered.error is not None:
        return Found(None, "the resource could not be analyzed, so nothing is known about who can reach it")
    if case.resource is None:
        return Found(None, "the resource, as it was analyzed, is not kept any more: scan it again")
    analyzer = case.analysis.external_access
    finding = finding_told(analyzer.findings_of(case.resource), case.remembered.detail)
    if finding is None:
        return Found(None, "the resource, as it was last seen, does not give this access")
    fix = find_fix(analyzer, case.resource, finding)
    return Found(fix) if isinstance(fix, Fix) else Found(None, fix.reason)


def _resource_of(connection: Connection, analyzer: AnalyzerRecord, remembered: RememberedFinding) -> Resource | None:
    records = resources.find(connection, analyzer.key, remembered.resource)
    record = next((each for each in records if each.type == remembered.detail["resourceType"]), None)
    content = resources.configuration(connection, record.configuration_digest) if record else None
    if record is None or content is None:
        return None
    return Resource(record.arn, record.type, record.owner_account, record.region, json.loads(content))
