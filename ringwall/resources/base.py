"""What a resource type has to know: how to read its configuration, and how that shares it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from ringwall.policy.ast import Policy

Configuration = Mapping[str, Any]
"""The value of one member of the API's `Configuration` union, such as `{"queuePolicy": "{…}"}`."""


class AwsReader(Protocol):
    """Reads from one account and one Region. boto3 implements it; tests replay recorded answers.

    `operation` is the IAM action that the call needs, such as `sqs:GetQueueAttributes`; `calls.api_call` says which
    call of which API that is. The parameters are the API's own. All three methods raise `CollectionError` for
    whatever AWS refuses, `pages` as soon as the page is asked for. Every operation that a type asks for is in its
    `ResourceType.calls`.
    """

    account: str
    region: str
    partition: str

    def pages(self, operation: str, key: str, **parameters: Any) -> Iterator[Any]:
        """The members of the list `key` over all pages of the answer."""

    def call(self, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """The answer to one call."""

    def find(self, operation: str, *absent: str, **parameters: Any) -> Mapping[str, Any] | None:
        """The answer to one call, or None where AWS answers with one of the error codes `absent`."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A resource that a listing named, with what the listing said about it already."""

    arn: str
    seen: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    """Where the listing gives them away: no call is made for tags."""


@dataclass(frozen=True, slots=True)
class ReadError:
    """Why a resource could not be read."""

    code: str
    """`ACCESS_DENIED` or `INTERNAL_ERROR`."""
    message: str


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource as a collection saw it, or as a preview proposes it."""

    arn: str
    type: str
    """Such as `AWS::SQS::Queue`."""
    owner_account: str
    region: str
    configuration: Configuration = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    error: ReadError | None = None


class SourceType(Enum):
    """How access is granted: the API's `FindingSourceType`, and two of ours for what the API does not name."""

    POLICY = "POLICY"
    BUCKET_ACL = "BUCKET_ACL"
    S3_ACCESS_POINT = "S3_ACCESS_POINT"
    S3_ACCESS_POINT_ACCOUNT = "S3_ACCESS_POINT_ACCOUNT"
    KMS_GRANT = "KMS_GRANT"
    SNAPSHOT_ATTRIBUTE = "SNAPSHOT_ATTRIBUTE"


@dataclass(frozen=True, slots=True)
class Source:
    """One way a resource is shared, as policy statements.

    A request is allowed through this source if `policy` allows it, every policy of `requires` allows it too, and
    no Deny of `denied_by` applies to it.
    """

    type: SourceType
    place: str
    """JSON pointer into the configuration: `/bucketPolicy`, `/grants/0`."""
    policy: Policy
    text: str | None = None
    """The document that the spans of `policy` refer to; None where the statements were translated."""
    detail: Mapping[str, str] = field(default_factory=dict)
    """`accessPointArn` or `accessPointAccount`, as in the API's `FindingSourceDetail`."""
    requires: tuple[Policy, ...] = ()
    denied_by: tuple[Policy, ...] = ()
    indices: tuple[int, ...] | None = None
    """Which statement of the document each statement of `policy` is, where `policy` holds only some of them."""

    def index_of(self, position: int) -> int:
        """The 0-based index in the document of the statement at `position` in `policy`."""
        return position if self.indices is None else self.indices[position]


@dataclass(frozen=True, slots=True)
class ActionGroup:
    """Actions that an outside caller can use on the same resources.

    `resources` are templates over the resource's ARN: `{arn}`, `{arn}/*`.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("{arn}",)


@dataclass(frozen=True, slots=True)
class Call:
    """One call that changes something."""

    operation: str
    """The IAM action that it needs, as `AwsReader` has it."""
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Remedy:
    """How a changed configuration of a type's resource is written to AWS."""

    calls: Callable[[AwsReader, Resource, Configuration], Sequence[Call]]
    """The calls that make the resource's configuration the new one; what they need to know is read first.

    Raises `CollectionError` where that cannot be read, `NotSupportedError` where AWS has no call for it.
    """
    writes: tuple[str, ...]
    """The IAM actions that the calls need. What has to be read first, the type reads anyway."""
    needs_policy: bool = False
    """Whether the resource cannot be without a policy, or is shared more widely without one."""
    only_statements: bool = False
    """Whether AWS lets whole statements be taken out of the policy, and nothing else be done to it."""


class Scope(Enum):
    """Whether a type's resources live in a Region, or once in an account."""

    REGIONAL = "regional"
    GLOBAL = "global"


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One resource type: everything that Ringwall knows about it.

    `list_resources` and `read_configuration` raise `CollectionError`; `sources` raises `PolicyError` or
    `ConfigurationError`. They are apart so that one unreadable resource never spoils the listing.
    """

    name: str
    """Such as `AWS::SQS::Queue`."""
    member: str
    """The member of the `Configuration` union, such as `sqsQueue`."""
    list_resources: Callable[[AwsReader], Iterator[Listed]]
    read_configuration: Callable[[AwsReader, Listed], Configuration]
    sources: Callable[[Resource], Sequence[Source]]
    action_groups: tuple[ActionGroup, ...]
    calls: tuple[str, ...]
    """The IAM actions that reading needs: what the functions here may ask an `AwsReader`."""
    scope: Scope = Scope.REGIONAL
    takes_anonymous: bool = False
    """Whether the service answers requests that nobody signed."""
    remedy: Remedy | None = None
    """How to write a changed configuration."""
    find_resource: Callable[[AwsReader, str], Listed | None] | None = None
    """The resource with an ARN, as `list_resources` would name it, for fewer calls; or None where it is gone.

    It may name a resource that is gone, where reading it then says so. None: looking through the listing will do.
    """
