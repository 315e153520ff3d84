"""How principals are judged, and how they go through a scan: as resources whose configuration is all the evidence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ringwall import __version__
from ringwall.findings.finding import AnyFinding
from ringwall.findings.unused_access import UnusedAccess
from ringwall.principals.principal import PrincipalKind
from ringwall.principals.principal_access import PrincipalAccess, principal_access_as_json, principal_access_of
from ringwall.resources.base import Resource
from ringwall.service.sources import GLOBAL
from ringwall.service.unused_configuration import unused_access_of
from ringwall.store.analyzers import AnalyzerRecord

PRINCIPAL_TYPES = tuple(kind.value for kind in PrincipalKind)
"""`AWS::IAM::User` and `AWS::IAM::Role`."""


@dataclass(frozen=True, slots=True)
class UnusedAnalysis:
    """How an analyzer judges the principals of its accounts on one day."""

    digest: str
    """Of all that the findings follow from, besides the principal: the day, the configuration, and this program."""
    unused_access: UnusedAccess

    def findings_of(self, resource: Resource, at: datetime) -> Sequence[AnyFinding]:
        """What a principal did not use.

        Raises:
            SnapshotError: the configuration is none that `resource_of` made.
        """
        return self.unused_access.findings_of(principal_access_of(resource.configuration), at)


def unused_analysis_of(analyzer: AnalyzerRecord, at: datetime) -> UnusedAnalysis:
    """How `analyzer` judges at `at` (UTC): what was used yesterday may be unused for long enough today."""
    configuration = json.dumps(analyzer.configuration, sort_keys=True)
    told = f"{__version__} unused {at.date().isoformat()} {configuration}"
    return UnusedAnalysis(hashlib.sha256(told.encode()).hexdigest(), unused_access_of(analyzer))


def resource_of(access: PrincipalAccess) -> Resource:
    """A principal as a resource."""
    principal = access.principal
    return Resource(
        principal.arn,
        principal.kind.value,
        principal.account,
        GLOBAL,
        principal_access_as_json(access),
        dict(principal.tags),
    )
