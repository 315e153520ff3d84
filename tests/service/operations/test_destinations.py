import base64
from dataclasses import replace

import pytest

from ringwall.errors import ConflictError, NotFoundError, QuotaError, ValidationError
from ringwall.service.delivering import deliver_due
from ringwall.service.operations.destinations import (
    create_destination,
    delete_destination,
    list_dead_letters,
    list_destinations,
    retry_dead_letters,
)
from ringwall.service.operations.destinations import (
    test_destination as try_destination,
)
from ringwall.store import destinations
from tests.notify.receiver import Receiver
from tests.service.service_for_tests import CALLER, NOON, access, analyzer_in, scanned, service_over
from tests.service.test_delivering import FINAL, Script

SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()
WEBHOOK = {"name": "hook", "kind": "webhook", "settings": {"url": "https://example.com/"}, "secret": SECRET}


@pytest.fixture
def ringwall(store):
    return service_over(store, allowed_hosts=("127.0.0.1",))


def create(ringwall, **members):
    return create_destination(ringwall, CALLER, WEBHOOK | members)


def listed(ringwall, **request):
    return list_destinations(ringwall, CALLER, request)["destinations"]


def given_up(ringwall, count=1):
    """A destination with as many dead letters."""
    create(ringwall)
    analyzer = analyzer_in(ringwall)
    scanned(ringwall, analyzer, *(access(f"arn:aws:s3:::bucket-{number}") for number in range(count)))
    # A round gives a destination up after three failures.
    for _ in range(count):
        deliver_due(ringwall, Script([FINAL] * count))


def test_a_destination_is_listed_without_its_secret(ringwall):
    """
    The secret is only ever written.
    """
    create(ringwall, filter={"isPublic": {"eq": ["true"]}})

    assert listed(ringwall) == [
        {
            "name": "hook",
            "kind": "webhook",
            "settings": {"url": "https://example.com/"},
            "hasSecret": True,
            "filter": {"isPublic": {"eq": ["true"]}},
            "createdAt": NOON,
            "waiting": 0,
            "dead": 0,
        }
    ]


class Swapped:
    """A cipher that shows whether it was asked."""

    def encrypt(self, plain):
        return plain.swapcase()

    decrypt = encrypt


def test_a_secret_is_encrypted(ringwall):
    """
    Whoever reads the database alone does not have it.
    """
    create(replace(ringwall, cipher=Swapped()))

    with ringwall.store.read() as connection:
        assert destinations.find(connection, "hook").secret == SECRET.swapcase().encode()


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"kind": "pager"}, "kind"),
        ({"settings": {}}, "settings.url"),
        ({"settings": {"url": "http://example.com/"}}, "settings.url"),
        ({"secret": ""}, "secret"),
        ({"secret": "short"}, "secret"),
        ({"kind": "sns", "settings": {"topicArn": "arn:aws:sns:eu-west-1:111122223333:t"}}, "secret"),
        ({"kind": "slack", "settings": {}, "secret": "http://hooks.slack.com/x"}, "secret"),
        ({"filter": {"colour": {"eq": ["red"]}}}, "filter.colour"),
        (
            {
                "kind": "securityhub",
                "settings": {"region": "eu-west-1"},
                "secret": "",
                "filter": {"status": {"eq": ["ACTIVE"]}},
            },
            "filter.status",
        ),
        (
            {
                "kind": "sns",
                "secret": "",
                "settings": {"topicArn": "arn:aws:sns:eu-west-1:111122223333:t", "endpoint": "http://10.0.0.1/"},
            },
            "settings.endpoint",
        ),
    ],
)
def test_destinations_that_are_refused(ringwall, members, field):
    """
    What could never be delivered to is refused when it is made, and named.
    """
    with pytest.raises(ValidationError) as caught:
        create(ringwall, **members)

    assert caught.value.field == field


def test_a_name_is_used_once(ringwall):
    """
    As for analyzers.
    """
    create(ringwall)

    with pytest.raises(ConflictError):
        create(ringwall)


def test_there_is_a_limit(ringwall):
    """
    Every change is written once for each destination.
    """
    for number in range(50):
        create(ringwall, name=f"hook-{number}")

    with pytest.raises(QuotaError):
        create(ringwall)


def test_destinations_are_paged(ringwall):
    """
    Oldest first.
    """
    for name in ("c", "a", "b"):
        create(ringwall, name=name)

    first = list_destinations(ringwall, CALLER, {"maxResults": 2})
    rest = list_destinations(ringwall, CALLER, {"maxResults": 2, "nextToken": first["nextToken"]})

    assert [each["name"] for each in first["destinations"] + rest["destinations"]] == ["c", "a", "b"]
    assert "nextToken" not in rest


def test_a_deleted_destination_is_gone(ringwall):
    """
    With what was to be sent to it; deleting it again is an error.
    """
    given_up(ringwall)

    delete_destination(ringwall, CALLER, {"name": "hook"})

    assert listed(ringwall) == []
    assert list_dead_letters(ringwall, CALLER, {})["deadLetters"] == []
    with pytest.raises(NotFoundError):
        delete_destination(ringwall, CALLER, {"name": "hook"})


def test_a_try_says_what_happened(ringwall):
    """
    The event goes out at once and by itself; a refusal is an answer and no error.
    """
    with Receiver() as receiver:
        create(ringwall, settings={"url": receiver.url})
        taken = try_destination(ringwall, CALLER, {"name": "hook"})
        receiver.status = 503
        refused = try_destination(ringwall, CALLER, {"name": "hook"})

    assert taken["delivered"]
    assert refused == {"delivered": False, "message": "answered 503"}
    assert listed(ringwall)[0]["waiting"] == 0


def test_a_try_needs_a_destination(ringwall):
    """
    One that there is.
    """
    with pytest.raises(NotFoundError):
        try_destination(ringwall, CALLER, {"name": "hook"})


def test_dead_letters_are_listed_with_the_reason(ringwall):
    """
    And with the event, so that it can be seen what was not told.
    """
    given_up(ringwall)

    [letter] = list_dead_letters(ringwall, CALLER, {"destination": "hook"})["deadLetters"]

    assert (letter["destination"], letter["attempts"], letter["lastError"]) == ("hook", 1, "wrong")
    assert letter["payload"]["id"] == letter["eventId"]
    assert listed(ringwall)[0]["dead"] == 1


def test_dead_letters_are_sent_again(ringwall):
    """
    Those that are named, or all.
    """
    given_up(ringwall, 3)
    first = list_dead_letters(ringwall, CALLER, {})["deadLetters"][0]
    script = Script()

    one = retry_dead_letters(ringwall, CALLER, {"ids": [first["id"]]})
    deliver_due(ringwall, script)
    rest = retry_dead_letters(ringwall, CALLER, {"destination": "hook"})
    deliver_due(ringwall, script)

    assert (one, rest) == ({"retried": 1}, {"retried": 2})
    assert script.arrived[0] == first["eventId"]
    assert len(set(script.arrived)) == 3


@pytest.mark.parametrize("letter", ["", "x", "-1", "1" * 40, "１"])
def test_ids_that_are_no_dead_letters(ringwall, letter):
    """
    They are the numbers that the listing shows.
    """
    with pytest.raises(ValidationError):
        retry_dead_letters(ringwall, CALLER, {"ids": [letter]})
