"""A store with a million findings: made up, in the proportions of an organization, and written past all indices."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Index, Table, func, select, text

from ringwall.store import analyzers
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.column_types import digest
from ringwall.store.database import Store
from ringwall.store.migrate import migrate
from ringwall.store.tables import finding, finding_condition, resource

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ACCOUNT = "000000000001"
ARN = f"arn:aws:access-analyzer:us-east-1:{ACCOUNT}:analyzer/benchmark"
ACCOUNTS = 1_000
FINDINGS_PER_RESOURCE = 10
REGIONS = ("us-east-1", "us-east-1", "us-east-1", "eu-west-1", "eu-west-1", "eu-central-1", "ap-southeast-2")
TYPES = (
    "S3::Bucket",
    "IAM::Role",
    "KMS::Key",
    "SQS::Queue",
    "SNS::Topic",
    "SecretsManager::Secret",
    "Lambda::Function",
)
"""Each is half as frequent as the one before."""
STATUSES = ("ACTIVE",) * 60 + ("ARCHIVED",) * 10 + ("RESOLVED",) * 30
CONDITIONS = ("aws:SourceVpc", "aws:SourceIp", "aws:PrincipalOrgID", "aws:SourceAccount")
_EVIDENCE = json.dumps(
    {
        "exposure": "cross-account",
        "accessLevels": {"Read": ["s3:GetObject", "s3:ListBucket"], "Write": ["s3:PutObject"]},
        "witness": {
            "principal": "arn:aws:iam::999988887777:role/x",
            "action": "s3:GetObject",
            "resource": "*",
            "context": {},
        },
        "allowedBy": [
            {
                "source": "POLICY",
                "place": "/bucketPolicy",
                "statementIndex": 0,
                "statement": f"{random.Random(1).getrandbits(3200):x}",
            }
        ],
    }
)
_DAY = 86_400_000_000
_NOW = int(NOW.timestamp() * 1_000_000)


def fill(store: Store, number: int) -> int:
    """Makes the tables, one analyzer, and its findings.

    Returns:
        The key of the analyzer.
    """
    migrate(store)
    with store.write() as connection:
        known = analyzers.everyone(connection)
        if known and connection.scalar(select(func.count()).select_from(finding)) == number:
            return known[0].key
        record = AnalyzerRecord(ARN, "benchmark", ACCOUNT, "us-east-1", "ORGANIZATION", NOW)
        analyzer = analyzers.insert(connection, record).key
        tables = (resource, finding, finding_condition)
        indices = [index for table in tables for index in table.indexes]
        for index in indices:
            index.drop(connection)
        source = random.Random(4)
        _write(connection, resource, _resources(analyzer, number // FINDINGS_PER_RESOURCE, source))
        _write(connection, finding, _findings(analyzer, number, source))
        _write(connection, finding_condition, _conditions(number, source))
        _finish(connection, indices)
    return analyzer


def _finish(connection: Connection, indices: list[Index]) -> None:
    for index in indices:
        index.create(connection)
    if connection.dialect.name == "postgresql":
        for name in ("resource", "finding"):
            connection.execute(text(f"SELECT setval('{name}_key_seq', (SELECT max(key) FROM {name}))"))
    connection.execute(text("ANALYZE"))


def _write(connection: Connection, table: Table, rows: Iterator[tuple[Any, ...]]) -> None:
    """As fast as each database takes rows."""
    names = ", ".join(column.name for column in table.columns)
    driver = connection.connection.driver_connection
    assert driver is not None
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" for _ in table.columns)
        driver.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _place(number: int) -> tuple[str, str, str, str]:
    """ARN, type, account and Region of a resource: the same whoever asks."""
    source = random.Random(number)
    # Some accounts have many resources, most have few.
    account = f"{int(source.paretovariate(0.5)) % ACCOUNTS:012}"
    rank = min(int(source.expovariate(0.7)), len(TYPES) - 1)
    region = source.choice(REGIONS)
    return f"arn:aws:x:{region}:{account}:thing/{number:07}", f"AWS::{TYPES[rank]}", account, region


def _resources(analyzer: int, number: int, source: random.Random) -> Iterator[tuple[Any, ...]]:
    for key in range(1, number + 1):
        arn, type_, account, region = _place(key)
        analyzed = _NOW - source.randrange(_DAY)
        error = "ACCESS_DENIED" if key % 100 == 0 else None
        times = (_NOW - 90 * _DAY, analyzed, _NOW - source.randrange(90 * _DAY))
        digests = (f"{key % 5000:064}", f"{key:064}")
        yield key, analyzer, arn, type_, account, region, *digests, error, key % 50 == 0, *times


def _findings(analyzer: int, number: int, source: random.Random) -> Iterator[tuple[Any, ...]]:
    evidence = zlib.compress(_EVIDENCE.encode())
    for key in range(1, number + 1):
        parent = (key - 1) // FINDINGS_PER_RESOURCE + 1
        arn, type_, account, region = _place(parent)
        identity = f"{source.getrandbits(128):032x}"
        status = source.choice(STATUSES)
        error = "ACCESS_DENIED" if parent % 100 == 0 else None
        is_public = None if error else source.random() < 0.02
        principal = f"{source.randrange(10_000):012}"
        created = _NOW - source.randrange(365 * _DAY)
        updated = source.randrange(created, _NOW)
        detail = json.dumps(
            {
                "id": identity,
                "resource": arn,
                "resourceType": type_,
                "resourceOwnerAccount": account,
                "region": region,
                "status": "ACTIVE",
                "condition": {},
                "principal": {"AWS": principal},
                "action": ["s3:GetObject", "s3:ListBucket", "s3:PutObject"],
                "isPublic": is_public,
                "sources": [{"type": "POLICY"}],
                "resourceControlPolicyRestriction": "NOT_APPLICABLE",
            }
        )
        where = (arn, type_, account, region)
        exposure = None if error else "public" if is_public else "cross-account"
        cause = None if error else f"{int(source.paretovariate(0.6)) % 5_000:016x}"
        yield (
            *(key, analyzer, parent, identity, "ExternalAccess", status, *where, is_public, error, "NOT_APPLICABLE"),
            *(principal, None, None, created, updated, "known" if status == "ARCHIVED" else None),
            *(exposure, cause, detail, evidence),
        )


def _conditions(number: int, source: random.Random) -> Iterator[tuple[Any, ...]]:
    """A quarter of the findings has one."""
    for key in range(1, number + 1, 4):
        name = source.choice(CONDITIONS).lower()
        value = f"{name}-{source.randrange(2_000)}"
        yield key, name, digest(value), value
