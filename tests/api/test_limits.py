"""What one caller may cost: long bodies, slow clients, and too many requests are refused, and cheaply."""

import re
import socket
import threading
import time
from dataclasses import replace

import pytest

from ringwall.api.app import create_app
from ringwall.api.errors import ThrottledError
from ringwall.api.limits import Limits, Throttle
from tests.api.serving import Request, a_key, send, served, signed

LIMITS = Limits(body_bytes=2000, body_seconds=60, header_seconds=60, header_bytes=4096)
IMPATIENT = replace(LIMITS, body_seconds=0.3, header_seconds=0.3)
"""For requests that never come: whoever sends one in time has to have the time, also on a busy machine."""
SHORT = replace(LIMITS, header_seconds=2)
"""For a request that comes, and one after it that does not."""


@pytest.fixture
def limits(request):
    return getattr(request, "param", LIMITS)


@pytest.fixture
def url(ringwall, limits):
    app = create_app(ringwall, limits=limits, operations={"list_analyzers": lambda *_: {"analyzers": []}})
    with served(app, limits) as address:
        yield address


@pytest.fixture
def connect(url):
    """Opens the connection when the test has made what it sends."""
    opened = []

    def open_one():
        host, port = url.removeprefix("http://").split(":")
        opened.append(socket.create_connection((host, int(port)), timeout=60))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


@pytest.fixture
def connection(connect):
    return connect()


def _head(request, length):
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    return "\r\n".join(
        [f"{request.method} {request.path} HTTP/1.1", *lines, f"Content-Length: {length}", "", ""]
    ).encode()


def _read_answer(connection):
    """One answer, however the network cuts it up: the connection stays open."""
    read = b""
    while b"\r\n\r\n" not in read:
        read += connection.recv(65536)
    head, _, body = read.partition(b"\r\n\r\n")
    length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
    while len(body) < length:
        body += connection.recv(65536)
    return head


def _read_all(connection):
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def test_a_body_over_the_limit(url, admin):
    """
    It is refused as too long, whoever sends it.
    """
    request = signed(url, admin, Request("PUT", "/analyzer", {}, b" " * 2001))

    answer = send(url, request)

    assert (answer.status, answer.code) == (413, "ValidationException")


def test_a_body_that_says_that_it_is_too_long_is_not_read(url, admin, connection):
    """
    The answer comes before the body does, and the connection is closed.
    """
    request = signed(url, admin, Request("PUT", "/analyzer"))

    connection.sendall(_head(request, 10**12))

    assert _read_all(connection).startswith(b"HTTP/1.1 413 ")


def test_a_stranger_is_refused_before_the_body(url, connection):
    """
    An unsigned request is answered though its body never comes.
    """
    connection.sendall(b"PUT /analyzer HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")

    answer = connection.recv(65536)

    assert answer.startswith(b"HTTP/1.1 403 ")


def test_a_body_in_pieces_without_a_length(url, admin, connection):
    """
    Its pieces are counted as they come.
    """
    head = _head(signed(url, admin, Request("PUT", "/analyzer")), 0)
    head = head.replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")

    connection.sendall(head + b"3e8\r\n" + b" " * 1000 + b"\r\n7d0\r\n" + b" " * 2000 + b"\r\n")

    assert _read_all(connection).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("limits", [replace(IMPATIENT, header_seconds=60)], indirect=True)
def test_a_body_that_trickles(url, admin, connection):
    """
    A body that does not come in time is not waited for.
    """
    connection.sendall(_head(signed(url, admin, Request("PUT", "/analyzer")), 100) + b"{")

    assert _read_all(connection).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("limits", [IMPATIENT], indirect=True)
def test_headers_that_trickle(connection):
    """
    A connection on which the headers do not come in time is closed.
    """
    connection.sendall(b"GET /analyzer HTTP/1.1\r\nHost: x\r\n")

    assert _read_all(connection) == b""


@pytest.mark.parametrize("limits", [IMPATIENT], indirect=True)
def test_a_connection_that_says_nothing(connection):
    """
    It is closed too.
    """
    assert _read_all(connection) == b""


