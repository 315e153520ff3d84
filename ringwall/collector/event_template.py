"""What has to stand in AWS so that changes reach the service: a queue, and rules that fill it, as a template to deploy.

Two parts. `queue` is deployed once: the queue, with the rules of its own account and Region, and an event bus for what
comes from elsewhere. `forwarding` is deployed in every other Region and account: the same rules, to that bus.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Literal

from ringwall.collector import event_cloudformation, event_terraform
from ringwall.collector.event_patterns import Json
from ringwall.errors import UsageError

Format = Literal["cloudformation", "terraform"]
Part = Literal["queue", "forwarding"]
DEFAULT_QUEUE_NAME = "ringwall-events"
# 80 characters are SQS's limit and 64 a rule's; the dead letters and the rules put something behind the name.
_QUEUE_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_OF_QUEUE: dict[Format, Callable[[str], Json]] = {
    "cloudformation": event_cloudformation.queue_template,
    "terraform": event_terraform.queue_template,
}
_OF_FORWARDING: dict[Format, Callable[[], Json]] = {
    "cloudformation": event_cloudformation.forwarding_template,
    "terraform": event_terraform.forwarding_template,
}


def events_template(form: Format, part: Part = "queue", *, queue_name: str = DEFAULT_QUEUE_NAME) -> str:
    """The template. Both formats are JSON: CloudFormation takes that as well as YAML, Terraform as `events.tf.json`.

    Raises:
        UsageError: no queue can have that name.
    """
    if not _QUEUE_NAME.fullmatch(queue_name):
        message = f"`{queue_name}` is no name for the queue: it has up to 40 letters, digits, hyphens and underscores"
        raise UsageError(message)
    template = _OF_QUEUE[form](queue_name) if part == "queue" else _OF_FORWARDING[form]()
    return json.dumps(template, indent=2) + "\n"
