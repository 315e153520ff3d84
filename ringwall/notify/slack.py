"""Writes events into a Slack channel, through an incoming webhook.

Shape: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks. Its URL lets anybody write who knows it,
so that it is kept as the destination's secret.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ringwall.notify.event import Event, EventKind
from ringwall.notify.http import Poster
from ringwall.notify.transport import Surroundings
from ringwall.notify.wording import headline_of, principal_of

_TEXT = 2900
"""A section holds 3,000 characters, a field of one 2,000: https://docs.slack.dev/reference/block-kit/blocks/section-block."""
_FIELD = 1900
_ACTIONS = 10
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel."""

    url: str
    poster: Poster

    def send(self, event: Event) -> None:
        self.poster.post(self.url, json.dumps(message_of(event)).encode(), {"User-Agent": "ringwall"})


def message_of(event: Event) -> dict[str, Any]:
    """The event as Slack takes it: `text` is for notifications, the blocks are what people see."""
    headline = _escaped(headline_of(event), _TEXT)
    blocks: list[dict[str, Any]] = [_section(f"*{headline}*")]
    if fields := list(_fields(event)):
        blocks.append({"type": "section", "fields": fields})
    return {"text": headline, "blocks": blocks}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _fields(event: Event) -> Iterator[dict[str, str]]:
    if event.kind is not EventKind.FINDING:
        return
    told = event.detail
    actions = list(told.get("action", ()))
    more = f" and {len(actions) - _ACTIONS} more" if len(actions) > _ACTIONS else ""
    lines = {
        "Principal": principal_of(told) if told.get("principal") else "",
        "Actions": ", ".join(actions[:_ACTIONS]) + more,
        "Conditions": ", ".join(f"{key} = {value}" for key, value in told.get("condition", {}).items()),
        "Account": told["resourceOwnerAccount"],
        "Region": told.get("region", ""),
        "Finding": told["id"],
    }
    for name, value in lines.items():
        if value:
            yield {"type": "mrkdwn", "text": f"*{name}*\n{_escaped(value, _FIELD)}"}


def _escaped(text: str, longest: int) -> str:
    """Slack reads `<…>` as links and mentions: a resource's name must not be able to call a channel."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return cut.translate(_ESCAPES)


def open_channel(settings: Mapping[str, str], secret: str, surroundings: Surroundings) -> Channel:  # noqa: ARG001
    """The channel that a destination's secret URL leads to."""
    surroundings.poster.check(secret, field="secret")
    return Channel(secret, surroundings.poster)
