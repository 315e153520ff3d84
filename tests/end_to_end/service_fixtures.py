"""Ringwall served over HTTP with all its operations, for unmodified clients."""

from dataclasses import dataclass

import pytest

from ringwall.api.app import create_app
from ringwall.service.context import Ringwall
from tests.api.serving import Key, a_key, a_ringwall, served
from tests.end_to_end.strict_client import Strict
from tests.service.service_for_tests import QUEUE, RecordedJobs, access, public_access, scanned, unreadable


@dataclass(frozen=True)
class Served:
    """A running service."""

    ringwall: Ringwall
    url: str
    admin: Key
    reader: Key

    def client(self, role="admin"):
        """A client whose answers are held against the model."""
        return Strict(self.url, self.admin if role == "admin" else self.reader)


@dataclass(frozen=True)
class Watched(Served):
    """A running service with an analyzer that has found something."""

    analyzer: str
    ids: tuple[str, ...]
    """Of the findings: a partner reads a bucket, anybody reads another one, a queue that nobody may look at."""


@pytest.fixture
def service(store):
    ringwall = a_ringwall(store, jobs=RecordedJobs())
    with served(create_app(ringwall)) as url:
        yield Served(ringwall, url, a_key(ringwall), a_key(ringwall, "reader"))


@pytest.fixture
def watched(service):
    arn = service.client().create_analyzer(analyzerName="watch", type="ACCOUNT")["arn"]
    found = (
        access(condition={"aws:SourceVpc": "vpc-1"}),
        public_access("arn:aws:s3:::letters"),
        unreadable(QUEUE),
    )
    ids = scanned(service.ringwall, arn, *found)
    return Watched(service.ringwall, service.url, service.admin, service.reader, arn, tuple(ids))
