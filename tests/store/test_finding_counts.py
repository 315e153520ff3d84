"""Counts over many findings: each reads an index and no finding, and sorts none."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from ringwall.findings.archive_rule import Criterion
from ringwall.findings.finding import FindingStatus
from ringwall.store import access_edges, finding_counts, resource_listing
from tests.store.samples import NOON, a_detail, a_finding, keep, keep_analyzer

ACTIVE = {"status": Criterion(eq=("ACTIVE",))}
GROUPED = "TEMP B-TREE FOR GROUP BY"


def plans_of(store, count) -> list[str]:
    """How SQLite finds what `count` asks for."""
    asked = []

    @event.listens_for(store.engine, "before_cursor_execute")
    def listen(connection, cursor, statement, parameters, *rest):
        asked.append((statement, parameters))

    with store.read() as connection:
        count(connection)
        return [
            "\n".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters))
            for statement, parameters in asked
            if statement.startswith("SELECT")
        ]


@pytest.mark.parametrize(
    ("count", "index"),
    [
        (lambda connection: finding_counts.by_kind(connection, 1), "of_kind"),
        (lambda connection: finding_counts.by_property(connection, 1, "exposure"), "of_exposure"),
        (
            lambda connection: finding_counts.by_property(connection, 1, "resourceOwnerAccount"),
            "by_resource_owner_account",
        ),
        (lambda connection: finding_counts.by_cause(connection, 1, ACTIVE, limit=5), "of_cause"),
        (lambda connection: finding_counts.by_principal(connection, 1, ACTIVE, limit=5), "of_principal"),
        (lambda connection: access_edges.counts(connection, 1), "of_principal"),
    ],
)
def test_findings_are_counted_as_their_index_is_read(sqlite_store, count, index):
    """A temporary tree for the groups would cost ten times as much."""
    plan = plans_of(sqlite_store, count)[0]

    assert f"COVERING INDEX ix_finding_{index} " in plan
    assert GROUPED not in plan


def test_resources_are_counted_with_what_is_active(sqlite_store):
    """Findings are grouped by resource in the order of an index that has the active ones alone."""
    [plan] = plans_of(sqlite_store, lambda connection: resource_listing.counts(connection, 1))

    assert "COVERING INDEX ix_finding_active " in plan


def test_findings_of_several_kinds_are_counted_apart(store):
    """By status, Region and error; and only those of the analyzer."""
    analyzer = keep_analyzer(store)
    keep(store, analyzer, a_finding("f-1"), a_finding("f-2", a_detail(isPublic=True)))
    keep(store, analyzer, a_finding("f-3", status=FindingStatus.ARCHIVED))

    with store.read() as connection:
        kinds = finding_counts.by_kind(connection, analyzer)
        others = finding_counts.by_kind(connection, analyzer + 1)
        new = finding_counts.new_since(connection, analyzer, NOON - timedelta(days=1))

    assert sorted((kind.status.value, kind.is_public, kind.number) for kind in kinds) == [
        ("ACTIVE", False, 1),
        ("ACTIVE", True, 1),
        ("ARCHIVED", False, 1),
    ]
    assert others == []
    assert new == 2
