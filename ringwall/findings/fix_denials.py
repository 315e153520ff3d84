"""Edits that put something in the place of a finding's access: a Deny statement, or accounts instead of everybody.

A Deny statement with the finding's principal, conditions and actions, which spares whoever is to keep access, refuses
exactly what is to go. It is longer than what it refuses is to grant, so it comes after the edits that take away.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ringwall.findings.finding import Finding
from ringwall.findings.fix_access import EVERYBODY, Access
from ringwall.findings.fix_cuts import Cut, Document, difference, document_at
from ringwall.findings.fix_places import value_at, with_value
from ringwall.policy.ast import Condition, Only, Operator, Quantifier, Statement
from ringwall.policy.edit import PolicyText
from ringwall.resources.base import Configuration, Resource, Source, SourceType

_MAIN = {"AWS::S3::Bucket": "/bucketPolicy", "AWS::KMS::Key": "/keyPolicies/default"}
"""Where the policy stands whose Deny statements also bind what is no policy: ACLs and grants."""
_MOST_ACTIONS = 12
"""How many actions are listed one by one before all of the service are denied instead."""
_CREATED = frozenset({"AWS::S3::Bucket"})
"""Types of which a resource without a policy can be given one for the sake of a Deny statement."""


def denials(access: Access, resource: Resource, sources: Sequence[Source]) -> Iterator[Cut]:
    """Deny statements that refuse the finding's access, in the policy that binds every way to the resource."""
    place = _MAIN.get(resource.type) or next((each.place for each in sources if each.type is SourceType.POLICY), None)
    if place is None or access.only_statements:
        return
    text = document_at(resource.configuration, place)
    if text is None and resource.type not in _CREATED:
        return
    for actions in _actions(access, text):
        statement = {
            "Sid": f"DenyUnintended{access.finding.id[:8]}",
            "Effect": "Deny",
            "Principal": _principal(access.finding),
            "Action": actions[0] if len(actions) == 1 else list(actions),
            **_resource(access, resource, text),
            **_conditions(access),
        }
        yield from _added(access, resource.configuration, place, text, statement)


def _added(
    access: Access, configuration: Configuration, place: str, text: PolicyText | None, statement: Mapping[str, Any]
) -> Iterator[Cut]:
    if text is not None:
        document = Document(access, configuration, place, text)
        yield from document.cut("adds a statement that denies this access", text.with_statement(statement), adds=True)
        return
    new = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2, ensure_ascii=False)
    changed = with_value(configuration, place, new)
    yield Cut("adds a policy that denies this access", changed, place, difference("", new), adds=True)


def _principal(finding: Finding) -> Any:
    [(kind, value)] = finding.principal.items()
    return EVERYBODY if value == EVERYBODY else {kind: value}


def _actions(access: Access, text: PolicyText | None) -> list[tuple[str, ...]]:
    """Ways to write the actions: in the words of the statements that allow them, one by one, or all of the service."""
    indices = {each.index for each in access.finding.allowed_by if text and each.source == SourceType.POLICY.value}
    statements = [text.policy.statements[index] for index in sorted(indices)] if text else []
    words = [_words(each) for each in statements]
    plain = tuple(dict.fromkeys(word for each in words for word in each))
    ways = [plain] if all(words) and plain else []
    ways.append(access.finding.action)
    if len(access.finding.action) > _MOST_ACTIONS:
        ways.append(tuple(f"{service}:*" for service in sorted({_service(each) for each in access.finding.action})))
    return list(dict.fromkeys(ways))


def _service(action: str) -> str:
    return action.partition(":")[0]


def _words(statement: Statement) -> tuple[str, ...]:
    """The patterns of the actions that a statement allows; none where it allows all but some."""
    return tuple(member.text for member in statement.actions.members) if isinstance(statement.actions, Only) else ()


def _resource(access: Access, resource: Resource, text: PolicyText | None) -> dict[str, Any]:
    """The resources of the actions, where the policy names resources at all; and a star where it names nothing else."""
    statements = text.policy.statements if text else ()
    scopes = [each.resources for each in statements if each.resources is not None]
    if text and not scopes:
        return {}
    named = {member.text for scope in scopes for member in scope.members}
    if named == {"*"}:
        return {"Resource": "*"}
    groups = [group for group in access.kind.action_groups if set(group.actions) & set(access.finding.action)]
    arns = [template.replace("{arn}", resource.arn) for group in groups for template in group.resources]
    arns = list(dict.fromkeys(arns))
    return {"Resource": arns[0] if len(arns) == 1 else arns}


def _conditions(access: Access) -> dict[str, Any]:
    """The finding's own conditions, and for everybody who is to keep access one that does not hold of them."""
    block: dict[str, dict[str, list[str]]] = {}
    spared = [opposite(_shortest(each.conditions)) for each in access.kept.statements]
    for condition in (*access.statement.conditions, *spared):
        operands = block.setdefault(str(condition.operator), {})
        known = operands.setdefault(condition.key, [])
        known += [value for value in condition.values if value not in known]
    written = {name: {key: _one_or_list(values) for key, values in each.items()} for name, each in block.items()}
    return {"Condition": written} if written else {}


def _one_or_list(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


def _shortest(conditions: Iterable[Condition]) -> Condition:
    """The one of several that says least; that a service calls says too little where another does."""
    return min(conditions, key=lambda each: (each.operator.name == "Bool", len(each.values)))


_OPPOSITES = {
    "ArnLike": Operator("ArnNotLike"),
    "Bool": Operator("Bool", if_exists=True),
    "IpAddress": Operator("NotIpAddress"),
    "StringEquals": Operator("StringNotEquals"),
    "StringLike": Operator("StringNotLike", Quantifier.FOR_ALL_VALUES),
}
"""Operators of the zone of trust, and those that hold where they do not, also where the key is absent."""


def opposite(condition: Condition) -> Condition:
    """The condition that holds exactly where this one of the zone of trust does not."""
    operator = _OPPOSITES[condition.operator.name]
    values = ("false",) if condition.operator.name == "Bool" else condition.values
    return Condition(operator, condition.key, values)


# Snapshots that are shared with everybody.

_LISTS = {
    "AWS::EC2::Snapshot": ("/groups", "/userIds"),
    "AWS::RDS::DBSnapshot": ("/attributes/restore/accountIds", "/attributes/restore/accountIds"),
    "AWS::RDS::DBClusterSnapshot": ("/attributes/restore/accountIds", "/attributes/restore/accountIds"),
}
"""Where a snapshot says that everybody may use it, and where which accounts may."""
_ALL = "all"


def members_instead(access: Access, resource: Resource, accounts: Sequence[str]) -> Iterator[Cut]:
    """For a snapshot that is shared with everybody: shared with the other accounts of the zone of trust instead."""
    others = [account for account in accounts if account != resource.owner_account]
    if resource.type not in _LISTS or not others or access.names_outsider:
        return
    everybody, some = _LISTS[resource.type]
    shared = value_at(resource.configuration, everybody) or []
    if _ALL not in shared:
        return
    changed = with_value(resource.configuration, everybody, [each for each in shared if each != _ALL])
    known = value_at(changed, some) or []
    more = [account for account in others if account not in known]
    changed = with_value(changed, some, [*known, *more])
    what = f"shares with {len(others)} account{'s' * (len(others) > 1)} of the zone of trust instead of everybody"
    yield Cut(what, changed, some, sum(map(len, more)), adds=True)
