"""Recipes for roles, each with the findings that are true of it by construction.

A recipe takes an account and a number, which varies what does not matter, and gives one member of the estate.
"""

from tests.unused_words import (
    LEVELS,
    LEVELS_OF_ENTITIES,
    REGIONS,
    THREE,
    Expected,
    Member,
    access,
    allow,
    days_ago,
    managed,
    role,
    used,
)

NEVER = None


def unused_role(account, last=None):
    return Expected("UnusedIAMRole", last=last, confidence=LEVELS_OF_ENTITIES[account])


def unused_permissions(account, *services, at_most="HIGH", untracked=None):
    """`at_most`: what the recipe leaves, beside the account's trail."""
    levels = ("LOW", "MEDIUM", "HIGH")
    confidence = min(at_most, LEVELS[account], key=levels.index)
    return Expected("UnusedPermission", services=services, confidence=confidence, untracked=untracked)


def whole(namespace, last=NEVER):
    return (namespace, last, ())


def part(namespace, last, **actions):
    """A service in use, and its unused actions, each with the days since its last use or None."""
    return (namespace, last, tuple((name, NEVER if days is None else days_ago(days)) for name, days in actions.items()))


def member(principal, events, services, *expected, **troubles):
    return Member(access(principal, events, services, **troubles), events, expected)


def busy(account, n):
    """It uses all that it may."""
    policy = managed(account, f"buckets-{n}", allow("s3:CreateBucket", "s3:DeleteBucket"))
    events = used(3 + n, "s3:CreateBucket", "s3:DeleteBucket", region=REGIONS[n % 3])
    return member(role(account, f"busy-{n}", [policy], last=3 + n), events, ["s3"])


def never_used(account, n):
    policy = managed(account, f"never-{n}", allow("s3:*", "sqs:*"))
    return member(role(account, f"never-{n}", [policy]), (), ["s3", "sqs"], unused_role(account))


def used_long_ago(account, n):
    """One finding says it all: nothing is said of its permissions."""
    days = 91 + 80 * n
    policy = managed(account, f"old-{n}", allow("ec2:RunInstances", "sqs:*"))
    principal = role(account, f"long-ago-{n}", [policy], last=days)
    return member(principal, used(days, "ec2:RunInstances"), ["ec2", "sqs"], unused_role(account, days_ago(days)))


def on_the_first_day(account, n):
    """What was used in the first moment of the period was used in it."""
    policy = managed(account, f"edge-{n}", allow("sns:CreateTopic"))
    return member(role(account, f"edge-{n}", [policy], last=90), used(90, "sns:CreateTopic"), ["sns"])


def young(account, n):
    policy = managed(account, f"young-{n}", allow("s3:*"))
    return member(role(account, f"young-{n}", [policy], created=10 + 39 * n), (), ["s3"])


def as_old_as_the_period(account, n):
    policy = managed(account, f"ninety-{n}", allow("s3:*"))
    return member(role(account, f"ninety-{n}", [policy], created=90), (), ["s3"], unused_role(account))


def of_a_service(account, n):
    path = "/aws-service-role/support.amazonaws.com/"
    policy = managed(account, "support", allow("s3:*"))
    return member(role(account, f"AWSServiceRoleForSupport{n}", [policy], path=path), (), ["s3"])


def only_the_trail_saw_it(account, n):
    """Neither RoleLastUsed nor the report have the use; without a trail it is an unused role."""
    policy = managed(account, f"trail-{n}", allow("s3:CreateBucket", "s3:DeleteBucket", "sns:*"))
    events = used(20 + n, "s3:CreateBucket", is_reported=False)
    principal = role(account, f"trail-only-{n}", [policy])
    if account == THREE:
        return member(principal, events, ["s3", "sns"], unused_role(account))
    unused = part("s3", days_ago(20 + n), DeleteBucket=NEVER), whole("sns")
    return member(principal, events, ["s3", "sns"], unused_permissions(account, *unused))


def one_action_only_the_trail_saw(account, n):
    policy = managed(account, f"action-{n}", allow("s3:CreateBucket", "s3:DeleteBucket", "s3:PutBucketPolicy"))
    events = used(2, "s3:CreateBucket") + used(30 + n, "s3:DeleteBucket", is_reported=False)
    actions = {"DeleteBucket": NEVER} if account == THREE else {}
    unused = part("s3", days_ago(2), **actions, PutBucketPolicy=NEVER)
    principal = role(account, f"trail-action-{n}", [policy], last=2)
    return member(principal, events, ["s3"], unused_permissions(account, unused))


