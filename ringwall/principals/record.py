"""The shape of all that a snapshot keeps about principals."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

Instant = Annotated[datetime, Meta(tz=True)]
"""A time that knows its zone: what is read without one is refused, as it cannot be compared."""


class Record(Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """Kept as it is: the same names in camel case, what is usual left out, what is odd refused."""
