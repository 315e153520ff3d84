"""A console over the packaged example organization, scanned; and one over resources that are named by an attacker."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import as_file, files
from pathlib import Path
from urllib.parse import urlencode

import httpx

from ringwall import examples
from ringwall.api.app import create_app
from ringwall.collector.snapshot import open_snapshot
from ringwall.console.app import create_pages
from ringwall.console.settings import ConsoleSettings
from ringwall.resources.base import Resource
from ringwall.service.passwords import hashed
from ringwall.store import destinations, findings, outbox, users
from ringwall.store.database import Store, open_store
from ringwall.store.migrate import migrate
from ringwall.store.outbox import Message
from ringwall.store.users import UserRecord
from tests.service.memory_source import MemorySource, region_of
from tests.service.work_for_tests import ACCOUNT, REGION, START, Service, queue

PASSWORD = "correct horse battery"
HASH = hashed(PASSWORD)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def example_source() -> MemorySource:
    """The packaged example organization."""
    with as_file(files(examples) / "organization.jsonl") as path:
        header, seen = open_snapshot(path)
        resources = [each for each in seen if isinstance(each, Resource)]
    regions = tuple(sorted({each.region for each in resources} - {"", "global"}))
    return MemorySource(header.accounts, regions, header.organization, resources=resources)


def example_service(store) -> Service:
    """The example, scanned by one analyzer."""
    service = Service(store, example_source())
    service.analyzer(kind="ORGANIZATION")
    service.pass_(minutes=1)
    return service


def hostile_service(store) -> Service:
    """Names, principals, statement ids and conditions full of markup, and of formulas."""
    resources = [
        queue("=cmd()", "444455556666"),
        queue("+sum", "*"),
        *(_hostile_queue(number, HOSTILE) for number in range(3)),
        _hostile_role(),
    ]
    service = Service(store, MemorySource(resources=resources))
    service.analyzer()
    service.pass_(minutes=1)
    return service


def _hostile_queue(number, text) -> Resource:
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{text}{number}"
    statement = {
        "Sid": text,
        "Effect": "Allow",
        "Principal": {"AWS": "444455556666"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"StringEquals": {"aws:UserAgent": text, "aws:SourceVpc": f"vpc-{text}"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Id": text, "Statement": [statement]})
    return Resource(arn, "AWS::SQS::Queue", ACCOUNT, REGION, {"queuePolicy": policy}, tags={text: text})


def _hostile_role() -> Resource:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{HOSTILE}"
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/{HOSTILE}"},
        "Action": "sts:AssumeRoleWithSAML",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    region = region_of("AWS::IAM::Role")
    return Resource(arn, "AWS::IAM::Role", ACCOUNT, region, {"trustPolicy": policy})


def scanned(folder: Path, name: str, make: Callable[[Store], Service]) -> Path:
    """A file with the service's store, with an admin and a reader."""
    file = folder / f"{name}.db"
    store = open_store(f"sqlite:///{file}")
    migrate(store)
    service = make(store)
    add_user(service, "ada", "admin")
    add_user(service, "rita", "reader")
    store.close()
    return file


@contextmanager
def opened_again(file: Path, folder: Path) -> Iterator[Service]:
    """A service over a copy of the file, a minute after the scan."""
    store = open_store(f"sqlite:///{shutil.copy(file, folder)}")
    service = Service(store, example_source())
    service.clock.move(minutes=2)
    service.ringwall.new_id.last = 10_000
    yield service
    store.close()


def add_user(service: Service, name: str, role: str, **columns) -> UserRecord:
    """A user whose password is `PASSWORD`."""
    record = UserRecord(name=name, role=role, password_hash=HASH, created_at=START, **columns)
    with service.store.write() as connection:
        return users.add(connection, record)


def add_dead_letter(service: Service) -> None:
    """To a destination `hook`, so that its page and the list have all that they can show."""
    service.destination("hook")
    now = service.clock()
    with service.store.write() as connection:
        key = destinations.find(connection, "hook").key
        outbox.add(connection, [Message("event-1", key, "a finding", {"id": "event-1"}, now)])
        [message] = outbox.lease(connection, key, now=now, until=now + timedelta(minutes=1), limit=1)
        outbox.mark_failed(connection, message, "HTTP 410", next_attempt_at=None)


def application(service: Service, settings: ConsoleSettings | None = None):
    """The console beside the API."""
    return create_app(service.ringwall, pages=create_pages(service.ringwall, settings))


@dataclass
class Browser:
    """Somebody with cookies, and without script."""

    client: httpx.Client
    csrf: str = ""

    def get(self, path: str, **query) -> httpx.Response:
        return self.client.get(f"/console{path}", params=query or None)

    def post(self, path: str, fields=(), **headers) -> httpx.Response:
        """Sends a form with the token."""
        pairs = [("csrf", self.csrf), *(fields.items() if isinstance(fields, dict) else fields)]
        content = urlencode(pairs)
        sent = {"content-type": "application/x-www-form-urlencoded", **headers}
        return self.client.post(f"/console{path}", content=content, headers=sent)

    def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        self.csrf = token_in(self.get("/sign-in").text)
        answer = self.post("/sign-in", {"name": name, "password": password})
        if answer.status_code == 303:
            self.csrf = token_in(self.get("/settings-that-are-not-there").text)
        return answer


def token_in(page: str) -> str:
    """The token that a page's forms carry."""
    return page.split('name="csrf" value="', 1)[1].split('"', 1)[0]


def all_findings(service: Service) -> list:
    """Every finding of the first analyzer."""
    with service.store.read() as connection:
        return list(findings.each(connection, 1, {}))
