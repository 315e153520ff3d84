"""Looks at resources that were read: what is new about them is analysed, and what follows is written down.

A look may be interrupted anywhere and done again: each batch is written in one transaction, and whoever read a
resource later has the last word on it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from ringwall.findings.finding import AnyFinding
from ringwall.findings.reconcile import reconcile
from ringwall.findings.remembered import Change
from ringwall.resources.base import Resource
from ringwall.service.context import Ringwall
from ringwall.service.remembering import remember, undisturbed
from ringwall.service.unused_analysis import UnusedAnalysis
from ringwall.service.zones import Analysis
from ringwall.store import analyzers, archive_rules, findings, places, resources
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.resources import ResourceRecord
from ringwall.store.turns import take_turn

ACTIVE = "ACTIVE"
_encode = msgspec.json.Encoder(order="sorted").encode

Known = Mapping[tuple[str, str], ResourceRecord]
"""By ARN and type."""


class EndedError(LookupError):
    """The analyzer is not there any more, or does not look any more: there is nothing to do."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One analyzer, looking at one place."""

    ringwall: Ringwall
    analyzer: AnalyzerRecord
    account: str
    region: str
    analysis: Analysis | UnusedAnalysis


@dataclass(frozen=True, slots=True)
class Digested:
    """A resource that was read, and what tells whether it is still as it was."""

    resource: Resource
    content: bytes
    configuration_digest: str
    analysis_digest: str


@dataclass(frozen=True, slots=True)
class Looked:
    """A resource that was analysed."""

    digested: Digested
    findings: Sequence[AnyFinding]

    @property
    def identity(self) -> tuple[str, str]:
        return self.digested.resource.arn, self.digested.resource.type


@dataclass(slots=True)
class Tally:
    """How much was looked at."""

    seen: int = 0
    analyzed: int = 0
    unchanged: int = 0
    gone: int = 0

    def as_json(self) -> dict[str, int]:
        return {"seen": self.seen, "analyzed": self.analyzed, "unchanged": self.unchanged, "gone": self.gone}


def look_at(watch: Watch, batch: Sequence[Resource], known: Known, at: datetime, tally: Tally) -> None:
    """Analyses those of the batch that are not as they are known, and writes what follows.

    Args:
        watch: who looks, and where.
        batch: as they were read.
        known: what the analyzer knows of the place.
        at: a time before the first of them was read.
        tally: is brought up to date.

    Raises:
        EndedError: the analyzer is gone.
    """
    digested = [_digested(each, watch.analysis.digest) for each in batch]
    new = [each for each in digested if not _is_as_known(each, known)]
    looked = [Looked(each, watch.analysis.findings_of(each.resource, at)) for each in new]
    fresh = {(each.resource.arn, each.resource.type) for each in new}
    same = [known[each.arn, each.type].key for each in batch if (each.arn, each.type) not in fresh]
    _write(watch, looked, same, at)
    tally.seen += len(batch)
    tally.analyzed += len(looked)
    tally.unchanged += len(same)


def _digested(resource: Resource, analysis: str) -> Digested:
    content = _encode(resource.configuration)
    digest = hashlib.sha256(content).hexdigest()
    error = resource.error.code if resource.error else ""
    told = f"{analysis} {resource.type} {resource.arn} {resource.region} {digest} {error}"
    return Digested(resource, content, digest, hashlib.sha256(told.encode()).hexdigest())


def _is_as_known(digested: Digested, known: Known) -> bool:
    record = known.get((digested.resource.arn, digested.resource.type))
    return record is not None and record.analysis_digest == digested.analysis_digest


def _write(watch: Watch, looked: Sequence[Looked], same: Sequence[int], at: datetime) -> None:
    """Writes what was found."""

    def write() -> None:
        with watch.ringwall.store.write() as connection:
            analyzer = begin(connection, watch)
            resources.touch(connection, same, at)
            if looked:
                _write_looked(connection, replace(watch, analyzer=analyzer), looked, at)

    undisturbed(write)


def begin(connection: Connection, watch: Watch) -> AnalyzerRecord:
    """Waits for others that write about the same place or delete the analyzer, which is read as it is now.

    Raises:
        EndedError: the analyzer is gone.
    """
    analyzers.keep(connection, watch.analyzer.key)
    take_turn(connection, f"place {watch.analyzer.key} {watch.account} {watch.region}")
    # Read when the turn has come: it may have taken a while.
    analyzer = analyzers.find_key(connection, watch.analyzer.key)
    if analyzer is None or analyzer.status != ACTIVE:
        raise EndedError
    return analyzer


