"""Publishes events to an SNS topic: the event as JSON, with a subject for people who get it as mail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ringwall.notify.aws import calling, check_endpoint
from ringwall.notify.event import Event
from ringwall.notify.transport import Surroundings
from ringwall.notify.wording import headline_of

_SUBJECT = 100
"""API reference, Publish: ASCII, less than 100 characters, no line breaks."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic."""

    client: Any
    arn: str

    def send(self, event: Event) -> None:
        with calling("sns:Publish"):
            self.client.publish(
                TopicArn=self.arn,
                Message=json.dumps(event.as_json()),
                Subject=_subject(headline_of(event)),
                MessageAttributes=_attributes(event),
                **self._order(event),
            )

    def _order(self, event: Event) -> dict[str, str]:
        """On a FIFO topic what concerns one thing keeps its order, and SNS itself drops what it has already."""
        if not self.arn.endswith(".fifo"):
            return {}
        about = event.detail.get("id") or event.detail.get("accessPreviewId") or event.kind.value
        return {"MessageGroupId": about, "MessageDeduplicationId": event.id}


def _subject(headline: str) -> str:
    plain = headline.replace("→", "to").encode("ascii", "replace").decode()
    plain = "".join(each if each.isprintable() else " " for each in plain)
    return plain if len(plain) < _SUBJECT else plain[: _SUBJECT - 4] + "..."


def _attributes(event: Event) -> dict[str, dict[str, str]]:
    """What subscriptions can filter on."""
    told = {
        "kind": event.kind.value,
        "status": event.detail.get("status"),
        "resourceType": event.detail.get("resourceType"),
        "isPublic": {True: "true", False: "false"}.get(event.detail.get("isPublic")),  # type: ignore[arg-type]  # or None
    }
    return {name: {"DataType": "String", "StringValue": value} for name, value in told.items() if value}


def open_topic(settings: Mapping[str, str], secret: str, surroundings: Surroundings) -> Topic:  # noqa: ARG001
    """The topic that a destination's settings name."""
    endpoint = settings.get("endpoint")
    check_endpoint(endpoint, surroundings.allowed_hosts)
    arn = settings["topicArn"]
    return Topic(client=surroundings.new_client("sns", arn.split(":")[3], endpoint), arn=arn)
