from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ringwall.errors import DeliveryError
from ringwall.notify.http import Poster
from tests.notify.receiver import Receiver

HOST = "hooks.example"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """The files of a certificate for HOST that nobody has signed, and of its key."""
    folder, key = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    unencrypted = serialization.NoEncryption()
    written = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unencrypted)
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(written)
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def secured(certificate):
    """A web server that speaks TLS."""
    with Receiver(certificate=certificate) as server:
        yield server


class Names:
    """A name server that answers each question as it is told to, and counts them."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, _host, _port):
        self.asked += 1
        return self.answers.pop(0)


def test_the_certificate_is_checked_against_the_name(secured, certificate, monkeypatch):
    """
    The connection goes to an address, and the certificate is still the host's.
    """
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    poster = Poster(allowed_hosts=(HOST,), resolve=lambda *_: ["127.0.0.1"])

    poster.post(f"https://{HOST}:{secured.port}/hook", b"{}", {})

    assert secured.received[0].headers["Host"] == f"{HOST}:{secured.port}"


def test_a_certificate_for_another_name_is_refused(secured, certificate, monkeypatch):
    """
    Nothing is sent.
    """
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    poster = Poster(allowed_hosts=("other.example",), resolve=lambda *_: ["127.0.0.1"])

    with pytest.raises(DeliveryError, match="certificate"):
        poster.post(f"https://other.example:{secured.port}/hook", b"{}", {})

    assert secured.received == []


def test_a_certificate_that_nobody_signed_is_refused(secured):
    """
    Nothing is sent.
    """
    poster = Poster(allowed_hosts=(HOST,), resolve=lambda *_: ["127.0.0.1"])

    with pytest.raises(DeliveryError, match="certificate"):
        poster.post(f"https://{HOST}:{secured.port}/hook", b"{}", {})

    assert secured.received == []


def test_a_name_is_resolved_once(receiver):
    """
    A name server that gives another address the second time is not asked a second time.
    """
    names = Names(["127.0.0.1"], ["169.254.169.254"])

    Poster(allowed_hosts=(HOST,), resolve=names).post(f"http://{HOST}:{receiver.port}/", b"{}", {})

    assert names.asked == 1
    assert len(receiver.received) == 1


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::1", "8.8.8.8"]])
def test_one_private_address_refuses_the_name(receiver, addresses):
    """
    Whoever mixes them has something in mind: none is connected to, also not the public one.
    """
    with pytest.raises(DeliveryError, match="not public") as caught:
        Poster(resolve=Names(addresses)).post(f"https://{HOST}:{receiver.port}/", b"{}", {})

    assert not caught.value.retryable
    assert receiver.received == []


def test_the_next_address_is_tried(receiver):
    """
    A host may have several, and one of them be down.
    """
    poster = Poster(allowed_hosts=(HOST,), resolve=Names(["127.0.0.9", "127.0.0.1"]))

    poster.post(f"http://{HOST}:{receiver.port}/", b"{}", {})

    assert len(receiver.received) == 1


def test_a_name_without_an_address():
    """
    It may have one later.
    """

    def nobody(*_):
        raise OSError

    with pytest.raises(DeliveryError, match="no address") as caught:
        Poster(resolve=nobody).post(f"https://{HOST}/", b"{}", {})

    assert caught.value.retryable
