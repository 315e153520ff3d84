"""What to do about permissions that a principal does not use: policies of its own that grant the rest, with the proof."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from ringwall.errors import PolicyError, UndecidedError
from ringwall.findings.recommendation_plan import Plan, plan_of
from ringwall.findings.recommendation_proof import lost_uses, proof_of, services_seen, used_actions
from ringwall.findings.recommendation_steps import Recommendation, refused
from ringwall.findings.recommended_policy import has_not_action
from ringwall.findings.recommended_policy_actions import Unused, unused_of
from ringwall.findings.unused_finding import UnusedAction, UnusedFinding, UnusedService
from ringwall.policy.parse import parse_policy
from ringwall.policy.service_reference import known_actions
from ringwall.policy.wildcard import is_literal
from ringwall.principals.principal import Principal
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.principals.unseen import unseen_in
from ringwall.principals.usage import Usage


def recommend_permissions(access: PrincipalAccess, finding: UnusedFinding, now: datetime) -> Recommendation:
    """The steps, with their proof; none where it is not proven."""
    principal = access.principal
    used = used_actions(access.usage)
    if (reason := next(_used_since(finding, access.usage), None)) is not None:
        return refused(principal.arn, reason)
    try:
        unused = unused_of(map(_called, finding.services), {*used, *_named(principal)}, services_seen(access.usage))
        if (number := _statements(principal)) > MOST_STATEMENTS:
            return refused(principal.arn, f"the policies have {number:,} statements: {MOST_STATEMENTS} can be proven")
        plan = plan_of(principal, unused, now)
        is_of_aws = _is_of_aws(principal)
        if plan.fault:
            return refused(principal.arn, plan.fault, is_of_aws=is_of_aws)
        if not plan.steps:
            return refused(principal.arn, "no policy grants any of it: scan again", is_of_aws=is_of_aws)
        return _proven(principal, plan, unused, used, is_of_aws=is_of_aws)
    except (PolicyError, UndecidedError) as error:
        return refused(principal.arn, str(error))


MOST_STATEMENTS = 500
"""So many have no room in the managed policies that a principal may have, and their proof would take minutes."""


def _called(service: UnusedService) -> UnusedService:
    """Of a whole service, what is used by calls of its own: `iam:PassRole` stays whatever the finding says."""
    unseen = unseen_in(service.namespace.lower())
    if service.actions or not unseen:
        return service
    called = (each.partition(":")[2] for each in known_actions(service.namespace) if each not in unseen)
    return replace(service, actions=tuple(UnusedAction(each, service.last_accessed) for each in called))


def _statements(principal: Principal) -> int:
    return sum(len(parse_policy(policy.document).statements) for policy, _ in principal.granting)


def _is_of_aws(principal: Principal) -> bool:
    """AWS recommends nothing for users in groups, nor where a policy has `NotAction`.

    Source: IAM User Guide, "Review findings for unused access".
    """
    return not principal.groups and not any(has_not_action(policy.document) for policy in principal.policies)


def _named(principal: Principal) -> Iterator[str]:
    """Actions that its policies name, which may be younger than the service reference."""
    for policy, _ in principal.granting:
        try:
            statements = parse_policy(policy.document).statements
        except PolicyError as error:
            message = f"policy `{policy.name}`: {error.message}"
            raise PolicyError(message, line=error.line, column=error.column, path=error.path) from error
        named = (member.text for each in statements for member in each.actions.members)
        yield from (each for each in named if is_literal(each) and ":" in each)


def _proven(
    principal: Principal, plan: Plan, unused: Unused, used: frozenset[str], *, is_of_aws: bool
) -> Recommendation:
    before = [policy.document for policy, _ in principal.granting]
    proof = proof_of(before, plan.after, unused)
    if proof.fault:
        return refused(principal.arn, proof.fault, is_of_aws=is_of_aws)
    staying = [each for each in used if not unused.takes(each)]
    if lost := lost_uses(before, plan.after, [*staying, *(f"{each}:*" for each in unused.strange)]):
        reason = f"what was used would be lost: {', '.join(lost)}"
        return refused(principal.arn, reason, is_of_aws=is_of_aws)
    number = "The one other action" if len(staying) == 1 else f"Each of the {len(staying)} other actions"
    replayed = f"{number} that {'was' if len(staying) == 1 else 'were'} seen in use is allowed if it was before."
    sentences = (*proof.sentences, replayed) if staying else proof.sentences
    return Recommendation(principal.arn, plan.steps, proof=sentences, is_of_aws=is_of_aws)


def _used_since(finding: UnusedFinding, usage: Usage) -> Iterator[str]:
    """What was used after what the finding knows of."""
    actions, services = _last_uses(usage)
    for service in finding.services:
        namespace = service.namespace.lower()
        named = {f"{namespace}:{each.name.lower()}": each.last_accessed for each in service.actions}
        known = named or {namespace: service.last_accessed}
        seen = actions if named else services
        for name, until in known.items():
            if name in seen and (until is None or seen[name] > until):
                yield f"`{name}` was used at {seen[name].isoformat()}, after what the finding knows of"


def _last_uses(usage: Usage) -> tuple[dict[str, datetime], dict[str, datetime]]:
    """The last use of actions, and of services, in lower case."""
    actions: dict[str, datetime] = {}
    services: dict[str, datetime] = {}

    def note(noted: dict[str, datetime], name: str, at: datetime) -> None:
        noted[name.lower()] = max(at, noted.get(name.lower(), at))

    for report in usage.report.services if usage.report else ():
        if report.last_use:
            note(services, report.namespace, report.last_use.at)
        for name, use in (report.tracked or {}).items():
            if use:
                note(actions, name, use.at)
    for name, use in (usage.trail.uses if usage.trail else {}).items():
        note(actions, name, use.at)
    for name, use in (usage.trail.services if usage.trail else {}).items():
        note(services, name, use.at)
    for name, at in actions.items():
        note(services, name.partition(":")[0], at)
    return actions, services