@pytest.mark.parametrize("limits", [SHORT], indirect=True)
def test_a_pause_between_requests_is_no_trickle(url, admin, connect):
    """
    A client may keep its connection open for longer than headers may take.
    """
    head = _head(signed(url, admin, Request("GET", "/analyzer")), 0)
    connection = connect()
    connection.sendall(head)
    first = _read_answer(connection)
    threading.Event().wait(SHORT.header_seconds * 1.5)

    connection.sendall(head)
    second = _read_answer(connection)

    assert [first[:13], second[:13]] == [b"HTTP/1.1 200 "] * 2


@pytest.mark.parametrize("limits", [SHORT], indirect=True)
def test_second_headers_that_trickle(url, admin, connect):
    """
    The second request of a connection has to come in time as well.
    """
    head = _head(signed(url, admin, Request("GET", "/analyzer")), 0)
    connection = connect()
    connection.sendall(head)
    _read_answer(connection)

    connection.sendall(b"GET /ana")

    assert _read_all(connection) == b""


def test_headers_over_the_limit(connection):
    """
    Endless headers are refused.
    """
    connection.sendall(b"GET /analyzer HTTP/1.1\r\nX: " + b"x" * 10_000)

    assert _read_all(connection).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("length", [b"-1", b"1e3", b"1, 2", b""])
def test_lengths_that_are_no_numbers(connection, length):
    """
    They are refused before anything else is looked at.
    """
    connection.sendall(b"PUT /analyzer HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n\r\n")

    assert _read_all(connection).startswith(b"HTTP/1.1 400 ")


def test_refusing_bad_text_is_cheap(url, admin):
    """
    A body that is not UTF-8 costs no operation.
    """
    request = signed(url, admin, Request("PUT", "/analyzer", {}, b'{"analyzerName": "' + b"\xff" * 1000 + b'"}'))

    answer = send(url, request)

    assert (answer.status, answer.body["reason"]) == (400, "cannotParse")


def test_a_key_that_asks_too_often(ringwall, admin):
    """
    It is told to wait, and for how long; other keys are not.
    """
    limits = replace(Limits(), requests_per_second=0.01, burst=2)
    app = create_app(ringwall, limits=limits, operations={"list_analyzers": lambda *_: {"analyzers": []}})
    other = a_key(ringwall)

    with served(app) as url:
        mine = [send(url, signed(url, admin, Request("GET", "/analyzer"))) for _ in range(3)]
        theirs = send(url, signed(url, other, Request("GET", "/analyzer")))

    assert [each.status for each in mine] == [200, 200, 429]
    assert mine[2].code == "ThrottlingException"
    assert 1 <= int(mine[2].headers["retry-after"]) <= 100
    assert theirs.status == 200


def test_tokens_come_back_at_a_steady_rate():
    """
    Two a second: after a second, two more, and never more than the burst.
    """
    now = [0.0]
    throttle = Throttle(rate=2.0, burst=3, monotonic=lambda: now[0])
    taken = [_take_all(throttle)]
    now[0] += 1
    taken.append(_take_all(throttle))
    now[0] += 1000
    taken.append(_take_all(throttle))

    assert taken == [3, 2, 3]


def _take_all(throttle):
    taken = 0
    while True:
        try:
            throttle.take("key")
        except ThrottledError:
            return taken
        taken += 1


def test_a_request_that_is_being_answered_is_answered_before_the_end(ringwall, admin):
    """
    A server that is told to stop finishes what it has begun.
    """
    begun, go_on = threading.Event(), threading.Event()

    def slow(*_):
        begun.set()
        go_on.wait(60)
        return {"analyzers": []}

    context = served(create_app(ringwall, operations={"list_analyzers": slow}))
    url = context.__enter__()
    answers = []
    client = threading.Thread(target=lambda: answers.append(send(url, signed(url, admin, Request("GET", "/analyzer")))))
    client.start()
    begun.wait(60)
    stopping = threading.Thread(target=lambda: context.__exit__(None, None, None))
    stopping.start()
    time.sleep(0.2)
    go_on.set()
    client.join(60)
    stopping.join(60)

    assert [each.status for each in answers] == [200]
