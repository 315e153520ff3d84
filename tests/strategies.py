"""Small random policies and requests, over so few words that they often meet.

Every strategy takes a `Vocabulary`, so that a test can leave out what it is not about:
`policies(replace(SMALL, keys=(...)))`, `policies(WITHOUT_VARIABLES)`. `tests.neighbours` has requests that meet a
policy and policies that are a small edit apart; `tests/test_strategies.py` holds what must occur how often.
"""

from dataclasses import dataclass, replace
from functools import cache

from hypothesis import strategies as st

from ringwall.policy.ast import (
    AllBut,
    Condition,
    Effect,
    Only,
    Operator,
    Pattern,
    Policy,
    Principal,
    PrincipalType,
    Quantifier,
    Statement,
)
from ringwall.policy.conditions import OPERATORS
from ringwall.policy.request import ANONYMOUS, Caller, Request, parse_caller, with_derived_keys

ONE, TWO, IN_CHINA = "111111111111", "222222222222", "333333333333"


@dataclass(frozen=True)
class Key:
    """A condition key, what policies say of it, and what requests hold."""

    name: str
    operators: tuple[str, ...]
    """Prefixes of the operators that suit it; others are drawn too, but less often."""
    wanted: tuple[str, ...]
    given: tuple[str, ...]
    """Empty for keys that follow from the caller."""
    multivalued: bool = False
    avoided: tuple[str, ...] = ()
    """Prefixes of operators that are never drawn."""


TEXT, ARN, ADDRESS = (
    ("String", "Null"),
    ("Arn", "StringLike", "StringNotLike", "Null"),
    ("IpAddress", "NotIpAddress", "Null"),
)
NUMBER, DATE, FLAG, BYTES = ("Numeric", "Null"), ("Date", "Null"), ("Bool", "Null"), ("Binary", "Null")
PATTERNS = ("", "a", "b", "ab", "A", "*", "?", "a*", "*b", "a?", "?*", "*a*b")
ORGANIZATIONS = ("o-a", "o-b")
RANGES = ("Numeric", "Date", "IpAddress", "NotIpAddress")
"""Operators that a caller's ARN and account are not drawn with: what they mean there is not decided well yet. See
`test_an_account_is_no_range` in tests/reasoning/test_callers.py."""

KEYS = (
    Key(
        "aws:SourceIp",
        ADDRESS,
        ("10.0.0.0/8", "10.0.0.0/9", "10.1.2.3", "0.0.0.0/0", "2001:db8::/32", "::/0", "a"),
        ("10.1.2.3", "10.200.0.1", "192.0.2.1", "2001:db8::1", "2001:db9::1"),
    ),
    Key("aws:PrincipalOrgID", TEXT, ("o-a", "o-b", "o-?", "*", "O-A"), ()),
    Key("aws:PrincipalOrgPaths", TEXT, ("o-a/*", "o-a/r-a/ou-a/*", "o-b/r-b/", "o-?/*", "*"), (), multivalued=True),
    Key(
        "aws:PrincipalArn",
        ARN,
        (
            f"arn:aws:iam::{ONE}:role/a",
            f"arn:aws:iam::{ONE}:*",
            f"arn:*:iam::{TWO}:user/*",
            "arn:aws:iam::*:role/p/?",
            "*",
        ),
        (),
        avoided=RANGES,
    ),
    Key("aws:PrincipalAccount", TEXT, (ONE, TWO, "1*", "*"), (), avoided=RANGES),
    Key(
        "aws:SourceArn",
        ARN,
        (
            *(f"arn:aws:sns:*:{ONE}:a", "arn:aws:sns:*:*:*", f"arn:aws:s3:::{ONE}", "arn:aws:s3:::a*", "*", "a"),
            *(f"arn:*:*:*:{ONE}:*", "arn:aws:s?s:??-west-1:*", "arn:aws:sns:eu-west-1:?*:a:?", "arn:aws:s*"),
        ),
        (f"arn:aws:sns:eu-west-1:{ONE}:a", f"arn:aws:sns:eu-west-1:{TWO}:a:b", "arn:aws:s3:::a"),
    ),
    Key("aws:SourceAccount", TEXT, (ONE, TWO, "*"), (ONE, TWO)),
    Key("aws:SourceVpc", TEXT, ("vpc-a", "vpc-b", "vpc-*", "VPC-A"), ("vpc-a", "vpc-b")),
    Key("aws:TagKeys", TEXT, PATTERNS, ("a", "b", "ab", "A"), multivalued=True),
    Key("aws:SecureTransport", FLAG, ("true", "false", "TRUE", "a"), ("true", "false")),
    Key("s3:prefix", TEXT, PATTERNS, ("", "a", "b", "ab", "aab", "A", "*")),
    Key(
        "aws:CurrentTime",
        DATE,
        ("2020-01-01T00:00:00Z", "2024-01-01T00:00:00Z", "2024-01-01", "1577836800", "a"),
        ("2020-01-01T00:00:00Z", "2022-06-01T12:00:00Z", "2024-01-01T00:00:01Z", "a"),
    ),
    Key("s3:max-keys", NUMBER, ("10", "10.0", "-1", "2.5", "1e2", "a"), ("0", "10", "11", "2.5", "100", "a")),
    Key("kms:EncryptionContext:a", BYTES, ("YQ==", "Yg==", "a"), ("YQ==", "Yg==")),
    Key("aws:username", TEXT, ("a", "b", "?"), ()),
    Key("x:unknown", TEXT, PATTERNS, ("a", "b", "ab")),
)

