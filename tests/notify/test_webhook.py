import base64
import hmac
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from ringwall.errors import DeliveryError, ValidationError
from ringwall.notify.webhook import key_of, open_webhook, signature_of
from tests.notify.samples import NOON, an_event, surroundings

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()


def webhook(url, **changes):
    return open_webhook({"url": url}, SECRET, surroundings(**changes))


def test_a_signed_event_arrives(receiver):
    """
    The body is the event; the signature is over its id, the time of the attempt and the body.
    """
    webhook(receiver.url).send(an_event())

    [got] = receiver.received
    signed = f"{an_event().id}.{int(NOON.timestamp())}.".encode() + got.body
    expected = base64.b64encode(hmac.new(KEY, signed, "sha256").digest()).decode()
    assert json.loads(got.body) == an_event().as_json()
    assert got.headers["webhook-id"] == an_event().id
    assert got.headers["webhook-signature"] == f"v1,{expected}"


def test_the_signature_is_that_of_the_specification():
    """
    The example of the Standard Webhooks specification's own libraries.
    """
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    signature = signature_of(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_another_attempt_has_the_same_id(receiver):
    """
    So that a receiver that has it already can tell.
    """
    webhook(receiver.url).send(an_event())
    webhook(receiver.url, clock=lambda: NOON + timedelta(hours=1)).send(an_event())

    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]


@pytest.mark.parametrize(("status", "retryable"), [(500, True), (503, True), (429, True), (404, True), (400, False)])
def test_refusals_are_failures(receiver, status, retryable):
    """
    What may be mended at the receiver's is tried again; what says that the message is wrong is not.
    """
    receiver.status = status

    with pytest.raises(DeliveryError, match=str(status)) as caught:
        webhook(receiver.url).send(an_event())

    assert caught.value.retryable is retryable


def test_no_redirect_is_followed(receiver):
    """
    Else a public host could send us to a private one.
    """
    receiver.status, receiver.headers = 307, {"Location": receiver.url + "/elsewhere"}

    with pytest.raises(DeliveryError, match="redirect"):
        webhook(receiver.url).send(an_event())

    assert [each.path for each in receiver.received] == ["/hook"]


def test_a_large_answer_is_not_read(receiver):
    """
    Its status is what counts.
    """
    receiver.status, receiver.body = 200, b"x" * 5_000_000

    webhook(receiver.url).send(an_event())

    assert len(receiver.received) == 1


def test_a_receiver_that_drips_is_given_up(receiver):
    """
    The time limit is for all of the answer, and not from one byte to the next.
    """
    receiver.drip = True

    with pytest.raises(DeliveryError, match="time") as caught:
        webhook(receiver.url, seconds=0.3).send(an_event())

    assert caught.value.retryable


def test_nobody_listens():
    """
    It may be there again later.
    """
    with pytest.raises(DeliveryError, match="no answer") as caught:
        webhook("http://127.0.0.1:9/").send(an_event())

    assert caught.value.retryable


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "127.1", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0"]
)
def test_private_hosts_are_refused(host):
    """
    However the address is written, and before anything is sent; what a name resolves to is looked at when it is.
    """
    with pytest.raises(ValidationError, match="not public"):
        webhook(f"https://{host}:8443/hook", allowed_hosts=("elsewhere.example",))


@pytest.mark.parametrize("host", ["169.254.169.254", "10.1.2.3", "[fd00:ec2::254]", "224.0.0.1", "api.localhost"])
def test_the_metadata_services_are_refused(host):
    """
    They hand out the machine's credentials to whoever asks from it.
    """
    with pytest.raises(ValidationError, match="not public"):
        webhook(f"https://{host}/latest/meta-data", allowed_hosts=())


@pytest.mark.parametrize(
    "host", ["8.8.8.8", "134744072", "[2001:4860:4860::8888]", "hooks.example.com", "10.1.2.3.example"]
)
def test_public_hosts_and_names_are_taken(host):
    """
    A name is looked up when something is sent.
    """
    assert webhook(f"https://{host}/hook", allowed_hosts=())


def test_a_host_is_allowed_by_its_name(receiver):
    """
    In any case of letters: the name stands for itself and for no address.
    """
    target = webhook(f"http://LocalHost:{receiver.port}/hook", allowed_hosts=("localhost",))

    target.send(an_event())

    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://127.0.0.1/",
        "https://",
        "https://user:word@example.com/",
        "https://example.com:port/",
        "https://exämple.com/",
        "https://example.com/\r\nX: y",
        "//127.0.0.1/",
    ],
)
def test_urls_that_are_refused(url):
    """
    HTTPS alone, but for hosts that are allowed by name; nothing that hides who is called.
    """
    with pytest.raises(ValidationError):
        webhook(url)


@pytest.mark.parametrize(
    "secret", ["", "short", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!", base64.b64encode(KEY).decode()]
)
def test_weak_keys_are_refused(secret):
    """
    A key that can be guessed signs nothing.
    """
    with pytest.raises(ValidationError):
        open_webhook({"url": "https://example.com/"}, secret, surroundings())


def test_the_url_is_not_in_the_error(receiver):
    """
    Errors are shown with the dead letters, and a URL may hold a token.
    """
    receiver.status = 500

    with pytest.raises(DeliveryError) as caught:
        webhook(receiver.url + "?token=hidden").send(replace(an_event()))

    assert "hidden" not in str(caught.value)
