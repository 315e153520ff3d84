"""Access points: doors to a bucket with policies of their own, in the account of the bucket or in another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ringwall.arn import account_of, find_arn
from ringwall.errors import CollectionError
from ringwall.policy.ast import Condition, Effect, Only, Policy, Principal, PrincipalType, Quantifier, Statement
from ringwall.resources.access_point_policy import for_bucket, limited
from ringwall.resources.base import AwsReader, Resource, Source, SourceType
from ringwall.resources.configuration import Document, Node
from ringwall.resources.translate import condition, deny, policy_of


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """An access point, as a configuration has it."""

    arn: str
    document: Document
    vpc: str | None = None
    """The VPC from which alone it can be reached; None for one that is reached from the internet."""
    restricts_public: bool = False
    """Its own RestrictPublicBuckets."""


@dataclass(frozen=True, slots=True)
class Door:
    """What access points of a service have in common: the condition keys that tell of them, and what they are for."""

    service: str
    """`s3` or `s3express`."""
    actions: tuple[str, ...]
    """What can be done through an access point."""

    @property
    def arn(self) -> str:
        return f"{self.service}:DataAccessPointArn"

    @property
    def account(self) -> str:
        return f"{self.service}:DataAccessPointAccount"

    @property
    def origin(self) -> str:
        return f"{self.service}:AccessPointNetworkOrigin"


# How access points are read.


def by_bucket(listed: Iterable[Mapping[str, Any]], account: str) -> dict[str, list[Mapping[str, Any]]]:
    """Listed access points by the name of their bucket, without those that lead to other accounts' buckets."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for each in listed:
        if each.get("BucketAccountId", account) == account:
            found.setdefault(each.get("Bucket", ""), []).append(each)
    return found


def network_origin(listed: Mapping[str, Any]) -> dict[str, Any]:
    """The network origin of a listed access point, in the shape of the configuration."""
    vpc = listed.get("VpcConfiguration", {}).get("VpcId")
    return {"vpcConfiguration": {"vpcId": vpc}} if vpc else {"internetConfiguration": {}}


def read_policy(aws: AwsReader, permission: str, listed: Mapping[str, Any]) -> str:
    """The policy of a listed access point; empty where it has none."""
    answer = aws.find(permission, "NoSuchAccessPointPolicy", AccountId=aws.account, Name=listed["Name"])
    return str(answer["Policy"]) if answer else ""


def raise_again(error: CollectionError | None) -> None:
    """An error of the listing that concerns every resource listed is the error of each of them."""
    if error is not None:
        raise CollectionError(error.code, str(error)) from error


# How a configuration has them.


def vpc_of(node: Node | None) -> str | None:
    """The VPC of a `networkOrigin`, if it has one: without any, an access point is reached from the internet."""
    if node is None:
        return None
    fields = node.fields("vpcConfiguration", "internetConfiguration")
    if len(fields) > 1:
        raise node.error("one of vpcConfiguration, internetConfiguration")
    if "vpcConfiguration" not in fields:
        return None
    if (vpc := fields["vpcConfiguration"].fields("vpcId").get("vpcId")) is None:
        raise fields["vpcConfiguration"].error("a vpcId")
    return vpc.text()


def checked_arn(node: Node, arn: str, door: Door) -> str:
    """The key of an entry of `accessPoints`."""
    found = find_arn(arn)
    if found is None or found.service != door.service or not found.resource.startswith("accesspoint/"):
        raise node.error(f"the ARN of an {door.service} access point as the key")
    return arn


# How they share the bucket.


def access_point_source(point: AccessPoint, resource: Resource, door: Door, bucket_policy: Policy) -> Source:
    """What the access point lets through: both its policy and the bucket's have to allow a request.

    Source: Amazon S3 User Guide, "Configuring IAM policies for using access points".
    """
    pins = [
        condition("StringEquals", door.arn, point.arn),
        condition("StringEquals", door.account, account_of(point.arn)),
        condition("StringEquals", door.origin, "VPC" if point.vpc else "Internet"),
    ]
    if point.vpc:
        pins.append(condition("StringEquals", "aws:SourceVpc", point.vpc))
    return Source(
        SourceType.S3_ACCESS_POINT,
        point.document.place,
        for_bucket(point.document.policy, access_point=point.arn, bucket=resource.arn, actions=door.actions, pins=pins),
        point.document.text,
        detail={"accessPointArn": point.arn},
        requires=(bucket_policy,),
    )


