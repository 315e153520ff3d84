"""Snapshots: what a collection saw, as a file of JSON lines that can be scanned later.

`docs/snapshot.md` describes the format, `docs/snapshot.schema.json` its lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ringwall.collector.lines import Line, read_lines, replaced_file
from ringwall.collector.snapshot_lines import (
    SnapshotHeader,
    gap_of,
    header_as_json,
    header_of,
    object_of,
    readable_parts,
    resource_as_json,
    resource_of,
)
from ringwall.collector.snapshot_principals import (
    PRINCIPAL,
    PRINCIPAL_GAP,
    principal_line,
    principal_of,
    unreadable_principal,
)
from ringwall.errors import SnapshotError
from ringwall.findings.report import Gap, PrincipalGap
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.resources.base import ReadError, Resource

Seen = Resource | Gap | PrincipalAccess
"""What a collection comes upon: a resource, a principal with what it used, or something that it could not read."""


def resources_in(seen: Iterable[Seen]) -> Iterator[Resource | Gap]:
    """What is about how resources are shared: no principals, and nothing that is missing of them alone."""
    return (each for each in seen if not isinstance(each, PrincipalAccess | PrincipalGap))


@dataclass(frozen=True, slots=True)
class Snapshot(SnapshotHeader):
    """A whole snapshot in memory."""

    resources: tuple[Resource, ...] = ()
    gaps: tuple[Gap, ...] = ()
    """Those of principals (`PrincipalGap`) among them."""
    principals: tuple[PrincipalAccess, ...] = ()


def read_snapshot(path: Path) -> Snapshot:
    """The snapshot in `path`, plain, gzip or zstd.

    A line that cannot be read becomes a resource with an error and a gap, both naming file and line; the line of a
    principal becomes a gap.

    Raises:
        SnapshotError: the file cannot be opened, or its header cannot be read.
    """
    header, seen = open_snapshot(path)
    everything = tuple(seen)
    return Snapshot(
        header.collected_at,
        header.accounts,
        header.organization,
        tuple(each for each in everything if isinstance(each, Resource)),
        tuple(each for each in everything if isinstance(each, Gap)),
        tuple(each for each in everything if isinstance(each, PrincipalAccess)),
    )


def open_snapshot(path: Path, name: str | None = None) -> tuple[SnapshotHeader, Iterator[Seen]]:
    """The header of the snapshot in `path`, and then what it holds, line by line: memory does not grow with the file.

    Errors call the file `name`, where that says more than its path.

    Raises:
        SnapshotError: as `read_snapshot`.
    """
    lines = read_lines(path)
    try:
        first = next(lines, Line(1, fault="the file is empty"))
    except OSError as error:
        raise SnapshotError(f"cannot open `{name or path}`: {error.strerror}") from error
    if first.fault:
        raise SnapshotError(f"{name or path}, line 1: {first.fault}")
    try:
        header = header_of(object_of(first.data))
    except SnapshotError as error:
        raise SnapshotError(f"{name or path}, line 1: {error}") from error
    return header, _seen(name or path.name, lines)


def _seen(name: str, lines: Iterator[Line]) -> Iterator[Seen]:
    for line in lines:
        if line.fault:
            yield from _unreadable(name, line.number, line.fault, {})
        elif line.data.strip():
            yield from _seen_in(name, line)


def _seen_in(name: str, line: Line) -> Iterator[Seen]:
    members: dict[str, Any] = {}
    try:
        members = object_of(line.data)
        yield _on_line(members)
    except SnapshotError as error:
        yield from _unreadable(name, line.number, str(error), members)


def _on_line(members: dict[str, Any]) -> Seen:
    if PRINCIPAL in members:
        return principal_of(members)
    if PRINCIPAL_GAP in members or "gap" in members:
        return gap_of(members)
    return resource_of(members)


def _unreadable(name: str, number: int, fault: str, members: dict[str, Any]) -> Iterator[Seen]:
    """The resource behind a line that cannot be read, as far as it is known, and the gap that it leaves."""
    message = f"{name}, line {number}: {fault}"
    if PRINCIPAL in members:
        yield unreadable_principal(members, message)
        return
    parts = readable_parts(members)
    arn = parts.get("resourceArn", f"{name}:{number}")
    kind, owner, region = (parts.get(key, "") for key in ("resourceType", "resourceOwnerAccount", "region"))
    yield Resource(arn, kind, owner, region, error=ReadError("INTERNAL_ERROR", message))
    yield Gap("INTERNAL_ERROR", message, owner, region, kind, arn)


def write_snapshot(path: Path, header: SnapshotHeader, seen: Iterable[Seen]) -> None:
    """Write `header` and everything in `seen` to `path`; `.gz` and `.zst` compress. All is written, or nothing.

    Raises:
        OSError: the file cannot be written.
    """
    with replaced_file(path) as file:
        file.write(_json_line(header_as_json(header)))
        for each in seen:
            file.write(_json_line(_as_line(each)))


def _as_line(seen: Seen) -> dict[str, Any]:
    if isinstance(seen, PrincipalAccess):
        return principal_line(seen)
    if isinstance(seen, Gap):
        return {PRINCIPAL_GAP if isinstance(seen, PrincipalGap) else "gap": seen.as_json()}
    return resource_as_json(seen)


def _json_line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode() + b"\n"
