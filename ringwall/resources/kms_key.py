"""AWS::KMS::Key is shared through its key policy and through grants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ringwall.policy.ast import Condition, Policy, Principal, PrincipalType, Statement
from ringwall.resources.base import (
    ActionGroup,
    AwsReader,
    Call,
    Configuration,
    Listed,
    Remedy,
    Resource,
    ResourceType,
    Source,
    SourceType,
)
from ringwall.resources.configuration import Document, Node, policy_text
from ringwall.resources.translate import allow, condition, policy_of, policy_source

ACTIONS = ActionGroup(
    (
        "kms:CreateGrant",
        "kms:Decapsulate",
        "kms:Decrypt",
        "kms:DeriveSharedSecret",
        "kms:DescribeKey",
        "kms:Encapsulate",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyPair",
        "kms:GenerateDataKeyPairWithoutPlaintext",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:GenerateMac",
        "kms:GetKeyRotationStatus",
        "kms:GetPublicKey",
        "kms:ListGrants",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
        "kms:RetireGrant",
        "kms:RevokeGrant",
        "kms:Sign",
        "kms:Verify",
        "kms:VerifyMac",
    )
)
"""What another account can do: AWS KMS Developer Guide, "AWS KMS permissions", column "Cross-account use"."""

_OPERATIONS = {action.removeprefix("kms:") for action in ACTIONS.actions}
_WITHOUT_CONTEXT = {"CreateGrant", "DescribeKey", "RetireGrant"}
_WITHOUT_SOURCE = {"RetireGrant"}
"""Grant operations to which a constraint does not apply: AWS KMS API Reference, GrantConstraints."""

_GRANT_FIELDS = ("operations", "granteePrincipal", "retiringPrincipal", "constraints", "issuingAccount")
_CONSTRAINTS = {
    "EncryptionContextEquals": "encryptionContextEquals",
    "EncryptionContextSubset": "encryptionContextSubset",
    "SourceArn": "sourceArn",
}
"""The constraints as AWS lists them and as the configuration names them; the last is an addition of ours to the API."""


def list_resources(aws: AwsReader) -> Iterator[Listed]:
    for key in aws.pages("kms:ListKeys", "Keys"):
        yield Listed(key["KeyArn"])


def find_resource(_: AwsReader, arn: str) -> Listed:
    return Listed(arn)


def read_configuration(aws: AwsReader, key: Listed) -> Configuration:
    policy = aws.call("kms:GetKeyPolicy", KeyId=key.arn, PolicyName="default")["Policy"]
    grants = [_grant(each) for each in aws.pages("kms:ListGrants", "Grants", KeyId=key.arn)]
    return {"keyPolicies": {"default": policy}, "grants": grants}


def _grant(listed: Mapping[str, Any]) -> dict[str, Any]:
    """A grant of the listing, in the shape of the configuration."""
    constraints = listed.get("Constraints", {})
    grant = {
        "granteePrincipal": listed.get("GranteePrincipal") or listed.get("GranteeServicePrincipal"),
        "retiringPrincipal": listed.get("RetiringPrincipal") or listed.get("RetiringServicePrincipal"),
        "operations": listed.get("Operations"),
        # A constraint that is unknown here would only narrow the grant.
        "constraints": {ours: constraints[theirs] for theirs, ours in _CONSTRAINTS.items() if theirs in constraints},
        "issuingAccount": listed.get("IssuingAccount"),
    }
    return {name: value for name, value in grant.items() if value}


def sources(resource: Resource) -> Sequence[Source]:
    fields = Node(resource.configuration).fields("keyPolicies", "grants")
    document = _key_policy(fields.get("keyPolicies"))
    denied_by = (document.policy,) if document else ()
    grants = fields["grants"].members() if "grants" in fields else ()
    granted = [source for grant in grants for source in _grant_sources(grant, denied_by)]
    return [policy_source(document), *granted] if document else granted


def _key_policy(policies: Node | None) -> Document | None:
    """The policy named `default`. A key without one gets the default key policy, which lets nobody else in."""
    default = policies.fields("default").get("default") if policies else None
    if default is None:
        return None
    if (document := default.document()) is None:
        raise default.error("a policy: a key always has one")
    return document


def _grant_sources(grant: Node, denied_by: tuple[Policy, ...]) -> Iterator[Source]:
    fields = grant.fields(*_GRANT_FIELDS)
    statements = [*_granted(fields), *_retirable(fields)]
    if "granteePrincipal" not in fields:
        raise grant.error("a granteePrincipal")
    if statements:
        yield Source(SourceType.KMS_GRANT, grant.place, policy_of(*statements), denied_by=denied_by)


def _granted(fields: Mapping[str, Node]) -> Iterator[Statement]:
    """What the grantee may do: a statement for the operations that are bound by the same constraints."""
    constraints = fields["constraints"].fields(*_CONSTRAINTS.values()) if "constraints" in fields else {}
    operations = fields["operations"].members() if "operations" in fields else ()
    bound: dict[tuple[Condition, ...], list[str]] = {}
    for operation in operations:
        conditions = tuple(_conditions(_operation(operation), constraints))
        bound.setdefault(conditions, []).append(f"kms:{operation.text()}")
    for principal in _principals(fields.get("granteePrincipal")):
        yield from (allow(principal, actions, conditions=conditions) for conditions, actions in bound.items())


def _retirable(fields: Mapping[str, Node]) -> Iterator[Statement]:
    for principal in _principals(fields.get("retiringPrincipal")):
        yield allow(principal, ["kms:RetireGrant"])


def _operation(node: Node) -> str:
    if node.text() not in _OPERATIONS:
        raise node.error("a grant operation, such as `Decrypt`")
    return node.text()


def _principals(node: Node | None) -> Iterator[Principal]:
    """AWS services are no outside callers: grants are how they use keys on a customer's behalf."""
    if node and not node.text().endswith((".amazonaws.com", ".amazonaws.com.cn")):
        yield Principal(PrincipalType.AWS, node.text())


