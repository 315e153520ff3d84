"""Callers are consistent: whoever is picked from a box exists as a principal that the policy means."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwall.errors import UndecidedError
from ringwall.policy import principals as reading
from ringwall.policy.ast import AllBut, Effect, Only, Policy, Principal, PrincipalType
from ringwall.policy.conditions import condition_holds
from ringwall.policy.request import CallerKind, Request, parse_caller, with_derived_keys
from ringwall.reasoning.callers import (
    ACCOUNT,
    ARN,
    KIND,
    NAME,
    ORGANIZATION,
    PATHS,
    PROVIDER,
    SERVICE,
    SESSION,
    pick_caller,
)
from ringwall.reasoning.encode import point_of, request_at, statement_applies
from ringwall.reasoning.intervals import closed, union
from ringwall.reasoning.patterns import arn_like, glob
from ringwall.reasoning.principals import covers_caller
from ringwall.reasoning.text import AnyOf, none_of
from ringwall.reasoning.typed import Kind
from ringwall.reasoning.values import ABSENT, PRESENT, KeySet, ValueSet, points, texts
from ringwall.reasoning.variables import Setting
from tests.reasoning.small_sets import decided
from tests.strategies import CALLERS, KEYS, ONE, WITHOUT_VARIABLES, principals, requests, statements

effects = st.sampled_from(Effect)
OF_CALLERS = replace(
    WITHOUT_VARIABLES, keys=tuple(key for key in KEYS if key.name.startswith(("aws:Principal", "aws:username")))
)


@given(principals(), effects)
def test_a_caller_is_in_the_boxes_exactly_if_the_element_means_it(scope, effect):
    """
    Principal and NotPrincipal, in Allow and in Deny, say the same in both readings, of every kind of caller.
    """
    boxes = covers_caller(scope, effect)
    points = {caller: point_of(with_derived_keys(Request(caller, "s3:GetObject", "*"))) for caller in CALLERS}

    meant = {caller for caller, point in points.items() if any(point in box for box in boxes)}

    assert meant == {caller for caller in CALLERS if reading.covers_caller(scope, caller, effect)}


def test_the_root_of_an_account_is_that_of_its_partition():
    """
    An account of the same number in another partition is another account.
    """
    [box] = covers_caller(Only((Principal(PrincipalType.AWS, f"arn:aws-cn:iam::{ONE}:root"),)), Effect.ALLOW)
    inside, outside = (parse_caller(f"arn:{partition}:iam::{ONE}:user/a") for partition in ("aws-cn", "aws"))

    assert point_of(with_derived_keys(Request(inside, "s3:GetObject", "*"))) in box
    assert point_of(with_derived_keys(Request(outside, "s3:GetObject", "*"))) not in box


@pytest.mark.xfail(strict=True, reason="the boxes of a Deny with NotPrincipal do not tell partitions apart")
def test_the_root_of_an_account_in_another_partition_is_not_spared():
    """
    A Deny with NotPrincipal refuses it: an account of the same number in another partition is another account.
    """
    boxes = covers_caller(AllBut((Principal(PrincipalType.AWS, f"arn:aws-cn:iam::{ONE}:root"),)), Effect.DENY)
    point = point_of(with_derived_keys(Request(parse_caller(ONE), "s3:GetObject", "*")))

    assert any(point in box for box in boxes)


@given(principals(), effects, principals(), effects)
def test_whoever_is_picked_is_meant(scope, effect, other, other_effect):
    """
    Also by two elements at once: ARN, account, session and provider fit together.
    """
    for box in covers_caller(scope, effect):
        for second in covers_caller(other, other_effect):
            point = (box & second).pick()
            if point is not None:
                caller = request_at(point).caller
                assert reading.covers_caller(scope, caller, effect)
                assert reading.covers_caller(other, caller, other_effect)


@given(statements(OF_CALLERS), requests(OF_CALLERS))
def test_conditions_on_the_caller_pick_callers_that_meet_them(statement, request):
    """
    Whoever is picked meets every condition; where nobody is, no request of the statement exists.
    """
    policy = Policy((statement,))
    boxes = statement_applies(policy, statement, Setting())

    for box in boxes:
        try:
            point = box.pick()
        except UndecidedError:
            continue
        if point is None:
            assert point_of(request) not in box
            continue
        found = request_at(point)
        assert all(
            condition_holds(each, found, effect=statement.effect, has_variables=False) for each in statement.conditions
        )


def listed(*values):
    return KeySet(False, texts(AnyOf(frozenset(values))))


def like(pattern):
    return KeySet(False, texts(AnyOf(patterns=(glob(pattern),))))


def test_a_caller_without_constraints_is_anonymous():
    """
    The simplest witness.
    """
    assert pick_caller({})[KIND] == ("anonymous",)


@pytest.mark.parametrize("kind", list(CallerKind), ids=lambda kind: kind.value)
def test_every_kind_of_caller_can_be_picked(kind):
    """
    And is consistent in itself: its request says the same as its dimensions.
    """
    point = pick_caller({KIND: listed(kind.value)})

    assert request_at(point).caller.kind is kind
    assert {**point, **point_of(request_at(point))} == point_of(request_at(point))


@pytest.mark.parametrize("kind", [Kind.NUMBER, Kind.INSTANT])
def test_an_account_is_no_range(kind):
    """
    An account that is compared as a number is still that account, or the answer is undecided.
    """
    account = KeySet(False, points(kind, union([closed(Decimal(111_111_111_111), Decimal(111_111_111_111))])))

    point, is_decided = decided(pick_caller, {ACCOUNT: account})

    assert not is_decided or point[ACCOUNT] == ("111111111111",)


def test_the_account_of_an_arn_is_the_callers():
    """
    Nobody of one account has an ARN of another.
    """
    role = texts(AnyOf(patterns=(arn_like("arn:aws:iam::222222222222:role/*"),)))

    assert pick_caller({ACCOUNT: listed("111111111111"), ARN: KeySet(False, role)}) is None
    assert pick_caller({ACCOUNT: listed("222222222222"), ARN: KeySet(False, role)})[ACCOUNT] == ("222222222222",)


def test_a_session_is_one_of_its_role():
    """
    With the path of the role left open.
    """
    session = "arn:aws:sts::222222222222:assumed-role/r/s"

    point = pick_caller({SESSION: listed(session), ARN: like("*/deep/r")})

    assert point[SESSION] == (session,)
    assert point[ARN][0].endswith("/deep/r")
    assert pick_caller({SESSION: listed(session), ARN: like("*/q")}) is None


def test_a_users_name_ends_its_arn():
    """
    A name and an ARN that do not fit are nobody's.
    """
    point = pick_caller({NAME: listed("ann"), ARN: like("arn:aws:iam::222222222222:user/*")})

    assert point[ARN][0].endswith("ann")
    assert pick_caller({NAME: listed("ann"), ARN: listed("arn:aws:iam::222222222222:user/bob")}) is None


def test_only_users_have_names_and_only_roles_have_sessions():
    """
    A caller with both does not exist.
    """
    assert pick_caller({NAME: PRESENT, SESSION: PRESENT}) is None
    assert pick_caller({NAME: PRESENT})[KIND] == ("user",)
    assert pick_caller({SESSION: PRESENT})[KIND] == ("role",)


def test_a_service_has_no_account():
    """
    Nor a provider: a box that asks for both has no caller.
    """
    service = listed("sns.amazonaws.com")

    assert pick_caller({SERVICE: service})[KIND] == ("service",)
    assert pick_caller({SERVICE: service, ACCOUNT: PRESENT}) is None
    assert pick_caller({SERVICE: service, PROVIDER: PRESENT}) is None


def test_paths_begin_with_the_organization_and_neither_is_without_the_other():
    """
    Whoever is in an organization stands somewhere in it.
    """
    path = KeySet(False, demands=(texts(AnyOf(frozenset({"o-a/r-a/"}))),), many=True)

    assert pick_caller({PATHS: path, ORGANIZATION: listed("o-a")})[PATHS] == ("o-a/r-a/",)
    assert pick_caller({PATHS: path, ORGANIZATION: listed("o-b")}) is None
    assert pick_caller({PATHS: path, ORGANIZATION: ABSENT}) is None


def test_the_anonymous_have_no_organization():
    """
    Nor an ARN.
    """
    nobody = {KIND: listed("anonymous")}

    assert pick_caller({**nobody, ORGANIZATION: PRESENT}) is None
    assert pick_caller({**nobody, ARN: PRESENT}) is None
    assert pick_caller({**nobody, ACCOUNT: listed("anonymous")}) is not None


def test_nobody_has_an_account_that_is_called_anonymous():
    """
    It is the word for those who have none.
    """
    signed = KeySet(False, ValueSet(none_of(AnyOf(frozenset({"anonymous"})))))

    assert pick_caller({ACCOUNT: listed("anonymous"), ARN: PRESENT}) is None
    assert pick_caller({ACCOUNT: signed, ARN: ABSENT, KIND: listed("anonymous")}) is None
