"""What the tests of findings have in common: resources made of statements, zones, and a reading of findings of our own."""

import json
import re
from dataclasses import replace
from ipaddress import ip_address, ip_network

from hypothesis import strategies as st

from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.organization import Account, Organization
from ringwall.findings.zone_of_trust import ZoneOfTrust, parse_trusted
from ringwall.policy.ast import Effect, Principal, PrincipalType
from ringwall.resources.base import Resource
from tests.strategies import KEYS, NAMED_PRINCIPALS, TEXT, TWO, WITHOUT_VARIABLES, Key, policies, statements

OWNER, MEMBER, PARTNER = "111111111111", "222222222222", "333333333333"
QUEUE = f"arn:aws:sqs:us-east-1:{OWNER}:q"
BUCKET = "arn:aws:s3:::b"
OWN = Organization("o-own", OWNER, (Account(OWNER, path="o-own/r-root/"), Account(MEMBER, path="o-own/r-root/ou-a/")))


def statement(**elements):
    """An Allow for everybody, changed by the elements given; None leaves one out."""
    whole = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", **elements}
    return {name: value for name, value in whole.items() if value is not None}


def document(*statements, version="2012-10-17"):
    return json.dumps({"Version": version, "Statement": statements})


def a_queue(*statements, **changes):
    return Resource(QUEUE, "AWS::SQS::Queue", OWNER, "us-east-1", {"queuePolicy": document(*statements, **changes)})


def a_bucket(*statements, **configuration):
    policy = {"bucketPolicy": document(*statements)} if statements else {}
    return Resource(BUCKET, "AWS::S3::Bucket", OWNER, "us-east-1", {**policy, **configuration})


def zone(*trusted, organization=None, type_="ACCOUNT"):
    return ZoneOfTrust(type_, organization, tuple(map(parse_trusted, trusted)))


def findings_of(resource, within=None, **options):
    return ExternalAccess(within or zone(), **options).findings_of(resource)


def access_of(resource, within=None, **options):
    """The findings, none of which is an error, as (principal, condition) pairs, in order."""
    found = findings_of(resource, within, **options)
    assert [each.error_message for each in found if each.error] == []
    return sorted((dict(each.principal), dict(each.condition)) for each in found) if len(found) < 2 else _sorted(found)


def _sorted(found):
    return sorted(((dict(each.principal), dict(each.condition)) for each in found), key=repr)


AWS_ANY = {"AWS": "*"}


# A reading of findings that shares no code with the one that makes them.


def holds(finding, request):
    """Whether the finding is about the request: its principal, its action, and one value for every condition."""
    return (
        request.action in finding.action
        and _is_principal(dict(finding.principal), request.caller)
        and all(_holds(key, value, request) for key, value in finding.condition.items())
    )


def _is_principal(principal, caller):
    [(kind, value)] = principal.items()
    account = caller.arn.split(":")[4] if caller.arn else None
    match kind:
        case "AWS":
            root = re.fullmatch(r"arn:aws:iam::(\d+):root", value)
            named = {"*", value} & {"*", account, caller.arn, caller.session, (caller.user_id or "").split(":")[0]}
            return value == "*" or value in named or bool(root and root[1] == account)
        case "Federated":
            return caller.provider == value
        case "CanonicalUser":
            return caller.canonical_id == value
        case "Service":
            return caller.service == value
    raise AssertionError(kind)


def _holds(key, wanted, request):
    given = request.context.get(key.lower(), ())
    return any(_matches(key, filled, value) for value in given for filled in _filled(wanted, request))


def _filled(wanted, request):
    """The label with the variable that it may name filled in, and as it is: in the older version it stands for itself."""
    names = re.findall(r"\$\{([^},]+)[^}]*\}", wanted)
    values = {name: request.context.get(name.lower(), ("*",)) for name in names if name not in "*?$"}
    return [wanted, *(re.sub(r"\$\{[^}]*\}", value, wanted) for name in values for value in values[name])]


def _matches(key, wanted, value):
    if key == "aws:SourceIp":
        return ip_address(value) in ip_network(wanted, strict=False)
    return value == wanted or re.fullmatch(_as_regex(wanted), value, re.DOTALL) is not None


