"""`ringwall fix --analyzer`: the fix of a finding that the local store remembers."""

import json

import pytest

from ringwall.store import findings
from ringwall.store.database import FILE, open_store, sqlite_url
from tests.cli.running import ringwall
from tests.console.estate import example_service, scanned
from tests.service.work_for_tests import ACCOUNT, REGION

ANALYZER = f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer/one"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data folder with the example, scanned."""
    made = tmp_path_factory.mktemp("data")
    scanned(made, FILE.removesuffix(".db"), example_service)
    return made


@pytest.fixture(scope="module")
def ids(folder):
    """The ids of the findings, by the names of their resources."""
    store = open_store(sqlite_url(folder))
    with store.read() as connection:
        found = {each.resource.rsplit(":", 1)[-1]: each.id for each in findings.each(connection, 1, {})}
    store.close()
    return found


@pytest.fixture(autouse=True)
def _place(folder, monkeypatch):
    monkeypatch.delenv("RINGWALL_URL", raising=False)
    monkeypatch.setenv("RINGWALL_DATA", str(folder))
    monkeypatch.setenv("RINGWALL_AWS_ACCOUNT", ACCOUNT)
    monkeypatch.setenv("RINGWALL_AWS_REGION", REGION)


@pytest.mark.parametrize("analyzer", ["one", ANALYZER])
def test_the_fix_of_a_remembered_finding_is_told(ids, analyzer):
    """
    By the analyzer's name or ARN, without looking into AWS.
    """
    run = ringwall("fix", ids["project-xyz-orders"], "--analyzer", analyzer)

    assert run.code == 0, run.stderr
    assert "This edit removes exactly this access:" in run.stdout
    assert run.stdout.count("  proven   ") == 4
    assert "\n-" in run.stdout


def test_json_has_the_whole_configuration(ids):
    """
    For programs: as the API answers it.
    """
    run = ringwall("fix", ids["project-xyz-orders"], "--analyzer", "one", "--format", "json")

    told = json.loads(run.stdout)
    assert told["fix"]["finding"] == ids["project-xyz-orders"]
    assert told["fix"]["isExact"] is True
    assert "queuePolicy" in told["fix"]["configuration"]


def test_where_no_edit_is_exact_the_nearest_is_told(ids):
    """
    With what it takes away besides; and the exit code says so.
    """
    run = ringwall("fix", ids["3"], "--analyzer", "one")

    assert run.code == 1
    assert "No edit removes exactly this access. The nearest" in run.stdout
    assert "  lost     " in run.stdout


def test_nothing_is_applied_where_the_configuration_does_not_allow_it(ids):
    """
    Whoever asks, and however.
    """
    run = ringwall("fix", ids["project-xyz-orders"], "--analyzer", "one", "--apply", "--yes")

    assert run.code == 2
    assert "this server may not change AWS" in run.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--analyzer", "one", "--snapshot", "estate.jsonl"),
        ("--analyzer", "one", "--verify"),
        ("--analyzer", "one", "--profile", "audit"),
        ("--analyzer", "one", "--yes"),
        ("--url", "http://127.0.0.1:1"),
    ],
)
def test_options_that_make_no_sense_together_are_refused(options):
    """
    The findings of an analyzer are asked for where they are kept.
    """
    assert ringwall("fix", "one", *options).code == 2
