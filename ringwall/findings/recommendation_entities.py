"""What to do about a role, an access key or a password that nobody used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ringwall.errors import PolicyError
from ringwall.findings.recommendation_calls import (
    Change,
    Holder,
    calls_of,
    deactivate_key,
    delete_password,
    delete_role,
)
from ringwall.findings.recommendation_steps import Recommendation, RecommendedAction, RecommendedStep, refused
from ringwall.findings.unused_case import latest, uses_of
from ringwall.findings.unused_finding import UnusedFinding
from ringwall.policy.ast import AllBut, Effect, PrincipalType, Statement
from ringwall.policy.ast import Principal as Named
from ringwall.policy.parse import parse_policy
from ringwall.principals.principal import LastUse, PolicyKind, Principal
from ringwall.principals.principal_access import PrincipalAccess


def recommend_role(access: PrincipalAccess, finding: UnusedFinding) -> Recommendation:
    """Delete the role; its policies go first, as AWS asks for."""
    role = access.principal
    if role.trust_policy is None:
        return _refused(role, "the trust policy of the role could not be read: deleting it could not be undone")
    seen = latest(use.at for use in uses_of(access.usage))
    last_use = LastUse(latest((role.last_use.at, seen))) if role.last_use else None
    if (reason := _used_since(last_use, finding.last_accessed, "the role")) is not None:
        return _refused(role, reason)
    step = RecommendedStep(
        RecommendedAction.DELETE_ROLE,
        principal_id=role.id,
        last_used_at=last_use.at if last_use else None,
        explanation=f"Nobody used the role {role.name}: delete it, after its policies and its instance profiles.",
        warning=(
            f"{_who_may_assume(role.trust_policy)} After an undo the role has another unique id: policies that name it as"
            " a principal have to be saved again."
        ),
        **calls_of(_deletion(role)),
    )
    return _recommended(role, step)


def _deletion(role: Principal) -> Iterator[Change]:
    holder = Holder("Role", role.name)
    for policy in role.policies:
        if policy.kind is PolicyKind.INLINE:
            yield holder.delete(policy.name, policy.document)
        else:
            yield holder.detach(policy.id)
    yield delete_role(role.name, dict(_as_it_was(role)))


def _as_it_was(role: Principal) -> Iterator[tuple[str, Any]]:
    yield "Path", role.path
    yield "AssumeRolePolicyDocument", role.trust_policy
    if role.boundary:
        yield "PermissionsBoundary", role.boundary.id
    if role.tags:
        yield "Tags", [{"Key": key, "Value": value} for key, value in sorted(role.tags.items())]


def recommend_key(user: Principal, finding: UnusedFinding) -> Recommendation:
    """Make the key inactive: that can be undone, deleting it cannot."""
    if user.keys is None:
        return _refused(user, "the access keys of the user could not be read")
    key = next((each for each in user.keys if each.id == finding.access_key_id), None)
    if key is None:
        return _refused(user, f"the user no longer has the access key {finding.access_key_id}")
    if not key.is_active:
        return _refused(user, f"the access key {key.id} is inactive already: it can be deleted")
    if (reason := _used_since(key.last_use, finding.last_accessed, f"the access key {key.id}")) is not None:
        return _refused(user, reason)
    step = RecommendedStep(
        RecommendedAction.DEACTIVATE_KEY,
        explanation=f"Nobody used the access key {key.id}: make it inactive, and delete it once nobody misses it.",
        **calls_of([deactivate_key(user.name, key.id)]),
    )
    return _recommended(user, step)


def recommend_password(user: Principal, finding: UnusedFinding) -> Recommendation:
    """Delete the login profile: the user keeps everything else."""
    if user.password is None:
        return _refused(user, "the user no longer has a password")
    if (reason := _used_since(user.password.last_use, finding.last_accessed, "the password")) is not None:
        return _refused(user, reason)
    step = RecommendedStep(
        RecommendedAction.DELETE_PASSWORD,
        explanation=f"Nobody signed in to the console as {user.name}: delete the password; access keys stay.",
        warning="Nobody can restore a password: whoever needs the console again gets a new one.",
        **calls_of([delete_password(user.name)]),
    )
    return _recommended(user, step)


def _used_since(last: LastUse | None, known: datetime | None, what: str) -> str | None:
    """Why the finding no longer holds, if it does not."""
    if last is None:
        return f"it could not be read when {what} was last used"
    if last.at and (known is None or last.at > known):
        return f"{what} was used at {last.at.isoformat()}, after what the finding knows of"
    return None


def _recommended(principal: Principal, step: RecommendedStep) -> Recommendation:
    """AWS's service recommends something for permissions alone."""
    return Recommendation(principal.arn, (step,), is_of_aws=False)


def _refused(principal: Principal, reason: str) -> Recommendation:
    return refused(principal.arn, reason, is_of_aws=False)


def _who_may_assume(trust_policy: str) -> str:
    """A sentence about the Allow statements of a trust policy."""
    try:
        policy = parse_policy(trust_policy)
    except PolicyError as error:
        return f"Who may assume the role could not be read: {error}."
    who = list(dict.fromkeys(_who(each) for each in policy.statements if each.effect is Effect.ALLOW))
    return f"The role may be assumed by {'; '.join(who)}." if who else "Nobody may assume the role."


def _who(statement: Statement) -> str:
    scope = statement.principals
    if scope is None:
        return "nobody that it names"
    names = ", ".join(_in_words(each) for each in scope.members)
    who = f"everybody but {names}" if isinstance(scope, AllBut) else names
    keys = sorted({each.key for each in statement.conditions})
    return f"{who} (under conditions on {', '.join(keys)})" if keys else who


def _in_words(principal: Named) -> str:
    account = principal.value.removesuffix(":root").rsplit(":", 1)[-1]
    match principal.type:
        case PrincipalType.AWS if principal.value == "*":
            return "anybody"
        case PrincipalType.AWS if account.isdigit():
            return f"whoever account {account} lets"
        case PrincipalType.SERVICE:
            return f"the service {principal.value}"
        case PrincipalType.FEDERATED:
            return f"identities of {principal.value}"
        case _:
            return principal.value
