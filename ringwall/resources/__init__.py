"""How each type of resource is shared, one file per type. To support another, add its file here."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from ringwall.resources.base import ResourceType

_NOT_TYPES = {
    "access_point_policy",
    "access_points",
    "base",
    "bucket_acl",
    "calls",
    "configuration",
    "remedies",
    "s3_actions",
    "s3_remedies",
    "snapshots",
    "translate",
}


def _resource_types() -> dict[str, ResourceType]:
    names = (module.name for module in iter_modules(__path__) if module.name not in _NOT_TYPES)
    types = [import_module(f"{__name__}.{name}").TYPE for name in names]
    return {each.name: each for each in sorted(types, key=lambda each: each.name)}


RESOURCE_TYPES = _resource_types()
"""Resource types by name, such as `AWS::SQS::Queue`."""
