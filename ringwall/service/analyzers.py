"""Finds the analyzer that a request names: callers see those of their own account and Region alone."""

from __future__ import annotations

import re

from sqlalchemy import Connection

from ringwall.errors import NotFoundError, ValidationError
from ringwall.service.context import Caller
from ringwall.store import analyzers, scans
from ringwall.store.analyzers import AnalyzerRecord

_ARN = re.compile(r"arn:[^:]+:access-analyzer:[^:]+:[^:]+:analyzer/[^/]{1,255}")


def analyzer_named(connection: Connection, caller: Caller, name: str) -> AnalyzerRecord:
    """The caller's analyzer of this name.

    Raises:
        NotFoundError: there is none.
    """
    found = analyzers.find_named(connection, caller.account, caller.region, name)
    if found is None:
        raise _missing(name)
    return found


def analyzer_of(connection: Connection, caller: Caller, arn: str, *, field: str = "analyzerArn") -> AnalyzerRecord:
    """The caller's analyzer of this ARN.

    Raises:
        ValidationError: it is no analyzer's ARN.
        NotFoundError: there is none, or it is of another account or Region.
    """
    if not _ARN.fullmatch(arn):
        raise ValidationError(f"`{arn}` is not the ARN of an analyzer", field=field)
    found = analyzers.find(connection, arn)
    if found is None or (found.account, found.region) != (caller.account, caller.region):
        raise _missing(arn)
    return found


def looks_into(connection: Connection, analyzer: AnalyzerRecord, account: str) -> bool:
    """Whether an account is one that the analyzer looks at: of its scope, or else its own, or one that was scanned."""
    accounts = analyzer.scope.get("accounts")
    if accounts:
        return account in accounts
    return account == analyzer.account or bool(scans.regions_of(connection, analyzer.key, account))


def kept(connection: Connection, analyzer: AnalyzerRecord) -> AnalyzerRecord:
    """The analyzer as it is now, which nobody deletes before the transaction ends: ask before writing what belongs to it.

    Raises:
        NotFoundError: it was deleted just now.
    """
    return _there(analyzers.keep(connection, analyzer.key), analyzer)


def claimed(connection: Connection, analyzer: AnalyzerRecord) -> AnalyzerRecord:
    """The analyzer as it is now; others that write what belongs to it wait for the end of the transaction.

    Raises:
        NotFoundError: it was deleted just now.
    """
    return _there(analyzers.claim(connection, analyzer.key), analyzer)


def _there(now: AnalyzerRecord | None, analyzer: AnalyzerRecord) -> AnalyzerRecord:
    if now is None:
        raise _missing(analyzer.name)
    return now


def _missing(named: str) -> NotFoundError:
    return NotFoundError(f"there is no analyzer `{named}`", resource_id=named, resource_type="Analyzer")
