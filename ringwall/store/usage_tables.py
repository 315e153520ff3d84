"""The tables of unused access: what was read about use, and what is recommended."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, LargeBinary, Table

from ringwall.store.column_types import Instant, Packed, Text, key_of
from ringwall.store.metadata import METADATA

last_accessed = Table(
    "last_accessed",
    METADATA,
    # IAM's report about a principal, or the job that makes it.
    Column("arn", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("job_id", Text),  # of the report that is being made; None where none is
    Column("started_at", Instant),
    Column("content", Packed),  # `LastAccessedReport`
    Column("generated_at", Instant),
    Index(None, "generated_at"),
)

trail_day = Table(
    "trail_day",
    METADATA,
    # What CloudTrail logged of an account on a day, summed up.
    Column("account", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # `2026-03-01`; empty: what could not be read and belongs to no day
    Column("place", Text, nullable=False),  # where it was read
    Column("content", LargeBinary, nullable=False),  # `DaySummary`, zlib
    Column("has_logs", Boolean, nullable=False),
    Column("is_complete", Boolean, nullable=False),  # whether all of it could be read
    Column("read_at", Instant, nullable=False),
    Index(None, "day"),
)

recommendation = Table(
    "recommendation",
    METADATA,
    # What is to be done about a finding, once somebody asked.
    key_of("analyzer", primary_key=True),
    Column("finding_id", Text, primary_key=True),
    Column("status", Text, nullable=False),  # IN_PROGRESS, SUCCEEDED, FAILED
    Column("started_at", Instant, nullable=False),
    Column("completed_at", Instant),
    Column("resource", Text, nullable=False),
    Column("steps", Packed),  # the API's RecommendedStep, a list
    Column("document", Packed),  # all of it, as only we say it
    Column("error", Packed),  # the API's RecommendationError
    Index(None, "status", "started_at"),
    Index(None, "started_at"),
)
