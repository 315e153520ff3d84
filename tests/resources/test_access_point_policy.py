"""Policies of access points, rewritten for the bucket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwall.policy.ast import AllBut, Only, Pattern
from ringwall.policy.parse import parse_policy
from ringwall.policy.wildcard import matches_arn
from ringwall.resources.access_point_policy import for_bucket
from ringwall.resources.translate import condition
from tests.resources.sharing import a_policy, a_statement

POINT = "arn:aws:s3:eu-west-1:111122223333:accesspoint/door"
BUCKET = "arn:aws:s3:::site"
ACTIONS = ("s3:GetObject", "s3:ListBucket", "s3:PutObject")
PINS = [condition("StringEquals", "s3:DataAccessPointArn", POINT)]


def rewritten(**statement):
    return for_bucket(
        parse_policy(a_policy(a_statement(**statement))), access_point=POINT, bucket=BUCKET, actions=ACTIONS, pins=PINS
    )


def resources(**statement):
    [found] = rewritten(**statement).statements
    return {each.text for each in found.resources.members}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (POINT, {BUCKET}),
        (f"{POINT}/object/a/b.txt", {f"{BUCKET}/a/b.txt"}),
        (f"{POINT}/object/*", {f"{BUCKET}/*"}),
        (f"{POINT}/object/reports/*", {f"{BUCKET}/reports/*"}),
        (f"{POINT}/*", {f"{BUCKET}/*"}),
        (f"{POINT}*", {BUCKET, f"{BUCKET}/*"}),
        (f"{POINT}/object/??", {f"{BUCKET}/??"}),
        ("*", {BUCKET, f"{BUCKET}/*"}),
        ("arn:aws:s3:*:*:accesspoint/*/object/*", {f"{BUCKET}/*"}),
        ("arn:aws:s3:*", {BUCKET, f"{BUCKET}/*"}),
        ("arn:aws:s3:*:accesspoint/door", set()),
        (f"{POINT}x/object/*", set()),
        (f"{POINT.replace('eu-west-1', 'us-east-1')}/object/*", set()),
        (f"{BUCKET}/*", set()),
        (f"{POINT}/object/${{aws:username}}/*", {f"{BUCKET}/${{aws:username}}/*"}),
    ],
)
def test_a_resource_of_the_access_point_is_one_of_the_bucket(written, meant):
    """
    An access point is its bucket, an object behind it the object in the bucket; anything else is nothing.
    """
    assert resources(Resource=written) == meant


@pytest.mark.parametrize(("effect", "meant"), [("Allow", {f"{BUCKET}/*"}), ("Deny", set())])
def test_a_variable_in_the_name_of_the_access_point_never_hides_access(effect, meant):
    """
    Nobody knows what it will be: it allows what it may allow, and denies nothing.
    """
    name = POINT.replace("door", "${aws:PrincipalTag/team}")

    assert resources(Effect=effect, Resource=f"{name}/object/*") == meant


def test_what_is_excluded_is_rewritten_too():
    """
    NotResource stays NotResource.
    """
    statement = a_statement(NotResource=f"{POINT}/object/secret/*")
    del statement["Resource"]

    [found] = for_bucket(
        parse_policy(a_policy(statement)), access_point=POINT, bucket=BUCKET, actions=ACTIONS, pins=PINS
    ).statements

    assert found.resources == AllBut((Pattern(f"{BUCKET}/secret/*"),))


def test_only_what_is_allowed_is_pinned_to_the_access_point():
    """
    A Deny may be as wide as it was written.
    """
    policy = parse_policy(a_policy(a_statement(), a_statement(Effect="Deny")))

    allowed, denied = for_bucket(policy, access_point=POINT, bucket=BUCKET, actions=ACTIONS, pins=PINS).statements

    assert (allowed.conditions, denied.conditions) == (tuple(PINS), ())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"Action": "S3:get*"}, ["s3:GetObject"]),
        ({"Action": ["s3:*", "s3:DeleteBucket"]}, [*ACTIONS]),
        ({"NotAction": "s3:*Object"}, ["s3:ListBucket"]),
        ({"Action": "s3:DeleteBucket"}, []),
    ],
)
def test_what_is_allowed_is_what_can_be_done_through_an_access_point(written, meant):
    """
    Nobody deletes a bucket through an access point, whatever its policy says.
    """
    statement = {key: value for key, value in a_statement().items() if key != "Action"} | written

    [found] = for_bucket(
        parse_policy(a_policy(statement)), access_point=POINT, bucket=BUCKET, actions=ACTIONS, pins=[]
    ).statements

    assert found.actions == Only(tuple(Pattern(action) for action in meant))


def test_statements_stay_where_they_stood():
    """
    Their spans point into the text of the access point's policy.
    """
    text = a_policy(a_statement(Resource="arn:aws:s3:::other"), a_statement(Resource=POINT))
    policy = parse_policy(text)

    found = for_bucket(policy, access_point=POINT, bucket=BUCKET, actions=ACTIONS, pins=PINS)

    assert [each.span for each in found.statements] == [each.span for each in policy.statements]
    assert [len(each.resources.members) for each in found.statements] == [0, 1]


@given(
    st.text("ab/:*?", max_size=8),
    st.sampled_from(["", "arn:aws:s3:eu-west-1:1:accesspoint/door", "arn:*:s3:?u-*:1:", "arn:aws:s3*", "arn:aws:"]),
    st.sampled_from(["", "a", "ab", "a/b", "b:a", "aab/"]),
)
def test_the_rewritten_pattern_matches_what_the_pattern_matched(end, start, key):
    """
    For every pattern and every key: an object is meant after as it was meant before.
    """
    point = "arn:aws:s3:eu-west-1:1:accesspoint/door"
    pattern = start + end
    policy = parse_policy(a_policy(a_statement(Resource=pattern)))

    [found] = for_bucket(policy, access_point=point, bucket=BUCKET, actions=ACTIONS, pins=[]).statements

    assert isinstance(found.resources, Only)
    is_meant = any(matches_arn(each.text, f"{BUCKET}/{key}") for each in found.resources.members)
    assert is_meant == matches_arn(pattern, f"{point}/object/{key}")
