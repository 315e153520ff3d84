"""Edits of what lets a finding's access in: of one statement, one entry of an ACL, one grant, one account of a snapshot.

Each is only proposed here: whether it takes away what it should, and nothing else, is for the proof to say.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ringwall.arn import account_of
from ringwall.findings.finding import Finding, StatementReference
from ringwall.findings.fix_access import EVERYBODY, Access
from ringwall.findings.fix_places import list_around, value_at, with_value, without_item
from ringwall.policy.ast import Condition, Effect, Only, Policy, Principal, PrincipalType, Scope, Statement
from ringwall.policy.edit import PolicyText, policy_text
from ringwall.policy.wildcard import matches
from ringwall.reasoning.callers import ACCOUNT, ARN, SESSION
from ringwall.reasoning.label_index import role_of
from ringwall.reasoning.principals import key_of_principal
from ringwall.resources import configuration as reading
from ringwall.resources.base import Configuration, SourceType

_MOST_RESOURCES = 8


@dataclass(frozen=True, slots=True)
class Cut:
    """One small edit, and the configuration that it makes."""

    what: str
    """In a sentence."""
    configuration: Configuration
    place: str
    """JSON pointer to what is changed."""
    size: int
    """How many characters go and come."""
    adds: bool = False
    """Whether something comes: an edit that only takes away is read more easily, and comes first."""


def cuts_of(access: Access, configuration: Configuration, about: Finding, reference: StatementReference) -> list[Cut]:
    """The edits of what `reference` names that may take away the access of a finding, in the order to try them.

    What narrows a list comes first. A statement that is needed for nothing else goes as a whole, and is not left behind
    with half of its elements.
    """
    if reference.source in _ENTRIES:
        return [_without_entry(configuration, reference)]
    text = document_at(configuration, reference.place)
    if text is None:
        return []
    document = Document(access, configuration, reference.place, text)
    return list(_of_statement(document, reference.index, about))


# What is no policy.

_ENTRIES = {
    SourceType.BUCKET_ACL.value: "takes the grant of {permission} to {grantee} out of the ACL",
    SourceType.KMS_GRANT.value: "revokes the grant to {granteePrincipal}",
    SourceType.SNAPSHOT_ATTRIBUTE.value: "no longer shares with {entry}",
}


def _without_entry(configuration: Configuration, reference: StatementReference) -> Cut:
    entry = value_at(configuration, reference.place)
    words = {**(entry if isinstance(entry, Mapping) else {}), "entry": entry}
    grantee = words.get("grantee")
    words["grantee"] = next(iter(grantee.values()), "") if isinstance(grantee, Mapping) else ""
    what = _ENTRIES[reference.source].format_map(words)
    changed = without_item(configuration, reference.place)
    return Cut(what, changed, list_around(reference.place), len(json.dumps(entry)))


# Policies.


def document_at(configuration: Configuration, place: str) -> PolicyText | None:
    """The policy at the place, ready to be edited; None where there is none."""
    value = value_at(configuration, place)
    text = reading.policy_text(value) if value else ""
    return policy_text(text) if isinstance(text, str) and text else None


@dataclass(frozen=True, slots=True)
class Document:
    """A policy in a configuration, and what is to be done about it."""

    access: Access
    configuration: Configuration
    place: str
    text: PolicyText

    def cut(self, what: str, new: str | None, *, adds: bool = False) -> Iterator[Cut]:
        """The edit that makes `new` of the text; none where that is None."""
        if new is not None:
            changed = with_value(self.configuration, self.place, new)
            yield Cut(what, changed, self.place, difference(self.text.text, new), adds)


def difference(old: str, new: str) -> int:
    """How many characters stand between the first and the last place where two texts differ."""
    before = next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), -1)
    if before < 0:
        return abs(len(old) - len(new))
    rest = min(len(old), len(new)) - before
    pairs = zip(old[::-1][:rest], new[::-1][:rest], strict=True)
    after = next((at for at, (one, other) in enumerate(pairs) if one != other), rest)
    return len(old) + len(new) - 2 * (before + after)


def name_of(statement: Statement, index: int) -> str:
    """`statement 2 (PublicRead)`."""
    return f"statement {index + 1} ({statement.sid})" if statement.sid else f"statement {index + 1}"


def _of_statement(document: Document, index: int, about: Finding) -> Iterator[Cut]:
    statement = document.text.policy.statements[index]
    if document.access.only_statements:
        yield from _removed(document, index, statement, about)
        return
    yield from _without_principals(document, index, statement, about)
    yield from _without_values(document, index, statement, about)
    yield from _removed(document, index, statement, about)
    yield from _without_actions(document, index, statement, about)
    yield from _without_resources(document, index, statement)
    yield from _with_conditions(document, index, statement)


def _removed(document: Document, index: int, statement: Statement, about: Finding) -> Iterator[Cut]:
    """The policy without the statement; where it is the only one of a policy that has to be, it denies from now on.

    That only where it is about nobody but whom the finding names: a Deny also binds whom other policies allow it.
    """
    name, text = name_of(statement, index), document.text
    if len(text.policy.statements) > 1:
        yield from document.cut(f"removes {name}", text.without_statements([index]))
    elif not document.access.needs_policy:
        yield from document.cut(f"deletes the policy, whose only statement is {name}", "")
    elif _is_about_alone(statement, about):
        new = text.with_effect(index, Effect.DENY.value)
        yield from document.cut(f"turns {name}, the only one, from Allow to Deny", new)


def _is_about_alone(statement: Statement, about: Finding) -> bool:
    [(kind, value)] = about.principal.items()
    named = Principal(PrincipalType(kind), value)
    members = statement.principals.members if isinstance(statement.principals, Only) else ()
    return value != EVERYBODY and bool(members) and all(belongs(each, named) for each in members)


def _without_principals(document: Document, index: int, statement: Statement, about: Finding) -> Iterator[Cut]:
    [(kind, value)] = about.principal.items()
    named = Principal(PrincipalType(kind), value)
    members = statement.principals.members if statement.principals else ()
    gone = [each for each in members if belongs(each, named)]
    what = f"takes {_listed([each.value for each in gone])} out of the principals of {name_of(statement, index)}"
    yield from document.cut(what, document.text.without_principals(index, gone.__contains__))


def belongs(member: Principal, named: Principal) -> bool:
    """Whether a principal of a policy is the one named, or of it: a role of an account, a session of a role."""
    (key, value), (wanted, text) = key_of_principal(member), key_of_principal(named)
    match key, wanted:
        case _ if key == wanted:
            return value == text and (member.type is named.type)
        case (_, account) if account == ACCOUNT and key in (ARN, SESSION):
            return account_of(value) == text
        case (session, arn) if session == SESSION and arn == ARN:
            return role_of(value) is not None and role_of(value) == role_of(text)
        case _:
            return False


def _without_actions(document: Document, index: int, statement: Statement, about: Finding) -> Iterator[Cut]:
    """Takes out the patterns that mean nothing but actions of the finding, of those that somebody outside can use."""
    others = [action for group in document.access.kind.action_groups for action in group.actions]
    others = [action for action in others if action not in about.action]

    def is_gone(pattern: str) -> bool:
        meant = partial(matches, pattern, ignore_case=True)
        return any(map(meant, about.action)) and not any(map(meant, others))

    gone = [member.text for member in statement.actions.members if is_gone(member.text)]
    what = f"takes {_listed(gone)} out of the actions of {name_of(statement, index)}"
    yield from document.cut(what, document.text.without_patterns(index, "Action", is_gone))


def _without_resources(document: Document, index: int, statement: Statement) -> Iterator[Cut]:
    for text in _texts(statement.resources)[:_MOST_RESOURCES]:
        what = f"takes {_quoted(text)} out of the resources of {name_of(statement, index)}"
        yield from document.cut(what, document.text.without_patterns(index, "Resource", text.__eq__))


def _texts(scope: Scope | None) -> list[str]:
    return [member.text for member in scope.members] if scope else []


def _without_values(document: Document, index: int, statement: Statement, about: Finding) -> Iterator[Cut]:
    """Takes a value that the finding names out of a condition that asks for one of several."""
    named = {key.lower(): value for key, value in about.condition.items()}
    for condition in statement.conditions:
        value = named.get(condition.key.lower())
        if value is not None and value in condition.values:
            what = f"takes {_quoted(value)} out of the values of {condition.key} in {name_of(statement, index)}"
            yield from document.cut(what, document.text.without_values(index, condition, value.__eq__))


def _with_conditions(document: Document, index: int, statement: Statement) -> Iterator[Cut]:
    """Asks for somebody of the zone of trust, by one key at a time."""
    for condition in required(document.access.kept):
        name = str(condition.operator)
        new = document.text.with_condition(index, name, condition.key, condition.values)
        what = f"adds a condition on {condition.key} to {name_of(statement, index)}"
        yield from document.cut(what, new, adds=True)


def required(kept: Policy) -> Iterator[Condition]:
    """The conditions of which one holds for everybody who is to keep access, as far as one will do."""
    by_key: dict[tuple[str, str], Condition] = {}
    for statement in kept.statements:
        for condition in statement.conditions:
            key = str(condition.operator), condition.key
            known = by_key[key].values if key in by_key else ()
            values = tuple(dict.fromkeys((*known, *condition.values)))
            by_key[key] = Condition(condition.operator, condition.key, values)
    yield from by_key.values()


def _listed(texts: Sequence[str]) -> str:
    quoted = [_quoted(each) for each in texts]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}" if quoted else ""


def _quoted(text: Any) -> str:
    return f"`{text}`"
