"""The types of analyzers: what kind of access each looks for, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from ringwall.errors import NotSupportedError


class Kind(Enum):
    """What kind of access an analyzer looks for."""

    EXTERNAL = "external"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True)
class AnalyzerType:
    """One type, by the API's word for it."""

    name: str
    kind: Kind
    is_of_organization: bool

    @property
    def is_unused(self) -> bool:
        return self.kind is Kind.UNUSED

    @property
    def first_status(self) -> str:
        """An organization has to be read before its analyzer can work."""
        return "CREATING" if self.is_of_organization else "ACTIVE"


TYPES: Mapping[str, AnalyzerType] = {
    each.name: each
    for each in (
        AnalyzerType("ACCOUNT", Kind.EXTERNAL, is_of_organization=False),
        AnalyzerType("ORGANIZATION", Kind.EXTERNAL, is_of_organization=True),
        AnalyzerType("ACCOUNT_UNUSED_ACCESS", Kind.UNUSED, is_of_organization=False),
        AnalyzerType("ORGANIZATION_UNUSED_ACCESS", Kind.UNUSED, is_of_organization=True),
    )
}
"""Those that there are, by name."""


def type_of(name: str) -> AnalyzerType:
    """The type of that name.

    Raises:
        NotSupportedError: AWS has it, and this service does not, or not yet.
    """
    if name not in TYPES:
        *others, last = (f"`{each}`" for each in TYPES)
        message = f"analyzers of type `{name}` cannot be had from this service yet: {', '.join(others)} and {last} can"
        raise NotSupportedError(message)
    return TYPES[name]
