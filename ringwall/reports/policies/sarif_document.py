"""A SARIF 2.1.0 document from rules and results, for reports that are about policy documents.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ringwall import __version__
from ringwall.reports.policies.named_documents import NamedDocument
from ringwall.reports.sarif import SCHEMA

Rules = Mapping[str, str]
"""Descriptions by the rules' ids."""

MALFORMED = {"malformed-policy": "The document is not a valid policy, so nothing is known about what it allows."}


def sarif_document(
    rules: Rules,
    results: Sequence[Mapping[str, Any]],
    *,
    is_complete: bool,
    properties: Mapping[str, Any] | None = None,
) -> str:
    """The document as text."""
    described = [
        {"id": name, "shortDescription": {"text": text}, "fullDescription": {"text": text}}
        for name, text in rules.items()
    ]
    run = {
        "tool": {"driver": {"name": "Ringwall", "semanticVersion": __version__, "rules": described}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": is_complete}],
        "results": list(results),
        **({"properties": dict(properties)} if properties else {}),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def malformed_results(documents: Iterable[NamedDocument]) -> list[Mapping[str, Any]]:
    """A result for each document that is no policy."""
    return [
        {
            "ruleId": next(iter(MALFORMED)),
            "level": "error",
            "message": {"text": each.error_line()},
            "locations": [each.sarif_location()],
        }
        for each in documents
        if each.error
    ]
