"""What "public" means: who limits access to fixed values, and who does not.

Source: Amazon S3 User Guide, Blocking public access, "The meaning of public".
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from ringwall.arn import find_arn
from ringwall.policy.ast import Policy
from ringwall.reasoning.box import Box
from ringwall.reasoning.box_index import BoxIndex
from ringwall.reasoning.callers import ACCOUNT, KIND
from ringwall.reasoning.encode import Setting, is_allowed, keys_with_set_operators
from ringwall.reasoning.label import PRINCIPAL, Label
from ringwall.reasoning.labels import labels_of
from ringwall.reasoning.mining import Grant, Mode, mine
from ringwall.reasoning.principals import inside
from ringwall.reasoning.region import Budget
from ringwall.reasoning.unions import AnyOf
from ringwall.reasoning.values import KeySet, texts

_FIXED_VALUES = frozenset(
    (
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:sourceaccount",
        "aws:sourceorgid",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "elasticfilesystem:accessedviamounttarget",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
    )
)
"""Keys whose values limit access where they hold no wildcard."""
_PATHS = frozenset(("aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"))
_ARNS = frozenset(("aws:principalarn", "aws:sourcearn", "aws:sourcevpcarn", "s3:dataaccesspointarn"))
IN_ACCESS_POINT = frozenset(("s3:dataaccesspointarn",))
"""What limits nothing in an access point's own policy."""
DELEGATED = frozenset(("s3:dataaccesspointarn", "s3:dataaccesspointaccount"))
"""What limits nothing where another account's access point, whose policy cannot be seen, decides who gets in."""
_WIDEST = {4: 8, 6: 32}
"""Networks wider than this are the public."""


def is_public_cube(labels: Iterable[Label], *, without: frozenset[str] = frozenset()) -> bool:
    """Whether a cube is open to everybody: any principal, and no key limited to fixed values.

    Args:
        labels: one for each key.
        without: keys, in lower case, that limit nothing here.
    """
    for label in labels:
        if label.key == PRINCIPAL and not label.is_any:
            return False
        if label.key != PRINCIPAL and label.key.lower() not in without and not label.is_any and _is_limit(label):
            return False
    return True


def _is_limit(label: Label) -> bool:
    key = label.key.lower()
    fixed = not set(label.text) & set("*?$")
    if key in _FIXED_VALUES:
        return fixed
    if key in _PATHS:
        return "/" in label.text and not set(label.text.split("/", 1)[0]) & set("*?$")
    if key in _ARNS:
        return fixed or _has_fixed_account(label.text)
    if key == "aws:userid":
        return fixed and not label.text.endswith(":*")
    return key == "aws:sourceip" and _is_narrow(label.text)


def _has_fixed_account(text: str) -> bool:
    arn = find_arn(text)
    return arn is not None and bool(arn.account) and not set(arn.account) & set("*?$")


def _is_narrow(text: str) -> bool:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= _WIDEST[network.version] or (network.version == 4 and network.is_private)


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
    budget = Budget()
    setting = Setting(constants={"aws:resourceaccount": (owner_account,)}, many=keys_with_set_operators((policy,)))
    allowed, refused = is_allowed(policy, setting)
    involved = [(policy, statement) for statement in policy.statements]
    keys = labels_of(involved, setting, budget, owner_account=None, with_services=False)
    services = KeySet(False, texts(AnyOf(frozenset(("service",)))))
    trusted = BoxIndex((Box({ACCOUNT: inside(ACCOUNT, (owner_account,))}), Box({KIND: services})))
    denied = BoxIndex(refused)
    grants = [Grant(box, denied, 0) for box in allowed]
    cubes = mine(grants, trusted, keys, budget, mode=Mode.AWS).cubes
    without = IN_ACCESS_POINT if in_access_point else frozenset()
    return any(is_public_cube(cube.labels, without=without) for cube in cubes)
