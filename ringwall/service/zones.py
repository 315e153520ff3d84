"""What analyzers trust, kept by the digest of its content, and the analyses that follow from it."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Generic, Literal, TypeVar

from sqlalchemy import Connection

from ringwall import __version__
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.finding import AnyFinding
from ringwall.findings.organization import Organization
from ringwall.findings.organization_json import organization_as_json, organization_of
from ringwall.findings.zone_digest import digest_of
from ringwall.findings.zone_of_trust import ACCOUNT, ORGANIZATION, TrustedEntity, ZoneOfTrust
from ringwall.resources.base import Resource
from ringwall.store import organizations
from ringwall.store.analyzers import AnalyzerRecord

T = TypeVar("T")
Mode = Literal["concise", "aws"]
_ORGANIZATIONS = 4
_VIEWS = 48
"""One for each account that is a zone of its own; all accounts of an organization share one."""


def keep(connection: Connection, organization: Organization, at: datetime) -> str:
    """Keeps an organization; returns its digest, which goes into the analyzer's `zone_digest`."""
    digest = digest_of(ZoneOfTrust(ORGANIZATION, organization))
    organizations.put(connection, digest, organization_as_json(organization), at)
    return digest


def organization_seen_by(connection: Connection, analyzer: AnalyzerRecord) -> Organization | None:
    """The organization that an analyzer last saw, if any."""
    content = organizations.get(connection, analyzer.zone_digest) if analyzer.zone_digest else None
    return None if content is None else organization_of(content)


@dataclass(frozen=True, slots=True)
class Analysis:
    """How the resources of one account are analysed."""

    digest: str
    """Of all that the findings follow from, besides the resource: the zone of trust and this program."""
    external_access: ExternalAccess

    def findings_of(self, resource: Resource, at: datetime) -> Sequence[AnyFinding]:  # noqa: ARG002 - as `UnusedAnalysis` has it
        """Who outside can reach a resource: whenever that is asked."""
        return self.external_access.findings_of(resource)


class Zones:
    """The analyses that were used last. Threads share them."""

    def __init__(self, *, mode: Mode = "concise", trusted: tuple[TrustedEntity, ...] = ()) -> None:
        """How all analyzers look: in which mode, and whom they trust besides their own."""
        self._mode: Mode = mode
        self._trusted = trusted
        self._organizations = _Recent[Organization | None](_ORGANIZATIONS)
        self._views = _Recent[tuple[ExternalAccess, str]](_VIEWS)

    def analysis_of(self, connection: Connection, analyzer: AnalyzerRecord, account: str) -> Analysis | None:
        """How `analyzer` looks at resources of `account`; None while it does not know its organization."""
        kind, digest = analyzer.type, analyzer.zone_digest
        organization = self._organizations.get(digest, lambda: organization_seen_by(connection, analyzer))
        if organization is None and (kind == ORGANIZATION or digest):
            return None
        seen_from = "" if kind == ORGANIZATION else account
        access, zone_digest = self._views.get(
            f"{kind} {seen_from} {digest}", lambda: self._view(kind, organization, account)
        )
        told = f"{__version__} {self._mode} {account} {zone_digest}"
        return Analysis(hashlib.sha256(told.encode()).hexdigest(), access)

    def _view(self, kind: str, organization: Organization | None, account: str) -> tuple[ExternalAccess, str]:
        """What looks at resources of `account`, and the digest of what it trusts."""
        if kind == ACCOUNT and organization is not None:
            # Other members are outside in any case: that one joins does not have every resource analysed again.
            own = tuple(each for each in organization.accounts if each.id == account)
            organization = replace(organization, accounts=own)
        zone = ZoneOfTrust(kind, organization, self._trusted)
        return ExternalAccess(zone, mode=self._mode), digest_of(zone)


class _Recent(Generic[T]):
    """A few values by name; the one that was not asked for longest makes room."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values = OrderedDict[str, T]()
        self._lock = Lock()

    def get(self, name: str, make: Callable[[], T]) -> T:
        """The value of that name. Two threads may make the same one at once: they are alike."""
        with self._lock:
            if name in self._values:
                self._values.move_to_end(name)
                return self._values[name]
        value = make()
        with self._lock:
            self._values[name] = value
            while len(self._values) > self._size:
                self._values.popitem(last=False)
        return value
