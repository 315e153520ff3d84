"""A report with one finding of every exposure, an error, and a gap: what every format is tried on."""

import json
from dataclasses import replace

from ringwall.findings.finding import (
    Exposure,
    Finding,
    FindingSource,
    Narrowing,
    RestrictionType,
    StatementReference,
)
from ringwall.findings.report import Coverage, Gap, Report
from ringwall.policy.request import ANONYMOUS, Caller, CallerKind, Request, with_derived_keys

BUCKET = "arn:aws:s3:::project-xyz-downloads"
OUTSIDER = Caller(
    CallerKind.ROLE, arn="arn:aws:iam::999988887777:role/any", session="arn:aws:sts::999988887777:assumed-role/any/s"
)
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "PublicDownloads",
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": f"{BUCKET}/*",
            },
            {
                "Sid": "DraftsStayPrivate",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": f"{BUCKET}/drafts/*",
            },
        ],
    },
    indent=2,
)


def _reference(index, sid, start, end):
    lines = POLICY.splitlines()[start - 1 : end]
    return StatementReference(
        "POLICY", "/bucketPolicy", index, sid, (start, 5), (end, 6), "\n".join(lines).strip().rstrip(",")
    )


def public_finding(**changes):
    finding = Finding(
        resource=BUCKET,
        resource_type="AWS::S3::Bucket",
        resource_owner_account="444455556666",
        region="eu-west-1",
        principal={"AWS": "*"},
        action=("s3:GetObject",),
        is_public=True,
        sources=(FindingSource("POLICY"),),
        resource_control_policy_restriction=RestrictionType.NOT_APPLICABLE,
        exposure=Exposure.PUBLIC,
        access_levels={"Read": ("s3:GetObject",)},
        witness=with_derived_keys(Request(ANONYMOUS, "s3:GetObject", f"{BUCKET}/x")),
        allowed_by=(_reference(0, "PublicDownloads", 4, 10),),
        narrowed_by=(
            Narrowing(
                _reference(1, "DraftsStayPrivate", 11, 17),
                with_derived_keys(Request(ANONYMOUS, "s3:GetObject", f"{BUCKET}/drafts/x")),
            ),
        ),
    )
    return replace(finding, **changes)


def account_finding(**changes):
    finding = public_finding(
        resource="arn:aws:sqs:eu-west-1:444455556666:project-xyz-orders",
        resource_type="AWS::SQS::Queue",
        principal={"AWS": "999988887777"},
        action=("sqs:GetQueueUrl", "sqs:SendMessage"),
        condition={"aws:SourceIp": "203.0.113.0/24"},
        is_public=False,
        sources=(),
        exposure=Exposure.CROSS_ACCOUNT,
        access_levels={"Read": ("sqs:GetQueueUrl",), "Write": ("sqs:SendMessage",)},
        witness=with_derived_keys(
            Request(
                OUTSIDER,
                "sqs:SendMessage",
                "arn:aws:sqs:eu-west-1:444455556666:project-xyz-orders",
                {"aws:sourceip": ("203.0.113.7",)},
            )
        ),
        allowed_by=(
            StatementReference("POLICY", "/queuePolicy", 1, "ProjectAbcOrders", (1, 2), (1, 30), '{"Effect": "Allow"}'),
        ),
        narrowed_by=(),
    )
    return replace(finding, **changes)


def error_finding():
    return Finding(
        resource="arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        resource_type="AWS::KMS::Key",
        resource_owner_account="444455556666",
        region="eu-west-1",
        error="ACCESS_DENIED",
        error_message="kms:GetKeyPolicy was refused",
    )


def of_exposure(exposure):
    return account_finding(exposure=exposure, resource=f"arn:aws:sqs:eu-west-1:444455556666:{exposure.value}")


def a_report(*findings, **changes):
    coverage = Coverage(
        ("444455556666", "777788889999"), ("eu-west-1", "us-east-1"), {"AWS::S3::Bucket": 10, "AWS::SQS::Queue": 3}
    )
    zone = {"organization": "o-a1b2c3d4e5"}
    return replace(Report("ORGANIZATION", zone, coverage, findings, {BUCKET: {"/bucketPolicy": POLICY}}), **changes)


def full_report():
    gaps = (
        Gap(
            "ACCESS_DENIED",
            "kms:GetKeyPolicy was refused",
            "444455556666",
            "eu-west-1",
            "AWS::KMS::Key",
            error_finding().resource,
        ),
        Gap("REGION_DISABLED", "the Region is switched off", region="ap-east-1"),
    )
    report = a_report(public_finding(), *map(of_exposure, Exposure), error_finding())
    return replace(report, coverage=replace(report.coverage, gaps=gaps))


HOSTILE = "</script><script>alert(1)</script>`|*[x](javascript:1)\x1b[31m\u202e"


def hostile_report(name=HOSTILE):
    arn = f"arn:aws:sqs:eu-west-1:444455556666:{name}"
    reference = StatementReference("POLICY", "/queuePolicy", 0, name, (1, 1), (1, 2), name)
    finding = account_finding(
        resource=arn,
        principal={"Federated": name},
        condition={name: name},
        action=(name,),
        access_levels={"Read": (name,)},
        region=name,
        resource_owner_account=name,
        allowed_by=(reference,),
        blocked_by=(replace(reference, place=name),),
        witness=Request(Caller(CallerKind.FEDERATED, provider=name), name, name, {name: (name,)}),
    )
    error = replace(error_finding(), resource=name, error_message=name)
    coverage = Coverage((name,), (name,), {name: 1}, (Gap("INTERNAL_ERROR", name, name, name, name, name),))
    return a_report(finding, error, coverage=coverage, documents={arn: {"/queuePolicy": name}})
