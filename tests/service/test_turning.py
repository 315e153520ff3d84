from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from ringwall.errors import ConflictError, QuotaError
from ringwall.findings.finding import FindingStatus
from ringwall.findings.reconcile import set_status
from ringwall.service.context import Quotas
from ringwall.service.operations.archive_rules import create_archive_rule
from ringwall.service.turning import turn
from ringwall.store import analyzers, findings
from tests.service.service_for_tests import CALLER, access, analyzer_in, scanned, service_over

CRITERIA = {"isPublic": {"eq": ["false"]}}


@pytest.fixture
def ringwall(store):
    return service_over(store, quotas=Quotas(account_analyzers=1, archive_rules=3))


def watched(ringwall):
    """An analyzer and the id of its only finding."""
    arn = analyzer_in(ringwall)
    [id_] = scanned(ringwall, arn, access())
    with ringwall.store.read() as connection:
        return analyzers.find(connection, arn), id_


def archived(connection, analyzer, id_, at, *, mistaken=False):
    found = findings.find(connection, analyzer.key, id_)
    changes = set_status([found], FindingStatus.ARCHIVED, actor="me", now=at)
    # As if a scan had changed the finding since it was read.
    return [replace(each, previous_status=FindingStatus.RESOLVED) for each in changes] if mistaken else changes


def test_what_a_scan_changes_meanwhile_is_decided_again(ringwall):
    """From what is there then."""
    analyzer, id_ = watched(ringwall)
    attempts = []

    def decide(connection, at):
        attempts.append(at)
        return archived(connection, analyzer, id_, at, mistaken=len(attempts) == 1)

    turned = turn(ringwall, analyzer, decide)

    with ringwall.store.read() as connection:
        found = findings.find(connection, analyzer.key, id_)
    assert (turned, len(attempts), found.status) == (1, 2, FindingStatus.ARCHIVED)


def test_it_is_not_decided_for_ever(ringwall):
    """Then the caller hears of it, and nothing was written."""
    analyzer, id_ = watched(ringwall)

    with pytest.raises(ConflictError):
        turn(ringwall, analyzer, lambda connection, at: archived(connection, analyzer, id_, at, mistaken=True))

    with ringwall.store.read() as connection:
        assert findings.find(connection, analyzer.key, id_).status is FindingStatus.ACTIVE


def at_once(*actions):
    """What became of actions that begin together: None, or the quota that was used up."""
    barrier = Barrier(len(actions))

    def run(action):
        barrier.wait()
        try:
            action()
        except QuotaError as error:
            return error
        return None

    with ThreadPoolExecutor(len(actions)) as threads:
        return list(threads.map(run, actions))


def test_a_quota_holds_for_those_who_ask_at_once(ringwall):
    """Of eight analyzers one is made, and of eight rules three."""
    analyzer_results = at_once(*(lambda name=f"a{n}": analyzer_in(ringwall, name) for n in range(8)))
    with ringwall.store.read() as connection:
        [analyzer] = analyzers.everyone(connection)

    def rule(number):
        request = {"analyzerName": analyzer.name, "ruleName": f"r{number}", "filter": CRITERIA}
        return lambda: create_archive_rule(ringwall, CALLER, request)

    rule_results = at_once(*(rule(number) for number in range(8)))

    assert (analyzer_results.count(None), rule_results.count(None)) == (1, 3)
