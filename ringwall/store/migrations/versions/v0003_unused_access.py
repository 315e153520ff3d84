"""Unused access: IAM's reports, the days of trails, and recommendations. And indices that counts are read from alone."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Boolean, Column, ForeignKey, Index, LargeBinary, MetaData, Table, text

from ringwall.store.column_types import Instant, Key, Packed, Text, key

revision = "0003"
down_revision = "0002"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_analyzer = Table("analyzer", metadata, key())

_last_accessed = Table(
    "last_accessed",
    metadata,
    Column("arn", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("job_id", Text),
    Column("started_at", Instant),
    Column("content", Packed),
    Column("generated_at", Instant),
    Index(None, "generated_at"),
)

_trail_day = Table(
    "trail_day",
    metadata,
    Column("account", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("place", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("has_logs", Boolean, nullable=False),
    Column("is_complete", Boolean, nullable=False),
    Column("read_at", Instant, nullable=False),
    Index(None, "day"),
)

_recommendation = Table(
    "recommendation",
    metadata,
    Column("analyzer_key", Key, ForeignKey("analyzer.key", ondelete="CASCADE"), primary_key=True, nullable=False),
    Column("finding_id", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("completed_at", Instant),
    Column("resource", Text, nullable=False),
    Column("steps", Packed),
    Column("document", Packed),
    Column("error", Packed),
    Index(None, "status", "started_at"),
    Index(None, "started_at"),
)


_PRINCIPALS = ("principal_aws", "principal_federated", "principal_canonical_user")
_ENDS = ("resource_owner_account", "exposure", "is_public", "error")
_COUNTED = {
    "kind": ("type", "resource_type", "region", "is_public", "error"),
    "cause": ("cause", "resource_key", "key"),
    "principal": (*_PRINCIPALS, *_ENDS, "resource_key", "key"),
}


def upgrade() -> None:
    """Adds three tables, and indices of findings in place of two that were too narrow."""
    for table in (_last_accessed, _trail_day, _recommendation):
        table.create(op.get_bind())
    for name in ("cause", "principal"):
        op.drop_index(f"ix_finding_of_{name}", "finding")
    for name, columns in _COUNTED.items():
        op.create_index(f"ix_finding_of_{name}", "finding", ["analyzer_key", "status", *columns])
    active = text("status = 'ACTIVE'")
    told = ["analyzer_key", "status", "resource_key", "is_public", "error"]
    op.create_index("ix_finding_active", "finding", told, sqlite_where=active, postgresql_where=active)
