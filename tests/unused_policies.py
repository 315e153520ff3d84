"""Recipes about what policies grant: wildcards, `NotAction`, denies, conditions, boundaries, and their age."""

from msgspec.structs import replace

from ringwall.policy.service_reference import known_actions
from tests.principal_words import inline
from tests.unused_roles import NEVER, member, part, unused_permissions, whole
from tests.unused_words import ONE, TRACKED, Expected, allow, days_ago, deny, managed, role, used

MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def wildcards(account, n):
    """What no source tells apart is not called unused: all of S3 but the four actions that IAM's report tracks."""
    document = (allow("s3:*"), allow("S3:*"), allow("s3:*", "sns:*", "SQS:*"))[n]
    events = used(7, "s3:GetObject", "s3:CreateBucket")
    untracked = set(known_actions("s3")) - set(TRACKED["s3"])
    if account == ONE:
        # Its trail has data events: what it saw is known to be used.
        untracked.remove("s3:GetObject")
    others = (whole("sns"), whole("sqs")) if n == 2 else ()
    buckets = part("s3", days_ago(7), DeleteBucket=NEVER, ListAllMyBuckets=NEVER, PutBucketPolicy=NEVER)
    unused = unused_permissions(account, buckets, *others, untracked=tuple(sorted(untracked)))
    principal = role(account, f"wildcard-{n}", [managed(account, f"all-{n}", document)], last=7)
    return member(principal, events, ["s3", "sns", "sqs"], unused)


def prefixes(account, n):
    policy = managed(account, f"prefix-{n}", allow("s3:Delete*", "ec2:Run*", "lambda:*Functio?"))
    events = used(8 + n, "ec2:RunInstances", "lambda:CreateFunction")
    unused = whole("s3") if n else whole("s3", days_ago(120))
    events += () if n else used(120, "s3:DeleteBucket")
    functions = part("lambda", days_ago(8 + n), DeleteFunction=NEVER)
    principal = role(account, f"prefix-{n}", [policy], last=8 + n)
    return member(principal, events, ["ec2", "lambda", "s3"], unused_permissions(account, functions, unused))


def not_action(account, n):
    """All but IAM, within a boundary of four services, of which IAM is one."""
    policy = managed(account, f"power-{n}", allow("iam:*", element="NotAction"))
    boundary = managed(account, "four-services", allow("iam:*", "kms:*", "sns:CreateTopic", "sns:DeleteTopic", "sqs:*"))
    events = used(9 + n, "sns:CreateTopic", "sqs:SendMessage")
    unused = unused_permissions(account, whole("kms"), part("sns", days_ago(9 + n), DeleteTopic=NEVER))
    principal = role(account, f"power-{n}", [policy], boundary=boundary, last=9 + n)
    return member(principal, events, ["iam", "kms", "sns", "sqs"], unused)


def everything(account, n):
    """Of the many services that IAM's report does not have nothing is said, and the confidence tells."""
    policy = managed(account, f"administrator-{n}", allow("*"))
    events = used(2, "iam:CreateRole", "iam:DeleteRole", "iam:ListRoles")
    unused = unused_permissions(account, whole("kms"), whole("sqs"), at_most="MEDIUM")
    return member(role(account, f"administrator-{n}", [policy], last=2), events, ["iam", "kms", "sqs"], unused)


def denied(account, n):
    """What is denied for every request is not granted, and so not unused."""
    no = (deny("s3:Delete*"), deny("s3:DeleteBucket"), deny("s3:CreateBucket", "s3:PutBucket*", element="NotAction"))[n]
    policy = managed(account, f"denied-{n}", allow("s3:CreateBucket", "s3:DeleteBucket", "s3:PutBucketPolicy"), no)
    unused = unused_permissions(account, part("s3", days_ago(11), PutBucketPolicy=NEVER), untracked=())
    return member(role(account, f"denied-{n}", [policy], last=11), used(11, "s3:CreateBucket"), ["s3"], unused)


def denied_under_conditions(account, n):
    """A deny that leaves some requests takes nothing away."""
    no = (deny("sns:*", condition=MFA), deny("sns:*", resource="arn:aws:sns:*:*:secret"), deny("kms:*"))[n]
    policy = managed(account, f"conditions-{n}", allow("sns:CreateTopic", "sns:DeleteTopic"), no)
    unused = unused_permissions(account, part("sns", days_ago(12), DeleteTopic=NEVER))
    return member(role(account, f"conditions-{n}", [policy], last=12), used(12, "sns:CreateTopic"), ["sns"], unused)


