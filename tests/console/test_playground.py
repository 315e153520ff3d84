"""The playground: what a policy shares, with witnesses; a comparison; and that nothing is kept."""

import json

import pytest
from sqlalchemy import func, select

from ringwall.service.playground import KINDS
from ringwall.store.tables import metadata
from tests.console.estate import HOSTILE
from tests.console.reading import text_of

OWNER = "111122223333"
STATEMENT = {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
FORM = {"kind": "AWS::S3::Bucket", "owner": OWNER, "zone": "account"}


@pytest.fixture
def rita(service, visitor):
    """A reader: trying a policy changes nothing."""
    return visitor(service, "rita")


def policy(**changes):
    statement = {**STATEMENT, "Resource": "arn:aws:s3:::example-bucket/*", **changes}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=1)


def outcome(page):
    """What is said below the form."""
    return text_of(page).partition("Try it ")[2]


def test_a_policy_is_explained_with_a_witness(rita):
    """
    Who gets in, by which request, through which statement.
    """
    text = outcome(rita.post("/playground/try", {**FORM, "policy": policy()}).text)

    assert "Everyone can read the S3 bucket example-bucket. Public" in text
    assert "Witness anonymous → s3:GetObject on arn:aws:s3:::example-bucket/" in text
    assert "Allowed by bucket policy, statement 1 (Open)" in text
    assert "Anyone can read objects" in text


def test_the_zone_decides_who_is_outside(rita):
    """
    A member of the organization is inside the one zone, and outside the other.
    """
    form = {**FORM, "policy": policy(Principal={"AWS": "777788889999"})}

    alone = outcome(rita.post("/playground/try", form).text)
    together = outcome(rita.post("/playground/try", {**form, "zone": "organization"}).text)
    trusted = outcome(rita.post("/playground/try", {**form, "trusted": "account:777788889999"}).text)

    assert "Account 777788889999 can read" in alone
    assert "Nobody outside the zone of trust gets in" in together
    assert "Nobody outside the zone of trust gets in" in trusted


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_tried(rita, kind):
    """
    With an example's ARN, where none is given.
    """
    action = "sts:AssumeRole" if kind == "AWS::IAM::Role" else "*"
    statement = {"Effect": "Allow", "Principal": {"AWS": "999988887777"}, "Action": action}
    resource = {} if kind == "AWS::IAM::Role" else {"Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **resource}]})

    answer = rita.post("/playground/try", {**FORM, "kind": kind, "policy": text})

    assert "Account 999988887777 can" in outcome(answer.text)


def test_two_policies_are_compared(rita):
    """
    With an example of what one allows and the other does not.
    """
    form = {**FORM, "policy": policy(), "other": policy(Principal={"AWS": "999988887777"})}

    text = outcome(rita.post("/playground/try", form).text)

    assert "The policy allows more than the other one." in text
    assert "Example anonymous → s3:GetObject" in text


@pytest.mark.parametrize("field", ["policy", "other"])
def test_a_fault_has_its_line_and_column(rita, field):
    """
    With the line itself, and a mark below.
    """
    broken = '{\n "Version": "2012-10-17",\n "Statement": [{"Effekt": "Allow"}]\n}'

    page = rita.post("/playground/try", {**FORM, "policy": policy(), field: broken}).text

    assert "line 3, column 17" in outcome(page)
    assert "Statement&#34;: [{&#34;Effekt" in page.partition('class="excerpt"')[2]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"policy": "x" * 33_000}, "has 33,000 characters"),
        ({"policy": " " * 200_000}, "has 200,000 characters"),
        ({"owner": "me"}, "is no account"),
        ({"kind": "AWS::X::Y"}, "there is no kind"),
        ({"trusted": "everybody"}, "names nothing to trust"),
    ],
)
def test_what_makes_no_sense_is_said(rita, changed, told):
    """
    Before anything is analysed.
    """
    answer = rita.post("/playground/try", {**FORM, "policy": policy(), **changed})

    assert answer.status_code == 400
    assert told in text_of(answer.text)


def test_a_policy_of_another_kind_is_said(rita):
    """
    An ARN that is of no bucket.
    """
    text = outcome(rita.post("/playground/try", {**FORM, "policy": policy(), "arn": "arn:aws:sqs:x:1:y"}).text)

    assert "is not the ARN of a resource of type AWS::S3::Bucket" in text


def test_nothing_is_stored(service, rita):
    """
    No table has a row more, the audit log included.
    """

    def rows():
        with service.store.read() as connection:
            return {
                name: connection.scalar(select(func.count()).select_from(table))
                for name, table in metadata.tables.items()
            }

    before = rows()
    rita.post("/playground/try", {**FORM, "policy": policy(), "other": policy()})

    assert rows() == before


def test_markup_in_a_policy_stays_text(rita):
    """
    In the form, in sentences and in faults.
    """
    texts = [policy(Sid=HOSTILE), policy(**{HOSTILE: 1}), HOSTILE, policy(Principal={"Federated": HOSTILE})]

    pages = [rita.post("/playground/try", {**FORM, "policy": each, "other": each}).text for each in texts]

    assert all("<script>alert" not in page and "<img" not in page for page in pages)
