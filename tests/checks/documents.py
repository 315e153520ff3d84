"""Short forms that the tests of the checks share."""

import json

from ringwall.checks.access import Access, check_access_not_granted, check_no_new_access, check_no_public_access
from ringwall.checks.documents import PolicyType
from ringwall.policy.parse import parse_policy

IDENTITY, RESOURCE = PolicyType


def policy_of(document):
    """The policy that a decoded JSON document says."""
    return parse_policy(json.dumps(document))


def identity_policy(*statements):
    """An identity policy; a statement is an Allow on everything but for what it says."""
    default = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return policy_of({"Statement": [_completed(each, default) for each in statements]})


def resource_policy(*statements, **document):
    """A policy of a bucket; a statement lets everybody do everything but for what it says."""
    default = {"Effect": "Allow", "Principal": "*", "Action": "*"}
    return policy_of({**document, "Statement": [_completed(each, default) for each in statements]})


def _completed(statement, default):
    given = {name: value for name, value in default.items() if f"Not{name}" not in statement}
    return {**given, **statement}


def new_access(new, existing, policy_type=IDENTITY):
    """What the check for new access says."""
    return check_no_new_access(new, existing, policy_type)


def granted(policy, *, actions=(), resources=(), policy_type=IDENTITY):
    """What the check for access not to be granted says."""
    return check_access_not_granted(policy, [Access(tuple(actions), tuple(resources))], policy_type)


def public(policy, resource_type="AWS::S3::Bucket"):
    """What the check for public access says."""
    return check_no_public_access(policy, resource_type)
