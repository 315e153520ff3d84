"""The console: who is signed in, what findings are counted by, and the indices for it."""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import Column, ForeignKey, Index, MetaData, Table, bindparam, select, update

from ringwall.findings.statement_cause import cause_of
from ringwall.store.column_types import Instant, Json, Key, Packed, Text, key

revision = "0002"
down_revision = "0001"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_user = Table("user_account", metadata, key())

_session = Table(
    "session",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("user_key", Key, ForeignKey("user_account.key", ondelete="CASCADE")),
    Column("csrf_token", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("notice", Json),
    Index(None, "user_key"),
    Index(None, "created_at"),
)

_finding = Table(
    "finding",
    metadata,
    key(),
    Column("evidence", Packed, nullable=False),
    Column("exposure", Text),
    Column("cause", Text),
)

_PRINCIPALS = ("principal_aws", "principal_federated", "principal_canonical_user")
_GROUPS = {
    "exposure": ("exposure", "key"),
    "cause": ("cause", "resource_key"),
    "principal": (*_PRINCIPALS, "resource_key"),
}
_BATCH = 1000


def upgrade() -> None:
    """Adds tables, columns and indices, and fills in the columns of findings that are there."""
    _session.create(op.get_bind())
    with op.batch_alter_table("user_account") as batch:
        batch.add_column(Column("subject", Text))
        batch.create_unique_constraint("uq_user_account_subject", ["subject"])
    for name in ("exposure", "cause"):
        op.add_column("finding", Column(name, Text))
    _fill_in()
    for name, columns in _GROUPS.items():
        op.create_index(f"ix_finding_of_{name}", "finding", ["analyzer_key", "status", *columns])
    counted = ["analyzer_key", "at", "previous_status", "status"]
    op.create_index(f"ix_finding_event_{'_'.join(counted)}", "finding_event", counted)


def _fill_in() -> None:
    connection, last = op.get_bind(), 0
    statement = (
        update(_finding)
        .where(_finding.c.key == bindparam("of_key"))
        .values(exposure=bindparam("new_exposure"), cause=bindparam("new_cause"))
    )
    while rows := connection.execute(
        select(_finding.c.key, _finding.c.evidence).where(_finding.c.key > last).order_by(_finding.c.key).limit(_BATCH)
    ).all():
        connection.execute(statement, [_filled(row.key, row.evidence) for row in rows])
        last = rows[-1].key


def _filled(row_key: int, evidence: dict[str, Any]) -> dict[str, Any]:
    return {"of_key": row_key, "new_exposure": evidence.get("exposure"), "new_cause": cause_of(evidence)}
