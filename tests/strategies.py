"""Small random policies and requests, over so few words that they often meet.

Every strategy takes a `Vocabulary`, so that a test can leave out what it is not about:
`policies(replace(SMALL, keys=(...)))`, `policies(WITHOUT_VARIABLES)`.
"""

from dataclasses import dataclass, replace

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
from ringwall.policy.request import ANONYMOUS, Caller, CallerKind, Request, parse_caller, with_derived_keys

ONE, TWO = "111111111111", "222222222222"


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


TEXT, ARN, ADDRESS = ("String", "Null"), ("Arn", "String", "Null"), ("IpAddress", "NotIpAddress", "Null")
NUMBER, DATE, FLAG, BYTES = ("Numeric", "Null"), ("Date", "Null"), ("Bool", "Null"), ("Binary", "Null")
PATTERNS = ("", "a", "b", "ab", "A", "*", "?", "a*", "*b", "a?", "?*", "*a*b")
ORGANIZATIONS = ("o-a", "o-b")

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
    ),
    Key("aws:PrincipalAccount", TEXT, (ONE, TWO, "1*", "*"), ()),
    Key(
        "aws:SourceArn",
        ARN,
        (f"arn:aws:sns:*:{ONE}:a", "arn:aws:sns:*:*:*", f"arn:aws:s3:::{ONE}", "arn:aws:s3:::a*", "*", "a"),
        (f"arn:aws:sns:eu-west-1:{ONE}:a", f"arn:aws:sns:eu-west-1:{TWO}:a:b", "arn:aws:s3:::a", "a"),
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
        ("2020-01-01T00:00:00Z", "2022-06-01T12:00:00Z", "2024-01-01T00:00:01Z"),
    ),
    Key("s3:max-keys", NUMBER, ("10", "10.0", "-1", "2.5", "1e2", "a"), ("0", "10", "11", "2.5", "100")),
    Key("kms:EncryptionContext:a", BYTES, ("YQ==", "Yg==", "a"), ("YQ==", "Yg==")),
    Key("aws:username", TEXT, ("a", "b", "?"), ()),
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
    Principal(PrincipalType.SERVICE, "sns.amazonaws.com"),
    Principal(PrincipalType.SERVICE, "s3.amazonaws.com"),
    Principal(PrincipalType.FEDERATED, "accounts.google.com"),
    Principal(PrincipalType.FEDERATED, f"arn:aws:iam::{ONE}:oidc-provider/example.com"),
    Principal(PrincipalType.CANONICAL_USER, "c" * 64),
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
    parse_caller(f"arn:aws:sts::{ONE}:federated-user/a"),
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
        *("arn:aws:s3:::a/${aws:username}", "arn:aws:s3:::${s3:prefix, 'a'}", "arn:aws:s3:::${*}"),
    )
    principals: tuple[Principal, ...] = NAMED_PRINCIPALS
    keys: tuple[Key, ...] = KEYS
    variables: tuple[str, ...] = ("${aws:username}", "${s3:prefix}*", "${aws:PrincipalAccount, '*'}", "${?}", "${$}")
    """Values of conditions beside those of the key."""
    operators: tuple[str, ...] = tuple(OPERATORS)
    versions: tuple[str | None, ...] = ("2012-10-17", "2008-10-17", None)
    callers: tuple[Caller, ...] = CALLERS
    requested_actions: tuple[str, ...] = ("s3:GetObject", "s3:PutObject", "s3:getobject", "sqs:SendMessage")
    requested_resources: tuple[str, ...] = (
        *("arn:aws:s3:::a", "arn:aws:s3:::b", "arn:aws:s3:::a/a", "arn:aws:s3:::a/b/c", "arn:aws-cn:s3:::b"),
        *("arn:aws:s3:::*",),
    )


SMALL = Vocabulary()
WITHOUT_VARIABLES = replace(
    SMALL, variables=(), resources=tuple(resource for resource in SMALL.resources if "$" not in resource)
)


