"""A web server that writes down what it is sent, and answers as it is told to."""

import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass
class Received:
    path: str
    headers: dict
    body: bytes


@dataclass
class Receiver:
    """Answers 204 as long as nothing else is said."""

    status: int = 204
    answers: list = field(default_factory=list)
    """Statuses for the next requests; then `status`."""
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    drip: bool = False
    """Whether it sends its answer a byte at a time, and never ends."""
    received: list = field(default_factory=list)
    certificate: tuple = ()
    """The files of its certificate and key, where it speaks TLS."""

    def __enter__(self):
        self.stopped = Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    @property
    def port(self):
        return self.server.server_address[1]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook"


def _handler(receiver):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.received.append(Received(self.path, dict(self.headers), body))
            if receiver.drip:
                self._drip()
                return
            self.send_response(receiver.answers.pop(0) if receiver.answers else receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(receiver.body)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(receiver.body)

        def _drip(self):
            with suppress(OSError):
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not receiver.stopped.wait(0.02):
                    self.wfile.write(b"x")
                    self.wfile.flush()

        def log_message(self, *_):
            pass

    return Handler