NAMED_PRINCIPALS = (
    Principal(PrincipalType.AWS, "*"),
    Principal(PrincipalType.AWS, ONE),
    Principal(PrincipalType.AWS, f"arn:aws:iam::{TWO}:root"),
    Principal(PrincipalType.AWS, f"arn:aws:iam::{ONE}:user/a"),
    Principal(PrincipalType.AWS, f"arn:aws:iam::{ONE}:role/a"),
    Principal(PrincipalType.AWS, f"arn:aws:iam::{TWO}:role/p/b"),
    Principal(PrincipalType.AWS, f"arn:aws:sts::{ONE}:assumed-role/a/s"),
    Principal(PrincipalType.AWS, f"arn:aws:sts::{ONE}:federated-user/a"),
    Principal(PrincipalType.AWS, "AROAAAAAAAAAAAAAAAAAA"),
    Principal(PrincipalType.AWS, f"arn:aws-cn:iam::{IN_CHINA}:root"),
    Principal(PrincipalType.SERVICE, "sns.amazonaws.com"),
    Principal(PrincipalType.SERVICE, "s3.amazonaws.com"),
    Principal(PrincipalType.SERVICE, "*"),
    Principal(PrincipalType.FEDERATED, "accounts.google.com"),
    Principal(PrincipalType.FEDERATED, f"arn:aws:iam::{ONE}:oidc-provider/example.com"),
    Principal(PrincipalType.FEDERATED, "*"),
    Principal(PrincipalType.CANONICAL_USER, "c" * 64),
    Principal(PrincipalType.CANONICAL_USER, "*"),
)

CALLERS = (
    ANONYMOUS,
    parse_caller(ONE),
    parse_caller(TWO),
    parse_caller(f"arn:aws:iam::{ONE}:user/a"),
    parse_caller(f"arn:aws:iam::{TWO}:user/p/b"),
    parse_caller(f"arn:aws:iam::{ONE}:role/a"),
    parse_caller(f"arn:aws:iam::{TWO}:role/p/b"),
    parse_caller(f"arn:aws:sts::{ONE}:assumed-role/a/s"),
    parse_caller(f"arn:aws:sts::{ONE}:assumed-role/a/t"),
    parse_caller(f"arn:aws:sts::{ONE}:federated-user/a"),
    parse_caller(f"arn:aws-cn:iam::{IN_CHINA}:user/a"),
    replace(parse_caller(f"arn:aws:iam::{ONE}:role/a"), user_id="AROAAAAAAAAAAAAAAAAAA:session"),
    replace(parse_caller(f"arn:aws:iam::{TWO}:user/a"), canonical_id="c" * 64),
    parse_caller("sns.amazonaws.com"),
    parse_caller("accounts.google.com"),
    parse_caller(f"arn:aws:iam::{ONE}:oidc-provider/example.com"),
)