def few(elements, *, unique=True):
    """Up to three of the elements, as a tuple; seldom none."""
    some = st.lists(elements, min_size=1, max_size=3, unique=unique)
    return st.one_of(some, some, some, st.lists(elements, max_size=3, unique=unique)).map(tuple)


def scopes(members):
    """Only or AllBut some of the members."""
    return st.one_of(few(members).map(Only), few(members).map(AllBut))


def patterns(texts):
    return st.sampled_from(texts).map(Pattern)


def principals(vocabulary=SMALL):
    """A Principal or NotPrincipal, its members by kind, as JSON can say them."""
    some = few(st.sampled_from(vocabulary.principals))
    members = some.map(lambda those: tuple(sorted(those, key=lambda each: each.type.value)))
    return st.one_of(members.map(Only), members.map(AllBut))


def operators(names=tuple(OPERATORS)):
    """An operator with any modifiers that it takes."""
    some = st.builds(Operator, st.sampled_from(names), st.sampled_from([None, *Quantifier]), st.booleans())
    return some.filter(lambda operator: not (operator.name == "Null" and operator.if_exists))


@st.composite
def conditions(draw, vocabulary=SMALL):
    """One condition: mostly an operator that suits the key, sometimes any."""
    key = draw(st.sampled_from(vocabulary.keys))
    suitable = tuple(name for name in vocabulary.operators if name.startswith(key.operators))
    operator = draw(st.one_of(operators(suitable or vocabulary.operators), operators(vocabulary.operators)))
    wanted = ("true", "false") if operator.name == "Null" else key.wanted + vocabulary.variables
    values = draw(few(st.sampled_from(wanted), unique=False))
    return Condition(operator, draw(st.sampled_from([key.name, key.name.lower()])), values)


def statements(vocabulary=SMALL, *, with_principals=True):
    """One statement; `with_principals=False` for identity policies."""
    return st.builds(
        Statement,
        effect=st.sampled_from(Effect),
        actions=scopes(patterns(vocabulary.actions)),
        principals=st.one_of(st.none(), principals(vocabulary)) if with_principals else st.none(),
        resources=st.one_of(st.none(), scopes(patterns(vocabulary.resources))),
        conditions=st.one_of(st.lists(conditions(vocabulary), max_size=size) for size in (1, 2, 3)).map(tuple),
        sid=st.sampled_from([None, "", "a", "b c"]),
    )


def policies(vocabulary=SMALL, *, max_statements=3, with_principals=True):
    """One policy."""
    return st.builds(
        Policy,
        statements=st.lists(statements(vocabulary, with_principals=with_principals), max_size=max_statements).map(
            tuple
        ),
        version=st.sampled_from(vocabulary.versions),
        id=st.sampled_from([None, "", "an id"]),
    )


@st.composite
def requests(draw, vocabulary=SMALL):
    """One consistent request: what follows from its caller is in its context, and nothing against it."""
    caller = draw(st.sampled_from(vocabulary.callers))
    context = draw(_organizations(caller))
    for key in vocabulary.keys:
        if key.given and draw(st.booleans()):
            size = 3 if key.multivalued else 1
            values = draw(st.lists(st.sampled_from(key.given), min_size=1, max_size=size, unique=True))
            context[key.name.lower()] = tuple(values)
    action = draw(st.sampled_from(vocabulary.requested_actions))
    resource = draw(st.sampled_from(vocabulary.requested_resources))
    return with_derived_keys(Request(caller, action, resource, context))


@st.composite
def _organizations(draw, caller):
    """The organization of the caller's account, if it is in one."""
    organization = draw(st.sampled_from([None, *ORGANIZATIONS]))
    if organization is None or caller.account is None or caller.kind is CallerKind.ANONYMOUS:
        return {}
    root = organization.replace("o-", "r-")
    unit = organization.replace("o-", "ou-")
    paths = [f"{organization}/{root}/", f"{organization}/{root}/{unit}/", f"{organization}/{root}/{unit}/{unit}/"]
    some = st.lists(st.sampled_from(paths), min_size=1, max_size=3, unique=True)
    return {"aws:principalorgid": (organization,), "aws:principalorgpaths": tuple(draw(some))}
