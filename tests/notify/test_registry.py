import pytest

from ringwall.errors import ValidationError
from ringwall.notify.registry import KINDS, kind_of, parse_settings

TOPIC = "arn:aws:sns:eu-west-1:111122223333:findings"


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("eventbridge", {"region": "eu-west-1"}),
        ("eventbridge", {"region": "us-gov-west-1", "eventBusName": "security", "source": "acme.ringwall"}),
        ("sns", {"topicArn": TOPIC}),
        ("securityhub", {"region": "eu-west-1"}),
        ("webhook", {"url": "https://example.com/hook"}),
        ("slack", {}),
    ],
)
def test_settings(kind, settings):
    """
    What each kind needs, and may be told.
    """
    assert parse_settings(KINDS[kind], settings) == settings


@pytest.mark.parametrize(
    ("kind", "settings", "field"),
    [
        ("eventbridge", {}, "settings.region"),
        ("eventbridge", {"region": "eu-west-1", "source": "aws.access-analyzer"}, "settings.source"),
        ("eventbridge", {"region": "@evil.example/"}, "settings.region"),
        ("sns", {"topicArn": "findings"}, "settings.topicArn"),
        ("sns", {"topicArn": TOPIC, "colour": "red"}, "settings.colour"),
        ("securityhub", {"region": "eu-west-1", "productArn": "x"}, "settings.productArn"),
        ("webhook", {"url": 7}, "settings.url"),
        ("webhook", {"url": "https://example.com/" + "x" * 3000}, "settings.url"),
        ("slack", {"url": "https://hooks.slack.com/x"}, "settings.url"),
    ],
)
def test_settings_that_are_refused(kind, settings, field):
    """
    Missing, unknown, or not of the shape that they have; AWS takes no source of others that begins with `aws.`.
    """
    with pytest.raises(ValidationError) as caught:
        parse_settings(KINDS[kind], settings)

    assert caught.value.field == field


def test_a_kind_that_there_is_not():
    """
    The error names those that there are.
    """
    with pytest.raises(ValidationError, match="eventbridge, sns, securityhub, webhook, slack"):
        kind_of("pager")
