"""Recipes for users: keys of all states, passwords, groups, and what makes a user active."""

from tests.principal_words import group, inline
from tests.unused_roles import NEVER, member, part, unused_permissions, whole
from tests.unused_words import LEVELS_OF_ENTITIES, THREE, Expected, allow, days_ago, key, managed, password, used, user


def unused_key(account, of, last=NEVER):
    return Expected("UnusedIAMUserAccessKey", last=last, key=of.id, confidence=LEVELS_OF_ENTITIES[account])


def unused_password(account, last=NEVER):
    return Expected("UnusedIAMUserPassword", last=last, confidence=LEVELS_OF_ENTITIES[account])


def no_key(code="INTERNAL_ERROR"):
    return Expected("UnusedIAMUserAccessKey", error=code)


def no_permissions(code="INTERNAL_ERROR"):
    return Expected("UnusedPermission", error=code)


def with_a_key_in_use(account, n):
    policy = managed(account, f"uploads-{n}", allow("s3:PutObject"))
    principal = user(account, f"uploader-{n}", [policy], keys=(key(f"{account}/uploader-{n}", last=4 + n),))
    return member(principal, used(4 + n, "s3:PutObject"), ["s3"])


def with_two_keys(account, n):
    """One in use, the other used once or never."""
    days = (None, 91, 200)[n]
    one, two = (key(f"{account}/two-{n}", 1, last=5), key(f"{account}/two-{n}", 2, last=days))
    expected = unused_key(account, two, days_ago(days) if days else NEVER)
    principal = user(account, f"two-keys-{n}", [managed(account, f"two-{n}", allow("s3:PutObject"))], keys=(one, two))
    return member(principal, used(5, "s3:PutObject"), ["s3"], expected)


def with_keys_that_say_nothing(account, n):
    """A key that is inactive cannot be used; a key that is young had no time to be."""
    mine = f"{account}/quiet-{n}"
    quiet = key(mine, 2, is_active=False, last=(None, 91, 300)[n]), key(mine, 3, created=(0, 30, 89)[n])
    keys = (key(mine, 1, last=6), quiet[n % 2])
    principal = user(account, f"quiet-{n}", [managed(account, f"quiet-{n}", allow("sqs:SendMessage"))], keys=keys)
    return member(principal, used(6, "sqs:SendMessage"), ["sqs"])


def with_a_password(account, n):
    """Used within the period, before it, or never."""
    days = (10, 120, None)[n]
    principal = user(account, f"console-{n}", password=password(last=days))
    return member(principal, (), [], *([unused_password(account, days_ago(days) if days else NEVER)] if n else []))


def with_a_young_password(account, n):
    """It was set within the period: set anew counts, whenever it was last used."""
    principal = user(account, f"reset-{n}", password=password(created=10 + n, last=(None, 120, 5)[n]))
    return member(principal, (), [])


def with_a_password_of_unknown_age(account, n):
    days = (10, 120, None)[n]
    expected = [Expected("UnusedIAMUserPassword", error="INTERNAL_ERROR")] if n else []
    return member(user(account, f"ageless-{n}", password=password(created=None, last=days)), (), [], *expected)


def idle(account, n):
    """Keys and password are findings; the permissions of a user that is not active are none."""
    only = key(f"{account}/idle-{n}", last=(None, 100, 250)[n])
    principal = user(
        account, f"idle-{n}", [inline("all", allow("s3:*", "sqs:*"))], keys=(only,), password=password(last=180)
    )
    found = unused_key(account, only, only.last_use.at), unused_password(account, days_ago(180))
    return member(principal, (), ["s3", "sqs"], *found)


def without_credentials(account, n):
    return member(user(account, f"shell-{n}", [inline("all", allow("s3:*"))]), (), ["s3"])


def young(account, n):
    """Nothing is said of a user younger than the period, whatever its keys are."""
    mine = key(f"{account}/new-{n}", created=30 + n)
    return member(user(account, f"new-{n}", [inline("all", allow("s3:*"))], created=30 + n, keys=(mine,)), (), ["s3"])


def in_groups(account, n):
    """What a group grants is granted; what two groups grant is granted twice."""
    writers = group(account, f"writers-{n}", managed(account, f"writers-{n}", allow("sns:CreateTopic", "sqs:*")))
    readers = group(account, f"readers-{n}", managed(account, f"readers-{n}", allow("sqs:*", "kms:*"), changed=95))
    groups = ((writers,), (writers, readers), (writers, readers))[n]
    principal = user(account, f"member-{n}", groups=groups, keys=(key(f"{account}/member-{n}", last=7),))
    unused = (*((whole("kms"),) if n else ()), whole("sqs"))
    expected = unused_permissions(account, *unused)
    return member(principal, used(7, "sns:CreateTopic"), ["kms", "sns", "sqs"], expected)


def in_a_group_with_a_new_policy(account, n):
    new = managed(account, f"group-new-{n}", allow("sqs:*"), changed=7 * n)
    own = managed(account, f"group-own-{n}", allow("sns:CreateTopic", "sns:DeleteTopic"))
    principal = user(
        account,
        f"grown-{n}",
        [own],
        groups=(group(account, f"grown-{n}", new),),
        keys=(key(f"{account}/grown-{n}", last=8),),
    )
    unused = unused_permissions(account, part("sns", days_ago(8), DeleteTopic=NEVER))
    return member(principal, used(8, "sns:CreateTopic"), ["sns", "sqs"], unused)


def active_by_the_report_alone(account, n):
    """Of credentials that are no keys, such as those for Git, only the report knows."""
    policy = managed(account, f"git-{n}", allow("sns:CreateTopic", "sqs:*"))
    unused = unused_permissions(account, whole("sqs"))
    return member(user(account, f"git-{n}", [policy]), used(20 + n, "sns:CreateTopic"), ["sns", "sqs"], unused)


def every_quarter(account, n):
    """The key was last used as the user always uses it; another key was not."""
    mine = f"{account}/quarterly-{n}"
    one, two = key(mine, 1, last=95 + n), key(mine, 2, last=None)
    events = tuple(each for days in (95 + n, 186 + n, 277 + n) for each in used(days, "iam:CreateRole"))
    principal = user(account, f"quarterly-{n}", [managed(account, f"q-{n}", allow("iam:CreateRole"))], keys=(one, two))
    found = [unused_key(account, two)]
    if account == THREE:
        found.insert(0, unused_key(account, one, days_ago(95 + n)))
    return member(principal, events, ["iam"], *found)


USERS = (
    with_a_key_in_use,
    with_two_keys,
    with_keys_that_say_nothing,
    with_a_password,
    with_a_young_password,
    with_a_password_of_unknown_age,
    idle,
    without_credentials,
    young,
    in_groups,
    in_a_group_with_a_new_policy,
    active_by_the_report_alone,
    every_quarter,
)
