"""Reads files of real policies: JSON Lines, which may be compressed with xz."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MEMBERS = ("policy", "document", "policyDocument", "text")
_KINDS = ("kind", "type", "policyType")


@dataclass(frozen=True, slots=True)
class Document:
    """One policy of a file, as text, with what the file says of it."""

    id: str
    kind: str
    text: str
    name: str = ""
    """What the versions of one policy have in common."""
    version: str = ""
    """Of an AWS managed policy, or of what stands for one; empty for others."""

    @property
    def place(self) -> tuple[str, str, str]:
        """Versions of one policy stand beside each other, in order."""
        return self.name, self.version, self.id


def documents(path: Path) -> Iterator[Document]:
    """The policies of a file, line by line.

    Raises:
        ValueError: a line holds no policy.
    """
    opener = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            yield _document(json.loads(line), number)


def _document(given: dict[str, Any], number: int) -> Document:
    member = next((name for name in _MEMBERS if name in given), None)
    if member is None:
        raise ValueError(f"a line has none of {', '.join(_MEMBERS)}, but {', '.join(given)}")
    policy: Any = given[member]
    return Document(
        id=str(given.get("id", f"line {number}")),
        kind=next((str(given[name]) for name in _KINDS if name in given), "policy"),
        text=policy if isinstance(policy, str) else json.dumps(policy),
        name=str(given.get("path", "")),
        version=str(given.get("version", "")),
    )
