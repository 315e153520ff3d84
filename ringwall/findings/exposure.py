"""How far a cube reaches, in one word."""

from __future__ import annotations

from collections.abc import Iterable

from ringwall.findings.finding import Exposure
from ringwall.reasoning.label import PRINCIPAL, Label

_ORGANIZATION_KEYS = frozenset(("aws:principalorgid", "aws:principalorgpaths", "aws:sourceorgid", "aws:sourceorgpaths"))
_NETWORK_KEYS = frozenset(
    (
        "aws:sourceip",
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
        "elasticfilesystem:accessedviamounttarget",
    )
)
_BY_TYPE = {
    "Federated": Exposure.FEDERATED,
    "Service": Exposure.CONFUSED_DEPUTY,
    "AWS": Exposure.CROSS_ACCOUNT,
    "CanonicalUser": Exposure.CROSS_ACCOUNT,
}


def exposure_of(labels: Iterable[Label], *, is_public: bool, anonymous: bool) -> Exposure:
    """The widest word that is true of the cube.

    Args:
        labels: one for each key.
        is_public: whether it is open to everybody.
        anonymous: whether somebody without credentials gets in.
    """
    principal, *keys = labels
    assert principal.key == PRINCIPAL
    if is_public:
        return Exposure.PUBLIC if anonymous else Exposure.ANY_AWS_PRINCIPAL
    if not principal.is_any:
        return _BY_TYPE[principal.type]
    named = {label.key.lower() for label in keys if not label.is_any}
    if named & _ORGANIZATION_KEYS:
        return Exposure.ORGANIZATION
    return Exposure.NETWORK if named & _NETWORK_KEYS else Exposure.CROSS_ACCOUNT
