"""Recipes for what could not be read: each ends as an error finding or as less confidence, never as unused."""

from tests.unused_roles import NEVER, member, part, unused_permissions, unused_role, whole
from tests.unused_users import no_key, no_permissions, unused_key
from tests.unused_words import Expected, allow, days_ago, key, managed, password, role, used, user

REFUSED = "AccessDenied: not authorized to perform iam:GenerateServiceLastAccessedDetails"
REASONS = ((REFUSED, "ACCESS_DENIED"), ("the job FAILED", "INTERNAL_ERROR"), ("the job did not end", "INTERNAL_ERROR"))


def without_report(account, n):
    """A trail alone does not show that something was not used."""
    reason, code = REASONS[n]
    policy = managed(account, f"no-report-{n}", allow("s3:CreateBucket", "sqs:*"))
    events = used(9, "s3:CreateBucket")
    principal = role(account, f"no-report-{n}", [policy], last=9)
    return member(principal, events, ["s3", "sqs"], no_permissions(code), report_error=reason)


def unused_without_report(account, n):
    """RoleLastUsed is enough to know."""
    policy = managed(account, f"unreported-{n}", allow("s3:*"))
    principal = role(account, f"unreported-{n}", [policy])
    return member(principal, (), ["s3"], unused_role(account), report_error=REASONS[n][0])


def user_without_report(account, n):
    """Its key is unused; whether it is active all the same is not known."""
    mine = key(f"{account}/no-report-{n}", last=120)
    reason, code = REASONS[n]
    principal = user(account, f"no-report-{n}", [managed(account, f"nr-{n}", allow("s3:*"))], keys=(mine,))
    unused = unused_key(account, mine, days_ago(120))
    return member(principal, (), ["s3"], unused, no_permissions(code), report_error=reason)


def truncated(account, n):
    """What is missing from the report is not judged."""
    policy = managed(account, f"cut-{n}", allow("iam:CreateRole", "sns:*", "sqs:*", "kms:*"))
    left_out = (("sns",), ("kms", "sns"), ("sqs",))[n]
    unused = [whole(each) for each in ("kms", "sns", "sqs") if each not in left_out]
    expected = unused_permissions(account, *unused, at_most="LOW")
    principal = role(account, f"cut-{n}", [policy], last=10)
    services = ["iam", "kms", "sns", "sqs"]
    return member(principal, used(10, "iam:CreateRole"), services, expected, left_out=left_out)


def truncated_to_nothing(account, n):
    """Nothing is left that could be called unused: an error says so."""
    policy = managed(account, f"cut-off-{n}", allow("iam:CreateRole", "sns:*"))
    principal = role(account, f"cut-off-{n}", [policy], last=11)
    events = used(11, "iam:CreateRole")
    return member(principal, events, ["iam", "sns"], no_permissions(), left_out=("sns",))


def role_not_to_be_read(account, n):
    """Whether the role was used is not known, unless another source saw it."""
    policy = managed(account, f"unread-{n}", allow("sns:CreateTopic", "sns:DeleteTopic"))
    principal = role(account, f"unread-{n}", [policy], is_read=False)
    if n == 0:
        unused = unused_permissions(account, part("sns", days_ago(12), DeleteTopic=NEVER))
        return member(principal, used(12, "sns:CreateTopic"), ["sns"], unused)
    notes = ("iam:GetRole was refused: AccessDenied.",) if n == 1 else ()
    code = "ACCESS_DENIED" if n == 1 else "INTERNAL_ERROR"
    errors = Expected("UnusedIAMRole", error=code), no_permissions(code)
    return member(principal, (), ["sns"], *errors, notes=notes)


def keys_not_to_be_read(account, n):
    """No list of keys, or a key whose last use is unknown."""
    keys = (None, (key(f"{account}/unread-{n}", is_read=False),), None)[n]
    principal = user(
        account, f"unread-{n}", [managed(account, f"uk-{n}", allow("sns:CreateTopic", "sqs:*"))], keys=keys
    )
    if n == 2:
        # Some credential was used, and so the permissions are judged.
        unused = unused_permissions(account, whole("sqs"))
        return member(principal, used(13, "sns:CreateTopic"), ["sns", "sqs"], no_key(), unused)
    return member(principal, (), ["sns", "sqs"], no_key(), no_permissions())


def passwords_not_to_be_read(account, n):
    principal = user(account, f"locked-{n}", password=password(is_read=False))
    errors = Expected("UnusedIAMUserPassword", error="INTERNAL_ERROR"), no_permissions()
    return member(principal, (), [], *errors)


def noted(account, n):
    """What the collection noted leaves little confidence."""
    policy = managed(account, f"noted-{n}", allow("iam:CreateRole", "sqs:*"))
    principal = role(account, f"noted-{n}", [policy], last=14 + n)
    unused = unused_permissions(account, whole("sqs"), at_most="LOW")
    notes = ("The tags could not be read: throttled.",)
    return member(principal, used(14 + n, "iam:CreateRole"), ["iam", "sqs"], unused, notes=notes)


TROUBLES = (
    without_report,
    unused_without_report,
    user_without_report,
    truncated,
    truncated_to_nothing,
    role_not_to_be_read,
    keys_not_to_be_read,
    passwords_not_to_be_read,
    noted,
)
