"""Words for people: what every format calls an exposure, a principal, a statement, a request."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ringwall.arn import find_arn
from ringwall.findings.finding import Exposure, Finding, FindingSource, RestrictionType, StatementReference, caller_name
from ringwall.findings.report import Report
from ringwall.policy.keys import spelled
from ringwall.policy.request import Caller, CallerKind, Request, derived_keys

RESOURCE_NOUNS = {
    "AWS::DynamoDB::Stream": "DynamoDB stream",
    "AWS::DynamoDB::Table": "DynamoDB table",
    "AWS::EC2::Snapshot": "EBS snapshot",
    "AWS::ECR::Repository": "ECR repository",
    "AWS::EFS::FileSystem": "EFS file system",
    "AWS::IAM::Role": "IAM role",
    "AWS::IAM::User": "IAM user",
    "AWS::KMS::Key": "KMS key",
    "AWS::Lambda::Function": "Lambda function",
    "AWS::Lambda::LayerVersion": "Lambda layer version",
    "AWS::RDS::DBClusterSnapshot": "RDS cluster snapshot",
    "AWS::RDS::DBSnapshot": "RDS snapshot",
    "AWS::S3::Bucket": "S3 bucket",
    "AWS::S3Express::DirectoryBucket": "S3 directory bucket",
    "AWS::SNS::Topic": "SNS topic",
    "AWS::SQS::Queue": "SQS queue",
    "AWS::SecretsManager::Secret": "Secrets Manager secret",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """How an exposure is spoken of."""

    title: str
    meaning: str
    advice: str


EXPOSURES = {
    Exposure.PUBLIC: Wording(
        "Public",
        "Everyone can use this resource, whoever they are.",
        "Name the principals that need access, or turn on the service's block on public access.",
    ),
    Exposure.ANY_AWS_PRINCIPAL: Wording(
        "Any AWS principal",
        "Anyone with an AWS account of their own can use this resource.",
        "Name the accounts that need access, or limit it to your organization with aws:PrincipalOrgID.",
    ),
    Exposure.CONFUSED_DEPUTY: Wording(
        "Confused deputy",
        "An AWS service can be made to use this resource on behalf of anybody's account.",
        "Limit the service by aws:SourceAccount, aws:SourceArn or aws:SourceOrgID.",
    ),
    Exposure.NETWORK: Wording(
        "Network",
        "Anyone who calls from a certain network can use this resource.",
        "Check that the network is yours alone, and name the principals as well.",
    ),
    Exposure.ORGANIZATION: Wording(
        "Another organization",
        "Every account of another organization, or of a part of one, can use this resource.",
        "Name the accounts that need access instead of the whole organization.",
    ),
    Exposure.FEDERATED: Wording(
        "Federated",
        "People whom an identity provider vouches for can use this resource.",
        "Check the provider, and limit the audience and the subject by conditions.",
    ),
    Exposure.CROSS_ACCOUNT: Wording(
        "Another account",
        "An account outside the zone of trust can use this resource.",
        "If this is a partner, name it with --trust; if not, take the principal out of the policy.",
    ),
}
"""Widest first, as in `Exposure`."""

ERROR_WORDING = Wording(
    "Not analyzed",
    "This resource could not be analyzed, so nothing is known about who can reach it.",
    "Mend the cause that the message names and scan again.",
)

_VERBS = {
    "AWS::IAM::Role": "take on",
    "AWS::KMS::Key": "use",
    "AWS::EC2::Snapshot": "copy and restore",
    "AWS::RDS::DBSnapshot": "copy and restore",
    "AWS::RDS::DBClusterSnapshot": "copy and restore",
}
LEVEL_VERBS = {
    "List": "list",
    "Read": "read",
    "Write": "change",
    "Permissions": "change the permissions of",
    "Tagging": "tag",
}
ACTION_VERBS = {
    "lambda:InvokeFunction": "invoke",
    "lambda:InvokeFunctionUrl": "invoke",
    "sns:Publish": "publish to",
    "sns:Subscribe": "subscribe to",
    "sqs:SendMessage": "send messages to",
    "sqs:ReceiveMessage": "receive messages from",
    "secretsmanager:GetSecretValue": "read",
    "sts:AssumeRole": "take on",
    "sts:AssumeRoleWithSAML": "take on",
    "sts:AssumeRoleWithWebIdentity": "take on",
}
# Control characters could move the cursor of a terminal, and direction marks reorder what is read.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")


def clean(text: str) -> str:
    """`text` with every character that a terminal or a reader could be deceived by written as an escape."""
    return _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def shorten(text: str, width: int) -> str:
    """`text` in at most `width` columns: where it is longer, its middle gives way to `…`."""
    if len(text) <= width:
        return text
    tail = (width - 1) * 2 // 3
    return f"{text[: width - 1 - tail]}…{text[-tail:] if tail else ''}"


def resource_noun(resource_type: str) -> str:
    """`S3 bucket` for `AWS::S3::Bucket`; the type itself where it is unknown."""
    return RESOURCE_NOUNS.get(resource_type, clean(resource_type))


def resource_name(arn: str) -> str:
    """The part of an ARN that people call the resource by."""
    tail = arn.split(":", 5)[-1]
    for prefix in (
        "function:",
        "layer:",
        "secret:",
        "snapshot:",
        "cluster-snapshot:",
        "table/",
        "role/",
        "repository/",
    ):
        tail = tail.removeprefix(prefix)
    for prefix in ("bucket/", "file-system/", "snapshot/", "key/"):
        tail = tail.removeprefix(prefix)
    return clean(tail)


def numbers_of(findings: Iterable[Finding]) -> str:
    """How many findings there are of each exposure: `2 public, 1 any AWS principal`."""
    numbers = Counter(finding.exposure for finding in findings)
    titles = {exposure: f"{words.title[0].lower()}{words.title[1:]}" for exposure, words in EXPOSURES.items()}
    return ", ".join(f"{numbers[exposure]} {title}" for exposure, title in titles.items() if numbers[exposure])


def headline(report: Report) -> str:
    """What the report says in one line; never that all is well when nobody knows."""
    if report.access:
        return f"{counted(len(report.access), 'finding')} on {resources_of(report)}"
    if not report.coverage.is_complete:
        return "No access from outside was found in what could be read"
    if not report.coverage.resources:
        return "There was nothing to analyze"
    return "No access from outside the zone of trust was found"


def resources_of(report: Report) -> str:
    """How many resources somebody outside has access to: `3 resources`."""
    return counted(len({finding.resource for finding in report.access}), "resource")


def exposure_title(finding: Finding) -> str:
    return wording_of(finding).title


def wording_of(finding: Finding) -> Wording:
    return EXPOSURES[finding.exposure] if finding.exposure else ERROR_WORDING


def principal(finding: Finding) -> str:
    """Who has got in, in a few words: `account 999988887777`, `everyone calling from 203.0.113.0/24`."""
    kind, value = next(iter(finding.principal.items()), ("", ""))
    match kind:
        case "AWS" if value == "*":
            return clean(" ".join((_everyone(finding.exposure), *_told(finding).values())))
        case "AWS":
            return clean(_aws_principal(value))
        case "Federated":
            return clean(f"anyone vouched for by {value.partition('-provider/')[2] or value}")
        case "CanonicalUser":
            return clean(f"canonical user {value}")
        case _:
            return clean(f"{kind.lower()} {value}")


def _everyone(exposure: Exposure | None) -> str:
    return "everyone with an AWS account" if exposure is Exposure.ANY_AWS_PRINCIPAL else "everyone"


_AMONG_EVERYONE = {
    "aws:principalorgid": "in organization {}",
    "aws:principalorgpaths": "in {}",
    "aws:principalaccount": "of account {}",
    "kms:calleraccount": "of account {}",
    "aws:principalarn": "whose ARN is {}",
    "aws:sourceip": "calling from {}",
    "aws:vpcsourceip": "calling from {}",
    "aws:sourcevpc": "calling from {}",
    "aws:sourcevpcarn": "calling from {}",
    "aws:sourcevpce": "calling through {}",
    "aws:vpceaccount": "calling through an endpoint of account {}",
    "aws:vpceorgid": "calling through an endpoint of organization {}",
    "aws:vpceorgpaths": "calling through an endpoint in {}",
}
"""Who of everyone is meant, by the condition that says so. Callers first, then where they call from."""


def _told(finding: Finding) -> Mapping[str, str]:
    """The conditions that `principal` puts in words, and the words."""
    if finding.principal != {"AWS": "*"}:
        return {}
    values = {key.lower(): (key, value) for key, value in finding.condition.items()}
    return {values[key][0]: words.format(values[key][1]) for key, words in _AMONG_EVERYONE.items() if key in values}


def _aws_principal(value: str) -> str:
    if value.isdigit():
        return f"account {value}"
    if (arn := find_arn(value)) is None or not arn.account:
        return value
    kind, _, name = arn.resource.partition("/")
    return f"{kind} {name} of account {arn.account}"


_SOURCES = {
    "POLICY": "policy",
    "BUCKET_ACL": "access list",
    "S3_ACCESS_POINT": "access point",
    "S3_ACCESS_POINT_ACCOUNT": "access points of account",
    "KMS_GRANT": "grant",
    "SNAPSHOT_ATTRIBUTE": "sharing attribute",
}


def source_words(source: FindingSource) -> str:
    """How a bucket is shared, without the detail: `access point`."""
    return _SOURCES.get(source.type, source.type)


def conditions(finding: Finding) -> list[str]:
    """One line per condition: `aws:SourceIp = 203.0.113.0/24`."""
    return _condition_lines(finding.condition)


def other_conditions(finding: Finding) -> list[str]:
    """The conditions that `principal` does not tell of already."""
    told = _told(finding)
    return _condition_lines({key: value for key, value in finding.condition.items() if key not in told})


def _condition_lines(condition: Mapping[str, str]) -> list[str]:
    return [f"{clean(key)} = {clean(value)}" for key, value in condition.items()]


def sentence(finding: Finding) -> str:
    """The finding in one sentence, for somebody who does not read policies."""
    noun, name = resource_noun(finding.resource_type), resource_name(finding.resource)
    if finding.error:
        return f"It is not known who can reach the {noun} {name}: {clean(finding.error_message or finding.error)}"
    who = principal(finding)
    limits = other_conditions(finding)
    limit = f", provided that {' and '.join(limits)}" if limits else ""
    return f"{who[0].upper()}{who[1:]} can {_verbs(finding)} the {noun} {name}{limit}."


def _verbs(finding: Finding) -> str:
    if verb := _VERBS.get(finding.resource_type):
        return verb
    by_action = dict.fromkeys(ACTION_VERBS[action] for action in finding.action if action in ACTION_VERBS)
    levels = {level for level, actions in finding.access_levels.items() if set(actions) - ACTION_VERBS.keys()}
    by_level = [verb for level, verb in LEVEL_VERBS.items() if level in levels]
    # Whoever can send messages to a queue can look up its address, too: that goes without saying.
    verbs = list(by_action) if by_action and levels <= {"List", "Read"} else by_level
    return listed(verbs) if verbs else "use"


def listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def document_name(place: str) -> str:
    """`bucket policy` for the JSON pointer `/bucketPolicy`; the name itself for an organization's policy."""
    if not place.startswith("/"):
        return clean(place) or "another policy"
    parts = [part.replace("~1", "/").replace("~0", "~") for part in place.strip("/").split("/")]
    # A key has one policy, and its name is always `default`.
    words = ["key policy" if part == "default" else _spaced(part) for part in parts if not part.startswith("arn:")]
    owners = [resource_name(part) for part in parts if part.startswith("arn:")]
    name = f"{_singular(words[-2])} {words[-1]}" if len(words) > 1 and words[-1].isdigit() else words[-1]
    return clean(name + (f" of {owners[-1]}" if owners else ""))


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", lambda match: f" {match[1].lower()}", name)