@dataclass(frozen=True)
class Vocabulary:
    """The words that policies and requests are made of."""

    actions: tuple[str, ...] = ("s3:GetObject", "S3:getobject", "s3:Get*", "s3:*", "s3:?etObject", "sqs:*", "*")
    resources: tuple[str, ...] = (
        *("*", "arn:aws:s3:::a", "arn:aws:s3:::a/*", "arn:aws:s3:::a/?", "arn:aws:s3:::*", "arn:*:s3:::b*"),
        *(
            "arn:aws:s3*",
            "arn:aws:s?:::a",
            "arn:aws:s3:*:*:a",
            f"arn:aws:sqs:eu-*:{ONE[:4]}*:a",
            "*:a",
            "arn:*:*:??-*-?:*",
        ),
        *("arn:aws:s3:::a/${aws:username}", "arn:aws:s3:::${s3:prefix, 'a'}", "arn:aws:s3:::${*}"),
        *("arn:aws:s3:::${aws:TagKeys}", "arn:aws:sqs:*:${aws:PrincipalAccount}:?"),
    )
    principals: tuple[Principal, ...] = NAMED_PRINCIPALS
    keys: tuple[Key, ...] = KEYS
    variables: tuple[str, ...] = (
        *("${aws:username}", "${s3:prefix}*", "${aws:PrincipalAccount, '*'}", "${aws:TagKeys, 'a'}"),
        *("a${aws:SourceVpc}", "${*}", "${?}", "${$}"),
    )
    """Values of conditions beside those of the key."""
    operators: tuple[str, ...] = tuple(OPERATORS)
    versions: tuple[str | None, ...] = ("2012-10-17", "2008-10-17", None)
    callers: tuple[Caller, ...] = CALLERS
    requested_actions: tuple[str, ...] = ("s3:GetObject", "s3:PutObject", "s3:getobject", "sqs:SendMessage")
    requested_resources: tuple[str, ...] = (
        *("arn:aws:s3:::a", "arn:aws:s3:::b", "arn:aws:s3:::a/a", "arn:aws:s3:::a/b/c", "arn:aws-cn:s3:::b"),
        *("arn:aws:s3:::*", f"arn:aws:sqs:eu-west-1:{ONE}:a", f"arn:aws:sqs:eu-west-1:{TWO}:a:b"),
    )
    is_closed: bool = False
    """Whether requests are for these actions and resources only, also those that are made to meet a policy."""


SMALL = Vocabulary()
WITHOUT_VARIABLES = replace(
    SMALL, variables=(), resources=tuple(resource for resource in SMALL.resources if "$" not in resource)
)

CONDITIONS = replace(WITHOUT_VARIABLES, actions=("*",), resources=("*",), principals=NAMED_PRINCIPALS[:1])
"""Statements that differ in their conditions alone."""
SETS = replace(
    CONDITIONS,
    keys=tuple(key for key in KEYS if key.name in ("aws:TagKeys", "aws:PrincipalOrgPaths", "x:unknown")),
)
"""Conditions on keys that hold several values."""


def rarely(rare, usual):
    """The second, but one time out of sixteen the first. (`one_of` makes no difference between one and many copies.)"""
    return st.integers(0, 15).flatmap(lambda number: rare if number == 7 else usual)


@cache
def few(elements, *, unique=True, most=3):
    """Up to three of the elements, as a tuple; seldom none."""
    some = st.lists(elements, min_size=1, max_size=most, unique=unique).map(tuple)
    return rarely(st.just(()), some)


def scopes(members):
    """Only or AllBut some of the members."""
    return st.one_of(few(members).map(Only), few(members).map(AllBut))


def patterns(texts):
    return st.sampled_from(texts).map(Pattern)


@cache
def principals(vocabulary=SMALL):
    """A Principal or NotPrincipal, its members by kind, as JSON can say them."""
    named = vocabulary.principals
    of_one_account = ([each for each in named if f":{account}:" in f":{each.value}:"] for account in (ONE, TWO))
    of_services = [each for each in named if each.type is PrincipalType.SERVICE]
    ways = [few(st.sampled_from(those)) for those in (named, of_services, *of_one_account) if those]
    members = st.one_of(ways).map(lambda those: tuple(sorted(those, key=lambda each: each.type.value)))
    return st.one_of(members.map(Only), members.map(AllBut))


def operators(names=tuple(OPERATORS)):
    """An operator with any modifiers that it takes."""
    some = st.builds(Operator, st.sampled_from(names), st.sampled_from([None, *Quantifier]), st.booleans())
    return some.filter(lambda operator: not (operator.name == "Null" and operator.if_exists))


@cache
def conditions(vocabulary=SMALL):
    """One condition: mostly an operator that suits the key, sometimes any."""
    return st.one_of([_conditions_on(key, vocabulary) for key in vocabulary.keys])


