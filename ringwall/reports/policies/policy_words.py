"""The elements of a statement in words: who, what, on what; and the sentence that they make together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ringwall.arn import find_arn
from ringwall.policy.ast import AllBut, Effect, Only, Principal, PrincipalScope, PrincipalType, Scope, Statement
from ringwall.policy.service_reference import LEVELS, access_level, canonical_action, expand_action
from ringwall.policy.wildcard import is_literal
from ringwall.reasoning.explain_policy import ExceptionFrom, Granted
from ringwall.reports.policies.condition_words import Demand, demand_of, opposite, told
from ringwall.reports.wording import ACTION_VERBS, LEVEL_VERBS, clean, counted, listed

_SHOWN = 4
ATTACHED = "whoever this policy is attached to"


def sentence_of(granted: Granted, *, has_variables: bool, many: frozenset[str] = frozenset()) -> str:
    """What a grant allows, with all its conditions and exceptions."""
    statement = granted.statement
    demands = [demand_of(each, Effect.ALLOW, has_variables=has_variables, many=many) for each in statement.conditions]
    folded, partial = [], []
    for each in granted.exceptions:
        refused = demands_of(each, has_variables=has_variables, many=many)
        if not each.is_partial and len(refused) == 1:
            folded.append(opposite(refused[0]))
        else:
            partial.append(exception_words(each, refused))
    who = who_of(statement.principals)
    limits = conditions_words([*demands, *folded])
    excepted = f", {', and '.join(partial)}" if partial else ""
    return clean(f"{who[0].upper()}{who[1:]} can {what_of(statement.actions, statement.resources)}{limits}{excepted}.")


def demands_of(exception: ExceptionFrom, *, has_variables: bool, many: frozenset[str]) -> list[Demand]:
    """What an exception asks of the keys."""
    conditions = exception.statement.conditions
    return [demand_of(each, Effect.DENY, has_variables=has_variables, many=many) for each in conditions]


def conditions_words(demands: Sequence[Demand]) -> str:
    """All that is asked of the keys, as the end of a sentence."""
    adverbs, clauses = told(dict.fromkeys(demands))
    comma = "," if adverbs and adverbs[0].startswith("not ") else ""
    how = f"{comma} {', '.join(adverbs)}" if adverbs else ""
    return f"{how}, provided that {' and that '.join(clauses)}" if clauses else how


def exception_words(exception: ExceptionFrom, demands: Sequence[Demand]) -> str:
    """What a Deny takes out of a grant: `except s3:Delete* on arn:aws:s3:::b/private/* made not over TLS`."""
    statement = exception.statement
    adverbs, clauses = told(dict.fromkeys(demands))
    scope = [
        _excepted_actions(statement),
        _excepted_resources(statement),
        f"by {_excepted_principals(exception)}" if statement.principals is not None else "",
    ]
    parts = [
        " ".join(part for part in scope if part) or "requests",
        f"made {', and '.join(adverbs)}" if adverbs else "",
        f"if {' and if '.join(clauses)}" if clauses else "",
    ]
    return f"except {' '.join(part for part in parts if part)}"


def _excepted_actions(statement: Statement) -> str:
    match statement.actions:
        case Only(members) if any(each.text == "*" for each in members):
            return ""
        case Only(members):
            return listed_some([each.text for each in members])
        case AllBut(members):
            return f"everything but {listed_some([each.text for each in members])}"


def _excepted_resources(statement: Statement) -> str:
    match statement.resources:
        case None:
            return ""
        case Only(members):
            return f"on {listed_some([each.text for each in members])}"
        case AllBut(members):
            return f"on everything but {listed_some([each.text for each in members])}"


def _excepted_principals(exception: ExceptionFrom) -> str:
    match exception.statement.principals:
        case AllBut():
            # A user that is spared without its account is not spared: no list of names says who is.
            return f"whomever the NotPrincipal of statement {exception.index + 1} does not spare"
        case principals:
            return who_of(principals)


def who_of(scope: PrincipalScope | None) -> str:
    """Whom a Principal or NotPrincipal of an Allow means."""
    match scope:
        case None:
            return ATTACHED
        case Only(members) if any(each.type is PrincipalType.AWS and each.value == "*" for each in members):
            return "anyone"
        case Only(members):
            return listed_some([_principal(each) for each in members])
        case AllBut(members):
            return f"anyone but {listed_some([_principal(each) for each in members])}"


def _principal(principal: Principal) -> str:
    match principal.type:
        case PrincipalType.AWS:
            return _aws_principal(principal.value)
        case PrincipalType.SERVICE:
            return "any AWS service" if principal.value == "*" else f"the service {principal.value}"
        case PrincipalType.FEDERATED:
            provider = principal.value.partition("-provider/")[2] or principal.value
            return f"whoever {'any identity provider' if provider == '*' else provider} vouches for"
        case PrincipalType.CANONICAL_USER:
            return f"the account with the canonical user id {principal.value}"


_KINDS = {"user": "user", "role": "role", "assumed-role": "role session", "federated-user": "federated user"}


def _aws_principal(value: str) -> str:
    if value.isdigit():
        return f"account {value}"
    if value == "*":
        return "anyone"
    arn = find_arn(value)
    if arn is None:
        return f"the principal with the unique id {value}"
    kind, _, name = arn.resource.partition("/")
    if kind == "root":
        return f"account {arn.account}"
    return f"{_KINDS[kind]} {name} of account {arn.account}" if kind in _KINDS else value


def what_of(actions: Scope, resources: Scope | None) -> str:
    """What can be done to what: `read objects (s3:GetObject) under arn:aws:s3:::b/*`."""
    place = _place_of(resources, actions)
    match actions:
        case AllBut(members):
            return f"do everything but {listed_some([each.text for each in members])} to {place}"
        case Only(members) if any(each.text == "*" for each in members):
            return f"do everything to {place}"
        case Only(members):
            patterns = [each.text for each in members]
            verbs, names = listed(verbs_of(patterns)), _action_names(patterns)
            objects = _are_objects(actions, resources)
            return f"{verbs} objects ({names}) under {place}" if objects else f"{verbs} ({names}) {place}"


def _are_objects(actions: Only, resources: Scope | None) -> bool:  # type: ignore[type-arg]
    """Whether it is all about objects of buckets."""
    return (
        isinstance(resources, Only)
        and all(each.text.lower().startswith("s3:") for each in actions.members)
        and all(_is_objects(each.text) for each in resources.members)
    )


def _is_objects(pattern: str) -> bool:
    arn = find_arn(pattern)
    return arn is not None and arn.service == "s3" and not arn.account and arn.resource.endswith("/*")


def _place_of(resources: Scope | None, actions: Scope) -> str:
    match resources:
        case None:
            is_role = all(each.text.lower().startswith("sts:") for each in actions.members)
            return f"the {'role' if is_role else 'resource'} that this policy is attached to"
        case Only(members) if any(each.text == "*" for each in members):
            return "any resource"
        case Only(members):
            return listed_some([each.text for each in members])
        case AllBut(members):
            return f"any resource but {listed_some([each.text for each in members])}"


def verbs_of(patterns: Sequence[str]) -> list[str]:
    """What the actions do, in words; `use` where nothing is known of them."""
    actions = dict.fromkeys(action for pattern in patterns for action in expand_action(pattern))
    # Where a pattern stands for many actions, what some of them are called does not say what it is about.
    has_names = all(map(is_literal, patterns))
    particular = dict.fromkeys(ACTION_VERBS[each] for each in actions if has_names and each in ACTION_VERBS)
    levels = {access_level(each) for each in actions if not has_names or each not in ACTION_VERBS}
    verbs = dict.fromkeys(verb for level, verb in LEVEL_VERBS.items() if level in levels)
    return list(particular | verbs) or ["use"]


def _action_names(patterns: Sequence[str]) -> str:
    """The patterns, and how many actions they cover where that is not seen at once."""
    names = listed_some([canonical_action(pattern) or pattern for pattern in patterns])
    if all(map(is_literal, patterns)):
        return names
    covered = {action for pattern in patterns for action in expand_action(pattern)}
    return f"{names}; {counted(len(covered), 'action')}"


def actions_by_level(scope: Scope) -> Mapping[str, list[str]]:
    """Every known action that is meant, by access level, in the order of the console."""
    named = {action for each in scope.members for action in expand_action(each.text)}
    meant = named if isinstance(scope, Only) else set(expand_action("*")) - named
    by_level = {level: sorted(action for action in meant if access_level(action) == level) for level in LEVELS}
    return {level: actions for level, actions in by_level.items() if actions}


def listed_some(words: Sequence[str]) -> str:
    """`a, b, c, d and 8 more`."""
    unique = list(dict.fromkeys(words))
    more = len(unique) - _SHOWN
    if more > 0:
        return f"{', '.join(unique[:_SHOWN])} and {more} more"
    return listed(unique) if unique else "nothing"


def remarks_on(granted: Granted, *, has_variables: bool) -> list[str]:
    """What a reader of the sentence has to know beside it."""
    statement = granted.statement
    conditions = (*statement.conditions, *(each for one in granted.exceptions for each in one.statement.conditions))
    texts = [value for each in conditions for value in each.values]
    scopes = (statement.resources, *(each.statement.resources for each in granted.exceptions))
    texts += [pattern.text for scope in scopes if scope is not None for pattern in scope.members]
    remarks = _variables_remark(texts, has_variables=has_variables)
    remarks += _unknown_remark(statement.actions) + _not_principal_remark(granted) + _names_nobody(statement)
    return remarks


_VARIABLE = re.compile(r"\$\{([^}]*)\}")


def _variables_remark(texts: Iterable[str], *, has_variables: bool) -> list[str]:
    names = sorted({name.partition(",")[0] for text in texts for name in _VARIABLE.findall(text)} - {"*", "?", "$"})
    if not names:
        return []
    variables = listed_some([f"${{{name}}}" for name in names])
    verb = "stands" if len(names) == 1 else "stand"
    if not has_variables:
        return [clean(f"{variables} {verb} for no more than these letters: variables need version 2012-10-17.")]
    return [clean(f"{variables} {verb} for what the request itself holds; absent, without a default, for nothing.")]


def _unknown_remark(scope: Scope) -> list[str]:
    unknown = [each.text for each in scope.members if each.text != "*" and not expand_action(each.text)]
    return [clean(f"{listed_some(unknown)} names no action that is known here.")] if unknown else []


def _not_principal_remark(granted: Granted) -> list[str]:
    denies = [each.index + 1 for each in granted.exceptions if isinstance(each.statement.principals, AllBut)]
    return [
        f"The NotPrincipal of statement {number} spares a user, a role or a session only where its account is listed too."
        for number in denies
    ]


def _names_nobody(statement: Statement) -> list[str]:
    members = statement.principals.members if statement.principals is not None else ()
    patterns = [each.value for each in members if each.value != "*" and not is_literal(each.value)]
    return [clean(f"{listed_some(patterns)} names nobody: a principal takes no wildcards.")] if patterns else []


def directly_named(statement: Statement) -> frozenset[str]:
    """The users, roles and sessions that a statement names; nobody for `*`, accounts and the like."""
    if not isinstance(statement.principals, Only):
        return frozenset()
    arns = {each.value: find_arn(each.value) for each in statement.principals.members if each.value != "*"}
    return frozenset(
        value for value, arn in arns.items() if arn is not None and arn.resource.partition("/")[0] in _KINDS
    )


def grants_directly(statement: Statement, named: frozenset[str]) -> bool:
    """Whether the statement grants to these principals as directly as by their names: so it does to everyone."""
    match statement.principals:
        case Only(members):
            values = {each.value for each in members if each.type is PrincipalType.AWS}
            return "*" in values or named <= values
        case _:
            return True
