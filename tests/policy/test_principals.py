"""Principals that the corpus cannot write, since no valid policy holds them."""

import pickle

import pytest

from ringwall.policy.ast import AllBut, Effect, Only, Principal, PrincipalType
from ringwall.policy.principals import covers_caller, is_named, is_spared, names_session
from ringwall.policy.request import ANONYMOUS, Caller, CallerKind, parse_caller

ACCOUNT = "222222222222"
ROLE = parse_caller(f"arn:aws:iam::{ACCOUNT}:role/team/app")
SERVICE = parse_caller("sns.amazonaws.com")


def aws(value):
    return Principal(PrincipalType.AWS, value)


@pytest.mark.parametrize("effect", Effect)
def test_an_absent_element_is_about_everyone(effect):
    """
    An identity policy names nobody: it is about whom it hangs on.
    """
    assert all(covers_caller(None, caller, effect) for caller in (ANONYMOUS, ROLE, SERVICE))


@pytest.mark.parametrize("effect", Effect)
def test_an_empty_element_is_about_nobody(effect):
    """
    Only nobody is nobody, and all but nobody is everyone.
    """
    assert not covers_caller(Only(()), ROLE, effect)
    assert covers_caller(AllBut(()), ROLE, effect)


def test_a_star_stays_within_its_type():
    """
    A `*` beside Service means services, if AWS took it; only beside AWS it means everyone.
    """
    star = Principal(PrincipalType.SERVICE, "*")

    assert is_named(star, SERVICE)
    assert not is_named(star, ROLE)
    assert not is_named(star, ANONYMOUS)


def test_wildcards_in_an_arn_are_text():
    """
    AWS allows no partial wildcards in principals.
    """
    assert not is_named(aws(f"arn:aws:iam::{ACCOUNT}:role/*"), ROLE)
    assert not is_named(aws("arn:aws:iam::*:root"), ROLE)


def test_a_session_carries_the_name_of_its_role_without_the_path():
    """
    The session of a role with a path is named without it.
    """
    assert names_session(aws(f"arn:aws:sts::{ACCOUNT}:assumed-role/app/session"), ROLE)
    assert not names_session(aws(ROLE.arn), ROLE)


def test_a_session_listed_with_its_account_alone_is_spared():
    """
    Where no user and no role of the account is listed, the account suffices for everybody but the role's other sessions.
    """
    listed = AllBut((aws(ACCOUNT), aws(f"arn:aws:sts::{ACCOUNT}:assumed-role/app/session")))
    other = Caller(CallerKind.ROLE, arn=ROLE.arn, session=f"arn:aws:sts::{ACCOUNT}:assumed-role/app/other")

    assert is_spared(listed, ROLE)
    assert not is_spared(listed, other)
    assert is_spared(listed, parse_caller(f"arn:aws:iam::{ACCOUNT}:user/alice"))


def test_a_caller_listed_by_its_unique_id_is_spared():
    """
    What AWS wrote in place of a role's ARN stands for the role, beside its account.
    """
    caller = Caller(CallerKind.ROLE, arn=ROLE.arn, session=ROLE.session, user_id="AROAEXAMPLEROLEIDABCD:session")
    listed = AllBut((aws(ACCOUNT), aws(f"arn:aws:iam::{ACCOUNT}:user/alice"), aws("AROAEXAMPLEROLEIDABCD")))

    assert is_spared(listed, caller)
    assert not is_spared(listed, ROLE)


def test_a_listed_canonical_user_is_spared():
    """
    A canonical user id needs no account beside it.
    """
    caller = Caller(CallerKind.USER, arn=f"arn:aws:iam::{ACCOUNT}:user/alice", canonical_id="c" * 64)

    assert is_spared(AllBut((Principal(PrincipalType.CANONICAL_USER, "c" * 64),)), caller)
    assert not is_spared(AllBut((Principal(PrincipalType.CANONICAL_USER, "d" * 64),)), caller)


def test_a_scope_that_was_looked_up_is_what_it_was_in_another_process():
    """
    Its hash is kept, and differs by process: it does not go along when the scope is sent there.
    """
    scope = Only((aws(ACCOUNT), aws("*")))
    hash(scope)

    sent = pickle.loads(pickle.dumps(scope))

    assert (vars(sent), sent) == ({"members": scope.members}, scope)
    assert hash(sent) == hash(scope)