def _conditions(operation: str, constraints: Mapping[str, Node]) -> Iterator[Condition]:
    """The constraints on an operation, as conditions.

    `encryptionContextEquals` also rules out further pairs; leaving that aside only ever finds more access.
    """
    for name, node in constraints.items():
        if name == "sourceArn" and operation not in _WITHOUT_SOURCE:
            yield condition("ArnEquals", "aws:SourceArn", node.text())
        if name != "sourceArn" and operation not in _WITHOUT_CONTEXT:
            for key, value in node.entries():
                yield condition("StringEquals", f"kms:EncryptionContext:{key}", value.text())


def remedy_calls(aws: AwsReader, key: Resource, new: Configuration) -> Sequence[Call]:
    """A new key policy, and the grants that are gone revoked. A grant has no name of its own but what it says."""
    calls = []
    text = policy_text(new["keyPolicies"]["default"]) if new.get("keyPolicies") else ""
    if text != policy_text((key.configuration.get("keyPolicies") or {}).get("default") or ""):
        calls.append(Call("kms:PutKeyPolicy", {"KeyId": key.arn, "PolicyName": "default", "Policy": text}))
    left = list(new.get("grants") or [])
    for listed in aws.pages("kms:ListGrants", "Grants", KeyId=key.arn):
        grant = _grant(listed)
        if grant in left:
            left.remove(grant)
        else:
            calls.append(Call("kms:RevokeGrant", {"KeyId": key.arn, "GrantId": listed["GrantId"]}))
    return calls


# A key always has a policy: AWS KMS API Reference, PutKeyPolicy.
REMEDY = Remedy(remedy_calls, ("kms:PutKeyPolicy", "kms:RevokeGrant"), needs_policy=True)

TYPE = ResourceType(
    "AWS::KMS::Key",
    "kmsKey",
    list_resources,
    read_configuration,
    sources,
    (ACTIONS,),
    ("kms:GetKeyPolicy", "kms:ListGrants", "kms:ListKeys"),
    remedy=REMEDY,
    find_resource=find_resource,
)
