"""Writes a fix to AWS, if that is allowed and nothing has changed since the analysis."""

from __future__ import annotations

from dataclasses import replace

from ringwall.collector.steps import find_listed
from ringwall.errors import CollectionError, ConflictError, DeniedError, NotFoundError, NotSupportedError
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import AwsReader, Configuration, Listed, Resource, ResourceType


def apply_fix(aws: AwsReader, resource: Resource, configuration: Configuration, *, is_allowed: bool) -> Resource:
    """Make `configuration` the resource's; gives the resource as it is then, read again.

    Args:
        aws: for the resource's account and Region; its `call` also makes calls that write.
        resource: as it was analysed.
        configuration: what it is to be.
        is_allowed: whether whoever runs this gave it the right to change AWS.

    Raises:
        DeniedError: it is not allowed.
        NotSupportedError: AWS has no call for what is to change.
        NotFoundError: the resource is gone.
        ConflictError: its configuration is not the one that was analysed.
        CollectionError: AWS refused a call; the text says how many had been made.
    """
    if not is_allowed:
        raise DeniedError("changing resources is not allowed here: nothing was written")
    kind = RESOURCE_TYPES[resource.type]
    if kind.remedy is None:
        raise NotSupportedError(f"there is no way to write a configuration of {kind.name}")
    listed = _found(aws, kind, resource)
    if kind.read_configuration(aws, listed) != resource.configuration:
        raise ConflictError(
            f"`{resource.arn}` has changed since it was analyzed: nothing was written; scan again",
            resource_id=resource.arn,
            resource_type=resource.type,
        )
    _write(aws, kind, resource, configuration)
    return replace(resource, configuration=kind.read_configuration(aws, _found(aws, kind, resource)))


def _found(aws: AwsReader, kind: ResourceType, resource: Resource) -> Listed:
    """The resource as the listing of its type names it: that is where reading starts."""
    if (found := find_listed(kind, aws, resource.arn)) is None:
        raise NotFoundError(f"there is no `{resource.arn}`", resource_id=resource.arn, resource_type=resource.type)
    return found


def _write(aws: AwsReader, kind: ResourceType, resource: Resource, configuration: Configuration) -> None:
    assert kind.remedy is not None, "the caller has looked"
    calls = kind.remedy.calls(aws, resource, configuration)
    for done, call in enumerate(calls):
        try:
            aws.call(call.operation, **call.parameters)
        except CollectionError as error:
            raise CollectionError(error.code, f"{error}; {done} of {len(calls)} changes had been made") from error
