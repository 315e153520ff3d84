"""The global condition keys: which type their values have, and whether they can hold several.

Source: the IAM User Guide, "AWS global condition context keys" and "Available keys for AWS web identity federation".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class KeyType(Enum):
    """The types that values of condition keys have."""

    TEXT = "text"
    ARN = "arn"
    ADDRESS = "address"
    NUMBER = "number"
    DATE = "date"
    FLAG = "flag"
    BINARY = "binary"


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What is known of a condition key."""

    type: KeyType
    multivalued: bool = False


TEXT = KeyFacts(KeyType.TEXT)
TEXTS = KeyFacts(KeyType.TEXT, multivalued=True)
_ARN = KeyFacts(KeyType.ARN)
_ADDRESS = KeyFacts(KeyType.ADDRESS)
_NUMBER = KeyFacts(KeyType.NUMBER)
_DATE = KeyFacts(KeyType.DATE)
_FLAG = KeyFacts(KeyType.FLAG)

GLOBAL_PREFIX = "aws:"

GLOBAL_KEYS = {
    # The principal
    "aws:PrincipalAccount": TEXT,
    "aws:PrincipalArn": _ARN,
    "aws:PrincipalIsAWSService": _FLAG,
    "aws:PrincipalOrgID": TEXT,
    "aws:PrincipalOrgPaths": TEXTS,
    "aws:PrincipalServiceName": TEXT,
    "aws:PrincipalServiceNamesList": TEXTS,
    "aws:PrincipalType": TEXT,
    "aws:userid": TEXT,
    "aws:username": TEXT,
    # Its session
    "aws:AssumedRoot": _FLAG,
    "aws:ChatbotSourceArn": _ARN,
    "aws:Ec2InstanceSourcePrivateIPv4": _ADDRESS,
    "aws:Ec2InstanceSourceVpc": TEXT,
    "aws:FederatedProvider": TEXT,
    "aws:MultiFactorAuthAge": _NUMBER,
    "aws:MultiFactorAuthPresent": _FLAG,
    "aws:SignInSessionArn": _ARN,
    "aws:SourceIdentity": TEXT,
    "aws:TokenIssueTime": _DATE,
    # AWS documents the key; its type could not be confirmed.
    "aws:ViaCustomerDomain": TEXT,
    # The network
    "aws:SourceIp": _ADDRESS,
    "aws:SourceVpc": TEXT,
    "aws:SourceVpcArn": _ARN,
    "aws:SourceVpce": TEXT,
    "aws:VpceAccount": TEXT,
    "aws:VpceOrgID": TEXT,
    "aws:VpceOrgPaths": TEXTS,
    "aws:VpcSourceIp": _ADDRESS,
    # The resource
    "aws:ResourceAccount": TEXT,
    "aws:ResourceOrgID": TEXT,
    "aws:ResourceOrgPaths": TEXTS,
    # The request
    "aws:CalledVia": TEXTS,
    "aws:CalledViaAWSMCP": TEXT,
    "aws:CalledViaFirst": TEXT,
    "aws:CalledViaLast": TEXT,
    "aws:CurrentTime": _DATE,
    # Date and number operators both work; a date operator reads epoch seconds too.
    "aws:EpochTime": _DATE,
    "aws:IsMcpServiceAction": _FLAG,
    "aws:referer": TEXT,
    "aws:RequestedRegion": TEXT,
    "aws:SecureTransport": _FLAG,
    "aws:SourceAccount": TEXT,
    "aws:SourceArn": _ARN,
    "aws:SourceOrgID": TEXT,
    "aws:SourceOrgPaths": TEXTS,
    # Older than aws:SourceAccount; Amazon SNS still fills it in.
    "aws:SourceOwner": TEXT,
    "aws:TagKeys": TEXTS,
    "aws:UserAgent": TEXT,
    "aws:ViaAWSMCPService": _FLAG,
    "aws:ViaAWSService": _FLAG,
}

GLOBAL_TAG_PREFIXES = ("aws:PrincipalTag/", "aws:RequestTag/", "aws:ResourceTag/")
"""A tag's key follows; each such key holds the one value of that tag."""

CLAIMS = {
    "amr": TEXTS,
    "app_id": TEXT,
    "aud": TEXT,
    "azp": TEXT,
    "email": TEXT,
    "id": TEXT,
    "oaud": TEXT,
    "sub": TEXT,
    "user_id": TEXT,
}
"""After `<provider>:`, the claims that AWS STS reads from the token of any OpenID Connect provider."""

_FACTS = {name.lower(): facts for name, facts in GLOBAL_KEYS.items()}
_TAG_PREFIXES = tuple(prefix.lower() for prefix in GLOBAL_TAG_PREFIXES)


def find_global_key(key: str) -> KeyFacts | None:
    """What is known of `aws:…`, in any case of letters; None for a key that is not in the table."""
    name = key.lower()
    if name.startswith(_TAG_PREFIXES) and name not in _TAG_PREFIXES:
        return TEXT
    return _FACTS.get(name)


_SPELLINGS = {name.lower(): name for name in (*GLOBAL_KEYS, "kms:CallerAccount")}


def spelled(key: str) -> str:
    """The key as AWS spells it, for a key in lower case; as it is where we do not know better."""
    for prefix, name in zip(_TAG_PREFIXES, GLOBAL_TAG_PREFIXES, strict=True):
        if key.startswith(prefix):
            return name + key[len(prefix) :]
    return _SPELLINGS.get(key, key)


def find_claim(key: str) -> KeyFacts | None:
    """What is known of a provider's claim, such as `gitlab.example.com:sub`; None where `key` is not one.

    The provider is its address without scheme and port, so it has a dot, which no service prefix has, and no colon.
    """
    provider, _, claim = key.lower().partition(":")
    return CLAIMS.get(claim) if "." in provider else None