def service_unused(account, n):
    policy = managed(account, f"queues-{n}", allow("s3:CreateBucket", "sqs:SendMessage", "kms:*"))
    days = 100 + 50 * n
    events = used(4, "s3:CreateBucket") + used(days, "kms:CreateKey")
    unused = unused_permissions(account, whole("kms", days_ago(days)), whole("sqs"), untracked=())
    return member(role(account, f"service-{n}", [policy], last=4), events, ["kms", "s3", "sqs"], unused)


def action_unused(account, n):
    policy = managed(account, f"functions-{n}", allow("lambda:CreateFunction", "lambda:DeleteFunction"))
    days = 91 + 60 * n
    events = used(6, "lambda:CreateFunction") + used(days, "lambda:DeleteFunction", region=REGIONS[n % 2])
    unused = unused_permissions(account, part("lambda", days_ago(6), DeleteFunction=days))
    return member(role(account, f"action-{n}", [policy], last=6), events, ["lambda"], unused)


def every_quarter(account, n):
    """What comes back every quarter is not unused between two of them, as far as a trail shows it."""
    policy = managed(
        account, f"quarterly-{n}", allow("s3:CreateBucket", "s3:DeleteBucket", "s3:PutBucketPolicy", "sqs:CreateQueue")
    )
    events = used(5, "s3:CreateBucket")
    for days in (95 + n, 186 + n, 277 + n):
        events += used(days, "s3:PutBucketPolicy", "sqs:CreateQueue")
    principal = role(account, f"quarterly-{n}", [policy], last=5)
    if account == THREE:
        actions = {"DeleteBucket": NEVER, "PutBucketPolicy": 95 + n}
        unused = part("s3", days_ago(5), **actions), whole("sqs", days_ago(95 + n))
    else:
        unused = (part("s3", days_ago(5), DeleteBucket=NEVER),)
    return member(principal, events, ["s3", "sqs"], unused_permissions(account, *unused))


def every_half_year_or_year(account, n):
    days = ((150, 330), (100, 465), (110, 475))[n]
    policy = managed(account, f"yearly-{n}", allow("iam:CreateRole", "iam:DeleteRole"))
    events = used(5, "iam:CreateRole") + tuple(each for past in days for each in used(past, "iam:DeleteRole"))
    principal = role(account, f"yearly-{n}", [policy], last=5)
    unused = unused_permissions(account, part("iam", days_ago(5), DeleteRole=days[0]))
    return member(principal, events, ["iam"], *([unused] if account == THREE else []))


def no_longer_every_quarter(account, n):
    """It was due long ago."""
    policy = managed(account, f"lapsed-{n}", allow("iam:CreateRole", "iam:DeleteRole"))
    events = used(5, "iam:CreateRole")
    for days in (280 + n, 371 + n, 462 + n):
        events += used(days, "iam:DeleteRole")
    unused = unused_permissions(account, part("iam", days_ago(5), DeleteRole=280 + n))
    return member(role(account, f"lapsed-{n}", [policy], last=5), events, ["iam"], unused)


def as_a_whole_every_quarter(account, n):
    """The role itself waits for the end of the quarter; what it never used may go."""
    policy = managed(account, f"closing-{n}", allow("dynamodb:CreateTable", "sns:*"))
    events = tuple(each for days in (95 + n, 186 + n, 277 + n) for each in used(days, "dynamodb:CreateTable"))
    principal = role(account, f"closing-{n}", [policy], last=95 + n)
    unused = unused_permissions(account, whole("sns"))
    expected = unused_role(account, days_ago(95 + n)) if account == THREE else unused
    return member(principal, events, ["dynamodb", "sns"], expected)


ROLES = (
    busy,
    never_used,
    used_long_ago,
    on_the_first_day,
    young,
    as_old_as_the_period,
    of_a_service,
    only_the_trail_saw_it,
    one_action_only_the_trail_saw,
    service_unused,
    action_unused,
    every_quarter,
    every_half_year_or_year,
    no_longer_every_quarter,
    as_a_whole_every_quarter,
)
