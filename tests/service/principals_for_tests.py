"""Users and roles, and a judge of them that says what a test planted: nothing here knows a policy."""

from datetime import UTC, datetime

import msgspec

from ringwall.findings.finding import FindingType
from ringwall.findings.unused_access import UnusedAccess
from ringwall.findings.unused_finding import UnusedAction, UnusedFinding, UnusedService
from ringwall.principals.evidence import Confidence, Evidence
from ringwall.principals.principal import Principal, PrincipalKind
from ringwall.principals.principal_access import PrincipalAccess

OWNER = "111122223333"
BORN = datetime(2024, 1, 1, tzinfo=UTC)
LAST = datetime(2025, 6, 1, 8, tzinfo=UTC)
PLANTED, DAYS = "planted", "days"
"""Tags: what the judge finds, separated by blanks; and since how many days all of that is unused."""


def a_principal(
    name="reader", finds="role", *, account=OWNER, kind=None, tags=None, path="/", days=400
) -> PrincipalAccess:
    """A principal about which the planted judge finds `finds`: role, key, password, permission, error."""
    if kind is None:
        kind = PrincipalKind.USER if {"key", "password"} & set(finds.split()) else PrincipalKind.ROLE
    word = "user" if kind is PrincipalKind.USER else "role"
    return PrincipalAccess(
        Principal(
            arn=f"arn:aws:iam::{account}:{word}{path}{name}",
            kind=kind,
            account=account,
            id=f"AIDA{name.upper()}",
            created_at=BORN,
            path=path,
            tags={PLANTED: finds, DAYS: str(days), **(tags or {})},
        )
    )


def plant(monkeypatch):
    """Has `UnusedAccess` say what is planted, where that is unused for as long as the age."""
    monkeypatch.setattr(UnusedAccess, "findings_of", _planted)
    monkeypatch.setattr(UnusedAccess, "is_judged", _is_judged)


def _planted(self: UnusedAccess, access: PrincipalAccess, _now: datetime) -> tuple[UnusedFinding, ...]:
    principal = access.principal
    if int(principal.tags[DAYS]) < self.age:
        return ()
    return tuple(_finding(principal, each) for each in principal.tags[PLANTED].split())


def _is_judged(self: UnusedAccess, principal: Principal) -> bool:
    def covers(exclusion):
        of_tags = any(all(principal.tags.get(key) == value for key, value in each.items()) for each in exclusion.tags)
        return principal.account in exclusion.accounts or of_tags

    return not principal.is_service_linked and not any(covers(each) for each in self.exclusions)


def _finding(principal: Principal, word: str) -> UnusedFinding:
    plain = UnusedFinding(principal.arn, principal.kind.value, principal.account, FindingType.UNUSED_IAM_ROLE)
    members = {"evidence": Evidence(Confidence.MEDIUM, missing=("no trail was read",)), **_MEMBERS[word]}
    given = {name: getattr(plain, name) for name in ("resource", "resource_type", "resource_owner_account")}
    return UnusedFinding(**given, **members)


_SERVICES = (
    UnusedService("ec2"),
    UnusedService("s3", (UnusedAction("DeleteBucket"), UnusedAction("CreateBucket", LAST)), last_accessed=LAST),
    UnusedService("sqs", last_accessed=LAST),
)
_MEMBERS = {
    "role": {"type": FindingType.UNUSED_IAM_ROLE, "last_accessed": LAST},
    "key": {
        "type": FindingType.UNUSED_IAM_USER_ACCESS_KEY,
        "access_key_id": "AKIAIOSFODNN7EXAMPLE",
        "last_accessed": LAST,
    },
    "password": {"type": FindingType.UNUSED_IAM_USER_PASSWORD},
    "permission": {"type": FindingType.UNUSED_PERMISSION, "services": _SERVICES},
    "error": {
        "type": FindingType.UNUSED_PERMISSION,
        "error": "INTERNAL_ERROR",
        "error_message": "the last-accessed job failed",
        "evidence": None,
    },
}


def changed(access: PrincipalAccess, **members) -> PrincipalAccess:
    """The same principal with other members."""
    return msgspec.structs.replace(access, principal=msgspec.structs.replace(access.principal, **members))
