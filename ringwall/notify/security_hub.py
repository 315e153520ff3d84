"""Keeps Security Hub's findings: one for each resource and analyzer, and one for each kind of unused access.

Shape: "Integrating IAM Access Analyzer with AWS Security Hub",
https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-securityhub-integration.html. Public access is told
first, then one outside principal at a time. Nobody but AWS may import for the product `aws/access-analyzer`, so that the
account's own default product is the usual one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ringwall.notify.aws import calling, check_endpoint, refusal
from ringwall.notify.event import Event, EventKind, is_unused, written
from ringwall.notify.security_hub_unused import unused_in_security_hub
from ringwall.notify.transport import FindingsOf, Surroundings
from ringwall.notify.wording import principal_of

_CALL = "securityhub:BatchImportFindings"
_SCHEMA = "2018-10-08"
_GENERATOR = "aws/access-analyzer"
_PUBLIC = "Effects/Data Exposure/External Access Granted"
_CROSS_ACCOUNT = "Software and Configuration Checks/AWS Security Best Practices/External Access Granted"
_LOW = {"Label": "LOW", "Normalized": 1, "Product": 1}
_HIGH = {"Label": "HIGH", "Normalized": 70, "Product": 70}
_UNTOUCHED = {"WorkflowState": "NEW", "Workflow": {"Status": "NEW"}}
_TITLE, _TEXT = 256, 1024
"""API reference, AwsSecurityFinding: the longest title and description; a value of `Other` is as long at most."""
_ADVICE = (
    "If the access is not intended, change the policy or the setting of the resource that grants it. The next scan then"
    " finds that it is gone, and the finding becomes resolved."
)
_TYPES = {
    "AWS::DynamoDB::Table": "AwsDynamoDbTable",
    "AWS::ECR::Repository": "AwsEcrRepository",
    "AWS::IAM::Role": "AwsIamRole",
    "AWS::KMS::Key": "AwsKmsKey",
    "AWS::Lambda::Function": "AwsLambdaFunction",
    "AWS::Lambda::LayerVersion": "AwsLambdaLayerVersion",
    "AWS::RDS::DBClusterSnapshot": "AwsRdsDbClusterSnapshot",
    "AWS::RDS::DBSnapshot": "AwsRdsDbSnapshot",
    "AWS::S3::Bucket": "AwsS3Bucket",
    "AWS::SNS::Topic": "AwsSnsTopic",
    "AWS::SQS::Queue": "AwsSqsQueue",
    "AWS::SecretsManager::Secret": "AwsSecretsManagerSecret",
}
"""The resource types that the finding format has a name for; the others are `Other`."""


@dataclass(frozen=True, slots=True)
class SecurityHub:
    """Security Hub of one account and Region."""

    client: Any
    product: str
    """The ARN; `{account}` stands for the analyzer's account."""
    findings_of: FindingsOf

    def send(self, event: Event) -> None:
        imported = self.finding(event)
        if imported is None:
            return
        with calling(_CALL):
            answer = self.client.batch_import_findings(Findings=[imported])
        for each in answer.get("FailedFindings", ()):
            raise refusal(_CALL, each["ErrorCode"], each["ErrorMessage"])

    def finding(self, event: Event) -> dict[str, Any] | None:
        """What Security Hub is to know of the event's resource by now; None where it has nothing to do with it."""
        product = self.product.format(account=event.account)
        if event.kind is EventKind.TEST:
            return _test(event, product)
        if event.kind is EventKind.FINDING and is_unused(event.detail) and "error" not in event.detail:
            return self._unused(event, product)
        if event.kind is not EventKind.FINDING or not _is_access(event.detail):
            return None
        now = [each for each in self.findings_of(event.analyzer, event.detail["resource"]) if _is_access(each)]
        active = [each for each in now if each["status"] == "ACTIVE"]
        shown = min(active, key=_rank) if active else event.detail
        return {
            **_of_resource(event, [event.detail, *now], product),
            **_of_finding(event, shown, is_active=bool(active)),
        }

    def _unused(self, event: Event, product: str) -> dict[str, Any]:
        now = self.findings_of(event.analyzer, event.detail["resource"])
        own = unused_in_security_hub(event, now)
        own |= {"Title": _cut(own["Title"], _TITLE), "Description": _cut(own["Description"], _TEXT)}
        return {**_of_resource(event, [event.detail, *now], product), **_UNTOUCHED, **own}


def _is_access(finding: Mapping[str, Any]) -> bool:
    """What could not be analysed is not sent."""
    return "error" not in finding and finding["findingType"] == "ExternalAccess"


