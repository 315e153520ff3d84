"""Nothing is served in the clear beyond this computer, and proxies are believed only where they are trusted."""

import asyncio
import datetime as dt
import socket
import ssl
import threading
import urllib.error
import urllib.request
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette

from ringwall.api.app import create_app
from ringwall.api.server import (
    Listening,
    Tls,
    _JoiningTransport,
    check_free,
    check_listening,
    run,
    server_of,
)
from ringwall.errors import UsageError
from tests.api.serving import Request, real_time, send, served, signed


@pytest.fixture
def certificate(tmp_path):
    """A certificate for the loopback address, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = real_time()
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    tls = Tls(tmp_path / "certificate.pem", tmp_path / "key.pem")
    tls.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    tls.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return tls


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_this_computer_needs_no_tls(host):
    """
    What stays on the computer may be in the clear.
    """
    check_listening(Listening(host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "ringwall.example", ""])
def test_beyond_this_computer_tls_is_needed(host, certificate):
    """
    Or a proxy that does it.
    """
    with pytest.raises(UsageError, match="needs TLS"):
        check_listening(Listening(host))
    check_listening(Listening(host, tls=certificate))
    check_listening(Listening(host, behind_proxy=True))


def test_a_port_that_is_taken_is_told_before_anything_starts():
    """
    And one that is free is left free.
    """
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"cannot listen on `127.0.0.1`, port {port}: Address already in use"):
            check_free(Listening(port=port))
    check_free(Listening(port=port))


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_a_host_that_is_not_of_this_computer_is_told(host):
    """
    Another's address, and what is no name at all.
    """
    with pytest.raises(UsageError, match=f"cannot listen on `{host}`, port 0: "):
        check_free(Listening(host, port=0, behind_proxy=True))


def test_files_that_are_not_there(certificate, tmp_path):
    """
    A certificate that is missing is said before the server starts.
    """
    with pytest.raises(UsageError, match="no file"):
        check_listening(Listening(tls=Tls(certificate.certificate, tmp_path / "nothing")))


def test_tls_is_spoken(ringwall, certificate):
    """
    With the files, the server answers over TLS with that certificate.
    """
    server = server_of(create_app(ringwall, operations={}), Listening(port=0, tls=certificate))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    trusting = ssl.create_default_context(cafile=certificate.certificate)

    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"https://127.0.0.1:{port}/analyzer", context=trusting)
    caught.value.close()
    server.should_exit = True
    thread.join(60)

    assert caught.value.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"


@pytest.mark.parametrize(("behind_proxy", "status"), [(True, 200), (False, 403)])
def test_the_forwarded_host_is_believed_of_a_trusted_proxy_only(ringwall, admin, behind_proxy, status):
    """
    A proxy that replaces the host says which one the client signed.
    """
    app = create_app(ringwall, behind_proxy=behind_proxy, operations={"list_analyzers": lambda *_: {"analyzers": []}})
    request = signed("http://ringwall.example", admin, Request("GET", "/analyzer"))
    request.headers.update({"Host": "127.0.0.1", "X-Forwarded-Host": "ringwall.example"})

    with served(app) as url:
        answer = send(url, request)

    assert answer.status == status


def test_a_port_that_is_taken_is_a_matter_of_configuration():
    """
    Not an end of the process in the middle of it, with a code that says something else.
    """
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listening = Listening(port=taken.getsockname()[1])

        with pytest.raises(UsageError, match=f"listening at 127.0.0.1:{listening.port} is not possible"):
            run(server_of(Starlette(), listening), listening)


class Recording:
    """A transport that only notes what is sent."""

    def __init__(self):
        self.sent = []

    def write(self, data):
        self.sent.append(data)

    def close(self):
        self.sent.append(None)


def sent_by(write):
    """What reaches the transport, while `write` writes in one turn of the loop."""
    transport = Recording()

    async def turn():
        write(_JoiningTransport(transport, asyncio.get_running_loop()))
        await asyncio.sleep(0)

    asyncio.run(turn())
    return transport.sent


def test_head_and_body_are_sent_at_once():
    """
    What is written in one turn is one packet, and an empty end none of its own.
    """

    def write(joining):
        joining.write(b"head ")
        joining.write(b"body")
        joining.write(b"")

    assert sent_by(write) == [b"head body"]


def test_closing_loses_nothing_that_was_written():
    """
    A refusal that closes the connection is sent first.
    """

    def write(joining):
        joining.write(b"head ")
        joining.write(b"body")
        joining.close()

    assert sent_by(write) == [b"head body", None]


def test_what_is_long_is_sent_as_it_comes():
    """
    So that the server notices a client that does not keep up.
    """

    def write(joining):
        joining.write(b"a" * 300_000)
        joining.write(b"b")

    assert [len(each) for each in sent_by(write)] == [300_000, 1]
