"""The calls of IAM that recommendations are made of, each with the one that undoes it.

Source: IAM API Reference; the parameters are those of boto3.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ringwall.findings.recommendation_steps import CallStep


@dataclass(frozen=True, slots=True)
class Change:
    """A call, and its undo."""

    call: CallStep
    undo: CallStep | None


def calls_of(changes: Iterable[Change]) -> dict[str, Any]:
    """The members `calls` and `undo` of a step."""
    made = tuple(changes)
    undone = tuple(each.undo for each in reversed(made) if each.undo)
    return {"calls": tuple(each.call for each in made), "undo": undone}


def _call(operation: str, **parameters: Any) -> CallStep:
    return CallStep(f"iam:{operation}", parameters)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom policies hang on."""

    kind: str
    """`User`, `Role` or `Group`."""
    name: str

    @property
    def _named(self) -> dict[str, str]:
        return {f"{self.kind}Name": self.name}

    def attach(self, arn: str) -> Change:
        """Attaches a managed policy."""
        return Change(self._attach(arn), self._detach(arn))

    def detach(self, arn: str) -> Change:
        """Detaches a managed policy."""
        return Change(self._detach(arn), self._attach(arn))

    def put(self, name: str, old: str, new: str) -> Change:
        """Replaces an inline policy."""
        return Change(self._put(name, new), self._put(name, old))

    def delete(self, name: str, old: str) -> Change:
        """Deletes an inline policy."""
        return Change(_call(f"Delete{self.kind}Policy", **self._named, PolicyName=name), self._put(name, old))

    def _attach(self, arn: str) -> CallStep:
        return _call(f"Attach{self.kind}Policy", **self._named, PolicyArn=arn)

    def _detach(self, arn: str) -> CallStep:
        return _call(f"Detach{self.kind}Policy", **self._named, PolicyArn=arn)

    def _put(self, name: str, document: str) -> CallStep:
        return _call(f"Put{self.kind}Policy", **self._named, PolicyName=name, PolicyDocument=document)


def create_policy(arn: str, document: str, description: str) -> Change:
    """Creates a managed policy; its ARN is known before: account, path and name make it."""
    name = arn.rsplit("/", 1)[-1]
    create = _call("CreatePolicy", PolicyName=name, PolicyDocument=document, Description=description)
    return Change(create, _call("DeletePolicy", PolicyArn=arn))


def leave_group(user: str, group: str) -> Change:
    """Takes a user out of a group."""
    both = {"GroupName": group, "UserName": user}
    return Change(_call("RemoveUserFromGroup", **both), _call("AddUserToGroup", **both))


def deactivate_key(user: str, key: str) -> Change:
    """Makes an access key inactive."""
    both = {"UserName": user, "AccessKeyId": key}
    return Change(
        _call("UpdateAccessKey", **both, Status="Inactive"), _call("UpdateAccessKey", **both, Status="Active")
    )


def delete_password(user: str) -> Change:
    """Deletes a password, which nobody can restore."""
    return Change(_call("DeleteLoginProfile", UserName=user), None)


def delete_role(name: str, as_it_was: dict[str, Any]) -> Change:
    """Deletes a role, from which all policies are gone already.

    Args:
        name: of the role.
        as_it_was: parameters of `CreateRole` beside the name.
    """
    return Change(_call("DeleteRole", RoleName=name), _call("CreateRole", RoleName=name, **as_it_was))
