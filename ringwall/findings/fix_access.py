"""What is to go with a finding, and what has to stay: the two sides of every fix.

A finding is about the requests that have its principal, its conditions and its actions. Where it names somebody outside
(an account, a provider, a foreign source), all of them are to go. Where it does not, as in "everybody", those stay who
belong to the zone of trust: its accounts, AWS services, partners. Trusted networks stay in either case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ringwall.arn import account_of
from ringwall.errors import UndecidedError
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.finding import Finding
from ringwall.findings.questions import statement_of
from ringwall.policy.ast import AllBut, Condition, Effect, Only, Operator, Pattern, Policy, Statement
from ringwall.reasoning.question import Question, answer_to
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import Resource, ResourceType, Source, SourceType

EVERYBODY = "*"
_SERVICE = "Service"
_BESIDES_POLICIES = frozenset({SourceType.SNAPSHOT_ATTRIBUTE})
"""Ways of sharing that the owner's account does not need."""


@dataclass(frozen=True, slots=True)
class Access:
    """A finding's access, told apart from all other access to its resource."""

    finding: Finding
    kind: ResourceType
    statement: Statement
    """Applies to the requests that the finding is about."""
    kept: Policy
    """Applies to the requests that have to stay, though they may be among these."""
    free: Policy
    """Applies to requests that do not depend on what is edited."""
    constants: Mapping[str, tuple[str, ...]]
    """Condition keys that follow from the resource."""
    names_outsider: bool
    """Whether the finding says who outside it is about, so that of what it is about nobody else needs anything."""

    @property
    def about(self) -> Policy:
        """Allows the finding's requests, and those for actions that nobody outside can use: there they do no harm."""
        others = _reachable(self.kind) - set(self.statement_actions)
        actions = AllBut(tuple(map(Pattern, sorted(others)))) if others else Only((Pattern("*"),))
        return Policy((replace(self.statement, actions=actions),), id="what the finding says")

    @property
    def around(self) -> Policy:
        """Allows what the finding's principal may do under its conditions, whatever the action."""
        return Policy((replace(self.statement, actions=Only((Pattern("*"),))),), id="whom the finding is about")

    @property
    def needs_policy(self) -> bool:
        """Whether the resource cannot be without a policy."""
        return self.kind.remedy is not None and self.kind.remedy.needs_policy

    @property
    def only_statements(self) -> bool:
        """Whether AWS lets nothing smaller than a statement be taken out of the policy, and nothing be put in."""
        return self.kind.remedy is not None and self.kind.remedy.only_statements

    @property
    def statement_actions(self) -> tuple[str, ...]:
        return tuple(member.text for member in self.statement.actions.members)


def access_of(analyzer: ExternalAccess, resource: Resource, finding: Finding) -> Access | None:
    """What is to go with the finding; None where its conditions cannot be written as those of a policy exactly."""
    kind = RESOURCE_TYPES[resource.type]
    asked = analyzer.questions_of(resource)
    policies = [policy for each in asked for policy in each.policies]
    statement = statement_of(finding, policies, asked[0].question)
    if statement is None:
        return None
    names_outsider = _names_outsider(analyzer, resource, finding, asked[0].question, statement)
    kept = _kept(analyzer, resource.owner_account, names_outsider=names_outsider)
    free = _free(resource.owner_account, [each.source for each in asked])
    return Access(finding, kind, statement, kept, free, asked[0].question.constants, names_outsider)


def _reachable(kind: ResourceType) -> set[str]:
    return {action for group in kind.action_groups for action in group.actions}


def _kept(analyzer: ExternalAccess, owner: str, *, names_outsider: bool) -> Policy:
    zone = analyzer.zone
    networks = zone.networks().statements
    belonging = zone.belonging(owner, trust_services=not analyzer.with_services).statements
    return Policy(networks if names_outsider else (*belonging, *networks), id="who is to keep access")


def _free(owner: str, sources: Iterable[Source]) -> Policy:
    """A snapshot is its owner's whoever it is shared with, and no service needs it to be shared."""
    if {each.type for each in sources} - _BESIDES_POLICIES:
        return Policy(())
    conditions = (
        Condition(Operator("StringEquals"), "aws:PrincipalAccount", (owner,)),
        Condition(Operator("Bool"), "aws:PrincipalIsAWSService", ("true",)),
    )
    return Policy(tuple(Statement(Effect.ALLOW, Only((Pattern("*"),)), conditions=(each,)) for each in conditions))


def _names_outsider(
    analyzer: ExternalAccess, resource: Resource, finding: Finding, question: Question, statement: Statement
) -> bool:
    """Whether the principal, or a key that says for whom a call is made, is of somebody outside the zone."""
    [(kind, value)] = finding.principal.items()
    if value != EVERYBODY and kind != _SERVICE:
        return True
    accounts = analyzer.zone.accounts(resource.owner_account)
    if any(account.isdecimal() and account not in accounts for account in _doors(finding)):
        return True
    about = Question((Policy((statement,)),), constants=question.constants)
    trusted = _sources_trusted(question.not_allowed, finding)
    return any(_is_apart(replace(about, allowed=(*about.allowed, Policy((each,))))) for each in trusted)


def _doors(finding: Finding) -> Iterator[str]:
    """The accounts of the access points that the finding names."""
    for key, value in finding.condition.items():
        if key.lower().endswith(":dataaccesspointaccount"):
            yield value
        elif key.lower().endswith(":dataaccesspointarn"):
            yield account_of(value)


def _sources_trusted(trust: Iterable[Policy], finding: Finding) -> Iterator[Statement]:
    """The statements of the zone of trust about sources that the finding names."""
    named = {key.lower() for key in finding.condition if key.lower().startswith("aws:source")}
    named -= {"aws:sourcevpc", "aws:sourceip", "aws:sourcevpce", "aws:sourcevpcarn"}
    for statement in (each for policy in trust for each in policy.statements):
        if any(condition.key.lower() in named for condition in statement.conditions):
            yield statement


def _is_apart(both: Question) -> bool:
    """Whether the finding is about nobody whom a statement trusts. What is not decided counts as no."""
    try:
        return answer_to(both).request is None
    except UndecidedError:
        return False
