"""The configuration of an analyzer of unused access, in the form and in the API's shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ringwall.console.visit import Form
from ringwall.errors import ValidationError
from ringwall.findings.unused_access import DEFAULT_AGE
from ringwall.store.analyzers import AnalyzerRecord

TYPES = {
    "ACCOUNT_UNUSED_ACCESS": "Unused access, account: its users and roles",
    "ORGANIZATION_UNUSED_ACCESS": "Unused access, organization: the users and roles of all accounts",
}


@dataclass(frozen=True, slots=True)
class UnusedForm:
    """What the fields hold."""

    age: str = str(DEFAULT_AGE)
    accounts: str = ""
    tags: str = ""
    """One set a line, all of which a principal has to have: `team=red, stage=`. Without a value: any."""
    combined: tuple[str, ...] = ()
    """Exclusions of some accounts by tag: the form keeps them, and cannot say them."""


def form_of(form: Form) -> UnusedForm:
    """What was sent, or what a new form begins with."""
    return UnusedForm(form.get("age") or str(DEFAULT_AGE), form.get("excluded_accounts"), form.get("excluded_tags"))


def form_of_analyzer(analyzer: AnalyzerRecord) -> UnusedForm:
    """The fields as an analyzer has them."""
    unused = (analyzer.configuration or {}).get("unusedAccess") or {}
    plain, combined = _sorted_out(analyzer)
    accounts = [account for each in plain for account in each.get("accountIds") or ()]
    tags = [_line(tags) for each in plain for tags in each.get("resourceTags") or ()]
    return UnusedForm(
        age=str(unused.get("unusedAccessAge") or DEFAULT_AGE),
        accounts=" ".join(accounts),
        tags="\n".join(tags),
        combined=tuple(_words(each) for each in combined),
    )


def _sorted_out(analyzer: AnalyzerRecord) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The exclusions by account or by tag, and those by both."""
    unused = (analyzer.configuration or {}).get("unusedAccess") or {}
    exclusions: Sequence[Mapping[str, Any]] = (unused.get("analysisRule") or {}).get("exclusions") or ()
    combined = [each for each in exclusions if each.get("accountIds") and each.get("resourceTags")]
    return [each for each in exclusions if each not in combined], combined


def _line(tags: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in tags.items())


def _words(exclusion: Mapping[str, Any]) -> str:
    tags = " or ".join(map(_line, exclusion["resourceTags"]))
    return f"{tags} in {', '.join(exclusion['accountIds'])}"


def configuration_of(form: Form, analyzer: AnalyzerRecord | None = None) -> dict[str, Any]:
    """The API's `configuration`, from the fields; what the form of `analyzer` cannot say stays.

    Raises:
        ValidationError: an age that is no number, or a line that is no tags.
    """
    age = form.get("age").strip()
    if not age.isascii() or not age.isdigit() or len(age) > 4:
        raise ValidationError(f"`{age}` is no number of days", field="age")
    accounts = form.get("excluded_accounts").replace(",", " ").split()
    tags = [_tags(line) for line in form.get("excluded_tags").split("\n") if line.strip()]
    combined = [dict(each) for each in _sorted_out(analyzer)[1]] if analyzer else []
    exclusions = [
        *([{"accountIds": accounts}] if accounts else []),
        *([{"resourceTags": tags}] if tags else []),
        *combined,
    ]
    rule = {"analysisRule": {"exclusions": exclusions}} if exclusions else {}
    return {"unusedAccess": {"unusedAccessAge": int(age), **rule}}


def _tags(line: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in line.split(","):
        key, _, value = part.partition("=")
        if not key.strip():
            raise ValidationError(f"`{line.strip()}` is no set of tags: write key=value, key=value", field="tags")
        found[key.strip()] = value.strip()
    return found
