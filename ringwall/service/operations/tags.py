"""Tags of analyzers: list, set and take away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwall.service.analyzers import analyzer_of, kept
from ringwall.service.context import Caller, Ringwall
from ringwall.service.tag_rules import checked_tags
from ringwall.store import analyzers


def list_tags_for_resource(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """The tags of an analyzer."""
    with ringwall.store.read() as connection:
        analyzer = analyzer_of(connection, caller, request["resourceArn"], field="resourceArn")
        return {"tags": dict(analyzer.tags)}


def tag_resource(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Sets tags; others that the analyzer has stay."""
    with ringwall.store.write() as connection:
        analyzer = kept(connection, analyzer_of(connection, caller, request["resourceArn"], field="resourceArn"))
        tags = checked_tags({**analyzer.tags, **request["tags"]})
        analyzers.update(connection, analyzer.key, tags=tags)
    return {}


def untag_resource(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Takes tags away; keys that the analyzer does not have are no fault."""
    with ringwall.store.write() as connection:
        analyzer = kept(connection, analyzer_of(connection, caller, request["resourceArn"], field="resourceArn"))
        tags = {key: value for key, value in analyzer.tags.items() if key not in request["tagKeys"]}
        analyzers.update(connection, analyzer.key, tags=tags)
    return {}