def _rank(finding: Mapping[str, Any]) -> tuple[bool, str, str]:
    """Public access first; then the oldest, so that the same one stays until it is resolved."""
    return not finding.get("isPublic"), finding["createdAt"], finding["id"]


def _of_resource(event: Event, findings: Sequence[Mapping[str, Any]], product: str) -> dict[str, Any]:
    return {
        "SchemaVersion": _SCHEMA,
        "Id": f"{event.analyzer}/{event.detail['resource']}",
        "ProductArn": product,
        "ProductName": "Ringwall",
        "CompanyName": "Ringwall",
        "GeneratorId": _GENERATOR,
        "AwsAccountId": event.account,
        "CreatedAt": min(each["createdAt"] for each in findings),
        "UpdatedAt": max(written(event.time), *(each["updatedAt"] for each in findings)),
    }


def _of_finding(event: Event, shown: Mapping[str, Any], *, is_active: bool) -> dict[str, Any]:
    is_public, resource = bool(shown.get("isPublic")), shown["resource"]
    kind = _TYPES.get(shown["resourceType"], "Other")
    allows = "allows public access" if is_public else "allows cross-account access"
    whose = "" if is_public else f" from {principal_of(shown)}"
    return {
        "Types": [_PUBLIC if is_public else _CROSS_ACCOUNT],
        "Severity": dict(_HIGH if is_public else _LOW),
        "Title": _cut(f"{kind}/{resource}/ {allows}", _TITLE),
        "Description": _cut(f"{shown['resourceType']}/{resource}/ {allows}{whose}", _TEXT),
        "Remediation": {"Recommendation": {"Text": _ADVICE}},
        "SourceUrl": _console(event, shown["id"]),
        "Resources": [_resource(event, shown, kind)],
        "ProductFields": {
            "findingId": shown["id"],
            "findingType": shown["findingType"],
            "ResourceOwnerAccount": shown["resourceOwnerAccount"],
        },
        **_UNTOUCHED,
        "RecordState": "ACTIVE" if is_active else "ARCHIVED",
    }


def _resource(event: Event, shown: Mapping[str, Any], kind: str) -> dict[str, Any]:
    principal = shown.get("principal") or {}
    other = {
        "External Principal Type": ",".join(principal),
        "External Principal": ",".join(principal.values()),
        "Action Granted": ",".join(shown.get("action", ())),
        "Condition": ",".join(f"{key}={value}" for key, value in shown.get("condition", {}).items()) or "none",
        "Resource Control Policy Restriction Type": shown.get("resourceControlPolicyRestriction", ""),
    }
    return {
        "Type": kind,
        "Id": shown["resource"],
        "Partition": event.analyzer.split(":")[1],
        "Region": shown.get("region", event.region),
        "Details": {"Other": {name: _cut(value, _TEXT) for name, value in other.items() if value}},
    }


def _console(event: Event, finding_id: str) -> str:
    return f"https://console.aws.amazon.com/access-analyzer/home?region={event.region}#/findings/details/{quote(finding_id)}"


def _test(event: Event, product: str) -> dict[str, Any]:
    """A finding that nobody has to look at: informational, and archived."""
    return {
        "SchemaVersion": _SCHEMA,
        "Id": "ringwall/test",
        "ProductArn": product,
        "ProductName": "Ringwall",
        "CompanyName": "Ringwall",
        "GeneratorId": "ringwall/test",
        "AwsAccountId": event.account,
        "Types": ["Software and Configuration Checks"],
        "CreatedAt": written(event.time),
        "UpdatedAt": written(event.time),
        "Severity": {"Label": "INFORMATIONAL"},
        "Title": "Ringwall can import findings",
        "Description": "Somebody tried this destination. There is nothing to do.",
        "Resources": [{"Type": "Other", "Id": "ringwall"}],
        "RecordState": "ARCHIVED",
    }


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def open_security_hub(settings: Mapping[str, str], secret: str, surroundings: Surroundings) -> SecurityHub:  # noqa: ARG001
    """Security Hub in the Region that a destination's settings name."""
    endpoint, region = settings.get("endpoint"), settings["region"]
    check_endpoint(endpoint, surroundings.allowed_hosts)
    default = f"arn:{surroundings.partition}:securityhub:{region}:{{account}}:product/{{account}}/default"
    return SecurityHub(
        client=surroundings.new_client("securityhub", region, endpoint),
        product=settings.get("productArn", default),
        findings_of=surroundings.findings_of,
    )
