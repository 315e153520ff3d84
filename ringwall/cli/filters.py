"""Filters of findings as the command line spells them: `status=ACTIVE`, `resource~prod`, `error:missing`, or JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import click

from ringwall.cli.client import json_of
from ringwall.errors import UsageError

_TERM = re.compile(r"(?P<key>[A-Za-z][\w.:-]*?)(?P<operator>!=|=|~)(?P<values>.*)", re.DOTALL)
_EXISTENCE = re.compile(r"(?P<key>[A-Za-z][\w.:-]*):(?P<word>exists|missing)")
_OPERATORS = {"=": "eq", "!=": "neq", "~": "contains"}

Filter = dict[str, dict[str, Any]]

filter_option = click.option(
    "--filter",
    "filters",
    metavar="CRITERION",
    multiple=True,
    help="KEY=VALUE[,VALUE…], KEY!=…, KEY~PART, KEY:exists, KEY:missing, or the API's JSON (also file://FILE). Repeatable.",
)


def filter_of(criteria: Sequence[str]) -> Filter:
    """The API's filter.

    Raises:
        UsageError: a criterion is none.
    """
    found: Filter = {}
    for text in criteria:
        for key, criterion in _criteria(text).items():
            found.setdefault(key, {}).update(criterion)
    return found


def _criteria(text: str) -> Filter:
    if text.lstrip().startswith("{") or text.startswith("file://"):
        return _of_json(text)
    if match := _EXISTENCE.fullmatch(text):
        return {match["key"]: {"exists": match["word"] == "exists"}}
    if not (match := _TERM.fullmatch(text)) or not (values := [each for each in match["values"].split(",") if each]):
        raise UsageError(f"`{text}` is no criterion: write KEY=VALUE, KEY!=VALUE, KEY~PART, KEY:exists or KEY:missing")
    return {match["key"]: {_OPERATORS[match["operator"]]: values}}


def _of_json(text: str) -> Filter:
    found = json_of(text, "the filter")
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise UsageError('a filter in JSON is an object such as {"status": {"eq": ["ACTIVE"]}}')
    return found


def filter_words(criteria: Filter) -> str:
    """A filter as it is typed, a criterion a line."""
    return "\n".join(_words(key, criterion) for key, criterion in criteria.items())


def _words(key: str, criterion: dict[str, Any]) -> str:
    parts = [f"{key}{sign}{','.join(criterion[name])}" for sign, name in _OPERATORS.items() if criterion.get(name)]
    if (exists := criterion.get("exists")) is not None:
        parts.append(f"{key}:{'exists' if exists else 'missing'}")
    return "\n".join(parts)
