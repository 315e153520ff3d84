"""Puts the estate of unused access where a collection looks for it: into moto, `tests.fake_iam` and files of a trail.

Users, roles, groups and policies are written into moto itself: no call of AWS sets when something was made or used.
Reports of last access, and refusals, are those of the fake. What a principal did is in log files as CloudTrail writes
them, but for the accounts that have no trail.

`LEFT_OUT` and `CHANGED` name all that AWS cannot give as the recipe has it.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, timedelta
from unittest import mock

from moto.ec2.models.availability_zones_and_regions import Region, RegionsAndZonesBackend
from moto.iam.models import AccessKey, AccessKeyLastUsed, Group, ManagedPolicy, Role, User, iam_backends

from ringwall.principals.principal import PolicyKind, PrincipalKind
from tests.fake_iam import Accessed
from tests.trail_records import a_log, a_record, key_of, of_role, of_user
from tests.unused_words import COVERAGES, DATA_EVENTS, GAP, NOW, REGIONS, is_logged

LEFT_OUT = {"locked": "IAM tells the last use of one password and not of another only by leaving it out for all"}
"""By the name of a recipe's principals, without a number."""

CHANGED = {
    "unread-0": {"UnusedPermission": {"confidence": "LOW"}},
    "unread-2": {"UnusedPermission": {"confidence": "LOW"}},
}
"""What differs from the recipe for a principal whose trouble leaves a note, as every trouble of a collection does."""

COLLEAGUE = "colleague"
"""A young user, in each account and in most groups: whoever is alone in a group gets other recommendations."""

_COLUMN = 5
"""Of `password_last_changed` in the credential report."""
_FAULTS = {"AccessDenied": "denied", "the job FAILED": "fails", "the job did not end": "never-ends"}
_EVENTS = {
    "lambda:CreateFunction": "CreateFunction20150331",
    "lambda:DeleteFunction": "DeleteFunction20150331",
    "lambda:InvokeFunction": "Invoke",
    "s3:ListAllMyBuckets": "ListBuckets",
}
"""Events that are not named after their action."""


class _UntoldRole(Role):
    """One of which IAM does not say when it was last used."""

    role_last_used = None


_UntoldRole.__name__ = Role.__name__  # moto looks at the name to know which members an answer has


def recipe_of(member):
    """What the recipe calls its principals, without the number."""
    return member.access.principal.name.rpartition("-")[0]


def is_on_aws(member):
    return recipe_of(member) not in LEFT_OUT


def expected_on_aws(member):
    """What there has to be once the principal went through AWS."""
    changed = CHANGED.get(member.access.principal.name, {})
    return tuple(each if each.error else replace(each, **changed.get(each.type, {})) for each in member.expected)


@contextmanager
def accounts_of_moto(accounts):
    """Empty accounts with the estate's Regions; whatever moto had in them comes back afterwards."""
    regions = [Region(name, f"ec2.{name}.amazonaws.com", "opted-in") for name in REGIONS]
    kept = {account: iam_backends.pop(account) for account in accounts if account in iam_backends}
    with ExitStack() as stack:
        stack.enter_context(mock.patch.dict("os.environ", {"MOTO_IAM_LOAD_MANAGED_POLICIES": "false"}))
        stack.enter_context(mock.patch.object(RegionsAndZonesBackend, "regions", regions))
        try:
            yield
        finally:
            for account in accounts:
                iam_backends.pop(account, None)
            iam_backends.update(kept)


def plant(members, fake):
    """Put principals into moto, and what is told of them into the fake."""
    for member in members:
        _Planted(member.access, fake).plant()


