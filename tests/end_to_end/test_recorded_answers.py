"""What moto lacks, and all else once more: recorded answers of AWS, from the listing to the finding."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from ringwall.collector.accounts import Target
from ringwall.collector.collect import collect
from ringwall.errors import CollectionError
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.zone_of_trust import ZoneOfTrust
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import Scope
from ringwall.service import exit_code, scan
from tests.end_to_end.faulty_endpoint import Answer
from tests.end_to_end.running import ringwall
from tests.resources.recorded_reader import RECORDINGS, RecordedReader

OWNER = "111122223333"
OUTSIDER = "444455556666"
NAMES = sorted(path.stem for path in RECORDINGS.glob("*.json"))


@dataclass(frozen=True)
class RecordedSession:
    """A session in the account of a recording. The Regions of the account were not recorded."""

    recorded: RecordedReader
    is_global: bool

    @property
    def account(self):
        return self.recorded.account

    def reader(self, region=None):
        return self.recorded if region or self.is_global else _Refusing()

    def close(self):
        pass


class _Refusing:
    def pages(self, operation, *_, **__):
        raise CollectionError("ACCESS_DENIED", operation)


def type_of(name):
    [found] = [kind for kind in RESOURCE_TYPES.values() if kind.name.replace("::", "_").lower()[4:] == name.replace("_", "", -1)]
    return found


def report_of(name):
    """The report on what was recorded of the type `name`."""
    kind = next(each for each in RESOURCE_TYPES.values() if each.list_resources.__module__.endswith(f".{name}"))
    recorded = RecordedReader(name)
    session = RecordedSession(recorded, kind.scope is Scope.GLOBAL)
    seen = collect([Target(recorded.account, lambda: session)], [kind], [recorded.region], threads=1)
    return recorded, scan(seen, ExternalAccess(ZoneOfTrust("ACCOUNT")))


@pytest.mark.parametrize("name", NAMES)
def test_x(name):
    recorded, report = report_of(name)
    print()
    for each in recorded.expected: print(name, each["arn"], OUTSIDER in json.dumps(each["configuration"]))
    for f in report.findings: print("   ", f.resource, dict(f.principal), f.exposure, f.action[:2], f.error_message)
    print(report.coverage.gaps)
