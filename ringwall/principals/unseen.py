"""Permissions whose use no source shows: they are checked within calls of other names."""

from __future__ import annotations

from functools import cache

from ringwall.policy.service_reference import access_level, known_actions

UNSEEN = frozenset({"iam:PassRole"})
"""No call is named after them, and IAM does not count them as use of their service either.

Source: IAM User Guide, "Things to know about last accessed information": `PassRole` is not tracked, and is no part of
IAM's service last accessed information.
"""

_TAKING = ("Delete", "Remove", "Untag")


@cache
def unseen_in(namespace: str) -> frozenset[str]:
    """Those of `UNSEEN` that are of a service."""
    return frozenset(action for action in UNSEEN if action.startswith(f"{namespace}:"))


@cache
def asked_within_others(namespace: str) -> frozenset[str]:
    """Actions of a service that its other calls ask for too: while it is in use, silence about them says nothing.

    Source: Amazon EC2 User Guide, "Grant permission to tag Amazon EC2 resources during creation": who creates something
    with tags needs the permission to tag, and makes no call of that name.
    """
    tagging = {action for action in known_actions(namespace) if access_level(action) == "Tagging"}
    return frozenset(each for each in tagging if not each.partition(":")[2].startswith(_TAKING)) | unseen_in(namespace)