def own_access_points_denied(policy: Policy, owner: str, door: Door) -> tuple[Policy, ...]:
    """A policy that denies whatever comes through the owner's own access points.

    Of such requests the bucket policy is only one half; `access_point_source` decides them. Where the policy does not
    speak of access points there is nothing to deny: each such request has a twin that comes without one.
    """
    if not any(_speaks_of(statement, door) for statement in policy.statements):
        return ()
    return (
        policy_of(
            deny(condition("StringEquals", door.account, owner)),
            deny(condition("ArnLike", door.arn, f"arn:*:{door.service}:*:{owner}:*")),
        ),
    )


def _speaks_of(statement: Statement, door: Door) -> bool:
    """Whether a key is asked for by name, or by a policy variable, in a condition or a resource."""
    words = [word for each in statement.conditions for word in (each.key, *each.values)]
    if statement.resources:
        words += [pattern.text for pattern in statement.resources.members]
    return any(f"{door.service}:dataaccesspoint" in word.lower() for word in words)


@dataclass(frozen=True, slots=True)
class Part:
    """Some statements of a policy, each with its index."""

    statements: tuple[tuple[int, Statement], ...]

    def source(self, type_: SourceType, document: Document, **more: Any) -> Source:
        """These statements of the document's policy as a source; the policy itself where they are all of it."""
        statements = tuple(statement for _, statement in self.statements)
        if statements == document.policy.statements:
            return Source(type_, document.place, document.policy, document.text, **more)
        policy = replace(document.policy, statements=statements)
        indices = tuple(index for index, _ in self.statements)
        return Source(type_, document.place, policy, document.text, indices=indices, **more)


def by_delegate(policy: Policy, owner: str, door: Door) -> dict[str, Part]:
    """The statements of a bucket policy by the account to whose access points they are confined.

    Under the empty text: those that are not confined so, those confined to the owner's, and every Deny. A statement
    that names several accounts is divided between them, value by value.
    """
    parts: dict[str, list[tuple[int, Statement]]] = {}
    for index, statement in enumerate(policy.statements):
        for account, divided in _divided(statement, owner, door):
            parts.setdefault(account, []).append((index, divided))
    return {account: Part(tuple(statements)) for account, statements in parts.items()}


def delegated_sources(
    parts: Mapping[str, Part], document: Document, door: Door, *, to_account_only: bool
) -> Iterator[Source]:
    """What other accounts' access points let through; their policies cannot be seen, so they count as allowing all.

    `to_account_only`: RestrictPublicBuckets holds for the bucket, so that whatever such an access point's policy says,
    only principals of its own account come through.
    """
    for account, part in parts.items():
        if account:
            confined = [(index, limited(each, door.actions, [])) for index, each in part.statements]
            if to_account_only:
                confined = [(index, _of_account(each, account)) for index, each in confined]
            yield Part(tuple(confined)).source(
                SourceType.S3_ACCESS_POINT_ACCOUNT,
                document,
                detail={"accessPointAccount": account},
                denied_by=(document.policy,),
            )


def _of_account(statement: Statement, account: str) -> Statement:
    """The statement for the principals of the account alone."""
    match statement.principals:
        case Only(members) if any(each.type is PrincipalType.AWS and each.value == "*" for each in members):
            return replace(statement, principals=Only((Principal(PrincipalType.AWS, account),)))
        case _:
            limit = condition("StringEquals", "aws:PrincipalAccount", account)
            return replace(statement, conditions=(*statement.conditions, limit))


def _divided(statement: Statement, owner: str, door: Door) -> Iterator[tuple[str, Statement]]:
    accounts = {each: _delegates(each, owner, door) for each in statement.conditions}
    confining = next((each for each, named in accounts.items() if any(named)), None)
    if statement.effect is Effect.DENY or confining is None:
        yield "", statement
        return
    for account in dict.fromkeys(accounts[confining]):
        values = zip(accounts[confining], confining.values, strict=True)
        kept = replace(confining, values=tuple(value for named, value in values if named == account))
        yield account, _with_condition(statement, confining, kept)


def _with_condition(statement: Statement, old: Condition, new: Condition) -> Statement:
    return replace(statement, conditions=tuple(new if each is old else each for each in statement.conditions))


_POSITIVE = {"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"}


def _delegates(given: Condition, owner: str, door: Door) -> list[str]:
    """For each value of a condition: the other account that it confines requests to, or nothing."""
    key, operator = given.key.lower(), given.operator
    if operator.name not in _POSITIVE or operator.if_exists or operator.quantifier is Quantifier.FOR_ALL_VALUES:
        return ["" for _ in given.values]
    if key == door.account.lower():
        accounts = [*given.values]
    elif key == door.arn.lower():
        accounts = [account_of(value) for value in given.values]
    else:
        accounts = ["" for _ in given.values]
    return [account if account.isdecimal() and account != owner else "" for account in accounts]
