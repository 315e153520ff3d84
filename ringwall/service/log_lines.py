"""What the process says about itself: one line for each thing that happened, with the request or scan it belongs to."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import IO, Any

_about: ContextVar[Mapping[str, str]] = ContextVar("about", default=MappingProxyType({}))
_OF_EVERY_LINE = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName", "color_message"}
"""What is no `extra`; the last one is uvicorn's."""
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_SECRETS = (
    # What a person may paste into a URL or a header, wherever it is quoted.
    (re.compile(r"(://[^:/@\s]*:)[^@\s]+(@)"), r"\1***\2"),
    (re.compile(r"(Signature=)[0-9a-fA-F]+"), r"\1***"),
    (re.compile(r"(?i)(bearer )[^\s\"',]+"), r"\1***"),
    (re.compile(r"(?i)(secret_?access_?key[\"']?\s*[:=]\s*[\"']?)[^\s\"',]+"), r"\1***"),
)
"""Nothing secret is to be logged; this is for texts that come from others, such as the errors of libraries."""


@contextmanager
def about(**ids: str) -> Iterator[None]:
    """Every line that is logged within names these ids, such as `request_id` or `scan_id`."""
    token = _about.set({**_about.get(), **ids})
    try:
        yield
    finally:
        _about.reset(token)


def without_secrets(text: str) -> str:
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


class TextLines(logging.Formatter):
    """Lines for people."""

    def format(self, record: logging.LogRecord) -> str:
        ids = "".join(f" {name}={value}" for name, value in _ids(record).items() if value not in ("", None))
        line = f"{_at(record)} {record.levelname.lower():7} {record.getMessage()}{ids}"
        return without_secrets(f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line)


class JsonLines(logging.Formatter):
    """Lines for machines: one JSON object each."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": _at(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
            **_ids(record),
        }
        if record.exc_info:
            line["error"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


def _ids(record: logging.LogRecord) -> dict[str, Any]:
    """What the line belongs to: from around it, and from the `extra` of the call."""
    own = {name: value for name, value in vars(record).items() if name not in _OF_EVERY_LINE}
    return {**_about.get(), **own}


def _at(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def set_up_logging(level: str, form: str, stream: IO[str] | None = None) -> None:
    """Send what this process logs to `stream` (standard error), as `text` or `json`."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("ringwall").setLevel(_LEVELS[level])
    # The server's own start and stop are worth a line; its access log is not: requests are counted, and audited.
    logging.getLogger("uvicorn").handlers[:] = []
    logging.getLogger("uvicorn.error").setLevel(_LEVELS[level])
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
