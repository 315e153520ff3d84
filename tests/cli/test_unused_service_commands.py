"""Analyzers of unused access from the command line: the local store over the example's users and roles, scanned."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ringwall.cli import unused_findings
from ringwall.cli.unused_configuration import changed, configured
from ringwall.collector.snapshot import read_snapshot
from ringwall.service.jobs import JOBS
from ringwall.store.database import FILE, open_store, sqlite_url
from tests.cli.running import ringwall
from tests.console.estate import scanned
from tests.service.memory_source import MemorySource
from tests.service.work_for_tests import ACCOUNT, REGION, Service

SAMPLE = Path(__file__).parents[2] / "examples" / "unused-access.jsonl"
NOW = datetime(2026, 7, 1, 6, tzinfo=UTC)


def service_of(store):
    snapshot = read_snapshot(SAMPLE)
    service = Service(store, MemorySource(snapshot.accounts, principals=list(snapshot.principals)))
    service.clock.now = NOW
    return service


def scanned_once(store):
    service = service_of(store)
    configuration = {"unusedAccess": {"unusedAccessAge": 90}}
    service.analyzer("unused", "ACCOUNT_UNUSED_ACCESS", configuration=configuration, scan_interval=86400)
    service.pass_(minutes=1)
    return service


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data folder with the example, scanned."""
    made = tmp_path_factory.mktemp("data")
    scanned(made, FILE.removesuffix(".db"), scanned_once)
    return made


@pytest.fixture(autouse=True)
def _place(folder, monkeypatch):
    monkeypatch.delenv("RINGWALL_URL", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("RINGWALL_DATA", str(folder))
    monkeypatch.setenv("RINGWALL_AWS_ACCOUNT", ACCOUNT)
    monkeypatch.setenv("RINGWALL_AWS_REGION", REGION)


def read(*arguments):
    run = ringwall(*arguments, "--format", "json")
    assert (run.code, run.stderr) == (0, "")
    return json.loads(run.stdout)


def id_of(kind, name):
    found = read("findings", "list", "--filter", f"findingType={kind}")["findings"]
    [finding] = [each for each in found if each["resource"].endswith(f"/{name}")]
    return finding["id"]


def test_findings_are_listed_for_people():
    """
    Type, principal, id; no line is longer than a terminal.
    """
    run = ringwall("findings", "list")

    assert run.code == 0
    assert max(map(len, run.stdout.splitlines())) <= 80
    assert run.stdout.count("UnusedPermission") == 4
    assert "role/Deployer" in run.stdout.replace("\n", "")


def test_a_finding_has_all_its_details():
    """
    For programs as the API has them, for people a line for each service.
    """
    id_ = id_of("UnusedPermission", "Deployer")
    details = read("findings", "get", id_)["finding"]["findingDetails"]
    text = ringwall("findings", "get", id_).stdout

    assert [each["unusedPermissionDetails"]["serviceNamespace"] for each in details] == ["ecs", "lambda", "s3"]
    assert "ecs never used" in text
    assert "s3: CreateBucket, DeleteBucket, PutBucketPolicy" in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_finding_tells_its_evidence_in_words():
    """
    As a report does: how sure it is, from what, and what was not seen.
    """
    lines = ringwall("findings", "get", id_of("UnusedPermission", "Deployer")).stdout.splitlines()
    words = " ".join(" ".join(lines).split())

    assert "confidence medium" in words
    assert "evidence last-accessed report by action, 2025-05-27 to 2026-07-01; CloudTrail, 2025-07-01" in words
    assert "not seen CloudTrail saw calls of s3 whose actions are not known. The trail has no data events." in words
    assert "usageEvidence" not in words


def test_a_key_is_shown_with_its_last_use():
    """
    The key's id, and when.
    """
    text = ringwall("findings", "get", id_of("UnusedIAMUserAccessKey", "ada")).stdout

    assert "AKIAEXAMPLEADA000001 last used 2025-09-03" in text


def test_statistics_are_by_type():
    """
    The active ones, and totals.
    """
    text = ringwall("findings", "statistics").stdout

    assert "UnusedIAMRole" in text
    assert "total active findings" in text


def run_jobs(folder):
    """What a worker does."""
    store = open_store(sqlite_url(folder))
    service = service_of(store)
    while due := service.take():
        for kind, payload in due:
            JOBS[kind](service.work, payload)
    store.close()


def test_a_recommendation_is_waited_for(folder, monkeypatch):
    """
    It is made by a worker; then its steps are shown.
    """
    monkeypatch.setattr(unused_findings.time, "sleep", lambda _: run_jobs(folder))
    id_ = id_of("UnusedPermission", "Deployer")
    run = ringwall("findings", "recommendation", id_)
    answer = read("findings", "recommendation", id_)

    assert run.code == 0
    assert run.stdout.startswith("SUCCEEDED: arn:aws:iam::444455556666:role/Deployer\n")
    assert "\n1. CREATE_POLICY arn:aws:iam::444455556666:policy/DeployerAccess\n   {\n" in run.stdout
    assert [each["unusedPermissionsRecommendedStep"]["recommendedAction"] for each in answer["recommendedSteps"]] == [
        "CREATE_POLICY",
        "DETACH_POLICY",
    ]


def test_a_recommendation_that_nobody_makes_is_no_answer():
    """
    Without a worker the wait ends, and says what may be missing.
    """
    run = ringwall("findings", "recommendation", id_of("UnusedPermission", "ada"), "--wait", "0")

    assert run.code == 2
    assert "do workers run?" in run.stderr


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("UnusedPermission", "build-bot", "aws iam put-user-policy"),
        ("UnusedIAMRole", "NightlyImport", "aws iam delete-role --role-name NightlyImport"),
        ("UnusedIAMUserAccessKey", "ada", "--status Inactive"),
    ],
)
def test_the_fix_of_a_remembered_finding(kind, name, words):
    """
    Of every type, from the principal as it was analysed.
    """
    id_ = id_of(kind, name)
    run = ringwall("fix", id_, "--analyzer", "unused")

    assert run.code == 0, run.stderr
    assert run.stdout.startswith(f"Finding {id_}: ")
    assert words in run.stdout