def _write_looked(connection: Connection, watch: Watch, looked: Sequence[Looked], at: datetime) -> None:
    known = places.of_arns(connection, watch.analyzer.key, [each.identity[0] for each in looked])
    # Somebody who read the resource later has written already.
    own = [each for each in looked if not _is_outdated(known.get(each.identity), at)]
    _keep_configurations(connection, own)
    saved = [_record(watch.analyzer.key, each, known.get(each.identity), at) for each in own]
    keys = resources.save(connection, sorted(saved, key=lambda each: (each.arn, each.type)))
    changes = _changes(connection, watch, own, keys, at)
    by_arn = {arn: key for (arn, _), key in keys.items()}
    remember(watch.ringwall, connection, watch.analyzer, changes, resource_keys=by_arn, at=at)


def _is_outdated(known: ResourceRecord | None, at: datetime) -> bool:
    return known is not None and known.analyzed_at > at


def _keep_configurations(connection: Connection, looked: Iterable[Looked]) -> None:
    contents = {each.digested.configuration_digest: each.digested.content for each in looked}
    resources.put_configurations(connection, contents)


def _record(analyzer_key: int, looked: Looked, known: ResourceRecord | None, at: datetime) -> ResourceRecord:
    resource = looked.digested.resource
    return ResourceRecord(
        analyzer_key,
        resource.arn,
        resource.type,
        resource.owner_account,
        resource.region,
        looked.digested.configuration_digest,
        looked.digested.analysis_digest,
        created_at=known.created_at if known else at,
        analyzed_at=at,
        updated_at=at,
        error=next((each.error for each in looked.findings if each.error), None),
        is_public=any(each.is_public for each in looked.findings),
    )


def _changes(
    connection: Connection, watch: Watch, looked: Sequence[Looked], keys: Mapping[tuple[str, str], int], at: datetime
) -> list[Change]:
    """What became of the findings of resources that were analysed."""
    remembered = findings.of_resources(connection, list(keys.values()))
    rules = archive_rules.of_analyzer(connection, watch.analyzer.key)
    return [
        change
        for each in looked
        for change in reconcile(
            remembered.get(keys[each.identity], ()),
            each.findings,
            analyzer=watch.analyzer.arn,
            rules=rules,
            now=at,
        )
    ]


def resolve(watch: Watch, gone: Sequence[ResourceRecord], at: datetime, *, reason: str | None = None) -> int:
    """Resources that are there no more: what was found about them is resolved; how many they were.

    Args:
        watch: who looked, and where.
        gone: as they were known before the look.
        at: a time before the look: whoever saw one of them later knows better.
        reason: why, where it is something else than that they were deleted.

    Raises:
        EndedError: the analyzer is gone.
    """

    def write() -> int:
        with watch.ringwall.store.write() as connection:
            analyzer = begin(connection, watch)
            return _resolve(connection, replace(watch, analyzer=analyzer), gone, at, reason)

    return undisturbed(write)


def _resolve(
    connection: Connection, watch: Watch, gone: Sequence[ResourceRecord], at: datetime, reason: str | None
) -> int:
    known = places.of_arns(connection, watch.analyzer.key, [each.arn for each in gone])
    current = [known[each.arn, each.type] for each in gone if (each.arn, each.type) in known]
    over = [each for each in current if _is_in(each, watch) and not each.is_gone and not _is_outdated(each, at)]
    remembered = findings.of_resources(connection, [each.key for each in over])
    changes = [
        change
        for each in over
        for change in reconcile(remembered.get(each.key, ()), (), analyzer=watch.analyzer.arn, rules=(), now=at)
    ]
    remember(watch.ringwall, connection, watch.analyzer, changes, resource_keys={}, at=at, reason=reason)
    places.mark_gone(connection, [each.key for each in over])
    return len(over)


def _is_in(record: ResourceRecord, watch: Watch) -> bool:
    """A bucket that was deleted may have been made again in another Region, or by another account."""
    return (record.owner_account, record.region) == (watch.account, watch.region)
