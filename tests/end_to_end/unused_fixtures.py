"""A service that looks for unused access in accounts in memory, served over HTTP for unmodified clients."""

from dataclasses import dataclass

import pytest

from ringwall.api.app import create_app
from ringwall.findings.organization import Account, Organization
from ringwall.service.jobs import JOBS
from ringwall.service.work import Work
from tests.api.serving import ACCOUNT, a_key, a_ringwall, served
from tests.end_to_end.service_fixtures import Served
from tests.service.memory_source import MemorySource
from tests.service.principals_for_tests import plant
from tests.service.service_for_tests import RecordedJobs

MEMBER, OTHER = "444455556666", "777788889999"
ORGANIZATION = Organization(
    "o-exampleorgid",
    ACCOUNT,
    tuple(Account(each, "", "o-exampleorgid/r-ab12/") for each in (ACCOUNT, MEMBER, OTHER)),
)


@dataclass(frozen=True)
class Unused(Served):
    """A running service, and what it looks at."""

    source: MemorySource

    def work_off(self):
        """Does everything that waits, and what comes of it."""
        work = Work(self.ringwall, self.source)
        waiting = self.ringwall.jobs.jobs
        while waiting:
            job = max(waiting, key=lambda each: each.priority)
            waiting.remove(job)
            JOBS[job.kind](work, job.payload)

    def analyzer(self, kind="ACCOUNT_UNUSED_ACCESS", name="unused", **members):
        """A new analyzer that has looked at everything; its ARN."""
        arn = self.client().create_analyzer(analyzerName=name, type=kind, **members)["arn"]
        self.work_off()
        return arn

    def statuses(self, arn, **request):
        """The status of every finding by type and name of the principal."""
        found = self.client().list_findings_v2(analyzerArn=arn, **request)["findings"]
        return {(each["findingType"], each["resource"].rsplit("/", 1)[1]): each["status"] for each in found}

    def id_of(self, arn, finding_type):
        """The id of the one finding of a type."""
        asked = {"findingType": {"eq": [finding_type]}}
        [found] = self.client().list_findings_v2(analyzerArn=arn, filter=asked)["findings"]
        return found["id"]


@pytest.fixture
def unused(store, monkeypatch):
    plant(monkeypatch)
    ringwall = a_ringwall(store, jobs=RecordedJobs())
    source = MemorySource(accounts=(ACCOUNT, MEMBER, OTHER), organization=ORGANIZATION)
    with served(create_app(ringwall)) as url:
        yield Unused(ringwall, url, a_key(ringwall), a_key(ringwall, "reader"), source)
