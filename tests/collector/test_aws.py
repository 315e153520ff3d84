"""The reader against an HTTP server that answers whatever a test tells it to."""

from __future__ import annotations

import json
import socket
from collections import deque
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from ringwall.collector.aws import AbsentServiceError, Connection, RefusedError, new_session
from ringwall.collector.traffic import Traffic, is_absent_service
from ringwall.errors import CollectionError

URL = "http://127.0.0.1/queue"


class ScriptedServer(HTTPServer):
    """Gives the prepared answers one after the other, the last of them again and again, and keeps the requests."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = deque()
        self.requests = []

    def will_answer(self, *answers):
        self.answers = deque(answers)


class _Handler(BaseHTTPRequestHandler):
    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.give_answer
        raise AttributeError(name)

    def give_answer(self):
        self.server.requests.append((self.path, self.rfile.read(int(self.headers.get("Content-Length") or 0))))
        answers = self.server.answers
        status, body = answers.popleft() if len(answers) > 1 else answers[0]
        if status:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture
def server():
    with ScriptedServer() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def aws(server, aws_environment):
    """A reader of account 111111111111 whose endpoint is `server`."""
    connection = Connection(endpoint_url=f"http://127.0.0.1:{server.server_port}", attempts=1)
    session = new_session(connection, Traffic(patience=2))
    session.account = "111111111111"
    yield session.reader("eu-west-1")
    session.close()


def an_answer(**members):
    return 200, json.dumps(members).encode()


def an_error(code, status=400):
    return status, json.dumps({"__type": f"com.amazonaws.sqs#{code}", "message": "because"}).encode()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("AccessDenied", "ACCESS_DENIED"),
        ("AccessDeniedException", "ACCESS_DENIED"),
        ("UnauthorizedOperation", "ACCESS_DENIED"),
        ("AuthFailure", "ACCESS_DENIED"),
        ("AuthorizationErrorException", "ACCESS_DENIED"),
        ("KMSAccessDeniedException", "ACCESS_DENIED"),
        ("ThrottlingException", "INTERNAL_ERROR"),
        ("ExpiredToken", "INTERNAL_ERROR"),
        ("InternalFailure", "INTERNAL_ERROR"),
    ],
)
def test_what_aws_refuses_has_a_code(server, aws, code, expected):
    """
    Denials are told from all other errors; the message has operation, code, account and Region.
    """
    server.will_answer(an_error(code))
    with pytest.raises(RefusedError) as caught:
        aws.call("sqs:GetQueueAttributes", QueueUrl=URL)

    assert (caught.value.code, caught.value.answer) == (expected, code)
    assert str(caught.value) == f"sqs:GetQueueAttributes: {code}: because (account 111111111111, eu-west-1)"


@pytest.mark.parametrize(
    "answer",
    [
        (500, b"<html>not what you asked for</html>"),
        (404, b""),
        (200, b"<html>"),
        (200, b'{"Attributes": ['),
        (200, b"[]"),
        (200, b""),
        (None, b""),
    ],
    ids=["server error", "not found", "no JSON", "cut JSON", "no object", "nothing", "no answer"],
)
def test_an_answer_that_makes_no_sense_is_an_error(server, aws, answer):
    """
    Whatever an endpoint says or does not say, it ends as an error that names the operation.
    """
    server.will_answer(answer)
    with pytest.raises(CollectionError, match="sqs:GetQueueAttributes") as caught:
        aws.call("sqs:GetQueueAttributes", QueueUrl=URL)

    assert caught.value.code == "INTERNAL_ERROR"


def test_a_web_page_is_not_an_answer(server, aws):
    """
    Well-formed XML of another kind does not read as an empty list.
    """
    server.will_answer((200, b"<!DOCTYPE html><html><body>Please sign in</body></html>"))
    with pytest.raises(CollectionError, match="web page"):
        list(aws.pages("ec2:DescribeSnapshots", "Snapshots"))


def test_a_parameter_that_is_wrong_is_an_error(aws):
    """
    What botocore refuses to send is an error like any other.
    """
    with pytest.raises(CollectionError, match="sqs:GetQueueAttributes"):
        aws.call("sqs:GetQueueAttributes", QueueUrl=7)


def test_what_is_absent_is_found_to_be_absent(server, aws):
    """
    An error code that means absence gives None; any other is raised.
    """
    server.will_answer(an_error("QueueDoesNotExist"))
    found = aws.find("sqs:GetQueueAttributes", "QueueDoesNotExist", QueueUrl=URL)
    with pytest.raises(RefusedError):
        aws.find("sqs:GetQueueAttributes", "SomethingElse", QueueUrl=URL)

    assert found is None


def test_all_pages_are_read(server, aws):
    """
    The page size is asked for where AWS otherwise gives one page only; pages without the list are empty.
    """
    server.will_answer(an_answer(QueueUrls=["a"], NextToken="1"), an_answer(NextToken="2"), an_answer(QueueUrls=["b"]))
    urls = list(aws.pages("sqs:ListQueues", "QueueUrls"))
    sent = [json.loads(body) for _, body in server.requests]

    assert urls == ["a", "b"]
    assert sent == [
        {"MaxResults": 1000},
        {"MaxResults": 1000, "NextToken": "1"},
        {"MaxResults": 1000, "NextToken": "2"},
    ]
    assert aws.session.traffic.calls == {"sqs:ListQueues": 3}


def test_pages_that_botocore_does_not_know_are_read_too(server, aws):
    """
    Streams have no paginator: their marker is followed.
    """
    marker = "arn:aws:dynamodb:eu-west-1:111111111111:table/t/stream/1"
    server.will_answer(
        an_answer(Streams=[{"StreamArn": "1"}], LastEvaluatedStreamArn=marker), an_answer(Streams=[{"StreamArn": "2"}])
    )
    streams = [each["StreamArn"] for each in aws.pages("dynamodb:ListStreams", "Streams")]

    assert streams == ["1", "2"]
    assert json.loads(server.requests[1][1])["ExclusiveStartStreamArn"] == marker


@pytest.mark.parametrize(
    ("operation", "key", "marker"),
    [("sqs:ListQueues", "QueueUrls", "NextToken"), ("dynamodb:ListStreams", "Streams", "LastEvaluatedStreamArn")],
)
def test_pages_that_go_round_in_circles_are_an_error(server, aws, operation, key, marker):
    """
    The same marker twice would be read for ever.
    """
    again = "arn:aws:dynamodb:eu-west-1:111111111111:table/t/stream/1"
    server.will_answer(an_answer(**{key: [], marker: again}))
    with pytest.raises(CollectionError, match=operation):
        list(aws.pages(operation, key))

    assert len(server.requests) == 2


def test_a_page_that_fails_leaves_those_before_it(server, aws):
    """
    What was listed is handed out before the error is raised.
    """
    server.will_answer(an_answer(QueueUrls=["a"], NextToken="1"), an_error("AccessDenied"))
    pages = aws.pages("sqs:ListQueues", "QueueUrls")
    first = next(pages)
    with pytest.raises(RefusedError):
        next(pages)

    assert first == "a"


def test_a_custom_endpoint_is_asked_without_names_before_it(server, aws):
    """
    Neither a bucket nor an account is put before the host, where no name server would find it.
    """
    server.will_answer((200, b"<PublicAccessBlockConfiguration/>"))
    aws.call("s3:GetBucketPublicAccessBlock", Bucket="my-bucket")
    aws.call("s3:GetAccountPublicAccessBlock", AccountId="111111111111")
    paths = [path for path, _ in server.requests]

    assert paths == ["/my-bucket?publicAccessBlock", "/v20180820/configuration/publicAccessBlock"]


def test_an_endpoint_that_does_not_answer_is_left_alone(aws_environment):
    """
    After some calls without any answer no more are made: retrying each of thousands would take hours.
    """
    session = new_session(Connection(endpoint_url="http://127.0.0.1:1", attempts=1), Traffic(patience=2))
    messages = []
    for _ in range(4):
        with pytest.raises(CollectionError) as caught:
            session.reader("eu-west-1").call("sqs:ListQueues")
        messages.append(str(caught.value))

    assert [("not asked" in each) for each in messages] == [False, False, True, True]


def test_a_service_without_endpoint_is_not_offered_in_the_region(aws_environment, monkeypatch):
    """
    Where name servers know the Region but not the service, nothing is there to be read.
    """
    monkeypatch.setattr(socket, "getaddrinfo", _without_sqs)
    is_absent_service.cache_clear()
    session = new_session(Connection(attempts=9), Traffic())
    with pytest.raises(AbsentServiceError) as caught:
        session.reader("eu-west-1").call("sqs:ListQueues")

    assert str(caught.value) == "not offered in this Region: there is no sqs.eu-west-1.amazonaws.com"


def _without_sqs(host, *_, **__):
    if host.startswith("sqs."):
        raise socket.gaierror(socket.EAI_NONAME, "no such name")
    return []


@pytest.mark.parametrize(
    ("missing", "error", "expected"),
    [
        ("s3express", socket.EAI_NONAME, True),
        ("s3express", socket.EAI_AGAIN, False),
        ("eu-west-1", socket.EAI_NONAME, False),
        ("nothing", socket.EAI_NONAME, False),
        ("amazonaws", socket.EAI_NONAME, False),
    ],
)
def test_only_name_servers_say_that_a_service_is_absent(monkeypatch, missing, error, expected):
    """
    A network that is down, or a Region that is unknown, does not look like a service that is not offered.
    """

    def getaddrinfo(host, *_, **__):
        if missing in host:
            raise socket.gaierror(error, "no")
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    is_absent_service.cache_clear()

    assert is_absent_service("s3express-control.eu-west-1.amazonaws.com") is expected


@pytest.fixture(autouse=True)
def _forget_absent_services():
    yield
    is_absent_service.cache_clear()
