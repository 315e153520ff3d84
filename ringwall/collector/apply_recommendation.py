"""Carries out recommendations in IAM: only with the right to, only over what was analysed, and never beyond a failure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Event
from typing import Any, NamedTuple

from ringwall.arn import account_of
from ringwall.errors import CollectionError, ConflictError, DeniedError, UsageError
from ringwall.findings.recommendation_steps import CallStep, Recommendation, RecommendedAction, RecommendedStep
from ringwall.principals.principal import IdentityPolicy, PolicyKind
from ringwall.resources.base import AwsReader

_HOLDERS = ("User", "Role", "Group")

READS = tuple(
    sorted(
        {
            *(f"iam:Get{each}Policy" for each in _HOLDERS),
            *(f"iam:ListAttached{each}Policies" for each in _HOLDERS),
            "iam:GetGroup",
            "iam:GetLoginProfile",
            "iam:GetPolicy",
            "iam:GetPolicyVersion",
            "iam:GetRole",
            "iam:ListAccessKeys",
            "iam:ListGroupPolicies",
            "iam:ListGroupsForUser",
            "iam:ListInstanceProfilesForRole",
            "iam:ListRolePolicies",
        }
    )
)
"""What is asked before anything is written: whether all is as it was analysed."""

WRITES = tuple(
    sorted(
        {
            *(f"iam:{verb}{each}Policy" for verb in ("Attach", "Detach", "Put", "Delete") for each in _HOLDERS),
            "iam:AddRoleToInstanceProfile",
            "iam:AddUserToGroup",
            "iam:CreatePolicy",
            "iam:CreateRole",
            "iam:DeleteLoginProfile",
            "iam:DeletePolicy",
            "iam:DeleteRole",
            "iam:PassRole",
            "iam:RemoveRoleFromInstanceProfile",
            "iam:RemoveUserFromGroup",
            "iam:TagRole",
            "iam:UpdateAccessKey",
        }
    )
)
"""What steps and their undo need. To make a role again takes `TagRole`, to put it into a profile `PassRole`.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS IAM".
"""


@dataclass(frozen=True, slots=True)
class Applied:
    """What was written, and how to take it back."""

    done: tuple[CallStep, ...]
    undo: tuple[CallStep, ...]
    """Of what was done: the last call's first."""
    failed: CallStep | None = None
    """The one that AWS refused, or that was not made any more."""
    error: str | None = None
    """What AWS said, or that it was interrupted; nothing was done after that."""

    @property
    def is_complete(self) -> bool:
        return self.failed is None


class _Change(NamedTuple):
    call: CallStep
    undo: CallStep | None


def apply_recommendation(
    aws: AwsReader,
    recommendation: Recommendation,
    *,
    is_allowed: bool,
    chosen: Collection[int] | None = None,
    stop: Event | None = None,
) -> Applied:
    """Make the calls of the steps, in their order, up to the first that AWS refuses.

    Args:
        aws: for the principal's account; its `call` also makes calls that write.
        recommendation: as it was shown.
        is_allowed: whether whoever runs this gave it the right to change AWS.
        chosen: indices of the steps; None for all. What takes policies away comes with all that gives them.
        stop: set it to make no more calls.

    Raises:
        DeniedError: it is not allowed.
        UsageError: there are no such steps, they cannot be made without others, or AWS is another account.
        ConflictError: something is not as it was analysed: nothing was written.
        CollectionError: that could not be found out: nothing was written.
    """
    if not is_allowed:
        raise DeniedError("changing principals is not allowed here: nothing was written")
    if recommendation.error:
        raise UsageError(f"there is no recommendation: {recommendation.error[1]}")
    if aws.account != account_of(recommendation.resource):
        raise UsageError(f"`{recommendation.resource}` is not of account {aws.account}: nothing was written")
    steps = _chosen(recommendation, chosen)
    changes = [change for step in steps for change in _prepared(aws, recommendation.resource, step)]
    return _made(aws, changes, stop or Event())


def undo_calls(aws: AwsReader, calls: Collection[CallStep], *, is_allowed: bool) -> Applied:
    """Make the calls that undo what was applied, up to the first that AWS refuses; that has no undo of its own.

    Raises:
        DeniedError: it is not allowed.
    """
    if not is_allowed:
        raise DeniedError("changing principals is not allowed here: nothing was written")
    return _made(aws, [_Change(each, None) for each in calls], Event())


