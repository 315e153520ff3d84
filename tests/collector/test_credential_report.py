"""The credential report, as AWS writes it, and what of it is told of a user's keys and password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ringwall.collector.credential_report import ReportedKey, ReportRow, read_credential_report
from ringwall.collector.principals_credentials import AccountCredentials, with_credentials
from ringwall.collector.waiting import Waiting
from ringwall.errors import CollectionError
from ringwall.principals.principal import AccessKey, LastUse, Password, Principal, PrincipalKind
from ringwall.principals.principal_access import PrincipalAccess

ARN = "arn:aws:iam::111122223333:user/ada"
HEADER = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,"
    "access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n"
)
NO_KEY = "false,N/A,N/A,N/A,N/A"
MADE, USED = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def a_row(arn=ARN, password="true,no_information,2025-01-02T03:04:05+00:00", one=NO_KEY, two=NO_KEY):
    return f"x,{arn},2025-01-02T03:04:05+00:00,{password},N/A,false,{one},{two},false,N/A,false,N/A\n"


@dataclass
class Iam:
    """Answers calls from a table; an error is raised, a list is answered one after the other."""

    answers: Mapping[str, Any]
    account: str = "111122223333"
    region: str = "us-east-1"
    partition: str = "aws"
    asked: list = field(default_factory=list)

    def call(self, operation, **_):
        self.asked.append(operation)
        answer = self.answers[operation]
        answer = answer.pop(0) if isinstance(answer, list) else answer
        if isinstance(answer, Exception):
            raise answer
        return answer

    def pages(self, operation, key, **_):
        return iter(self.call(operation)[key])

    def find(self, operation, *_, **__):
        return self.call(operation)


def read(text, states=("COMPLETE",), slept=None):
    """The rows of a report with this text."""
    iam = Iam(
        {
            "iam:GenerateCredentialReport": [{"State": each} for each in states],
            "iam:GetCredentialReport": {"Content": text if isinstance(text, bytes) else text.encode()},
        }
    )
    slept = [] if slept is None else slept
    return read_credential_report(
        iam, Waiting(lambda: NOW + timedelta(seconds=sum(slept)), lambda _, seconds: slept.append(seconds))
    )


def test_a_row_tells_of_password_and_keys():
    """
    A key that is not active is still a key: it has been made once.
    """
    one = f"true,{MADE.isoformat()},{USED.isoformat()},eu-west-1,s3"
    two = f"false,{MADE.isoformat()},N/A,N/A,N/A"

    assert read(HEADER + a_row(one=one, two=two)) == {
        ARN: ReportRow(
            True,
            MADE,
            LastUse(),
            (ReportedKey(MADE, LastUse(USED, "eu-west-1", "s3")), ReportedKey(MADE, LastUse())),
        )
    }


@pytest.mark.parametrize(
    ("password", "has_password", "last_use"),
    [
        (f"true,{USED.isoformat()},{MADE.isoformat()}", True, LastUse(USED)),
        (f"TRUE,no_information,{MADE.isoformat()}", True, LastUse()),
        ("false,N/A,N/A", False, LastUse()),
        ("not_supported,no_information,not_supported", False, LastUse()),
    ],
)
def test_a_password_is_there_or_not(password, has_password, last_use):
    """
    In all words that AWS has for it, those of the root user among them.
    """
    row = read(HEADER + a_row(password=password))[ARN]

    assert (row.has_password, row.password_last_use) == (has_password, last_use)


@pytest.mark.parametrize(
    "row",
    [
        a_row(ARN, password="perhaps,N/A,N/A"),
        a_row(ARN, password="true,yesterday,N/A"),
        a_row(ARN, password="true,2026-01-01T00:00:00,N/A"),
        a_row(ARN, one="true,soon,N/A,N/A,N/A"),
    ],
)
def test_a_row_that_cannot_be_read_is_left_out(row):
    """
    Its user is asked about instead; the others are read.
    """
    other = f"{ARN}2"

    assert list(read(HEADER + row + a_row(other))) == [other]


@pytest.mark.parametrize("text", [b"\xff\xfe", "user\nx\n", HEADER + '"x'])
def test_what_is_no_report_is_an_error(text):
    """
    It never reads as a report about nobody.
    """
    with pytest.raises(CollectionError, match="iam:GetCredentialReport: AWS's answer is not of the expected shape"):
        read(text)


def test_a_report_is_waited_for():
    """
    With pauses that grow, until it is done.
    """
    slept = []

    assert list(read(HEADER + a_row(), ("STARTED", "INPROGRESS", "INPROGRESS", "COMPLETE"), slept)) == [ARN]
    assert slept == [1.0, 2.0, 4.0]


def test_a_report_that_is_never_done_is_given_up():
    """
    After two minutes.
    """
    slept = []
    with pytest.raises(CollectionError, match="iam:GenerateCredentialReport: no report within 0:02:00"):
        read(HEADER, ("INPROGRESS",) * 20, slept)

    assert 100 < sum(slept) <= 120


USER = Principal(ARN, PrincipalKind.USER, "111122223333", "AIDAEXAMPLE", MADE)
KEY = {"AccessKeyId": "AKIAEXAMPLE", "Status": "Active", "CreateDate": MADE.replace(microsecond=7)}
DENIED = CollectionError("ACCESS_DENIED", "no")
LATER = datetime(2026, 2, 20, tzinfo=UTC)


def of_user(row, sign_ins=None, **answers):
    """`USER` with credentials; `answers` by the name of the operation."""
    iam = Iam({f"iam:{name}": answer for name, answer in answers.items()})
    rows = {ARN: row} if row else {}
    return with_credentials(iam, PrincipalAccess(USER), AccountCredentials(rows, sign_ins))


def test_the_report_knows_a_key_by_when_it_was_made():
    """
    Where the key's own last use is refused, and no other key was made in the same second.
    """
    row = ReportRow(False, None, LastUse(), (ReportedKey(MADE, LastUse(USED)), ReportedKey(USED, LastUse())))

    access = of_user(row, ListAccessKeys={"AccessKeyMetadata": [KEY]}, GetAccessKeyLastUsed=DENIED)

    assert access.principal.keys == (AccessKey("AKIAEXAMPLE", True, KEY["CreateDate"], LastUse(USED)),)
    assert access.usage.notes == ("only the credential report says when the key AKIAEXAMPLE was last used: no",)


def test_a_key_of_iam_tells_its_last_use():
    """
    With its Region and service; `N/A` is neither.
    """
    row = ReportRow(False, None, LastUse(), (ReportedKey(MADE, LastUse()),))
    used = {"LastUsedDate": USED, "Region": "N/A", "ServiceName": "iam"}

    access = of_user(row, ListAccessKeys={"AccessKeyMetadata": [KEY]}, GetAccessKeyLastUsed={"AccessKeyLastUsed": used})

    assert access.principal.keys[0].last_use == LastUse(USED, None, "iam")
    assert access.usage.notes == ()


@pytest.mark.parametrize(
    ("reported", "sign_ins", "expected"),
    [
        (USED, {ARN: LATER}, LastUse(LATER)),
        (LATER, {ARN: USED}, LastUse(LATER)),
        (USED, {}, LastUse(USED)),
        (None, {}, LastUse()),
        (USED, None, LastUse(USED)),
    ],
)
def test_the_later_sign_in_counts(reported, sign_ins, expected):
    """
    The report may be four hours old, and a listing may know less.
    """
    row = ReportRow(True, MADE, LastUse(reported), ())

    access = of_user(row, sign_ins, GetLoginProfile={"LoginProfile": {"CreateDate": MADE}})

    assert access.principal.password == Password(MADE, expected)


def test_a_password_is_as_old_as_its_last_change():
    """
    The login profile is older.
    """
    row = ReportRow(True, LATER, LastUse(), ())

    access = of_user(row, {}, GetLoginProfile={"LoginProfile": {"CreateDate": MADE}})

    assert access.principal.password.created_at == LATER


def test_a_password_that_was_deleted_since_the_report_is_gone():
    """
    IAM itself says that there is none.
    """
    assert of_user(ReportRow(True, MADE, LastUse(), ()), {}, GetLoginProfile=None).principal.password is None