class _Planted:
    """One principal on its way into AWS."""

    def __init__(self, access, fake):
        self.principal, self.usage, self.fake = access.principal, access.usage, fake
        self.moto = iam_backends[self.principal.account]["aws"]

    def plant(self):
        entity = self._role() if self.principal.kind is PrincipalKind.ROLE else self._user()
        entity.id, entity.create_date = self.principal.id, _moto_time(self.principal.created_at)
        self._grant(entity, self.principal.policies)
        self._report()

    def _role(self):
        is_untold = self.principal.last_use is None or self.usage.notes
        role = (_UntoldRole if is_untold else Role)(
            self.principal.account, "aws", self.principal.id, self.principal.name, self.principal.trust_policy,
            self.principal.path, self._boundary(), "", _tags(self.principal), "3600",
        )  # fmt: skip
        role.last_used = _moto_time(self.principal.last_use.at) if self.principal.last_use else None
        if any("AccessDenied" in note for note in self.usage.notes):
            self.fake.refused[f"GetRole {role.name}"] = "AccessDenied"
        self.moto.roles[role.id] = role
        return role

    def _boundary(self):
        return self._managed(self.principal.boundary).arn if self.principal.boundary else None

    def _user(self):
        user = User(self.principal.account, "us-east-1", self.principal.name, self.principal.path)
        self.moto.users[user.name] = user
        self.moto.tagger.tag_resource(user.arn, _tags(self.principal))
        for group in self.principal.groups:
            self._group(group).users.append(user)
        self._keys(user)
        self._password(user)
        return user

    def _keys(self, user):
        if self.principal.keys is None:
            self.fake.refused[f"ListAccessKeys {user.name}"] = "ServiceFailure"
        for key in self.principal.keys or ():
            planted = AccessKey(user.name, "AKIA", self.principal.account, "Active" if key.is_active else "Inactive")
            planted.access_key_id, planted.create_date = key.id, _moto_time(key.created_at)
            user.access_keys.append(planted)
            if key.last_use is None:
                self.fake.refused[f"GetAccessKeyLastUsed {key.id}"] = "ServiceFailure"
            elif key.last_use.at:
                planted.last_used = AccessKeyLastUsed(_moto_time(key.last_use.at), "s3", "us-east-1")
        if self.principal.keys is None or any(key.last_use is None for key in self.principal.keys):
            # A user that was made after the report: nothing else tells of the key.
            user.to_csv = str

    def _password(self, user):
        if (password := self.principal.password) is None:
            return
        user.password = "Correct-horse-7"
        user.password_last_used = _moto_time(password.last_use.at)
        if password.created_at is None:
            self.fake.refused[f"GetLoginProfile {user.name}"] = "ServiceFailure"
        # moto's own report has the date of the user in this column.
        changed = f"{password.created_at:%Y-%m-%dT%H:%M:%S+00:00}" if password.created_at else "N/A"
        user.to_csv = lambda: _with_column(User.to_csv(user), changed)

    def _group(self, group):
        if group.name not in self.moto.groups:
            planted = Group(self.principal.account, "us-east-1", group.name)
            self.moto.groups[group.name] = planted
            planted.users.extend([] if group.name.endswith("-2") else [self._colleague()])
            self._grant(planted, group.policies)
        return self.moto.groups[group.name]

    def _colleague(self):
        if COLLEAGUE not in self.moto.users:
            planted = User(self.principal.account, "us-east-1", COLLEAGUE)
            planted.create_date = _moto_time(NOW)
            self.moto.users[COLLEAGUE] = planted
        return self.moto.users[COLLEAGUE]

    def _grant(self, entity, policies):
        for policy in policies:
            if policy.kind is PolicyKind.INLINE:
                entity.policies[policy.id] = policy.document
            else:
                self._managed(policy).attach_to(entity)

    def _managed(self, policy):
        if policy.id not in self.moto.managed_policies:
            changed = _moto_time(policy.updated_at)
            planted = ManagedPolicy(
                policy.name, self.principal.account, "us-east-1", document=policy.document, update_date=changed
            )
            self.moto.managed_policies[policy.id] = planted
        return self.moto.managed_policies[policy.id]

    def _report(self):
        arn, report = self.principal.arn, self.usage.report
        if report is None:
            [self.fake.faults[arn]] = [fault for why, fault in _FAULTS.items() if why in self.usage.report_error]
            return
        listed = [_accessed(each) for each in report.services]
        if report.is_truncated:
            self.fake.faults[arn], self.fake.pages[arn] = "truncated", len(listed)
            listed.append(Accessed("the-rest"))
        self.fake.reports[arn] = listed


def _accessed(service):
    last = service.last_use
    actions = None
    if service.tracked is not None:
        actions = {name.partition(":")[2]: use.at if use else None for name, use in service.tracked.items()}
    return Accessed(service.namespace, last.at if last else None, actions, last.region if last else "")


def _tags(principal):
    return [{"Key": key, "Value": value} for key, value in principal.tags.items()]


def _moto_time(at):
    return at.astimezone(UTC).replace(tzinfo=None) if at else None


def _with_column(row, text):
    fields = row.split(",")
    fields[_COLUMN] = text
    return ",".join(fields)


def write_trail(folder, members):
    """The log files of all accounts that have a trail: one of each day, and one of each Region where there were events.

    The day that could not be read is a file that is none.
    """
    records = defaultdict(list)
    for member in members:
        account = member.access.principal.account
        for event in member.events if COVERAGES[account] else ():
            if is_logged(account, event):
                records[account, f"{event.at:%Y-%m-%d}", event.region].append(_record(member.access.principal, event))
    for account in sorted({member.access.principal.account for member in members}):
        if coverage := COVERAGES[account]:
            _write_account(folder, account, coverage, records)


def _write_account(folder, account, coverage, records):
    nobody = [_of_aws(account, *each) for each in (("ec2", "RunInstances"), ("kms", "Decrypt"))]
    for number in range((coverage.until - coverage.since).days + 1):
        day = f"{coverage.since + timedelta(days=number)}"
        for place, region in enumerate(coverage.regions):
            found = records.get((account, day, region), [])
            if found or place == 0 or number == 0:
                _write(folder, gzip.compress(a_log(*found, *(nobody if number == 0 else ())), 1), day, region, account)
    if day := GAP.get(account):
        _write(folder, b"\x1f\x8b no gzip", day, coverage.regions[0], account, number=1)


def _write(folder, data, day, region, account, number=0):
    path = folder / key_of(day, region, account, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _of_aws(account, service, name):
    """A call of nobody's: that there are such events shows that the trail has them."""
    who = {"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}
    return a_record(service, name, who, recipientAccountId=account, readOnly=name == "Decrypt")


def _record(principal, event):
    who = of_role(principal.arn) if principal.kind is PrincipalKind.ROLE else of_user(principal.arn)
    service, _, name = event.action.partition(":")
    is_data = event.action in DATA_EVENTS
    return a_record(
        service, _EVENTS.get(event.action, name), who, f"{event.at:%Y-%m-%dT%H:%M:%SZ}", awsRegion=event.region,
        recipientAccountId=principal.account, managementEvent=not is_data,
        eventCategory="Data" if is_data else "Management",
    )  # fmt: skip
