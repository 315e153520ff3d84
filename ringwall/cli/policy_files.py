"""Policy documents as the command line names them: files, and `-` for standard input."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from ringwall.errors import PolicyError, UsageError
from ringwall.policy.parse import parse_policy
from ringwall.reports.policies.document import Document

STANDARD_INPUT = "-"


def read_policy_files(paths: Sequence[Path]) -> list[Document]:
    """The documents in the files, in their order. One that is malformed has its error, and spoils nothing beside it.

    Raises:
        UsageError: a file cannot be read at all, or standard input is named twice.
    """
    if sum(str(path) == STANDARD_INPUT for path in paths) > 1:
        raise UsageError("standard input can be read once: `-` was given more often")
    return [read_policy_file(path) for path in paths]


def read_policy_file(path: Path) -> Document:
    """The document in one file.

    Raises:
        UsageError: the file cannot be read at all.
    """
    name = "standard input" if str(path) == STANDARD_INPUT else str(path)
    data = _bytes_of(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Document(name, "", None, PolicyError("the text is not UTF-8", line=line, column=1))
    try:
        return Document(name, text, parse_policy(text))
    except PolicyError as error:
        return Document(name, text, None, error)


def _bytes_of(path: Path) -> bytes:
    if str(path) == STANDARD_INPUT:
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {error.strerror or error}") from error
