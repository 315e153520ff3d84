"""The SQS queue that EventBridge writes events to: received, and deleted once they are done with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ringwall.collector.sessions import Sessions
from ringwall.errors import CollectionError, UsageError
from ringwall.resources.base import AwsReader

CALLS = ("sqs:DeleteMessage", "sqs:ReceiveMessage")
"""The IAM actions that the queue needs."""
_URL = re.compile(r"https?://(?:sqs\.(?P<region>[a-z0-9-]+)\.[a-z.]+|[^/]+)/\d{12}/[\w-]{1,80}(\.fifo)?", re.ASCII)
_MOST = 10
"""As many messages as SQS hands out, and deletes, at a time."""
_WAIT = 5
"""Seconds that SQS waits for a message. It would wait for 20, and so would whoever stops the service."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was received, and is invisible to others until SQS loses its patience."""

    id: str
    body: str
    receipt: str
    """What deletes it."""
    times_received: int = 1


class EventQueue:
    """Threads may share it.

    Args:
        sessions: whose own credentials it uses.
        url: the queue's.
        region: where it is, if the URL does not say.

    Raises:
        UsageError: `url` is none of a queue, or does not say the Region.
    """

    def __init__(self, sessions: Sessions, url: str, *, region: str | None = None) -> None:
        if (match := _URL.fullmatch(url)) is None:
            raise UsageError(
                f"`{url}` is no URL of a queue, such as https://sqs.eu-west-1.amazonaws.com/111122223333/x"
            )
        if not (found := match["region"] or region):
            raise UsageError(f"`{url}` does not say in which Region the queue is: say it, too")
        self.url = url
        self.region = found
        self._sessions = sessions

    def receive(self, *, wait: int = _WAIT) -> list[Message]:
        """The next messages, or none after `wait` seconds.

        Raises:
            CollectionError: there is no such queue, or AWS does not let us read it.
        """
        answer = self._reader().call(
            "sqs:ReceiveMessage",
            QueueUrl=self.url,
            MaxNumberOfMessages=_MOST,
            WaitTimeSeconds=wait,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return [_message(each) for each in answer.get("Messages", [])]

    def delete(self, messages: Sequence[Message]) -> None:
        """Be done with up to ten messages. One that is not deleted comes again.

        Raises:
            CollectionError: AWS does not let us delete them.
        """
        if not messages:
            return
        entries = [{"Id": str(index), "ReceiptHandle": each.receipt} for index, each in enumerate(messages)]
        answer = self._reader().call("sqs:DeleteMessage", QueueUrl=self.url, Entries=entries)
        if failed := answer.get("Failed"):
            raise CollectionError("INTERNAL_ERROR", f"sqs:DeleteMessage: {failed[0].get('Code')} for {self.url}")

    def _reader(self) -> AwsReader:
        return self._sessions.own().reader(self.region)


def _message(answer: Mapping[str, Any]) -> Message:
    times = int(answer.get("Attributes", {}).get("ApproximateReceiveCount", 1))
    return Message(answer["MessageId"], answer["Body"], answer["ReceiptHandle"], times)
