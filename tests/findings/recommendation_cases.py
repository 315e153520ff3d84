"""Principals with policies that grant more than is used, and findings about them."""

import json
from datetime import UTC, datetime

from ringwall.findings.finding import FindingType
from ringwall.findings.unused_finding import UnusedAction, UnusedFinding, UnusedService
from ringwall.principals.principal import IdentityPolicy, PolicyKind
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.principals.usage import Usage
from tests import principal_words as words
from tests.principal_words import document

ACCOUNT = "111122223333"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": "a"}},
            },
        ],
    }
)


def managed(name, *statements, attachments=1):
    arn = f"arn:aws:iam::{ACCOUNT}:policy/{name}"
    return IdentityPolicy(arn, PolicyKind.CUSTOMER_MANAGED, document(*statements), BEFORE, attachments)


def aws_managed(name, *statements):
    return IdentityPolicy(f"arn:aws:iam::aws:policy/{name}", PolicyKind.AWS_MANAGED, document(*statements), BEFORE, 7)


def role(*policies, **more):
    return words.role(ACCOUNT, "deploy", *policies, **{"created_at": BEFORE, "trust_policy": TRUST, **more})


def user(*policies, **more):
    return words.user(ACCOUNT, "ann", *policies, created_at=BEFORE, **more)


def group(name, *policies, members=1):
    return words.group(ACCOUNT, name, *policies, members=members)


def services(**unused):
    """`services(sqs=(), s3=("CreateBucket",))`: all of SQS, and one action of S3."""
    return tuple(UnusedService(name, tuple(map(UnusedAction, actions))) for name, actions in unused.items())


def finding(principal, type_=FindingType.UNUSED_PERMISSION, *, unused=(), **more):
    return UnusedFinding(
        principal.arn, principal.kind.value, principal.account, type_, services=tuple(unused), evidence=None, **more
    )


def access(principal, usage=None):
    return PrincipalAccess(principal, usage or Usage())


def actions_of(text):
    """The `Action` of every statement of a document."""
    return [each.get("Action") for each in json.loads(text)["Statement"]]
