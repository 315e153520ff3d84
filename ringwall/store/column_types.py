"""What the columns of all tables are made of: texts, times, JSON and keys, the same in both databases."""

from __future__ import annotations

import hashlib
import json
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Integer, LargeBinary, String, TypeDecorator

_SHORT = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """A time with its zone, as microseconds since 1970: the same in both databases, and cheap to compare."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:  # noqa: ARG002
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        return None if value is None else instant(value)


class Text(TypeDecorator[str]):
    """A text, ordered by its bytes in both databases.

    Policies and callers may send what a database cannot hold, the character NUL or half a surrogate pair: each is
    replaced, in what is written and in what is asked for, rather than refused halfway through a scan.
    """

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(String(collation="C") if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:  # noqa: ARG002
        return None if value is None else storable(value)


class Packed(TypeDecorator[Any]):
    """JSON that is long, read seldom, and never looked into: compressed, so that the rows around it stay close."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> bytes | None:  # noqa: ARG002
        return None if value is None else zlib.compress(json.dumps(value, separators=(",", ":")).encode())

    def process_result_value(self, value: bytes | None, dialect: Any) -> Any:  # noqa: ARG002
        return None if value is None else json.loads(zlib.decompress(value))


def instant(microseconds: int) -> datetime:
    """The time so long after the beginning of 1970, in UTC."""
    return _EPOCH + microseconds * _MICROSECOND


def storable(value: str) -> str:
    """The text as a database can hold it."""
    if "\0" in value:
        value = value.replace("\0", "\ufffd")
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def digest(value: str) -> str:
    """A text of any length, as an index can hold it."""
    return hashlib.sha256(storable(value).encode()).hexdigest()


def short(value: str) -> str:
    """The text, or where it is too long for an index, its beginning and its digest."""
    return value if len(value) <= _SHORT else f"{value[:_SHORT]} {digest(value)}"


# As text and not as PostgreSQL's JSONB, which refuses the character NUL; nothing is looked for inside.
Json = JSON(none_as_null=True)
# SQLite counts up by itself only where the type is INTEGER.
Key = BigInteger().with_variant(Integer(), "sqlite")


def key() -> Column[int]:
    """The number that other tables know a row by."""
    return Column("key", Key, primary_key=True, autoincrement=True)


def key_of(table: str, **options: Any) -> Column[int]:
    """A column that names a row of `table`, and goes when that goes."""
    return Column(f"{table}_key", Key, ForeignKey(f"{table}.key", ondelete="CASCADE"), nullable=False, **options)
