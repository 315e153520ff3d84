"""The tables on the page of a principal: services, actions, policies, keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ringwall.console.laid_out import laid_out
from ringwall.console.principal_use import SOURCES, ServiceUse
from ringwall.console.principals import share_cell
from ringwall.console.table import Cell, Column, time_cell, time_column
from ringwall.console.visit import Visit
from ringwall.principals.principal import AccessKey, Group, IdentityPolicy, PolicyKind, Principal
from ringwall.principals.usage import Use
from ringwall.reports.wording import counted

_KINDS = {
    PolicyKind.INLINE: "Inline",
    PolicyKind.AWS_MANAGED: "AWS managed",
    PolicyKind.CUSTOMER_MANAGED: "Customer managed",
}
_STATES = {"used": ("Used", "ok"), "unused": ("Not used", "mild"), "unknown": ("Not known", "calm")}


@dataclass(frozen=True, slots=True)
class ActionRow:
    """An action that is granted."""

    name: str
    state: str
    """`used`, `unused` or `unknown`."""
    use: Use | None


def _number(number: int) -> Cell:
    return Cell(f"{number:,}", is_number=True)


def _when(use: Use | None) -> Cell:
    return Cell("No use known") if use is None else time_cell(use.at)


def _where(use: Use | None) -> Cell:
    return Cell("—") if use is None else Cell(use.region or "not told", note=f"by {SOURCES[use.source]}")


def _iso(use: Use | None) -> str | None:
    return use.at.isoformat() if use else None


def _latest(each: ServiceUse) -> Use | None:
    """Of the service and its actions: trails know of some that IAM does not."""
    uses = [use for use in (each.summary.last_use, *each.summary.used.values()) if use is not None]
    return max(uses, key=lambda use: use.at, default=None)


def service_columns(visit: Visit, arn: str) -> Sequence[Column[ServiceUse]]:
    """What is said of each service."""
    return (
        Column(
            "serviceNamespace",
            "Service",
            lambda each: Cell(
                each.summary.namespace,
                link=visit.link("/principals/detail", arn=arn, service=each.summary.namespace) + "#access",
                is_code=True,
            ),
        ),
        Column("grantedActions", "Granted", lambda each: _number(each.share.granted), lambda each: each.share.granted),
        Column("usedActions", "Used", lambda each: _number(each.share.used), lambda each: each.share.used),
        Column("unusedActions", "Not used", lambda each: _number(each.share.unused), lambda each: each.share.unused),
        Column(
            "unknownActions", "Not known", lambda each: _number(each.share.unknown), lambda each: each.share.unknown
        ),
        Column(
            "share", "Share", lambda each: share_cell(each.share), lambda each: each.share.percent(each.share.unused)
        ),
        Column("lastAccessed", "Last used", lambda each: _when(_latest(each)), lambda each: _iso(_latest(each))),
        Column(
            "lastAccessedRegion",
            "Where",
            lambda each: _where(_latest(each)),
            lambda each: use.region if (use := _latest(each)) else None,
        ),
    )


ACTION_COLUMNS: Sequence[Column[ActionRow]] = (
    Column("action", "Action", lambda each: Cell(each.name, is_code=True)),
    Column(
        "state",
        "State",
        lambda each: Cell(_STATES[each.state][0], chip=_STATES[each.state][1]),
        lambda each: each.state,
    ),
    Column("lastAccessed", "Last used", lambda each: _when(each.use), lambda each: _iso(each.use)),
    Column(
        "lastAccessedRegion",
        "Where",
        lambda each: _where(each.use),
        lambda each: each.use.region if each.use else None,
    ),
)


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A policy, and how the principal comes by it."""

    name: str
    id: str
    kind: str
    through: str
    notes: tuple[str, ...]
    document: str


def policy_rows(principal: Principal) -> Iterator[PolicyRow]:
    """Every policy that grants something, and the boundary of it all."""
    for policy, group in principal.granting:
        yield _policy_row(policy, _through(group))
    if principal.boundary is not None:
        yield _policy_row(principal.boundary, "Permissions boundary: what it allows is the most that is granted")


def _through(group: Group | None) -> str:
    if group is None:
        return "Attached directly"
    return f"Through the group {group.name}, of {counted(group.members, 'member')}"


def _policy_row(policy: IdentityPolicy, through: str) -> PolicyRow:
    notes = []
    if policy.kind is not PolicyKind.INLINE and policy.attachments > 1:
        notes.append(f"attached {policy.attachments:,} times")
    if policy.updated_at is not None:
        notes.append(f"changed on {policy.updated_at:%Y-%m-%d}")
    return PolicyRow(policy.name, policy.id, _KINDS[policy.kind], through, tuple(notes), laid_out(policy.document))


def key_columns() -> Sequence[Column[AccessKey]]:
    """Of a user's access keys."""
    return (
        Column("accessKeyId", "Access key", lambda each: Cell(each.id, is_code=True)),
        Column(
            "status",
            "Status",
            lambda each: Cell("Active", chip="ok") if each.is_active else Cell("Inactive", chip="calm"),
        ),
        time_column("createdAt", "Created", lambda each: each.created_at),
        Column("lastUsed", "Last used", _key_use),
        Column("where", "Where", _key_place),
    )


def _key_use(each: AccessKey) -> Cell:
    if each.last_use is None:
        return Cell("Could not be read")
    return time_cell(each.last_use.at) if each.last_use.at else Cell("No use known")


def _key_place(each: AccessKey) -> Cell:
    use = each.last_use
    return Cell(", ".join(filter(None, (use.service, use.region))) if use else "")
