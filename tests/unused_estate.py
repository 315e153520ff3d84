"""An estate of users and roles whose unused access is known by construction.

Every principal is made by a recipe that also states the findings that are true of it. `ESTATE` has them all;
`tests/test_unused_estate.py` holds the judgement to it. What principals did is in `Member.events`, so that policies
can be replayed over all recorded use.
"""

from functools import cache

from msgspec.structs import replace

from ringwall.findings.unused_access import Exclusion, UnusedAccess
from tests.unused_policies import POLICIES
from tests.unused_roles import ROLES, never_used
from tests.unused_troubles import TROUBLES
from tests.unused_users import USERS
from tests.unused_words import AGE, EXCLUDED, FOUR, NOW, ONE, THREE, TWO, Member

__all__ = ["ANALYSIS", "NOW", "estate", "events_that_stay", "principals"]

ANALYSIS = UnusedAccess(
    age=AGE,
    exclusions=(
        Exclusion(accounts=frozenset((EXCLUDED,))),
        Exclusion(tags=({"team": "sandbox"}, {"env": "test", "owner": ""})),
    ),
)
"""The analyzer that the expected findings are for."""

_TAGS = (
    ({"team": "sandbox"}, True),
    ({"env": "test", "owner": "somebody"}, True),
    ({"team": "platform"}, False),
    ({"env": "test"}, False),
)
"""Tags, and whether they exclude their principal."""


@cache
def estate():
    """All members, by account and recipe; a principal's ARN occurs once."""
    recipes = (*ROLES, *POLICIES, *USERS, *TROUBLES)
    accounts = (ONE, TWO, THREE, FOUR)
    judged = (recipe(account, n) for account in accounts for recipe in recipes for n in range(3))
    return (*judged, *(_tagged(account, n) for account in accounts for n in range(len(_TAGS))), *_of_excluded_account())


def principals():
    """Every principal with the evidence about it, as a collection would give them."""
    return tuple(member.access for member in estate())


def events_that_stay(member):
    """What a principal did and has to be able to do again: all but what the recipe says is unused."""
    unused = {
        (service, f"{service}:{action}")
        for finding in member.expected
        for service, _, actions in finding.services
        for action in [name for name, _ in actions] or [""]
    }
    return tuple(
        each for each in member.events if not {(each.service, each.action), (each.service, f"{each.service}:")} & unused
    )


def _tagged(account, n):
    tags, is_excluded = _TAGS[n]
    found = never_used(account, 10 + n)
    principal = replace(found.access.principal, tags=tags)
    return Member(replace(found.access, principal=principal), found.events, () if is_excluded else found.expected)


def _of_excluded_account():
    return (Member(each.access, each.events, ()) for each in (never_used(EXCLUDED, n) for n in range(3)))