def _as_regex(pattern):
    return "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern)


# Words for random policies over one resource.

_QUEUE_ACTIONS = ("sqs:SendMessage", "SQS:sendmessage", "sqs:Re*", "sqs:*", "*", "s3:*", "sqs:?endMessage")
_PRINCIPALS = (
    *NAMED_PRINCIPALS,
    Principal(PrincipalType.AWS, TWO),
    Principal(PrincipalType.AWS, f"arn:aws:iam::{TWO}:user/a"),
)
_SHARP = (
    "StringEquals",
    "StringLike",
    "StringNotEquals",
    "StringNotLike",
    "ArnLike",
    "ArnNotEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
    "Bool",
)
# An address that is compared as a text may be undecided, which is no matter of these tests.
_NOT_FOR_ADDRESSES = ("String", "Arn", "Bool")

QUEUE_WORDS = replace(
    WITHOUT_VARIABLES,
    actions=_QUEUE_ACTIONS,
    resources=("*", QUEUE, "arn:aws:sqs:*:*:*", "arn:aws:sqs:*:*:p", "arn:*:sqs:us-east-1:*:?"),
    principals=_PRINCIPALS,
    keys=tuple(
        replace(key, avoided=_NOT_FOR_ADDRESSES) if key.name == "aws:SourceIp" else key
        for key in KEYS
        if key.name.startswith("aws:") and key.name not in ("aws:CurrentTime", "aws:TagKeys")
    ),
    is_closed=True,
    operators=_SHARP,
    requested_actions=("sqs:SendMessage", "sqs:ReceiveMessage"),
    requested_resources=(QUEUE,),
)
BUCKET_WORDS = replace(
    QUEUE_WORDS,
    actions=("s3:GetObject", "s3:getobject", "s3:Get*", "s3:ListBucket", "s3:*", "*"),
    resources=("*", BUCKET, f"{BUCKET}/*", f"{BUCKET}/?", f"{BUCKET}*", "arn:aws:s3:::c/*", f"{BUCKET}/a/*"),
    requested_actions=("s3:GetObject", "s3:ListBucket"),
    requested_resources=(BUCKET, f"{BUCKET}/a", f"{BUCKET}/a/b"),
)

_GIVEN_PATHS = ("o-a/r-a/", "o-a/r-a/ou-a/", "o-b/r-b/", "o-a/r-c/ou-b/")
_WANTED_PATHS = ("o-a/*", "o-a/r-a/ou-a/*", "o-b/r-b/", "o-?/*", "*", "*/ou-?/*")
PATH_WORDS = replace(
    QUEUE_WORDS,
    keys=(
        *(
            Key(name, TEXT, _WANTED_PATHS, _GIVEN_PATHS, multivalued=True)
            for name in ("aws:SourceOrgPaths", "aws:VpceOrgPaths")
        ),
        *(key for key in QUEUE_WORDS.keys if key.name in ("aws:PrincipalOrgPaths", "aws:PrincipalOrgID")),
    ),
    operators=("StringEquals", "StringLike", "StringNotEquals", "StringNotLike", "Null"),
)
"""Keys that can hold several values."""


def sharing_policies(words, **options):
    """Random policies in which more is allowed than in `strategies.policies`: the actions and resources rarely miss."""
    wide = replace(words, actions=words.actions[-4:], resources=("*",))
    allowed = statements(wide).map(lambda each: replace(each, effect=Effect.ALLOW, resources=None))
    return st.builds(
        lambda more, policy: replace(policy, statements=(*more, *policy.statements)),
        st.lists(allowed, min_size=1, max_size=2).map(tuple),
        policies(words, **options),
    )


ORGANIZATION = zone(organization=OWN, type_="ORGANIZATION")
ACCOUNT = zone(organization=OWN)


def to(principal, **elements):
    return a_queue(statement(Principal=principal, Action="sqs:SendMessage", **elements))


def where(operator, key, value, principal="*"):
    return to(principal, Condition={operator: {key: value}})


def labelled(key, value):
    return [(AWS_ANY, {key: value})]
