import json

import pytest

from ringwall.errors import ValidationError
from ringwall.notify.slack import message_of, open_channel
from tests.notify.samples import a_finding, a_preview, a_test, an_error, an_event, surroundings


def test_a_message_arrives(receiver):
    """
    At the URL that is the destination's secret.
    """
    open_channel({}, receiver.url, surroundings()).send(an_event())

    assert json.loads(receiver.received[0].body) == message_of(an_event())


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (an_event(), "New finding, ACTIVE: AWS::S3::Bucket arn:aws:s3:::my-bucket allows access from AWS 999988887777"),
        (
            an_event(a_finding(isPublic=True, status="RESOLVED"), previous_status="ACTIVE"),
            "Finding ACTIVE → RESOLVED: AWS::S3::Bucket arn:aws:s3:::my-bucket allows public access",
        ),
        (
            an_event(a_finding(status="RESOLVED"), previous_status="RESOLVED", is_deleted=True),
            "Finding deleted: AWS::S3::Bucket arn:aws:s3:::my-bucket allows access from AWS 999988887777",
        ),
        (
            an_event(an_error()),
            "New finding, ACTIVE: AWS::S3::Bucket arn:aws:s3:::my-bucket cannot be analysed (ACCESS_DENIED)",
        ),
        (a_preview("COMPLETED"), "Access preview aaaabbbb-cccc-dddd-eeee-ffffaaaabbbb is COMPLETED"),
        (a_test(), "Ringwall can reach this destination"),
    ],
)
def test_what_people_read(event, text):
    """
    One sentence that says what happened to whom.
    """
    assert message_of(event)["text"] == text


def test_a_name_cannot_call_a_channel():
    """
    Slack reads `<!channel>` as a call to everybody.
    """
    message = json.dumps(message_of(an_event(a_finding(resource="arn:aws:s3:::<!channel>&"))))

    assert "<!channel>" not in message
    assert "&lt;!channel&gt;&amp;" in message


def test_many_actions_are_cut_short():
    """
    A field of Slack's holds 2,000 characters.
    """
    fields = message_of(an_event(a_finding(action=[f"s3:Action{number}" for number in range(500)])))["blocks"][1][
        "fields"
    ]

    assert any("and 490 more" in each["text"] for each in fields)
    assert all(len(each["text"]) <= 2000 for each in fields)


def test_another_kind_of_url_is_refused():
    """
    As for webhooks.
    """
    with pytest.raises(ValidationError):
        open_channel({}, "http://example.com/", surroundings())
