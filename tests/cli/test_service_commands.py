"""The commands that call the API, against a real server: what people read, what programs read, what is refused."""

import json
from base64 import b64encode
from dataclasses import replace
from threading import Thread

import pytest

from ringwall.api.app import create_app
from ringwall.api.server import Listening, server_of
from ringwall.cli.running import now
from ringwall.service.operations.keys import create_api_key
from ringwall.store.database import open_store
from ringwall.store.migrate import migrate
from tests.cli.running import ringwall
from tests.service.service_for_tests import BUCKET, CALLER, QUEUE, access, public_access, scanned, service_over

ARN = "arn:aws:access-analyzer:eu-west-1:111122223333:analyzer/watch"


class Served:
    """A server over a new store, in a thread."""

    def __init__(self, folder):
        self.store = open_store(f"sqlite:///{folder / 'ringwall.db'}")
        migrate(self.store)
        # The signatures are checked by this clock.
        self.service = replace(service_over(self.store), clock=now)
        self._server = server_of(create_app(self.service), Listening(port=0))
        self._thread = Thread(target=self._server.run)
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)
        self.url = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    def key(self, role):
        return create_api_key(self.service, CALLER, {"role": role})

    def stop(self):
        self._server.should_exit = True
        self._thread.join()
        self.store.close()


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server, and the environment of an administrator of it."""
    served = Served(tmp_path)
    monkeypatch.setenv("RINGWALL_URL", served.url)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("COLUMNS", "80")
    use(monkeypatch, served.key("admin"))
    yield served
    served.stop()


def use(monkeypatch, key):
    monkeypatch.setenv("RINGWALL_ACCESS_KEY_ID", key["accessKeyId"])
    monkeypatch.setenv("RINGWALL_SECRET_ACCESS_KEY", key["secretAccessKey"])


@pytest.fixture
def watch(server):
    """An analyzer with two findings of a bucket and one of a queue; their ids."""
    assert ringwall("analyzer", "create", "watch").code == 0
    return scanned(server.service, ARN, access(), public_access(), access(QUEUE))


def read(*arguments):
    run = ringwall(*arguments, "--format", "json")
    assert (run.code, run.stderr) == (0, "")
    return json.loads(run.stdout)


def test_an_analyzer_from_making_to_deleting(server):
    """
    It is made with its scope, changed, listed and deleted.
    """
    made = ringwall(
        "analyzer",
        "create",
        "watch",
        "--accounts",
        "111122223333,444455556666",
        "--regions",
        "eu-west-1",
        "--tag",
        "a=b",
    )
    ringwall("analyzer", "update", "watch", "--regions", "eu-west-1,eu-central-1")
    [analyzer] = read("analyzer", "list")["analyzers"]
    deleted = ringwall("analyzer", "delete", "watch")

    assert made.stdout == f"Created {ARN}\n"
    assert (analyzer["name"], analyzer["tags"]) == ("watch", {"a": "b"})
    assert sorted(analyzer["scope"]["regions"]) == ["eu-central-1", "eu-west-1"]
    assert deleted.stdout == "Deleted watch\n"
    assert read("analyzer", "list") == {"analyzers": []}


def test_findings_for_people_fit_eighty_columns(watch):
    """
    A table says which resource, who, since when, and the id to go on with; no line is longer than a terminal.
    """
    run = ringwall("findings", "list")

    assert run.code == 0
    assert max(map(len, run.stdout.splitlines())) <= 80
    assert "PUBLIC" in run.stdout
    assert "AWS: 999988887777" in run.stdout
    assert all(each in run.stdout.replace("\n", "") for each in (BUCKET, watch[0]))


def test_findings_are_filtered_and_sorted(watch):
    """
    Criteria hold together, and a listing can be sorted and cut.
    """
    of_bucket = read("findings", "list", "--filter", f"resource={BUCKET}", "--filter", "isPublic!=true")["findings"]
    first = read("findings", "list", "--sort", "resource", "--descending", "--limit", "1")["findings"]

    assert [each["id"] for each in of_bucket] == [watch[0]]
    assert [each["resource"] for each in first] == [QUEUE]


def test_a_finding_is_archived_and_its_history_told(watch):
    """
    Whoever archives a finding says why, and the history has it.
    """
    ringwall("findings", "update", watch[0], "--status", "ARCHIVED", "--reason", "the partner reads it")
    found = read("findings", "get", watch[0])["finding"]
    events = read("findings", "history", watch[0])["events"]

    assert found["status"] == "ARCHIVED"
    assert [(each.get("previousStatus"), each["status"], each.get("reason")) for each in events] == [
        (None, "ACTIVE", None),
        ("ACTIVE", "ARCHIVED", "the partner reads it"),
    ]


def test_a_finding_that_is_not_there_has_no_history(watch):
    """
    A typo in an id is no quiet finding.
    """
    run = ringwall("findings", "history", f"{watch[0]}x")

    assert (run.code, run.stderr) == (2, f"Error: the analyzer has no finding `{watch[0]}x`\n")


def test_findings_are_counted(watch):
    """
    The statistics add up.
    """
    [numbers] = read("findings", "statistics")["findingsStatistics"]
    table = ringwall("findings", "statistics").stdout

    assert numbers["externalAccessFindingsStatistics"]["totalActiveFindings"] == 3
    assert "AWS::S3::Bucket" in table


def test_a_rule_is_tried_made_applied_and_deleted(watch):
    """
    A dry run hides nothing; the rule, applied, does.
    """
    tried = read("archive-rule", "dry-run", "--filter", "isPublic=false")
    made = ringwall(
        *("archive-rule", "create", "partner", "--filter", "isPublic=false"),
        *("--reason", "contract 7", "--owner", "alice", "--expires", "2999-01-31"),
    )
    before = read("findings", "list", "--status", "ARCHIVED")["findings"]
    ringwall("archive-rule", "apply", "partner")
    after = read("findings", "list", "--status", "ARCHIVED")["findings"]
    rules = ringwall("archive-rule", "list").stdout
    changed = ringwall("archive-rule", "update", "partner", "--filter", "isPublic=true", "--no-expires")
    [never] = read("archive-rule", "list")["archiveRules"]
    ringwall("archive-rule", "delete", "partner")

    assert (changed.code, never["owner"], never.get("expiresAt")) == (0, "alice", None)
    assert tried["count"] == len(tried["findings"]) == 2
    assert made.code == 0
    assert before == []
    assert sorted(each["id"] for each in after) == sorted([watch[0], watch[2]])
    assert "isPublic=false" in rules
    assert "2999-01-31" in rules
    assert read("archive-rule", "list") == {"archiveRules": []}


def test_a_rule_that_would_hide_public_access_is_warned_of(watch):
    """
    The warning is said where a person reads it.
    """
    run = ringwall("archive-rule", "create", "all", "--filter", "resourceType=AWS::S3::Bucket")

    assert run.code == 0
    assert "Warning: " in run.stderr


def test_resources_are_listed_and_looked_at_again(server, watch):
    """
    What is analysed can be listed, and one of it looked at at once.
    """
    found = read("findings", "resources", "--resource-type", "AWS::SQS::Queue")["analyzedResources"]
    run = ringwall("findings", "scan", QUEUE)

    assert [each["resourceArn"] for each in found] == [QUEUE]
    assert run.code == 0
    assert "rescan" in server.service.jobs.kinds


def test_destinations_are_made_listed_and_deleted(server):
    """
    Who is told is kept, without the secret being shown.
    """
    made = ringwall(
        *("notify", "create", "team", "--kind", "webhook", "--set", "url=https://example.com/hook"),
        *("--secret-stdin", "--filter", "isPublic=true"),
        stdin=b"whsec_" + b64encode(b"a signing key of thirty-two byte") + b"\n",
    )
    listed = ringwall("notify", "list")
    letters = read("notify", "dead-letters")
    deleted = ringwall("notify", "delete", "team")

    assert (made.code, made.stderr) == (0, "")
    assert "https://example.com/hook" in listed.stdout
    assert "whsec_" not in listed.stdout
    assert letters == {"deadLetters": []}
    assert deleted.stdout == "Deleted team\n"


def test_a_preview_is_asked_for(server, watch):
    """
    A configuration is handed in, and answered later.
    """
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    made = read("preview", "create", json.dumps({QUEUE: {"sqsQueue": {"queuePolicy": policy}}}))
    [preview] = read("preview", "list")["accessPreviews"]

    assert preview["id"] == made["id"]
    assert read("preview", "get", made["id"])["accessPreview"]["status"] == "CREATING"


def test_keys_are_issued_once_and_disabled(server):
    """
    The JSON has exactly what a script needs; the list has no secret.
    """
    key = read("keys", "create", "--role", "reader", "--name", "alice")
    listed = ringwall("keys", "list")
    ringwall("keys", "disable", key["accessKeyId"])
    disabled = [each["accessKeyId"] for each in read("keys", "list")["apiKeys"] if each.get("disabledAt")]

    assert set(key) == {"accessKeyId", "secretAccessKey", "role"}
    assert key["accessKeyId"] in listed.stdout
    assert key["secretAccessKey"] not in listed.stdout
    assert disabled == [key["accessKeyId"]]


def test_users_are_made_with_a_password_from_standard_input(server):
    """
    Never from the command line; the list has no password, and the last admin stays.
    """
    made = ringwall("users", "create", "ada", "--role", "admin", stdin=b"correct horse battery\n")
    short = ringwall("users", "create", "eve", "--role", "admin", stdin=b"short\n")
    none = ringwall("users", "create", "eve", "--role", "admin")
    reserved = ringwall("users", "create", "local", "--role", "admin", stdin=b"correct horse battery\n")
    last = ringwall("users", "disable", "ada")
    listed = ringwall("users", "list")

    assert (made.code, short.code, none.code, reserved.code, last.code) == (0, 2, 2, 2, 2)
    assert "ada" in listed.stdout
    assert "horse" not in listed.stdout + made.stdout + short.stderr


def test_a_new_key_for_a_shell(server):
    """
    The plain output can be evaluated.
    """
    run = ringwall("keys", "create", "--role", "admin")

    assert [line.partition("=")[0] for line in run.stdout.splitlines()] == [
        "export AWS_ACCESS_KEY_ID",
        "export AWS_SECRET_ACCESS_KEY",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["analyzer", "get", "nothing"], "nothing"),
        (["findings", "list"], "there is no analyzer yet: ringwall analyzer create NAME"),
        (["findings", "list", "--filter", "nonsense"], "`nonsense` is no criterion"),
        (["analyzer", "create", "1 bad name"], "analyzerName"),
        (["findings", "update", "--status", "ARCHIVED"], "say which findings"),
        (["archive-rule", "create", "r"], "say which findings: --filter KEY=VALUE"),
        (["archive-rule", "create", "r", "--filter", "a=b", "--expires", "soon"], "`soon` is no date"),
        (
            ["archive-rule", "update", "r", "--filter", "a=b", "--expires", "2999-01-31", "--no-expires"],
            "--expires and --no-expires exclude each other",
        ),
        (["preview", "create", "{"], "the configuration is not JSON"),
        (["preview", "create", "file:///none"], "cannot read"),
        (["notify", "create", "n", "--kind", "webhook", "--set", "url"], "`url` is no setting"),
        (["analyzer", "update", "watch"], "say what to change"),
        (["analyzer", "list", "--data", "/tmp/x", "--url", "http://x"], "give one of them"),
    ],
)
def test_what_is_refused_is_said_in_a_sentence(server, arguments, said):
    """
    Errors of the command line and of the server end alike: with 2, and what to do.
    """
    run = ringwall(*arguments)

    assert (run.code, run.stdout) == (2, "")
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def test_a_reader_may_not_write(server, monkeypatch):
    """
    The server's refusal is told with its reason.
    """
    use(monkeypatch, server.key("reader"))
    run = ringwall("analyzer", "create", "watch")

    assert run.code == 2
    assert "the key's role does not allow it" in run.stderr


def test_an_unknown_key(server, monkeypatch):
    """
    A key of another server is told as such.
    """
    use(monkeypatch, {"accessKeyId": "AKIAUNKNOWN", "secretAccessKey": "x"})
    run = ringwall("analyzer", "list")

    assert run.code == 2
    assert "the server does not know this key, or it is disabled" in run.stderr


def test_without_a_key_nothing_is_asked(server, monkeypatch):
    """
    What to set, and where to get it, is in the error.
    """
    for name in ("RINGWALL_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)
    run = ringwall("analyzer", "list")

    assert run.code == 2
    assert "ringwall keys create" in run.stderr


def test_nobody_listens(server, monkeypatch):
    """
    A server that is not there is told as such.
    """
    run = ringwall("analyzer", "list", "--url", "http://127.0.0.1:9")

    assert run.code == 2
    assert "nobody answers at http://127.0.0.1:9" in run.stderr
