"""Policy documents and configurations as texts for readers."""

from __future__ import annotations

import json
from typing import Any


def laid_out(document: str | None) -> str:
    """One member a line; as it is, where it is no JSON. Empty where there is none."""
    if not document:
        return ""
    try:
        return json.dumps(json.loads(document), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return document


def laid_out_configuration(configuration: Any) -> str:
    """One member a line. Policies, which a configuration holds as texts, are unfolded."""
    return json.dumps(_unfolded(configuration), indent=2, ensure_ascii=False)


def _unfolded(value: Any) -> Any:
    match value:
        case dict():
            return {name: _unfolded(each) for name, each in value.items()}
        case list():
            return [_unfolded(each) for each in value]
        case str() if value.lstrip().startswith("{"):
            return _parsed(value)
        case _:
            return value


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
