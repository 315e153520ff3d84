"""Posts events to a web server, signed, so that it can tell that they are ours and that it has one already.

The headers are those of Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ringwall.errors import ValidationError
from ringwall.notify.event import Event
from ringwall.notify.http import Poster
from ringwall.notify.transport import Surroundings

_PREFIX = "whsec_"
_KEY_BYTES = (24, 64)
"""The specification: a signing key has between 24 and 64 bytes."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One URL, and the key that it knows us by."""

    url: str
    key: bytes
    clock: Callable[[], datetime]
    poster: Poster

    def send(self, event: Event) -> None:
        body = json.dumps(event.as_json()).encode()
        timestamp = str(int(self.clock().timestamp()))
        headers = {
            "webhook-id": event.id,
            "webhook-timestamp": timestamp,
            "webhook-signature": signature_of(self.key, event.id, timestamp, body),
            "User-Agent": "ringwall",
        }
        self.poster.post(self.url, body, headers)


def signature_of(key: bytes, event_id: str, timestamp: str, body: bytes) -> str:
    """The value of `webhook-signature`."""
    signed = b".".join((event_id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def key_of(secret: str) -> bytes:
    """The signing key in what people copy.

    Raises:
        ValidationError: it is not one, or too short to be one.
    """
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValidationError(f"a signing key is `{_PREFIX}` and base64", field="secret") from error
    shortest, longest = _KEY_BYTES
    if not secret.startswith(_PREFIX) or not shortest <= len(key) <= longest:
        message = f"a signing key is `{_PREFIX}` and the base64 of {shortest} to {longest} bytes"
        raise ValidationError(message, field="secret")
    return key


def open_webhook(settings: Mapping[str, str], secret: str, surroundings: Surroundings) -> Webhook:
    """The web server that a destination's settings name."""
    surroundings.poster.check(settings["url"], field="settings.url")
    return Webhook(settings["url"], key_of(secret), surroundings.clock, surroundings.poster)
