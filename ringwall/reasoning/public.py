"""What "public" means: who limits access to fixed values, and who does not.

Sources: Amazon S3 User Guide, Blocking public access, "The meaning of public"; Amazon EFS User Guide, Blocking public
access; IAM User Guide, Available keys for AWS web identity federation.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Iterator

from ringwall.arn import find_arn
from ringwall.policy.ast import Condition, Effect, Only, Operator, Pattern, Policy, Principal, PrincipalType, Statement
from ringwall.policy.keys import find_claim
from ringwall.reasoning.label import PRINCIPAL, Label
from ringwall.reasoning.operators import TAKES_VARIABLES
from ringwall.reasoning.question import Question, find_answer
from ringwall.reasoning.variables import ANY_REQUEST, Setting, Wording, fill_in

_FIXED_VALUES = frozenset(
    (
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:sourceaccount",
        "aws:sourceorgid",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
        "s3-outposts:dataaccesspointaccount",
        "s3express:dataaccesspointaccount",
    )
)
"""Keys whose values limit access where they hold no wildcard."""
_PATHS = frozenset(("aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"))
_ARNS = frozenset(
    (
        "aws:principalarn",
        "aws:sourcearn",
        "aws:sourcevpcarn",
        "s3:dataaccesspointarn",
        "s3-outposts:dataaccesspointarn",
        "s3express:dataaccesspointarn",
    )
)
IN_ACCESS_POINT = frozenset(("s3:dataaccesspointarn",))
"""What limits nothing in an access point's own policy, as Amazon S3 documents it."""
DELEGATED = frozenset(("s3:dataaccesspointarn", "s3:dataaccesspointaccount"))
"""What limits nothing where another account's access point, whose policy cannot be seen, decides who gets in."""
_WIDEST = {4: 8, 6: 32}
"""Networks wider than this are the public. (Private ones are excepted; none of them is wider.)"""
_PROVIDERS_OF_APPLICATIONS = frozenset(
    (
        "accounts.google.com:aud",
        "cognito-identity.amazonaws.com:aud",
        "graph.facebook.com:app_id",
        "www.amazon.com:app_id",
    )
)
"""Claims that name one application of a provider that everybody's applications share."""
_PEOPLE = frozenset(("sub", "email", "id", "user_id"))
"""Claims that name who it is. `aud` is none of them: with most providers whoever asks for the token chooses it."""
_OWNERS = ("repo:", "project_path:", "organization:", "system:serviceaccount:")
"""What comes before the owner's name in a subject; below one owner a pattern limits as a fixed value does."""


def is_public_cube(labels: Iterable[Label], *, without: frozenset[str] = frozenset()) -> bool:
    """Whether a cube is open to everybody: any principal, and no key limited to fixed values.

    Args:
        labels: one for each key.
        without: keys, in lower case, that limit nothing here.
    """
    for label in labels:
        if label.key == PRINCIPAL and not label.is_any:
            return False
        if label.key != PRINCIPAL and not label.is_any and limits_access(label.key, label.text, without=without):
            return False
    return True


def limits_access(key: str, text: str, *, without: frozenset[str] = frozenset()) -> bool:
    """Whether a condition key with this value, or in this pattern, lets in no more than somebody in particular.

    Args:
        key: in any case of letters.
        text: the value or pattern, in the policy's words.
        without: keys, in lower case, that limit nothing here.
    """
    key = key.lower()
    if key in without:
        return False
    if key in _FIXED_VALUES or key in _PROVIDERS_OF_APPLICATIONS:
        return _is_fixed(text)
    if key in _PATHS:
        return "/" in text and _is_fixed(text.split("/", 1)[0])
    if key in _ARNS:
        return _is_fixed(text) or _has_fixed_account(text)
    return _limits_in_its_own_way(key, text)


def _limits_in_its_own_way(key: str, text: str) -> bool:
    match key:
        case "aws:userid":
            return _is_fixed(text) and not text.endswith(":*")
        case "aws:sourceip":
            return _is_narrow(text)
        case "elasticfilesystem:accessedviamounttarget":
            return text.lower() == "true"
        case _:
            return find_claim(key) is not None and key.partition(":")[2] in _PEOPLE and _names_somebody(text)