def test_a_server_changes_no_principal():
    """
    Whoever wants that does it with their own right to.
    """
    run = ringwall("fix", id_of("UnusedIAMRole", "NightlyImport"), "--analyzer", "unused", "--apply")

    assert run.code == 2
    assert "a server does not change principals" in run.stderr


def test_an_analyzer_is_made_and_changed(tmp_path, monkeypatch):
    """
    Age and exclusions come through; what is not named stays.
    """
    monkeypatch.setenv("RINGWALL_DATA", str(tmp_path))
    made = ringwall(
        *("analyzer", "create", "idle", "--type", "ORGANIZATION_UNUSED_ACCESS", "--unused-age", "180"),
        *("--exclude-account", "444455556666", "--exclude-tag", "purpose"),
    )
    ringwall("analyzer", "update", "idle", "--unused-age", "30", "--exclude-tag", "team=a", "--exclude-tag", "team=b")
    after = read("analyzer", "get", "idle")["analyzer"]["configuration"]
    ringwall("analyzer", "update", "idle", "--no-exclusions")
    last = read("analyzer", "get", "idle")["analyzer"]["configuration"]

    assert made.code == 0, made.stderr
    assert after == {
        "unusedAccess": {
            "unusedAccessAge": 30,
            "analysisRule": {
                "exclusions": [
                    {"accountIds": ["444455556666"]},
                    {"resourceTags": [{"team": "a"}, {"team": "b"}]},
                ]
            },
        }
    }
    assert last == {"unusedAccess": {"unusedAccessAge": 30, "analysisRule": {"exclusions": []}}}


def test_external_access_has_no_age(tmp_path, monkeypatch):
    """
    A sentence, and exit code 2.
    """
    monkeypatch.setenv("RINGWALL_DATA", str(tmp_path))
    run = ringwall("analyzer", "create", "watch", "--unused-age", "30")

    assert run.code == 2
    assert "--unused-age and exclusions are about unused access" in run.stderr


def options(age=None, accounts=(), tags=()):
    return {"unused_age": age, "excluded_accounts": accounts, "excluded_tags": tags}


def test_no_option_is_no_configuration():
    """
    So that whoever changes Regions alone changes nothing else.
    """
    assert configured(options()) is None


def test_a_whole_configuration_is_kept_but_for_what_is_named():
    """
    Exclusions by account and by tag are replaced each by themselves.
    """
    known = {
        "unusedAccess": {
            "unusedAccessAge": 60,
            "analysisRule": {
                "exclusions": [{"accountIds": ["111122223333"]}, {"resourceTags": [{"a": ""}]}],
            },
        }
    }
    wanted = configured(options(tags=("b=c",)))

    assert changed(known, wanted, includes_all=False) == {
        "unusedAccess": {
            "unusedAccessAge": 60,
            "analysisRule": {"exclusions": [{"accountIds": ["111122223333"]}, {"resourceTags": [{"b": "c"}]}]},
        }
    }