def _singular(word: str) -> str:
    return word.removesuffix("s")


# What is no policy has entries, and no statements.
_TRANSLATED = {
    "BUCKET_ACL": "access list, grant",
    "KMS_GRANT": "grant",
    "SNAPSHOT_ATTRIBUTE": "sharing attribute, entry",
}


def statement(reference: StatementReference) -> str:
    """Which statement it is, in one line: `bucket policy, statement 2 (PublicRead), line 14`."""
    if reference.source in _TRANSLATED:
        entry = reference.place.rsplit("/", 1)[-1]
        return f"{_TRANSLATED[reference.source]}{f' {int(entry) + 1}' if entry.isdecimal() else ''}"
    sid = f" ({clean(reference.sid)})" if reference.sid else ""
    line = f", line {reference.start[0]}" if reference.start and reference.start[0] > 1 else ""
    return f"{document_name(reference.place)}, statement {reference.index + 1}{sid}{line}"


def request_line(request: Request) -> str:
    """A request in one line: who calls what on what, and with which context."""
    who = "anonymous" if caller_name(request.caller) == "*" else caller_name(request.caller)
    context = ", ".join(f"{key}={'|'.join(values)}" for key, values in context_of(request).items())
    return clean(f"{who} → {request.action} on {request.resource}{f' with {context}' if context else ''}")


