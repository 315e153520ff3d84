"""Proves from two reports that access only became narrower: one statement takes another in, and no Deny went.

Findings alone do not tell: neither the resources within a bucket nor the conditions that no finding names are in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ringwall.errors import PolicyError
from ringwall.findings.finding import Exposure, Finding, RestrictionType, StatementReference
from ringwall.policy.ast import Effect, Only, Pattern, Policy, PrincipalScope, PrincipalType, Scope, Statement
from ringwall.policy.parse import parse_policy
from ringwall.policy.wildcard import is_literal, matches

Documents = Mapping[str, str]
"""The texts of a resource's policies, by JSON pointer."""

_FREE = {None, RestrictionType.NOT_APPLICABLE}
_EVERYONE = {"AWS": "*"}
_ARN_FIELDS = 5


def is_proven(
    wide: Finding, wide_documents: Documents, narrow: Finding, documents: Documents, actions: Iterable[str]
) -> bool:
    """Whether everything that `narrow` says about `actions` was certainly allowed where `wide` was found.

    False also where it is merely not known. The two findings are of the same resource, in different reports.

    Args:
        wide: a finding that takes in the principal and the conditions of `narrow`.
        wide_documents: the resource's policies where `wide` was found.
        narrow: the finding in question.
        documents: the resource's policies where `narrow` was found.
        actions: actions of `narrow`; at least one, or nothing is proven.
    """
    wanted = tuple(actions)
    if not (wanted and narrow.allowed_by and _is_of_statements_alone(wide, wide_documents)):
        return False
    if narrow.principal == _EVERYONE and wide.exposure is not Exposure.PUBLIC:
        return False
    try:
        return set(_denials(wide_documents)) <= set(_denials(documents)) and all(
            any(_takes_in(other, reference, wanted) for other in wide.allowed_by) for reference in narrow.allowed_by
        )
    except PolicyError:
        return False


def _is_of_statements_alone(finding: Finding, documents: Documents) -> bool:
    """Whether `documents`, which are at hand, decide about the finding, and no control policy has a say."""
    return (
        finding.resource_control_policy_restriction in _FREE
        and not finding.blocked_by
        and all(each.place in documents for each in finding.allowed_by if each.source == "POLICY")
    )


def _denials(documents: Documents) -> Iterator[tuple[str, str | None, Statement]]:
    """What refuses: place, version, which tells whether there are variables, and statement."""
    for place, text in documents.items():
        policy = parse_policy(text)
        yield from ((place, policy.version, each) for each in policy.statements if each.effect is Effect.DENY)


def _takes_in(wide: StatementReference, narrow: StatementReference, actions: tuple[str, ...]) -> bool:
    """Whether the statement at `wide` allows whatever the one at `narrow` does, as far as it is about `actions`."""
    # A request through an access point takes more than one policy.
    if wide.source != narrow.source or wide.source.startswith("S3_ACCESS_POINT"):
        return False
    if (wide.source == "POLICY" and wide.place != narrow.place) or not wide.text or not narrow.text:
        return False
    # What a variable means depends on the version of the policy and on the request.
    if "${" in wide.text:
        return False
    one, other = _statement(wide.text), _statement(narrow.text)
    return (
        one.effect is other.effect is Effect.ALLOW
        and _takes_in_principals(one.principals, other.principals)
        and _takes_in_actions(one.actions, actions)
        and _takes_in_resources(one.resources, other.resources)
        and set(one.conditions) <= set(other.conditions)
    )


def _statement(text: str) -> Statement:
    policy: Policy = parse_policy(f'{{"Version": "2012-10-17", "Statement": [{text}]}}')
    return policy.statements[0]


def _takes_in_principals(wide: PrincipalScope | None, narrow: PrincipalScope | None) -> bool:
    match wide, narrow:
        case Only(those), Only(these):
            is_everyone = any(each.type is PrincipalType.AWS and each.value == "*" for each in those)
            return all(each in those or (is_everyone and each.type is PrincipalType.AWS) for each in these)
        case _:
            return False


def _takes_in_actions(wide: Scope, actions: Iterable[str]) -> bool:
    match wide:
        case Only(patterns):
            return all(any(matches(each.text, action, ignore_case=True) for each in patterns) for action in actions)
        case _:
            return False


def _takes_in_resources(wide: Scope | None, narrow: Scope | None) -> bool:
    match wide, narrow:
        case Only(those), Only(these):
            return all(any(_takes_in_pattern(each, this) for each in those) for this in these)
        case Only(those), None:
            return any(each.text == "*" for each in those)
        case _:
            return wide is None and narrow is None


def _takes_in_pattern(wide: Pattern, narrow: Pattern) -> bool:
    start, star = wide.text[:-1], wide.text[-1:]
    # A star within one of the first fields of an ARN ends with the field; the last field has no end.
    is_open = star == "*" and is_literal(start) and start.count(":") >= _ARN_FIELDS
    return wide.text in ("*", narrow.text) or (is_open and narrow.text.startswith(start))
