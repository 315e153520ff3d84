"""Principals as tests need them."""

from datetime import UTC, datetime

from ringwall.principals.principal import IdentityPolicy, PolicyKind, PrincipalKind
from tests import principal_words as words
from tests.principal_words import document

ACCOUNT = "111122223333"
THEN = datetime(2024, 1, 1, tzinfo=UTC)


def policy(*statements, name="given", version="2012-10-17", kind=PolicyKind.INLINE):
    """An identity policy of these statements."""
    return IdentityPolicy(name, kind, document(*statements, version=version))


def principal(*policies, kind=PrincipalKind.ROLE, name="app", groups=(), boundary=None, **others):
    """A user or role with these policies."""
    make = words.user if kind is PrincipalKind.USER else words.role
    return make(ACCOUNT, name, *policies, groups=groups, boundary=boundary, **{"created_at": THEN, **others})


def user(*policies, **others):
    """A user with these policies."""
    return principal(*policies, kind=PrincipalKind.USER, **others)


def group(*policies, name="staff"):
    """A group with these policies."""
    return words.group(ACCOUNT, name, *policies, members=1)
