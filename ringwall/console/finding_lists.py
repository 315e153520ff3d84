"""How the list of findings looks: of external access, and of unused access. The page around it is the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ringwall.console import finding_columns, unused_columns
from ringwall.console.navigation import EXTERNAL, UNUSED
from ringwall.console.table import Column
from ringwall.console.unused_words import TITLES
from ringwall.console.visit import Visit
from ringwall.findings.remembered import RememberedFinding

_EXTERNAL: Mapping[str, str] = {
    "resource": "Resource",
    "resourceType": "Resource type",
    "resourceOwnerAccount": "Resource owner account",
    "region": "Region",
    "exposure": "Exposure",
    "isPublic": "Public access",
    "principal.AWS": "AWS principal",
    "principal.Federated": "Federated user",
    "principal.CanonicalUser": "Canonical user",
    "resourceControlPolicyRestriction": "RCP restriction",
    "error": "Error",
    "id": "Finding ID",
    "cause": "Cause",
    "condition.aws:PrincipalArn": "Principal ARN",
    "condition.aws:PrincipalOrgID": "Principal OrgID",
    "condition.aws:PrincipalOrgPaths": "Principal OrgPaths",
    "condition.aws:SourceAccount": "Source account",
    "condition.aws:SourceArn": "Source ARN",
    "condition.aws:SourceIp": "Source IP",
    "condition.aws:SourceOrgID": "Source OrgID",
    "condition.aws:SourceOrgPaths": "Source OrgPaths",
    "condition.aws:SourceVpc": "Source VPC",
    "condition.aws:SourceVpcArn": "Source VPC ARN",
    "condition.aws:SourceVpce": "Source VPCE",
    "condition.aws:VpceAccount": "VPCE Account",
    "condition.aws:VpceOrgID": "VPCE OrgID",
    "condition.aws:VpceOrgPaths": "VPCE OrgPaths",
    "condition.aws:userid": "User ID",
    "condition.kms:CallerAccount": "KMS caller account",
    "condition.s3:x-amz-server-side-encryption-aws-kms-key-id": "KMS key ID",
    "condition.s3express:SessionMode": "Session mode",
    "condition.accounts.google.com:aud": "Google audience",
    "condition.cognito-identity.amazonaws.com:aud": "Cognito audience",
    "condition.graph.facebook.com:app_id": "Facebook app ID",
    "condition.www.amazon.com:app_id": "Amazon app ID",
    "condition.lambda:EventSourceToken": "Lambda event source token",
}
"""What filters are offered, in the words of AWS's console; every other `condition.…` can be typed."""
_UNUSED: Mapping[str, str] = {
    "findingType": "Finding type",
    "resource": "IAM entity",
    "resourceType": "Type of entity",
    "resourceOwnerAccount": "AWS account ID",
    "error": "Error",
    "id": "Finding ID",
    "status": "Status",
}


@dataclass(frozen=True, slots=True)
class FindingList:
    """What differs between the lists."""

    title: str
    file: str
    """What downloads are called."""
    columns: Callable[[Visit], Sequence[Column[RememberedFinding]]]
    properties: Mapping[str, str]
    """By the API's name, the filters that are offered."""
    groups: tuple[str, ...] = ()
    """What findings can be put together by."""
    value_words: Mapping[str, str] = field(default_factory=dict)
    """How values of filters are shown, where not as they are."""


_LISTS = {
    EXTERNAL: FindingList("Findings", "findings", finding_columns.columns_of, _EXTERNAL, groups=("cause", "principal")),
    UNUSED: FindingList(
        "Unused access",
        "unused-access",
        unused_columns.columns_of,
        _UNUSED,
        value_words={each.value: title for each, title in TITLES.items()},
    ),
}


def list_of(kind: str) -> FindingList:
    """The list of analyzers of this kind."""
    return _LISTS[kind]
