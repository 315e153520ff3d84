"""The API's configuration of analyzers of unused access, from options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwall.cli.unused_options import accounts_of, tags_of

_RULE = "analysisRule"
_PARTS = ("accountIds", "resourceTags")


def configured(options: Mapping[str, Any]) -> dict[str, Any] | None:
    """The configuration that the options ask for; None where they say nothing about it.

    Raises:
        UsageError: an account or a tag is none.
    """
    accounts, tags = accounts_of(options["excluded_accounts"]), tags_of(options["excluded_tags"])
    age = options["unused_age"]
    # Entries of their own: one entry with both would exclude only what is of such an account and has such a tag.
    exclusions = [{name: list(given)} for name, given in zip(_PARTS, (accounts, tags), strict=True) if given]
    members = {
        **({"unusedAccessAge": age} if age else {}),
        **({_RULE: {"exclusions": exclusions}} if exclusions else {}),
    }
    return {"unusedAccess": members} if members else None


def changed(known: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None, *, includes_all: bool) -> dict[str, Any]:
    """`known` with what is `wanted` of it changed: exclusions by account and by tag each by themselves."""
    old = dict((known or {}).get("unusedAccess") or {})
    new = dict((wanted or {}).get("unusedAccess") or {})
    given = _exclusions(new)
    kept = (
        []
        if includes_all
        else [each for each in _exclusions(old) if not any(each.keys() & one.keys() for one in given)]
    )
    age = new.get("unusedAccessAge", old.get("unusedAccessAge"))
    members = {"unusedAccessAge": age} if age else {}
    return {"unusedAccess": {**members, _RULE: {"exclusions": [*kept, *given]}}}


def _exclusions(unused: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list((unused.get(_RULE) or {}).get("exclusions") or ())
