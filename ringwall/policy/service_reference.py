"""Actions, resource types, condition keys and access levels of every service.

The data are packaged (`data/service_reference.jsonl.gz`, see `docs/service-reference.md`): one line of JSON for where
they come from, one for the condition keys, one for each service. The file is read when first needed, and a line is
decoded when its service is first asked about. Names are compared without regard to case, as AWS does.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from ringwall.policy.keys import GLOBAL_PREFIX, KeyFacts, KeyType, find_claim, find_global_key
from ringwall.policy.wildcard import is_literal, matches

__all__ = [
    "LEVELS",
    "KeyType",
    "Provenance",
    "ResourceType",
    "access_level",
    "canonical_action",
    "condition_keys_of",
    "expand_action",
    "is_known_key",
    "is_multivalued",
    "key_type",
    "known_actions",
    "provenance",
    "resource_types_of",
    "services",
]

LEVELS = ("List", "Read", "Write", "Permissions", "Tagging")
"""The access levels, in the words and the order of the console."""

DISPUTED_LEVELS = {
    # Sources differ between Write and Permissions; each of these can open the resource to other accounts: through
    # the policy that it is created with, or through the list of accounts that may restore it.
    "rds:ModifyDBClusterSnapshotAttribute": "Permissions",
    "rds:ModifyDBSnapshotAttribute": "Permissions",
    "sns:CreateTopic": "Permissions",
    "sqs:CreateQueue": "Permissions",
    # Sources differ between Write and Tagging.
    "sts:TagSession": "Tagging",
    # The family that assumes a role, said here because nearly every trust policy depends on it.
    "sts:AssumeRole": "Write",
    "sts:AssumeRoleWithSAML": "Write",
    "sts:AssumeRoleWithWebIdentity": "Write",
    "sts:SetContext": "Write",
    "sts:SetSourceIdentity": "Write",
}
"""Access levels that count whatever the packaged data say."""

LEGACY_ACTIONS = {
    "sns": {"Receive": ["Read", ["topic"], []]},
    "sqs": {
        "ChangeMessageVisibilityBatch": ["Write", ["queue"], []],
        "DeleteMessageBatch": ["Write", ["queue"], []],
        "SendMessageBatch": ["Write", ["queue"], []],
    },
}
"""Names that AWS still accepts in policies and no longer lists, in the shape of the packaged data."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the packaged data come from, and how much there is."""

    source: str
    version: str
    date: str
    """Day of the source's last update, ISO 8601."""
    licence: str
    counts: Mapping[str, int]
    """`services`, `actions`, `resource_types`, `condition_keys`, without the overrides of this module."""


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind of resource that an action is checked against."""

    name: str
    """The service reference's own, such as `accesspointobject`."""
    arn: str
    """The format of its ARNs, such as `arn:${Partition}:s3:::${BucketName}/${ObjectName}`."""


@dataclass(frozen=True, slots=True)
class _Action:
    name: str
    level: str
    resource_types: tuple[ResourceType, ...]
    condition_keys: tuple[str, ...]


def provenance() -> Provenance:
    """Where the packaged data come from."""
    header = _header()
    return Provenance(*(header[field] for field in ("source", "version", "date", "licence", "counts")))


def services() -> tuple[str, ...]:
    """The prefixes of all services, such as `s3`, sorted."""
    return tuple(_header()["services"])


def known_actions(service: str) -> tuple[str, ...]:
    """All actions of a service, such as `s3:GetObject`, sorted; none for a service that we do not know."""
    return tuple(action.name for action in _actions(service.lower()).values())


def canonical_action(action: str) -> str | None:
    """The name as AWS spells it, for a name in any case; None for an action that we do not know."""
    found = _find_action(action)
    return found.name if found else None


def access_level(action: str) -> str | None:
    """One of `LEVELS`; None for an action that we do not know."""
    found = _find_action(action)
    return found.level if found else None


def resource_types_of(action: str) -> tuple[ResourceType, ...]:
    """What an action is checked against, sorted by name; nothing where it takes no resource or is unknown."""
    found = _find_action(action)
    return found.resource_types if found else ()


def condition_keys_of(action: str) -> tuple[str, ...]:
    """The keys that AWS lists for an action or for a resource type of it, beside the global ones that always work."""
    found = _find_action(action)
    return found.condition_keys if found else ()


