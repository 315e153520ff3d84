"""How an analyzer of unused access is configured: the API's `configuration`, checked and understood.

Source: the API reference, `UnusedAccessConfiguration` and `AnalysisRuleCriteria`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ringwall.errors import ValidationError
from ringwall.findings.unused_access import DEFAULT_AGE, Exclusion, UnusedAccess
from ringwall.service.analyzer_types import AnalyzerType
from ringwall.store.analyzers import AnalyzerRecord

_MEMBER = "unusedAccess"
_OLDEST = 365
_MOST_ACCOUNTS = 2000
_ACCOUNT = re.compile(r"[0-9]{12}")
_KEY, _VALUE = 128, 256
"""IAM: the longest key and value of a tag."""


def checked_configuration(written: Mapping[str, Any] | None, type_: AnalyzerType, owner: str) -> dict[str, Any]:
    """The configuration as it is kept and shown, with the age that is in force.

    Args:
        written: the request's `configuration`, if any.
        type_: of the analyzer, which looks for unused access.
        owner: the account that owns the analyzer.

    Raises:
        ValidationError: something in it makes no sense; it says where.
    """
    given = {_MEMBER: {}} if written is None else written
    if set(given) != {_MEMBER}:
        named = ", ".join(f"`{each}`" for each in given)
        message = f"analyzers of type `{type_.name}` are configured by `{_MEMBER}`, not by {named or 'nothing'}"
        raise ValidationError(message, field="configuration")
    unused = given[_MEMBER]
    exclusions = (unused.get("analysisRule") or {}).get("exclusions") or ()
    for index, each in enumerate(exclusions):
        _check_exclusion(each, type_, owner, f"configuration.{_MEMBER}.analysisRule.exclusions[{index}]")
    _check_number(exclusions)
    rule = {"analysisRule": unused["analysisRule"]} if unused.get("analysisRule") is not None else {}
    return {_MEMBER: {"unusedAccessAge": _age_of(unused), **rule}}


def unused_access_of(analyzer: AnalyzerRecord) -> UnusedAccess:
    """How an analyzer of unused access judges principals."""
    unused = (analyzer.configuration or {}).get(_MEMBER, {})
    return UnusedAccess(unused.get("unusedAccessAge", DEFAULT_AGE), tuple(map(_exclusion_of, _written(analyzer))))


def excluded_accounts(analyzer: AnalyzerRecord) -> frozenset[str]:
    """The accounts that are not looked into at all: those of exclusions without tags."""
    return frozenset(
        account
        for each in _written(analyzer)
        if not each.get("resourceTags")
        for account in each.get("accountIds") or ()
    )


def _written(analyzer: AnalyzerRecord) -> Sequence[Mapping[str, Any]]:
    unused = (analyzer.configuration or {}).get(_MEMBER, {})
    return (unused.get("analysisRule") or {}).get("exclusions") or ()


def _exclusion_of(written: Mapping[str, Any]) -> Exclusion:
    return Exclusion(frozenset(written.get("accountIds") or ()), tuple(written.get("resourceTags") or ()))


def _age_of(unused: Mapping[str, Any]) -> int:
    age = unused.get("unusedAccessAge", DEFAULT_AGE)
    if not 1 <= age <= _OLDEST:
        message = f"{age} is no age of unused access: from 1 to {_OLDEST} days can be"
        raise ValidationError(message, field=f"configuration.{_MEMBER}.unusedAccessAge")
    return int(age)


def _check_exclusion(written: Mapping[str, Any], type_: AnalyzerType, owner: str, field: str) -> None:
    accounts, tags = written.get("accountIds") or (), written.get("resourceTags") or ()
    if not accounts and not tags:
        raise ValidationError("an exclusion names `accountIds` or `resourceTags`", field=field)
    if accounts and not type_.is_of_organization:
        message = f"analyzers of type `{type_.name}` look into one account: exclude principals by `resourceTags`"
        raise ValidationError(message, field=f"{field}.accountIds")
    _check_accounts(accounts, owner, f"{field}.accountIds")
    for index, each in enumerate(tags):
        _check_tags(each, f"{field}.resourceTags[{index}]")


def _check_accounts(accounts: Iterable[str], owner: str, field: str) -> None:
    for each in accounts:
        if not _ACCOUNT.fullmatch(each):
            raise ValidationError(f"`{each}` is not an account: twelve digits are expected", field=field)
        if each == owner:
            raise ValidationError(f"account `{each}` owns the analyzer, and cannot be excluded", field=field)


def _check_number(exclusions: Iterable[Mapping[str, Any]]) -> None:
    number = sum(len(each.get("accountIds") or ()) for each in exclusions)
    if number > _MOST_ACCOUNTS:
        message = f"{number} accounts are excluded: {_MOST_ACCOUNTS} can be at most"
        raise ValidationError(message, field=f"configuration.{_MEMBER}.analysisRule.exclusions")


def _check_tags(tags: Mapping[str, str], field: str) -> None:
    if not tags:
        raise ValidationError("a map without tags would exclude every principal", field=field)
    for name, value in tags.items():
        if not 1 <= len(name) <= _KEY:
            raise ValidationError(f"a tag's key has 1 to {_KEY} characters, not {len(name)}", field=field)
        if len(value) > _VALUE:
            raise ValidationError(f"a tag's value has {_VALUE} characters at most, not {len(value)}", field=field)
