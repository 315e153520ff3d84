"""What kind of document a check is about, and whether a policy is one of them."""

from __future__ import annotations

from enum import Enum

from ringwall.errors import UnprocessableError, ValidationError
from ringwall.policy.ast import Policy, Principal, Statement


class PolicyType(Enum):
    """As in the API of the custom policy checks."""

    IDENTITY_POLICY = "IDENTITY_POLICY"
    RESOURCE_POLICY = "RESOURCE_POLICY"


def parse_policy_type(text: str) -> PolicyType:
    """The policy type that `text` names.

    Raises:
        ValidationError: there is none, or none that the checks are about.
    """
    try:
        return PolicyType(text)
    except ValueError:
        known = " or ".join(each.value for each in PolicyType)
        raise ValidationError(f"there is no policy type `{text}` for this check: choose {known}") from None


def require_type(policy: Policy, policy_type: PolicyType) -> None:
    """See that the policy is of its type.

    A statement without the element that its type asks for would apply to everybody or everything, so that a check
    against it would pass: in a resource policy that is `Principal`, in an identity policy `Resource`.

    Raises:
        UnprocessableError: it is not.
    """
    for index, statement in enumerate(policy.statements):
        if (fault := _fault(statement, policy_type)) is not None:
            raise UnprocessableError(fault, statement_index=index)


def _fault(statement: Statement, policy_type: PolicyType) -> str | None:
    match policy_type:
        case PolicyType.IDENTITY_POLICY if statement.principals is not None:
            return "a statement of an identity policy has no `Principal`: is this a resource policy?"
        case PolicyType.IDENTITY_POLICY if statement.resources is None:
            return "`Resource` is missing: a statement of an identity policy needs `Resource` or `NotResource`"
        case PolicyType.RESOURCE_POLICY if statement.principals is None:
            return "`Principal` is missing: a statement of a resource policy needs `Principal` or `NotPrincipal`"
        case _:
            return None


def require_whole_principals(policy: Policy) -> None:
    """See that no principal holds a wildcard beside other text. To AWS that is nobody, to its author everybody.

    Raises:
        UnprocessableError: one does.
    """
    for index, statement in enumerate(policy.statements):
        for member in statement.principals.members if statement.principals else ():
            if _is_partial(member):
                message = (
                    f"principal `{member.value}` holds a wildcard: write `*` alone, and a condition that limits it"
                )
                raise UnprocessableError(message, statement_index=index)


def _is_partial(principal: Principal) -> bool:
    return principal.value != "*" and bool(set(principal.value) & set("*?"))
