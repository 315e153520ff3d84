"""An HTTP endpoint before another one, which answers chosen calls itself: refusals, throttling, garbage, nothing."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import parse_qs

import urllib3

_QUERY = "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>no</Message></Error></ErrorResponse>"
_XML = {
    "ec2": "<Response><Errors><Error><Code>{}</Code><Message>no</Message></Error></Errors></Response>",
    "s3": "<Error><Code>{}</Code><Message>no</Message></Error>",
    "s3express": "<Error><Code>{}</Code><Message>no</Message></Error>",
    **dict.fromkeys(("iam", "rds", "sns", "sts"), _QUERY),
}
"""Services that answer in XML, and how they refuse. All others answer in JSON."""
_OF_CONNECTION = {"connection", "content-length", "transfer-encoding", "host", "keep-alive", "expect", "date", "server"}


@dataclass(frozen=True)
class Answer:
    """An answer of HTTP."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def refusal(service, code="AccessDeniedException", status=403):
    """How `service` refuses a call with the error `code`."""
    if service in _XML:
        return Answer(_XML[service].format(code).encode(), status, {"Content-Type": "text/xml"})
    body = json.dumps({"__type": code, "message": "no"}).encode()
    return Answer(body, status, {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": code})


def garbage(service):
    """A web page, as proxies answer with."""
    return Answer(b"<!DOCTYPE html><html><body>Log in</body></html>", 200, {"Content-Type": "text/html"})


@dataclass
class FaultyEndpoint:
    """Passes calls on to `target`, but for those that a fault answers, and stops after `calls_left` calls.

    `faults` maps regular expressions over calls (`sqs GetQueueAttributes eu-west-1`; where the operation is in the path
    `lambda GET /2015-03-31/functions/… eu-west-1`; with the role to assume) to functions from the service to an `Answer`.
    """

    target: str
    faults: dict = field(default_factory=dict)
    calls_left: float = float("inf")
    calls: Counter = field(default_factory=Counter)
    """The calls that came in, each try counted."""
    _lock: Lock = field(default_factory=Lock)

    def __enter__(self):
        self._pool = urllib3.PoolManager(maxsize=32, retries=False)
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.stop()
        self._pool.clear()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self):
        """Answer nothing and nobody any more."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method, path, headers, body):
        """The answer to a call; None when there is none any more."""
        service, call = _call(method, path, headers, body)
        with self._lock:
            self.calls_left -= 1
            self.calls[call] += 1
            if self.calls_left == -1:
                Thread(target=self.stop, daemon=True).start()
        if self.calls_left < 0:
            return None
        for pattern, fault in self.faults.items():
            if re.search(pattern, call):
                return fault(service)
        passed = {name: value for name, value in headers.items() if name.lower() not in _OF_CONNECTION}
        got = self._pool.request(method, self.target + path, headers=passed, body=body, preload_content=True)
        kept = {name: value for name, value in got.headers.items() if name.lower() not in _OF_CONNECTION}
        return Answer(got.data, got.status, kept)


def _call(method, path, headers, body):
    """The service that is called, and the call in words."""
    # Credential=KEY/DATE/REGION/SERVICE/aws4_request: AWS Signature Version 4.
    scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/", headers.get("Authorization", ""))
    region, service = scope.groups() if scope else ("", "")
    form = parse_qs(body.decode("utf-8", "replace")) if b"Action=" in body else {}
    operation = headers.get("X-Amz-Target", "").rpartition(".")[2] or form.get("Action", [f"{method} {path}"])[0]
    return service, " ".join([service, operation, region, *form.get("RoleArn", [])])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64


def _handler_of(endpoint):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = endpoint.answer(self.command, self.path, dict(self.headers.items()), body)
            if answer is None:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer  # noqa: N815 - names of the standard library

        def log_message(self, *_):
            """Tests are silent."""

    return Handler