def _conditions_on(key, vocabulary):
    names = st.sampled_from([key.name, key.name.lower()])
    others = tuple(name for name in vocabulary.operators if name != "Null" and not name.startswith(key.avoided))
    suitable = tuple(name for name in others if name.startswith(key.operators))
    wanted = few(st.sampled_from(key.wanted + vocabulary.variables), unique=False)
    ways = [st.builds(Condition, operators(some), names, wanted) for some in (*[suitable] * 4, others) if some]
    if "Null" in vocabulary.operators:
        flags = few(st.sampled_from(("true", "false")), unique=False)
        ways.append(st.builds(Condition, operators(("Null",)), names, flags))
    return st.one_of(ways)


@cache
def statements(vocabulary=SMALL, *, with_principals=True):
    """One statement; `with_principals=False` for identity policies."""
    return st.builds(
        Statement,
        effect=st.sampled_from(Effect),
        actions=scopes(patterns(vocabulary.actions)),
        principals=st.one_of(st.none(), principals(vocabulary)) if with_principals else st.none(),
        resources=st.one_of(st.none(), scopes(patterns(vocabulary.resources))),
        conditions=st.sampled_from((1, 0, 1, 2, 1, 3, 0, 1)).flatmap(
            lambda size: st.tuples(*[conditions(vocabulary)] * size)
        ),
        sid=st.sampled_from([None, "", "a", "b c"]),
    )


@cache
def policies(vocabulary=SMALL, *, max_statements=3, with_principals=True):
    """One policy: in most cases its conditions are about few keys, so that they have to do with each other."""

    def about(keys):
        some = statements(replace(vocabulary, keys=keys), with_principals=with_principals)
        return st.builds(
            Policy,
            statements=few(some, unique=False, most=max_statements),
            version=st.sampled_from(vocabulary.versions),
            id=st.sampled_from([None, "", "an id"]),
        )

    subjects = (tuple(key for key in vocabulary.keys if key.name in names) for names in SUBJECTS)
    return st.one_of([about(keys) for keys in (vocabulary.keys, *filter(None, subjects))])


SUBJECTS = (
    *[("s3:max-keys",)] * 2,
    *[("aws:CurrentTime",)] * 2,
    ("aws:SourceIp",),
    ("aws:SecureTransport",),
    ("kms:EncryptionContext:a",),
    ("aws:SourceArn",),
    ("aws:SourceArn", "aws:PrincipalArn"),
    ("aws:PrincipalArn", "aws:PrincipalAccount", "aws:username"),
    ("aws:PrincipalOrgID", "aws:PrincipalOrgPaths"),
    ("aws:TagKeys",),
    ("aws:TagKeys", "x:unknown"),
    ("s3:prefix", "aws:SourceVpc", "aws:SourceAccount"),
)
"""Keys that the conditions of one policy may all be about; twice where many operators have few keys."""


@st.composite
def requests(draw, vocabulary=SMALL, callers=()):
    """One consistent request: what follows from its caller is in its context, and nothing against it.

    Args:
        draw: given by Hypothesis.
        vocabulary: what the request is made of.
        callers: in the place of those of the vocabulary.
    """
    caller = draw(st.sampled_from(callers or vocabulary.callers))
    context = dict(draw(st.sampled_from(memberships(caller))))
    for key in vocabulary.keys:
        if key.given and (values := draw(_given(key))):
            context[key.name.lower()] = tuple(values)
    action = draw(st.sampled_from(vocabulary.requested_actions))
    resource = draw(st.sampled_from(vocabulary.requested_resources))
    return with_derived_keys(Request(caller, action, resource, context))


@cache
def _given(key):
    """What a request may hold of the key: nothing, in half of the cases."""
    some = st.lists(st.sampled_from(key.given), min_size=1, max_size=3 if key.multivalued else 1, unique=True)
    return st.one_of(st.just([]), some)


def memberships(caller):
    """Where the caller's account can stand, as context: in no organization, or at some places in one."""
    return _MEMBERSHIPS if caller.account is not None else _MEMBERSHIPS[:1]


def _memberships_in(organization):
    root, unit = organization.replace("o-", "r-"), organization.replace("o-", "ou-")
    paths = [f"{organization}/{root}/", f"{organization}/{root}/{unit}/", f"{organization}/{root}/{unit}/{unit}/"]
    for some in (*((path,) for path in paths), paths[:2], paths[1:], paths):
        yield {"aws:principalorgid": (organization,), "aws:principalorgpaths": tuple(some)}


_MEMBERSHIPS = ({}, *(each for organization in ORGANIZATIONS for each in _memberships_in(organization)))
