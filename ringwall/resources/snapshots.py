"""What the snapshots have in common: they are shared with accounts one by one, or with everybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ringwall.resources.base import AwsReader, Call, Configuration, Remedy, Resource, Source, SourceType
from ringwall.resources.configuration import Node
from ringwall.resources.translate import account_principal, allow, policy_of

EVERYBODY = "all"


def shares(
    accounts: Iterable[Node], resource: Resource, actions: Sequence[str], *, is_public: bool
) -> Iterator[Source]:
    """One source per account; `all` among them stands for everybody, and counts only where `is_public`.

    Raises:
        ConfigurationError: an account is neither `all` nor a number.
    """
    for node in accounts:
        account = node.text()
        if account == EVERYBODY and not is_public:
            continue
        if account != EVERYBODY and not account.isdecimal():
            raise node.error(f"an account number or `{EVERYBODY}`")
        principal = account_principal("*" if account == EVERYBODY else account)
        statement = allow(principal, actions, resources=(resource.arn,))
        yield Source(SourceType.SNAPSHOT_ATTRIBUTE, node.place, policy_of(statement))


def is_encrypted(key: Node | None) -> bool:
    """Whether a snapshot's `kmsKeyId` names a key: absent and empty mean that it is not encrypted."""
    return key is not None and key.text() != ""


def rds_sources(resource: Resource, actions: Sequence[str]) -> Sequence[Source]:
    """How a manual RDS snapshot is shared: through the accounts of its attribute `restore`, its only one."""
    fields = Node(resource.configuration).fields("attributes", "kmsKeyId")
    restore = fields["attributes"].fields("restore").get("restore") if "attributes" in fields else None
    ids = restore.fields("accountIds").get("accountIds") if restore else None
    is_public = not is_encrypted(fields.get("kmsKeyId"))
    return list(shares(ids.members(), resource, actions, is_public=is_public)) if ids else []


def rds_configuration(attributes: Sequence[Mapping[str, Any]], key: str) -> dict[str, Any]:
    """The configuration of an RDS snapshot, from the attributes that AWS lists and the key that encrypts it."""
    restore = [each.get("AttributeValues", []) for each in attributes if each["AttributeName"] == "restore"]
    return {"attributes": {"restore": {"accountIds": [*restore[0]] if restore else []}}, "kmsKeyId": key}


def moved(old: Sequence[str] | None, new: Sequence[str] | None) -> tuple[list[str], list[str]]:
    """What comes to a list, and what goes from it."""
    before, after = old or [], new or []
    return [each for each in after if each not in before], [each for each in before if each not in after]


def rds_remedy(operation: str, parameter: str) -> Remedy:
    """How a manual RDS snapshot is shared with others: by what comes to its attribute `restore`, and goes from it."""

    def calls(_: AwsReader, snapshot: Resource, new: Configuration) -> Sequence[Call]:
        come, gone = moved(*(_account_ids(each) for each in (snapshot.configuration, new)))
        values = {name: some for name, some in (("ValuesToAdd", come), ("ValuesToRemove", gone)) if some}
        identifier = {parameter: snapshot.arn, "AttributeName": "restore"}
        return [Call(operation, {**identifier, **values})]

    return Remedy(calls, (operation,))


def _account_ids(configuration: Configuration) -> list[str]:
    restore = (configuration.get("attributes") or {}).get("restore") or {}
    return list(restore.get("accountIds") or [])
