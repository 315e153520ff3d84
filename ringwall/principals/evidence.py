"""How good the evidence is that something was not used."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Literal

from ringwall.principals.record import Record
from ringwall.principals.usage import UsageSource


class Confidence(Enum):
    """How sure it is that what was not seen was not used."""

    HIGH = "HIGH"
    """Every source that could have seen it was read in full, for the whole period."""
    MEDIUM = "MEDIUM"
    """A source that could have seen more is not there, reaches less far, or does not tell actions apart."""
    LOW = "LOW"
    """Something that is there could not be read: it was refused, throttled or truncated."""

    @property
    def rank(self) -> int:
        """The surer, the higher."""
        return (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH).index(self)


# Whole: what is left out as usual is told by identity, which a text that went to another process has lost.
class SourceCoverage(Record, frozen=True, omit_defaults=False):
    """What one source can have seen."""

    source: UsageSource
    until: datetime
    """UTC."""
    since: datetime | None = None
    """None: it does not say how far it goes back."""
    granularity: Literal["entity", "service", "action"] = "entity"


class RecurringUse(Record, frozen=True):
    """Use that comes back: what looks unused between two quarters is not."""

    action: str
    months: tuple[str, ...]
    """`2026-03`, ascending."""
    interval: Literal["quarterly", "half-yearly", "yearly", "irregular"]


class Evidence(Record, frozen=True):
    """What a finding rests on."""

    confidence: Confidence
    sources: tuple[SourceCoverage, ...] = ()
    missing: tuple[str, ...] = ()
    """What could not be seen, each as a sentence."""
    recurring: tuple[RecurringUse, ...] = ()
    untracked: tuple[str, ...] = ()
    """Granted actions of services in use that no source can tell: they are not called unused."""