def allowed_under_conditions(account, n):
    policy = managed(account, f"mfa-{n}", allow("sns:CreateTopic"), allow("kms:CreateKey", condition=MFA))
    unused = unused_permissions(account, whole("kms"))
    return member(role(account, f"mfa-{n}", [policy], last=13), used(13, "sns:CreateTopic"), ["kms", "sns"], unused)


def bounded(account, n):
    """Out of bounds is not granted. A boundary that changed lately leaves it open what was let through before."""
    policy = managed(account, f"wide-{n}", allow("sns:CreateTopic", "sns:DeleteTopic", "kms:*", "sqs:*"))
    boundary = managed(account, f"bounds-{n}", allow("sns:*", "sqs:*"), changed=(400, 90, 5)[n])
    at_most = ("HIGH", "HIGH", "MEDIUM")[n]
    unused = part("sns", days_ago(14), DeleteTopic=NEVER), whole("sqs")
    principal = role(account, f"bounded-{n}", [policy], boundary=boundary, last=14)
    expected = unused_permissions(account, *unused, at_most=at_most)
    return member(principal, used(14, "sns:CreateTopic"), ["kms", "sns", "sqs"], expected)


def lately_granted(account, n):
    """What only a policy grants that changed within the period is not judged."""
    old = managed(account, f"lately-old-{n}", allow("sns:CreateTopic", "sns:DeleteTopic"))
    new = managed(account, f"lately-new-{n}", allow("sqs:*", "kms:*", "sns:DeleteTopic"), changed=(0, 40, 89)[n])
    unused = unused_permissions(account, part("sns", days_ago(15), DeleteTopic=NEVER))
    principal = role(account, f"lately-{n}", [old, new], last=15)
    return member(principal, used(15, "sns:CreateTopic"), ["kms", "sns", "sqs"], unused)


def lately_granted_in_part(account, n):
    """An unused service of which something is new is no whole service; what is old and tracked is judged."""
    old = managed(account, f"part-old-{n}", allow("iam:CreateRole", "sns:DeleteTopic", "sns:Publish"))
    new = managed(account, f"part-new-{n}", allow("sns:CreateTopic"), changed=20)
    unused = unused_permissions(account, part("sns", NEVER, DeleteTopic=NEVER), untracked=())
    principal = role(account, f"part-{n}", [old, new], last=16)
    return member(principal, used(16, "iam:CreateRole"), ["iam", "sns"], unused)


def lately_denied(account, n):
    """A new Deny grants nothing, and what it denies is not granted."""
    old = managed(account, f"denies-old-{n}", allow("sns:CreateTopic", "sns:DeleteTopic", "sqs:*", "kms:*"))
    new = managed(account, f"denies-new-{n}", deny("kms:*", "sqs:DeleteQueue"), changed=1 + n)
    unused = unused_permissions(account, part("sns", days_ago(17), DeleteTopic=NEVER), whole("sqs"))
    principal = role(account, f"lately-denied-{n}", [old, new], last=17)
    return member(principal, used(17, "sns:CreateTopic"), ["sns", "sqs"], unused)


def by_inline_policies(account, n):
    """AWS does not say how old they are; what an old managed policy grants as well is known to be old."""
    own = inline("own", allow("sns:CreateTopic", "sqs:*"))
    too = managed(account, f"too-{n}", allow("sqs:*"), changed=100)
    policies = [own, too] if n == 2 else [own]
    unused = unused_permissions(account, whole("sqs"), at_most="HIGH" if n == 2 else "MEDIUM")
    principal = role(account, f"inline-{n}", policies, last=18)
    return member(principal, used(18, "sns:CreateTopic"), ["sns", "sqs"], unused)


def not_to_be_read(account, n):
    """A policy that is none: nothing is said of the permissions but that."""
    broken = replace(inline("broken"), document=('{"Statement": [', "[]", '{"Statement": [{"Effect": "Allow"}]}')[n])
    principal = role(account, f"broken-{n}", [broken, inline("fine", allow("sqs:*"))], last=19)
    return member(principal, (), ["sqs"], Expected("UnusedPermission", error="INTERNAL_ERROR"))


POLICIES = (
    wildcards,
    prefixes,
    not_action,
    everything,
    denied,
    denied_under_conditions,
    allowed_under_conditions,
    bounded,
    lately_granted,
    lately_granted_in_part,
    lately_denied,
    by_inline_policies,
    not_to_be_read,
)
