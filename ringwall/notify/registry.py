"""The kinds of destinations: a row for each, with what it has to be told."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ringwall.errors import ValidationError
from ringwall.notify.eventbridge import open_eventbridge
from ringwall.notify.security_hub import open_security_hub
from ringwall.notify.slack import open_channel
from ringwall.notify.sns import open_topic
from ringwall.notify.transport import Surroundings, Transport
from ringwall.notify.webhook import open_webhook

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_URL = re.compile(r"https?://\S+")
_BUS = re.compile(r"[A-Za-z0-9_.\-]{1,256}|arn:aws[a-z-]*:events:[a-z0-9-]+:\d{12}:event-bus/[A-Za-z0-9_./\-]+")
_SOURCE = re.compile(r"(?!aws\.)[A-Za-z0-9_.\-]{1,256}")
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_\-]{1,256}(\.fifo)?")
_PRODUCT = re.compile(r"arn:aws[a-z-]*:securityhub:[a-z0-9-]+:(\d{12})?:product/[A-Za-z0-9_./\-]+")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of destination."""

    open: Callable[[Mapping[str, str], str, Surroundings], Transport]
    required: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    optional: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    has_secret: bool = False
    takes_previews: bool = True
    is_grouped: bool = False
    """Whether it is told of resources, each with all its findings, rather than of findings."""


KINDS: Mapping[str, Kind] = {
    "eventbridge": Kind(
        open_eventbridge,
        required={"region": _REGION},
        optional={"eventBusName": _BUS, "source": _SOURCE, "endpoint": _URL},
    ),
    "sns": Kind(open_topic, required={"topicArn": _TOPIC}, optional={"endpoint": _URL}),
    "securityhub": Kind(
        open_security_hub,
        required={"region": _REGION},
        optional={"productArn": _PRODUCT, "endpoint": _URL},
        takes_previews=False,
        is_grouped=True,
    ),
    "webhook": Kind(open_webhook, required={"url": _URL}, has_secret=True),
    "slack": Kind(open_channel, has_secret=True),
}


def kind_of(name: str) -> Kind:
    """The kind of this name.

    Raises:
        ValidationError: there is none.
    """
    if name not in KINDS:
        raise ValidationError(f"`{name}` is no kind of destination: {', '.join(KINDS)}", field="kind")
    return KINDS[name]


def parse_settings(kind: Kind, raw: Mapping[str, Any]) -> dict[str, str]:
    """The settings of a destination of that kind.

    Raises:
        ValidationError: one is missing, unknown, or not of its shape.
    """
    known = {**kind.required, **kind.optional}
    for name in kind.required:
        if name not in raw:
            raise ValidationError(f"this kind of destination needs the setting `{name}`", field=f"settings.{name}")
    for name, value in raw.items():
        if name not in known:
            message = f"`{name}` is no setting of this kind of destination: {', '.join(known) or 'it has none'}"
            raise ValidationError(message, field=f"settings.{name}")
        if not isinstance(value, str) or len(value) > 2048 or not known[name].fullmatch(value):
            raise ValidationError(f"this is not what `{name}` can be", field=f"settings.{name}")
    return dict(raw)