@lru_cache(maxsize=4096)
def expand_action(pattern: str) -> tuple[str, ...]:
    """The actions that a pattern such as `s3:Get*` covers, as AWS spells them, sorted by service and name."""
    service, colon, _ = pattern.lower().partition(":")
    covered = (service,) if colon and is_literal(service) else services()
    return tuple(
        action.name
        for each in covered
        for name, action in _actions(each).items()
        if matches(pattern, name, ignore_case=True)
    )


def is_multivalued(key: str) -> bool:
    """Whether a condition key can hold several values; False for a key that we do not know."""
    facts = _find_key(key)
    return facts is not None and facts.multivalued


def key_type(key: str) -> KeyType:
    """The type of a condition key's values; TEXT for a key that we do not know."""
    facts = _find_key(key)
    return facts.type if facts else KeyType.TEXT


def is_known_key(key: str) -> bool:
    """Whether AWS documents the key, or the family that it belongs to, such as `kms:EncryptionContext:…`."""
    return _find_key(key) is not None


@lru_cache(maxsize=4096)
def _find_key(key: str) -> KeyFacts | None:
    name = key.lower()
    if name.startswith(GLOBAL_PREFIX):
        return find_global_key(name)
    return find_claim(name) or _exact_keys().get(name) or _family(name)


def _family(name: str) -> KeyFacts | None:
    families = (written for start, written in _key_families() if name.startswith(start))
    found = next((written for written in families if _family_expression(written).fullmatch(name)), None)
    return None if found is None else _facts(*_keys()[found])


@cache
def _exact_keys() -> Mapping[str, KeyFacts]:
    return {name.lower(): _facts(*facts) for name, facts in _keys().items()}


_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|<[^>]*>")


@cache
def _key_families() -> tuple[tuple[str, str], ...]:
    """Keys with a placeholder in the name, such as `ec2:ResourceTag/${TagKey}`, after what comes before it in lower
    case; the most particular one first.
    """
    names = sorted((name for name in _keys() if _PLACEHOLDER.search(name)), key=len, reverse=True)
    return tuple((_PLACEHOLDER.split(name)[0].lower(), name) for name in names)


@cache
def _family_expression(name: str) -> re.Pattern[str]:
    return re.compile(".+".join(re.escape(part) for part in _PLACEHOLDER.split(name.lower())), re.DOTALL)


def _facts(kind: str, many: bool) -> KeyFacts:
    return KeyFacts(KeyType(kind), multivalued=many)


def _find_action(action: str) -> _Action | None:
    name = action.lower()
    return _actions(name.partition(":")[0]).get(name)


@cache
def _actions(service: str) -> Mapping[str, _Action]:
    """Actions of a service by lower-case name, in the order of their names."""
    if service not in services():
        return {}
    line = _service(service)
    described = {**line["actions"], **LEGACY_ACTIONS.get(service, {})}
    types = {name: ResourceType(name, arn) for name, arn in line["resources"].items()}
    actions = (_action(f"{service}:{name}", *described[name], types=types) for name in sorted(described))
    return {action.name.lower(): action for action in actions}


def _action(
    name: str, level: str, resources: Iterable[str], keys: Iterable[str], *, types: Mapping[str, ResourceType]
) -> _Action:
    level = DISPUTED_LEVELS.get(name, level)
    return _Action(name, level, tuple(types[each] for each in resources), tuple(keys))


@cache
def _lines() -> tuple[str, ...]:
    packed = files("ringwall.policy").joinpath("data", "service_reference.jsonl.gz").read_bytes()
    return tuple(gzip.decompress(packed).decode("ascii").splitlines())


@cache
def _header() -> Mapping[str, Any]:
    header: Mapping[str, Any] = json.loads(_lines()[0])
    return header


@cache
def _keys() -> Mapping[str, tuple[str, bool]]:
    """Type and multiplicity by the name that AWS writes."""
    keys: Mapping[str, tuple[str, bool]] = json.loads(_lines()[1])
    return keys


@cache
def _service(service: str) -> Mapping[str, Any]:
    line: Mapping[str, Any] = json.loads(_lines()[2 + services().index(service)])
    return line