def _is_fixed(text: str) -> bool:
    return not set(text) & set("*?$")


def _has_fixed_account(text: str) -> bool:
    arn = find_arn(text)
    return arn is not None and bool(arn.account) and _is_fixed(arn.account)


def _is_narrow(text: str) -> bool:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= _WIDEST[network.version]


def _names_somebody(text: str) -> bool:
    if _is_fixed(text):
        return True
    prefix = next((each for each in _OWNERS if text.startswith(each)), None)
    if prefix is None:
        return False
    owner = text.removeprefix(prefix).replace("/", ":")
    return ":" in owner and bool(owner.split(":")[0]) and _is_fixed(owner.split(":")[0])


def names_somebody(principal: Principal) -> bool:
    """Whether a principal is somebody in particular.

    A SAML provider is: it speaks for one organization. An OpenID Connect provider is not: anybody may have an account
    with it, so it takes a claim to limit who comes through it.
    """
    if principal.type is PrincipalType.FEDERATED:
        return _is_fixed(principal.value) and ":saml-provider/" in principal.value
    return _is_fixed(principal.value)


def limits_of(policy: Policy, setting: Setting = ANY_REQUEST, *, without: frozenset[str] = frozenset()) -> Policy:
    """Everything by which a policy can limit access to fixed values, in its own words: whatever this policy allows is
    limited, and what it does not allow is open to the public.

    Args:
        policy: whose Allow and Deny statements give the words.
        setting: what is known of every request; it fills in policy variables.
        without: keys, in lower case, that limit nothing here.
    """
    named = [member for each in policy.statements if each.principals for member in each.principals.members]
    principals = tuple(dict.fromkeys(filter(names_somebody, named)))
    statements = [_anything(principals=Only(principals))] if principals else []
    for (name, key), values in _limiting_values(policy, setting, without).items():
        statements.append(_anything(conditions=(Condition(Operator(name), key, tuple(values)),)))
    return Policy(tuple(statements))


def _anything(*, principals: Only[Principal] | None = None, conditions: tuple[Condition, ...] = ()) -> Statement:
    return Statement(Effect.ALLOW, Only((Pattern("*"),)), principals, conditions=conditions)


def _limiting_values(
    policy: Policy, setting: Setting, without: frozenset[str]
) -> dict[tuple[str, str], dict[str, None]]:
    """Values by the operator, in its positive form, and the key, in lower case."""
    found: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for condition in (each for statement in policy.statements for each in statement.conditions):
        name, key = condition.operator.name.replace("Not", ""), condition.key.lower()
        if key not in setting.constants and (name in TAKES_VARIABLES or name == "IpAddress"):
            limiting = (
                text for text in _texts(condition, policy, setting) if limits_access(key, text, without=without)
            )
            found[name, key].update(dict.fromkeys(limiting))
    return {about: values for about, values in found.items() if values}


def _texts(condition: Condition, policy: Policy, setting: Setting) -> Iterator[str]:
    for value in condition.values:
        takes_variables = policy.has_variables and condition.operator.name in TAKES_VARIABLES
        wording = fill_in(value, setting) if takes_variables else Wording(value)
        if wording is not None:
            yield value if wording.is_open else wording.plain


def is_public(policy: Policy, *, owner_account: str, in_access_point: bool = False) -> bool:
    """Whether the policy grants access to everybody, by Amazon S3's meaning of public.

    Denies count: what they close is not public. S3 documents Block Public Access to act on public policies only, so
    where the two readings differ this one keeps the finding.

    Args:
        policy: of a bucket or of an access point.
        owner_account: whose principals are no public.
        in_access_point: whether it is an access point's policy.

    Raises:
        UndecidedError: the step budget ended.
    """
    known = {"aws:resourceaccount": (owner_account,)}
    limits = limits_of(policy, Setting(known), without=IN_ACCESS_POINT if in_access_point else frozenset())
    # Whom an identity provider vouches for assumes a role, and does not come to a bucket.
    others = (Principal(type_, "*") for type_ in (PrincipalType.SERVICE, PrincipalType.FEDERATED))
    no_public = Policy((_anything(principals=Only((Principal(PrincipalType.AWS, owner_account), *others))),))
    return find_answer(Question((policy,), not_allowed=(limits, no_public), constants=known)) is not None
