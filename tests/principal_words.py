"""Users, roles, groups and their policies: the words that all tests of unused access make theirs of."""

import json

from ringwall.principals.principal import Group, IdentityPolicy, PolicyKind, Principal, PrincipalKind

_KINDS = {PrincipalKind.USER: ("user", "AIDAEXAMPLE0000000000"), PrincipalKind.ROLE: ("role", "AROAEXAMPLE0000000000")}


def allow(actions, resources="*", **others):
    """A statement that allows; others are its elements by name: `Condition`, `NotResource`; `but` turns the actions round."""
    return _statement("Allow", actions, resources, others)


def deny(actions, resources="*", **others):
    """A statement that denies."""
    return _statement("Deny", actions, resources, others)


def _statement(effect, actions, resources, others):
    element = "NotAction" if others.pop("but", False) else "Action"
    where = {} if "NotResource" in others else {"Resource": resources}
    return {"Effect": effect, element: actions, **where, **others}


def document(*statements, version="2012-10-17"):
    """The text of a policy of these statements."""
    return json.dumps({"Version": version, "Statement": list(statements)})


def inline(name, *statements):
    """An inline policy of these statements."""
    return IdentityPolicy(name, PolicyKind.INLINE, document(*statements))


def group(account, name, *policies, members=2):
    """A group with these policies."""
    return Group(name, f"arn:aws:iam::{account}:group/{name}", policies, members)


def role(account, name, *policies, **fields):
    """A role with these policies; `created_at` has to be given."""
    return _principal(PrincipalKind.ROLE, account, name, policies, **fields)


def user(account, name, *policies, **fields):
    """A user with these policies; `created_at` has to be given."""
    return _principal(PrincipalKind.USER, account, name, policies, **fields)


def _principal(kind, account, name, policies, *, path="/", **fields):
    what, id_ = _KINDS[kind]
    arn = f"arn:aws:iam::{account}:{what}{path}{name}"
    return Principal(arn, kind, account, **{"id": id_, "path": path, "policies": policies, **fields})
