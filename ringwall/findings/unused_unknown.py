"""What policies allow and nobody can judge: services and actions that the packaged service reference does not know."""

from __future__ import annotations

from collections.abc import Iterator

from ringwall.findings.unused_case import Case
from ringwall.findings.unused_grants import Grants
from ringwall.policy.ast import Effect
from ringwall.policy.parse import parse_policy
from ringwall.policy.service_reference import canonical_action, services
from ringwall.policy.wildcard import is_literal


def unknown_of(case: Case, grants: Grants) -> Iterator[str]:
    """Of what IAM's report has as allowed and not in use: services, and actions of services of which no other is granted.

    Raises:
        PolicyError: a policy cannot be read.
    """
    report = case.usage.report
    idle = [
        each.namespace.lower()
        for each in (report.services if report else ())
        if not case.is_within_report(each.last_use.at if each.last_use else None)
    ]
    yield from sorted({*idle} - {*services()})
    others = frozenset(idle) & {*services()} - {*grants.granted.actions}
    if others:
        yield from sorted({each for each in _named(case) if each.partition(":")[0].lower() in others})


def _named(case: Case) -> Iterator[str]:
    """Actions that its policies allow by name, and that are unknown."""
    for policy, _ in case.principal.granting:
        allows = (each for each in parse_policy(policy.document).statements if each.effect is Effect.ALLOW)
        names = (member.text for each in allows for member in each.actions.members)
        yield from (each for each in names if is_literal(each) and canonical_action(each) is None)
