"""Refuses what only looks like an answer of AWS: a proxy's web page must not read as "nothing is shared"."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.parsers import ResponseParserError

MALFORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError)
"""What an answer of another shape than AWS's makes of the code that reads it, botocore's own included."""

_JSON_PROTOCOLS = frozenset({"json", "rest-json"})
_WEB_PAGE = (b"<!doctype html", b"<html")


def malformed(error: Exception) -> str:
    """How such an error is told."""
    return f"AWS's answer is not of the expected shape: {error!r}"


def utc(at: datetime) -> datetime:
    """A time of AWS, which knows its zone, as all times are kept.

    Raises:
        ValueError: it does not.
    """
    if at.tzinfo is None:
        raise ValueError(f"the time {at} has no time zone")
    return at.astimezone(UTC)


def refuse_strange_answers(client: Any) -> None:
    """Make `client` raise `ResponseParserError` where an answer of success has not the form of the service.

    botocore itself reads a text that is not JSON as an object without members, and any XML as whatever is asked for.
    """
    is_json = client.meta.service_model.resolved_protocol in _JSON_PROTOCOLS
    check = _check_json if is_json else _check_xml
    client.meta.events.register("response-received", check)


def _check_json(response_dict: Mapping[str, Any] | None, **_: Any) -> None:
    if (body := _body_of_success(response_dict)) is None:
        return
    try:
        is_object = isinstance(json.loads(body), dict)
    except (ValueError, RecursionError) as error:
        raise ResponseParserError(f"the answer is not JSON: {error}") from error
    if not is_object:
        raise ResponseParserError("the answer is not a JSON object")


def _check_xml(response_dict: Mapping[str, Any] | None, **_: Any) -> None:
    body = _body_of_success(response_dict)
    if body is not None and body.lstrip()[:20].lower().startswith(_WEB_PAGE):
        raise ResponseParserError("the answer is a web page")


def _body_of_success(response: Mapping[str, Any] | None) -> bytes | None:
    if response is None or response["status_code"] >= 300 or not isinstance(response["body"], bytes):
        return None
    return response["body"]
