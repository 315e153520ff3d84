"""The first tables, as they were then: `tables.py` has them as they are now."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    false,
    text,
)

from ringwall.store.column_types import Instant, Json, Key, Packed, Text, key, key_of

revision = "0001"
down_revision = None

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


analyzer = Table(
    "analyzer",
    metadata,
    key(),
    Column("arn", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("status_reason", Text),
    Column("created_at", Instant, nullable=False),
    Column("tags", Json, nullable=False),
    Column("scope", Json, nullable=False),  # {"accounts": […], "regions": […]}: empty means all
    Column("configuration", Json),  # the API's AnalyzerConfiguration, of the types that have one
    Column("scan_interval", Integer, nullable=False),  # seconds
    Column("next_scan_at", Instant),  # None while it is not to be scanned
    Column("zone_digest", Text, nullable=False, server_default=""),  # of the organization that it last saw
    Column("last_resource_analyzed", Text),
    Column("last_resource_analyzed_at", Instant),
    UniqueConstraint("account", "region", "name"),
    Index(None, "next_scan_at"),
)

organization = Table(
    "organization",
    metadata,
    # The organization as an analyzer's zone of trust, by the digest of its content: see `service.zones`.
    Column("digest", Text, primary_key=True),
    Column("content", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
)

configuration = Table(
    "configuration",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),  # canonical JSON, zlib
)

resource = Table(
    "resource",
    metadata,
    key(),
    key_of("analyzer"),
    Column("arn", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("owner_account", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("configuration_digest", Text, nullable=False),
    # Of all that the findings follow from: configuration, zone, code. Empty: it is gone, and its findings are not yet.
    Column("analysis_digest", Text, nullable=False),
    Column("error", Text),
    Column("is_public", Boolean, nullable=False, server_default=false()),
    Column("created_at", Instant, nullable=False),
    Column("analyzed_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("analyzer_key", "arn", "type"),
    # What a scan of one account and Region knew before; and the listing of one type.
    Index(None, "analyzer_key", "owner_account", "region", "type"),
    Index(None, "analyzer_key", "type", "key"),
    Index(None, "analyzer_key", "analyzed_at", "key"),
    Index(None, "configuration_digest"),
)

finding = Table(
    "finding",
    metadata,
    key(),
    key_of("analyzer"),
    key_of("resource"),
    Column("id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("resource_type", Text, nullable=False),
    Column("resource_owner_account", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("is_public", Boolean),
    Column("error", Text),
    Column("restriction", Text),  # resourceControlPolicyRestriction
    Column("principal_aws", Text),
    Column("principal_federated", Text),
    Column("principal_canonical_user", Text),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("archived_by", Text),  # the archive rule, or "" by hand; None while it is not archived
    # Last, so that the columns before are read without them.
    Column("detail", Json, nullable=False),  # `Finding.as_json()`, less the evidence
    Column("evidence", Packed, nullable=False),  # what only we say: a listing does not need it
    UniqueConstraint("analyzer_key", "id"),
    # Of all analyzers, what is kept for a time only.
    Index(
        "ix_finding_resolved",
        "updated_at",
        sqlite_where=text("status = 'RESOLVED'"),
        postgresql_where=text("status = 'RESOLVED'"),
    ),
)
"""Its `analyzed_at` is that of its resource: a scan that finds nothing new writes to no finding."""

finding_condition = Table(
    "finding_condition",
    metadata,
    Column("finding_key", Key, ForeignKey("finding.key", ondelete="CASCADE"), primary_key=True),
    # Whoever writes a policy decides how long its texts are, and an index holds short ones only.
    Column("name", Text, primary_key=True),  # `short` of the condition key, in lower case
    Column("digest", Text, primary_key=True),  # `digest` of the value
    Column("value", Text, nullable=False),
)

finding_event = Table(
    "finding_event",
    metadata,
    key(),
    key_of("analyzer"),
    Column("finding_id", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("previous_status", Text),
    Column("status", Text),  # None where the finding was deleted
    Column("cause", Text, nullable=False),
    Column("actor", Text, nullable=False, server_default=""),
    Column("reason", Text),
    Index(None, "analyzer_key", "finding_id", "key"),
    Index(None, "analyzer_key", "key"),
)

archive_rule = Table(
    "archive_rule",
    metadata,
    key(),
    key_of("analyzer"),
    Column("name", Text, nullable=False),
    Column("filter", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("reason", Text),
    Column("owner", Text),
    Column("expires_at", Instant),
    UniqueConstraint("analyzer_key", "name"),
    Index(None, "expires_at"),
)

scan = Table(
    "scan",
    metadata,
    key(),
    Column("id", Text, nullable=False, unique=True),
    key_of("analyzer"),
    Column("account", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("trigger", Text, nullable=False),  # schedule, request, event
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("status", Text, nullable=False),  # RUNNING, COMPLETE, PARTIAL, FAILED
    Column("coverage", Json),  # gaps, and how many resources were seen, analysed, unchanged, gone
    Index(None, "analyzer_key", "account", "region", "key"),
    Index(None, "analyzer_key", "key"),
    Index(None, "status", "started_at"),
    Index(None, "ended_at"),
)

access_preview = Table(
    "access_preview",
    metadata,
    key(),
    Column("id", Text, nullable=False, unique=True),
    key_of("analyzer"),
    Column("configurations", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("status", Text, nullable=False),
    Column("status_reason", Text),
    Column("findings", Json),  # the API's AccessPreviewFinding, a list
    Index(None, "analyzer_key", "created_at"),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", Text, primary_key=True),
    Column("secret", LargeBinary, nullable=False),  # encrypted with the installation's master key
    Column("role", Text, nullable=False),  # reader, admin
    Column("name", Text, nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
)

user = Table(
    "user_account",
    metadata,
    key(),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("password_hash", Text),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
)

audit = Table(
    "audit",
    metadata,
    key(),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),  # the id of the key, or `local`
    Column("operation", Text, nullable=False),
    Column("resource", Text, nullable=False, server_default=""),
    Column("parameters", Json, nullable=False),  # without what the model marks as sensitive
    Column("request_id", Text, nullable=False),
    Column("error", Text),  # the code of the error; None where it was done
    Index(None, "at"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("account", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("operation", Text, primary_key=True),
    Column("token", Text, primary_key=True),
    Column("request_digest", Text, nullable=False),
    Column("response", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index(None, "created_at"),
)

destination = Table(
    "destination",
    metadata,
    key(),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),  # eventbridge, sns, securityhub, webhook, slack
    Column("settings", Json, nullable=False),
    Column("secret", LargeBinary),  # encrypted: the webhook's signing key, Slack's address
    Column("filter", Json, nullable=False),  # the same criteria as archive rules
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
)

outbox = Table(
    "outbox",
    metadata,
    key(),
    Column("event_id", Text, nullable=False),
    key_of("destination"),
    Column("subject", Text, nullable=False),  # what the event is about: about one thing they leave in order
    Column("payload", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("status", Text, nullable=False),  # PENDING, SENT, DEAD
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_attempt_at", Instant, nullable=False),
    Column("lease_until", Instant),
    Column("last_error", Text),
    Column("sent_at", Instant),
    UniqueConstraint("destination_key", "event_id"),
    # What is due; what comes first about one thing: only what waits is in these, however much was sent.
    *(
        Index(
            f"ix_outbox_{name}",
            *columns,
            sqlite_where=text("status = 'PENDING'"),
            postgresql_where=text("status = 'PENDING'"),
        )
        for name, columns in {
            "due": ("destination_key", "next_attempt_at", "key"),
            "first": ("destination_key", "subject", "key"),
        }.items()
    ),
    Index(None, "status", "sent_at"),
)

job = Table(
    "job",
    metadata,
    # Only where there is no other engine: on PostgreSQL the jobs are procrastinate's.
    key(),
    Column("kind", Text, nullable=False),
    Column("payload", Json, nullable=False),
    Column("lock", Text),  # of the jobs with the same lock one runs at a time
    Column("queueing_lock", Text),  # of the jobs with the same queueing lock one waits at a time
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("run_at", Instant, nullable=False),
    Column("status", Text, nullable=False),  # WAITING, RUNNING, FAILED; done is deleted
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("lease_until", Instant),
    Column("lease_owner", Text),
    Column("last_error", Text),
    Index(None, "status", "run_at"),
    Index(
        "uq_job_queueing_lock",
        "queueing_lock",
        unique=True,
        sqlite_where=text("status = 'WAITING'"),
        postgresql_where=text("status = 'WAITING'"),
    ),
)

worker = Table(
    "worker",
    metadata,
    Column("id", Text, primary_key=True),
    Column("started_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
)

FACETS = ("status", "resource_type", "resource_owner_account", "is_public", "region", "type", "error")
"""What findings are mostly filtered by."""
_TIMES = ("updated_at", "created_at")
# Each gives an order, or the findings of one value. The facets behind it are there so that the index alone says whether
# a finding meets the rest of a filter, and where it stands in an order by time: decision 0024.
for _first in (
    "key",
    "updated_at",
    "created_at",
    "resource",
    "resource_owner_account",
    "resource_type",
    "is_public",
    "status",
):
    _columns = dict.fromkeys(("analyzer_key", _first, "key", *FACETS, *(_TIMES if _first in FACETS else ())))
    Index(f"ix_finding_by_{_first}", *(finding.c[name] for name in _columns))
Index("ix_finding_by_resource_key", *(finding.c[name] for name in ("resource_key", "key", *FACETS)))
# What most findings do not have.
for _name in ("error", "archived_by", "principal_aws", "principal_federated", "principal_canonical_user"):
    _there = text(f"{_name} IS NOT NULL")
    Index(
        f"ix_finding_with_{_name}",
        *(finding.c[each] for each in ("analyzer_key", _name, "key")),
        sqlite_where=_there,
        postgresql_where=_there,
    )
Index("ix_finding_condition_by_value", *(finding_condition.c[name] for name in ("name", "digest", "finding_key")))


def upgrade() -> None:
    """Makes all of them."""
    metadata.create_all(op.get_bind())
