"""From an event of CloudTrail, as EventBridge delivers it, to the resources that are to be looked at again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ringwall.arn import find_arn
from ringwall.collector.event_rows import ROWS, Row, is_versioned, partition_of
from ringwall.collector.steps import GLOBAL_REGION
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import Scope

DETAIL_TYPE = "AWS API Call via CloudTrail"
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d", re.ASCII)
_VERSION = re.compile(r"\d{8}(v\d+)?$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Touched:
    """What an event says may be shared in another way now."""

    account: str
    region: str | None = None
    """`global` for what lives in no Region; None for every Region."""
    type: str | None = None
    """None for everything, of every account: the organization's policies have changed."""
    arn: str | None = None
    """None for every resource of the type."""


@dataclass(frozen=True, slots=True)
class Understood:
    """A message that is done with once what it touched is put on the list of things to do."""

    name: str
    """Event source and event name."""
    touched: tuple[Touched, ...] = ()
    """Empty where nothing has changed: another kind of event, or a call that failed."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A message that is no event. It is left to the queue, which moves it to the dead letters in the end."""

    reason: str


def read_event(body: str) -> Understood | Malformed:
    """What the event in `body` touched."""
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError) as error:
        return Malformed(f"not JSON: {error}")
    detail = envelope.get("detail") if isinstance(envelope, dict) else None
    if not isinstance(detail, dict) or not isinstance(envelope.get("detail-type"), str):
        return Malformed("no event of EventBridge: it has no `detail-type` and `detail`")
    if envelope["detail-type"] != DETAIL_TYPE:
        return Understood(envelope["detail-type"])
    return _read_call(_Call(detail, envelope))


def _read_call(call: _Call) -> Understood | Malformed:
    if not call.source or not call.event:
        return Malformed("no event of CloudTrail: it has no `eventSource` and `eventName`")
    name = f"{call.source} {call.event}"
    row = ROWS.get(call.source, {}).get(call.event)
    if row is None or call.text("errorCode"):
        return Understood(name)
    if not _ACCOUNT.fullmatch(call.account):
        return Malformed(f"{name}: it does not say in which account it happened")
    if not _REGION.fullmatch(call.region):
        return Malformed(f"{name}: it does not say in which Region it happened")
    return Understood(name, tuple(_touched(call, row)))


@dataclass(frozen=True, slots=True)
class _Call:
    """The record of a call. Whatever it holds was written by somebody else: nothing is taken to be there."""

    detail: Mapping[str, Any]
    envelope: Mapping[str, Any] = field(default_factory=dict)

    def text(self, path: str) -> str:
        """The text at a path such as `requestParameters.bucketName`; empty where there is none."""
        value: Any = self.detail
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""

    @property
    def source(self) -> str:
        return self.text("eventSource")

    @property
    def event(self) -> str:
        """Without the version of the API that Lambda puts behind it: `AddPermission20150331v2`."""
        name = self.text("eventName")
        return _VERSION.sub("", name) if is_versioned(self.source) else name

    @property
    def region(self) -> str:
        return self.text("awsRegion") or str(self.envelope.get("region", ""))

    @property
    def account(self) -> str:
        """Whoever called, it is the owner's record of the call that counts, or what it says about the resource."""
        owners = [each["accountId"] for each in self.resources if _ACCOUNT.fullmatch(str(each.get("accountId")))]
        return owners[0] if owners else self.text("recipientAccountId") or str(self.envelope.get("account", ""))

    @property
    def resources(self) -> list[Mapping[str, Any]]:
        named = self.detail.get("resources")
        return [each for each in named if isinstance(each, dict)] if isinstance(named, list) else []

    def arn_among_resources(self, resource_type: str) -> str:
        named = (each.get("ARN") for each in self.resources if each.get("type") in {resource_type, None})
        return next((each for each in named if isinstance(each, str)), "")


def _touched(call: _Call, row: Row) -> list[Touched]:
    if not row.types:
        return [Touched(call.account)]
    places = [_place(call, row, each) for each in row.types]
    return list(dict.fromkeys(each for each in places if each is not None))


def _place(call: _Call, row: Row, resource_type: str) -> Touched | None:
    """The resource, if the record names it; or all of the type. None where it is of another type."""
    region = _region(call, row)
    place = GLOBAL_REGION if RESOURCE_TYPES[resource_type].scope is Scope.GLOBAL else ""
    arn = _arn(call, row, resource_type, region)
    if arn is None or (fields := find_arn(arn)) is None:
        return Touched(call.account, None if row.is_everywhere else place or region, resource_type)
    if not row.fits(resource_type, arn):
        return None
    account = fields.account if _ACCOUNT.fullmatch(fields.account) else call.account
    return Touched(account, place or fields.region or region, resource_type, arn)


def _region(call: _Call, row: Row) -> str:
    elsewhere = call.text(row.region) if row.region else ""
    return elsewhere if _REGION.fullmatch(elsewhere) else call.region


def _arn(call: _Call, row: Row, resource_type: str, region: str) -> str | None:
    values = [call.arn_among_resources(resource_type) if row.asks_resources else "", *map(call.text, row.places)]
    value = next(filter(None, values), "")
    if not value:
        return None
    parts = {"partition": partition_of(region), "region": region, "account": call.account, "name": value}
    parts |= {name: call.text(path) for name, path in row.more.items()}
    return row.arn_of(parts)