def _made(aws: AwsReader, changes: Collection[_Change], stop: Event) -> Applied:
    done: list[_Change] = []
    for change in changes:
        if stop.is_set():
            return replace(_applied(done), failed=change.call, error="interrupted: this call was not made")
        try:
            aws.call(change.call.operation, **change.call.parameters)
        except CollectionError as error:
            return replace(_applied(done), failed=change.call, error=str(error))
        done.append(change)
    return _applied(done)


def _applied(done: list[_Change]) -> Applied:
    return Applied(tuple(each.call for each in done), tuple(each.undo for each in reversed(done) if each.undo))


_TAKING = (RecommendedAction.DETACH_POLICY, RecommendedAction.REMOVE_FROM_GROUP)


def _chosen(recommendation: Recommendation, chosen: Collection[int] | None) -> list[RecommendedStep]:
    steps = recommendation.steps
    if chosen is None:
        return list(steps)
    if strange := sorted(each for each in chosen if each not in range(len(steps))):
        raise UsageError(f"there is no step {strange[0]}: there are {len(steps)}, counted from 0")
    missing = [
        index
        for index, each in enumerate(steps)
        if each.action is RecommendedAction.CREATE_POLICY and index not in chosen
    ]
    if missing and any(steps[index].action in _TAKING for index in chosen):
        raise UsageError(f"without step {missing[0]}, which gives a policy, no other is taken away")
    return [each for index, each in enumerate(steps) if index in chosen]


def _prepared(aws: AwsReader, resource: str, step: RecommendedStep) -> list[_Change]:
    """The calls of a step, once it is known that all is as it was analysed."""
    undo = (*reversed(step.undo), *[None] * (len(step.calls) - len(step.undo)))
    changes = [_Change(*each) for each in zip(step.calls, undo, strict=True)]
    for reason in (_difference_of_group(aws, step), *(_difference(aws, each, step) for each in changes)):
        if reason is not None:
            message = f"`{resource}` has changed since it was analyzed: {reason}: nothing was written; scan again"
            raise ConflictError(message, resource_id=resource, resource_type="AWS::IAM")
    if step.action is RecommendedAction.DELETE_ROLE:
        return _deletion(aws, changes)
    return changes


def _deletion(aws: AwsReader, changes: list[_Change]) -> list[_Change]:
    """Instance profiles let go of the role first; the undo knows what no listing says of a role."""
    delete = changes[-1]
    name = delete.call.parameters["RoleName"]
    role = aws.call("iam:GetRole", RoleName=name)["Role"]
    also = {key: role[key] for key in ("Description", "MaxSessionDuration") if role.get(key)}
    create = CallStep("iam:CreateRole", {**(delete.undo.parameters if delete.undo else {}), **also})
    profiles = [
        {"InstanceProfileName": each["InstanceProfileName"], "RoleName": name}
        for each in aws.pages("iam:ListInstanceProfilesForRole", "InstanceProfiles", RoleName=name)
    ]
    leaving = [
        _Change(CallStep("iam:RemoveRoleFromInstanceProfile", each), CallStep("iam:AddRoleToInstanceProfile", each))
        for each in profiles
    ]
    return [*leaving, *changes[:-1], _Change(delete.call, create)]


# Whether all is as it was analysed.


def _difference(aws: AwsReader, change: _Change, step: RecommendedStep) -> str | None:
    """What is not as it was; None where nothing is."""
    parameters = change.call.parameters
    kind = next((each for each in _HOLDERS if f"{each}Name" in parameters), "")
    holder = {f"{kind}Name": parameters.get(f"{kind}Name")}
    match change.call.operation.removeprefix("iam:"):
        case "DeleteRole":
            return _other_role(aws, parameters["RoleName"], change, step)
        case _ if kind and "PolicyName" in parameters:
            return _other_inline(aws, kind, holder, change)
        case operation if operation == f"Detach{kind}Policy":
            return _other_managed(aws, kind, holder, parameters["PolicyArn"], step)
        case operation:
            return _other_user(aws, operation, parameters)


def _other_user(aws: AwsReader, operation: str, parameters: Mapping[str, Any]) -> str | None:
    match operation:
        case "RemoveUserFromGroup":
            name = parameters["GroupName"]
            groups = aws.pages("iam:ListGroupsForUser", "Groups", UserName=parameters["UserName"])
            return None if any(each["GroupName"] == name for each in groups) else f"the user is not in the group {name}"
        case "UpdateAccessKey":
            key = parameters["AccessKeyId"]
            keys = aws.pages("iam:ListAccessKeys", "AccessKeyMetadata", UserName=parameters["UserName"])
            active = {each["AccessKeyId"] for each in keys if each["Status"] == "Active"}
            return None if key in active else f"there is no active key {key}"
        case "DeleteLoginProfile":
            profile = aws.find("iam:GetLoginProfile", "NoSuchEntity", **parameters)
            return None if profile else "there is no password"
        case _:
            return None


