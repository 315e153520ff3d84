"""Resource policies that are easily misjudged, written by hand, each with the trap that it holds.

The zone of trust is that of `question_sets`: organization `o-benchmark0`, owner 111111111111.
"""

from __future__ import annotations

import json
from typing import Any

_OUT, _OWN = "999999999999", "111111111111"


def _policy(*statements: dict[str, Any]) -> str:
    usual = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example/*"}
    made = [
        {
            key: value
            for key, value in {**usual, **statement}.items()
            if not (key == "Principal" and "NotPrincipal" in statement)
        }
        for statement in statements
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": made})


def _when(**operators: dict[str, Any]) -> dict[str, Any]:
    return {"Condition": {operator.replace("__", ":"): keys for operator, keys in operators.items()}}


_IN_ORGANIZATION = {"aws:PrincipalOrgID": "o-benchmark0"}
_DENY = {"Effect": "Deny", "Action": "*"}

TRICKY: dict[str, str] = {
    "open to everybody": _policy({}),
    "open to everybody but one address": _policy(_when(NotIpAddress={"aws:SourceIp": "198.51.100.7/32"})),
    "one address": _policy(_when(IpAddress={"aws:SourceIp": "198.51.100.7/32"})),
    "every address": _policy(_when(IpAddress={"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]})),
    "organization": _policy(_when(StringEquals=_IN_ORGANIZATION)),
    "organization, if there is any": _policy(_when(StringEqualsIfExists=_IN_ORGANIZATION)),
    "everybody but the organization": _policy(_when(StringNotEquals=_IN_ORGANIZATION)),
    "all values of a key that nobody need send": _policy(_when(ForAllValues__StringEquals=_IN_ORGANIZATION)),
    "any value": _policy(_when(ForAnyValue__StringLike={"aws:PrincipalOrgPaths": "o-benchmark0/*"})),
    "over TLS": _policy(_when(Bool={"aws:SecureTransport": "true"})),
    "organization over TLS": _policy(_when(StringEquals=_IN_ORGANIZATION, Bool={"aws:SecureTransport": "true"})),
    "open, and closed by a Deny": _policy({}, {**_DENY, **_when(StringNotEqualsIfExists=_IN_ORGANIZATION)}),
    "open, and closed for named others": _policy({}, {**_DENY, "Principal": {"AWS": _OUT}}),
    "open, and closed without TLS": _policy({}, {**_DENY, **_when(Bool={"aws:SecureTransport": "false"})}),
    "all but one outsider": _policy({"NotPrincipal": {"AWS": f"arn:aws:iam::{_OUT}:root"}}),
    "all but one outsider, in the organization": _policy(
        {"NotPrincipal": {"AWS": f"arn:aws:iam::{_OUT}:root"}, **_when(StringEquals=_IN_ORGANIZATION)}
    ),
    "a partner": _policy({"Principal": {"AWS": f"arn:aws:iam::{_OUT}:role/partner"}}),
    "a partner through the organization only": _policy(
        {"Principal": {"AWS": f"arn:aws:iam::{_OUT}:root"}, **_when(StringEquals=_IN_ORGANIZATION)}
    ),
    "own account": _policy({"Principal": {"AWS": f"arn:aws:iam::{_OWN}:root"}}),
    "own account in another partition": _policy({"Principal": {"AWS": f"arn:aws-cn:iam::{_OWN}:root"}}),
    "roles of any account": _policy(_when(ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:role/deploy"})),
    "roles of the own account": _policy(_when(ArnLike={"aws:PrincipalArn": f"arn:aws:iam::{_OWN}:role/*"})),
    "account by a pattern that fits others": _policy(_when(StringLike={"aws:PrincipalAccount": "1*"})),
    "account by a pattern, own and others": _policy(_when(StringLike={"aws:PrincipalAccount": [_OWN, "9*"]})),
    "two conditions that exclude each other": _policy(
        _when(StringEquals={"aws:PrincipalAccount": _OUT}, StringLike={"aws:PrincipalAccount": "1*"})
    ),
    "a referer": _policy(_when(StringLike={"aws:Referer": "https://example.com/*"})),
    "an endpoint": _policy(_when(StringEquals={"aws:SourceVpce": "vpce-0a1b2c3d"})),
    "all endpoints but one": _policy(_when(StringNotEquals={"aws:SourceVpce": "vpce-0a1b2c3d"})),
    "a key that must be absent": _policy(_when(Null={"aws:PrincipalOrgID": "true"})),
    "a service": _policy({"Principal": {"Service": "logging.s3.amazonaws.com"}}),
    "a service for a topic of others": _policy(
        {
            "Principal": {"Service": "sns.amazonaws.com"},
            **_when(ArnEquals={"aws:SourceArn": f"arn:aws:sns:eu-west-1:{_OUT}:topic"}),
        }
    ),
    "whoever comes from a bucket": _policy(_when(ArnLike={"aws:SourceArn": "arn:aws:s3:::logs"})),
    "an identity provider": _policy({"Principal": {"Federated": "accounts.google.com"}, "Action": "sts:AssumeRole"}),
    "a canonical user": _policy({"Principal": {"CanonicalUser": "a" * 64}}),
    "a statement that is no list": json.dumps(
        {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}}
    ),
    "principals in capital letters of the key": _policy(_when(StringEquals={"AWS:PRINCIPALORGID": "o-benchmark0"})),
    "one value of several is outside": _policy(_when(StringEquals={"aws:SourceAccount": [_OWN, _OUT]})),
}
"""By name."""