def short_request(finding: Finding, width: int) -> str:
    """The witness in one line of at most `width` columns; the resource, which is known already, gives way to `…`."""
    assert finding.witness
    request = finding.witness
    within = request.resource.removeprefix(finding.resource)
    on = f" on …{within}" if within not in ("", request.resource) else ""
    on = f" on {request.resource}" if within == request.resource and within else on
    context = ", ".join(f"{key}={'|'.join(values)}" for key, values in context_of(request).items())
    brief = clean(f"{_short_caller(request.caller)} → {request.action}{on}")
    whole = clean(f"{brief} with {context}" if context else brief)
    return whole if len(whole) <= width else f"{shorten(brief, width - 2)} …"


def _short_caller(caller: Caller) -> str:
    name = (caller.arn or "").rsplit("/", 1)[-1]
    match caller.kind:
        case CallerKind.ANONYMOUS:
            return "anonymous"
        case CallerKind.ROOT:
            return f"root of {caller.account}"
        case CallerKind.USER | CallerKind.ROLE:
            return f"{caller.kind.value} {name} of {caller.account}"
        case CallerKind.FEDERATED if caller.provider:
            return f"somebody from {caller.provider.partition('-provider/')[2] or caller.provider}"
        case _:
            return caller_name(caller)


_OF_THE_RESOURCE = {"aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"}


def context_of(request: Request) -> Mapping[str, tuple[str, ...]]:
    """The context keys of a request, as AWS spells them, that follow neither from its caller nor from its resource."""
    derived = derived_keys(request.caller)
    free = {key: values for key, values in request.context.items() if derived.get(key) != values}
    return {spelled(key): values for key, values in free.items() if key not in _OF_THE_RESOURCE}


def restriction(finding: Finding) -> str:
    """What resource control policies have to do with the finding; the empty string where nothing."""
    if finding.blocked_by:
        blockers = ", ".join(dict.fromkeys(clean(each.place) for each in finding.blocked_by))
        return f"blocked by resource control policy {blockers}"
    match finding.resource_control_policy_restriction:
        case RestrictionType.APPLICABLE:
            return "resource control policies apply, but do not stop all of it"
        case RestrictionType.FAILED_TO_EVALUATE_RCP:
            return "resource control policies could not be read"
        case RestrictionType.NOT_APPLICABLE | None:
            return ""


def counted(number: int, noun: str) -> str:
    """`1 account`, `3 accounts`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