def _other_inline(aws: AwsReader, kind: str, holder: Mapping[str, Any], change: _Change) -> str | None:
    name = change.call.parameters["PolicyName"]
    found = aws.find(f"iam:Get{kind}Policy", "NoSuchEntity", **holder, PolicyName=name)
    old = change.undo.parameters["PolicyDocument"] if change.undo else ""
    if found is None:
        return f"there is no policy {name}"
    return None if _parsed(found["PolicyDocument"]) == _parsed(old) else f"the policy {name} is another"


def _other_managed(aws: AwsReader, kind: str, holder: Mapping[str, Any], arn: str, step: RecommendedStep) -> str | None:
    attached = aws.pages(f"iam:ListAttached{kind}Policies", "AttachedPolicies", **holder)
    if all(each["PolicyArn"] != arn for each in attached):
        return f"the policy {arn} is not attached"
    return _other_version(aws, arn, step.policy_updated_at)


def _other_version(aws: AwsReader, arn: str, updated_at: datetime | None) -> str | None:
    if updated_at is None:
        return None
    version = aws.call("iam:GetPolicy", PolicyArn=arn)["Policy"]["DefaultVersionId"]
    made = aws.call("iam:GetPolicyVersion", PolicyArn=arn, VersionId=version)["PolicyVersion"]["CreateDate"]
    return None if made == updated_at else f"the policy {arn} has another version"


def _difference_of_group(aws: AwsReader, step: RecommendedStep) -> str | None:
    """Of a group that is changed, whether others are in it by now; of one that is left, whether it grants the same."""
    if (group := step.group) is None:
        return None
    if step.action is not RecommendedAction.REMOVE_FROM_GROUP:
        members = sum(1 for _ in aws.pages("iam:GetGroup", "Users", GroupName=group.name))
        return None if members == 1 else f"{members} users are in the group {group.name}"
    expected = {each.id for each in group.policies}
    has = set(_policies(aws, "Group", group.name))
    if has != expected:
        return f"the policies of the group {group.name} are others: {', '.join(sorted(has)) or 'none'}"
    return next(filter(None, (_other_policy(aws, group.name, each) for each in group.policies)), None)


def _other_policy(aws: AwsReader, group: str, policy: IdentityPolicy) -> str | None:
    if policy.kind is not PolicyKind.INLINE:
        return _other_version(aws, policy.id, policy.updated_at)
    found = aws.call("iam:GetGroupPolicy", GroupName=group, PolicyName=policy.id)
    is_same = _parsed(found["PolicyDocument"]) == _parsed(policy.document)
    return None if is_same else f"the policy {policy.id} of the group {group} is another"


def _other_role(aws: AwsReader, name: str, change: _Change, step: RecommendedStep) -> str | None:
    role = aws.find("iam:GetRole", "NoSuchEntity", RoleName=name)
    if role is None:
        return f"there is no role {name}"
    old = change.undo.parameters["AssumeRolePolicyDocument"] if change.undo else ""
    if step.principal_id not in {None, role["Role"]["RoleId"]}:
        return "it is another role of the same name"
    used_at = role["Role"].get("RoleLastUsed", {}).get("LastUsedDate")
    if used_at is not None and (step.last_used_at is None or used_at > step.last_used_at):
        return f"the role was used at {used_at.isoformat()}"
    if _parsed(role["Role"]["AssumeRolePolicyDocument"]) != _parsed(old):
        return "the trust policy is another"
    expected = {call.parameters.get("PolicyName") or call.parameters.get("PolicyArn") for call in step.calls} - {None}
    has = set(_policies(aws, "Role", name))
    return None if has == expected else f"its policies are others: {', '.join(sorted(has)) or 'none'}"


def _policies(aws: AwsReader, kind: str, name: str) -> Iterator[str]:
    """The names of inline policies, and the ARNs of managed ones."""
    holder = {f"{kind}Name": name}
    yield from aws.pages(f"iam:List{kind}Policies", "PolicyNames", **holder)
    for each in aws.pages(f"iam:ListAttached{kind}Policies", "AttachedPolicies", **holder):
        yield each["PolicyArn"]


def _parsed(document: Any) -> Any:
    """A document as botocore gives it: parsed, where it could be."""
    return json.loads(document) if isinstance(document, str) and document else document
