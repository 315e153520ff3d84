"""Commands on a data folder: keys without a server, copies of its database, and who may use it when."""

import json
import signal
import sqlite3

import pytest

from ringwall.cli.data_folder import in_use
from ringwall.store.database import FILE
from tests.cli import running


def ringwall(*arguments):
    return running.ringwall(*map(str, arguments))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A data folder with a key and an analyzer; nobody has to be asked whose account it is."""
    for name in ("RINGWALL_URL", "RINGWALL_DATABASE_URL", "RINGWALL_MASTER_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RINGWALL_AWS_ACCOUNT", "111122223333")
    monkeypatch.setenv("RINGWALL_AWS_REGION", "eu-west-1")
    path = tmp_path / "data"
    assert ringwall("keys", "create", "--role", "admin", "--data", path).code == 0
    assert ringwall("analyzer", "create", "watch", "--data", path).code == 0
    return path


def names_in(folder):
    return [
        each["name"]
        for each in json.loads(ringwall("analyzer", "list", "--format", "json", "--data", folder).stdout)["analyzers"]
    ]


def test_the_folder_is_for_its_owner_alone(folder):
    """
    Nobody else reads findings or keys.
    """
    modes = {each.name: each.stat().st_mode & 0o777 for each in (folder, folder / FILE, folder / "master.key")}

    assert modes == {"data": 0o700, FILE: 0o600, "master.key": 0o600}


def test_the_local_store_answers_as_a_server_does(folder):
    """
    The operations are the API's, and what is refused is refused with its words.
    """
    twice = ringwall("analyzer", "create", "watch", "--data", folder)
    wrong = ringwall("analyzer", "create", "1 bad name", "--data", folder)

    assert names_in(folder) == ["watch"]
    assert (twice.code, wrong.code) == (2, 2)
    assert "watch" in twice.stderr
    assert "analyzerName" in wrong.stderr


def test_calls_on_the_local_store_are_in_the_audit_log(folder):
    """
    Whoever owns the folder is called `local`.
    """
    rows = sqlite3.connect(folder / FILE).execute("SELECT actor, operation FROM audit ORDER BY key").fetchall()

    assert rows == [("local", "CreateApiKey"), ("local", "CreateAnalyzer")]


def test_a_copy_and_back(folder, tmp_path):
    """
    What was there when the copy was made is there after the restore, and what was there before is kept.
    """
    copied = ringwall("backup", tmp_path / "copy.db", "--data", folder)
    ringwall("analyzer", "delete", "watch", "--data", folder)
    refused = ringwall("restore", tmp_path / "copy.db", "--data", folder)
    restored = ringwall("restore", tmp_path / "copy.db", "--data", folder, "--force")

    assert copied.code == 0
    assert "The master key is not in it" in copied.stderr
    assert (refused.code, "--force" in refused.stderr) == (2, True)
    assert restored.code == 0
    assert names_in(folder) == ["watch"]
    assert (folder / f"{FILE}.replaced").exists()


def test_a_copy_in_another_place_needs_its_key(folder, tmp_path):
    """
    The key goes along where it is asked for; where it is not, the command says what is missing.
    """
    with_key = ringwall("backup", tmp_path / "copy.db", "--data", folder, "--master-key", tmp_path / "key")
    there = ringwall("restore", tmp_path / "copy.db", "--data", tmp_path / "new", "--master-key", tmp_path / "key")
    without = ringwall("restore", tmp_path / "copy.db", "--data", tmp_path / "other")

    assert (with_key.code, there.code, without.code) == (0, 0, 0)
    assert (tmp_path / "new" / "master.key").read_bytes() == (folder / "master.key").read_bytes()
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert there.stderr == ""
    assert "There is no master.key" in without.stderr


def test_nothing_is_restored_under_a_running_server(folder, tmp_path):
    """
    A folder in use is left alone, whatever is forced.
    """
    ringwall("backup", tmp_path / "copy.db", "--data", folder)
    with in_use(folder):
        run = ringwall("restore", tmp_path / "copy.db", "--data", folder, "--force")

    assert run.code == 2
    assert "a server runs on it: stop it first" in run.stderr


def test_nothing_starts_on_half_a_restore(folder):
    """
    Else there would be an empty database, and all findings would seem to be new.
    """
    (folder / FILE).rename(folder / f"{FILE}.replaced")
    run = ringwall("analyzer", "list", "--data", folder)

    assert run.code == 2
    assert "a restore was interrupted; do it again" in run.stderr
    assert not (folder / FILE).exists()


def test_there_is_nothing_to_copy(tmp_path, monkeypatch):
    """
    A folder without a database, and a database that is none of ours to copy, are told apart.
    """
    nothing = ringwall("backup", tmp_path / "copy.db", "--data", tmp_path)
    monkeypatch.setenv("RINGWALL_DATABASE_URL", "postgresql://db/ringwall")
    other = ringwall("backup", tmp_path / "copy.db")

    assert "there is no database" in nothing.stderr
    assert "pg_dump" in other.stderr
    assert (nothing.code, other.code) == (2, 2)


def test_config_check(tmp_path, monkeypatch):
    """
    What is in force is printed; what is wrong is said, with its file.
    """
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text("[server]\nport = 9000\n")
    bad.write_text("[server]\nprot = 9000\n")
    shown = ringwall("config", "check", good)
    refused = ringwall("config", "check", bad)
    monkeypatch.setenv("RINGWALL_CONFIG", str(good))
    named = ringwall("config", "check")

    assert "port = 9000" in shown.stdout
    assert named.stdout == shown.stdout
    assert (refused.code, refused.stderr) == (
        2,
        f"Error: {bad}: there is no key `server.prot`; did you mean `port`?\n",
    )


def test_config_check_says_that_the_server_would_refuse(tmp_path):
    """
    That is no error: an option of `ringwall serve` may be what is missing.
    """
    files = {name: tmp_path / f"{name}.toml" for name in ("open", "proxied")}
    files["open"].write_text('[server]\nhost = "0.0.0.0"\n')
    files["proxied"].write_text('[server]\nhost = "0.0.0.0"\nbehind_proxy = true\n')

    found = {name: ringwall("config", "check", file) for name, file in files.items()}

    assert {name: each.code for name, each in found.items()} == {"open": 0, "proxied": 0}
    assert "`ringwall serve` refuses to start: listening on `0.0.0.0` needs TLS" in found["open"].stderr
    assert found["proxied"].stderr == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "--host", "0.0.0.0"], "needs TLS"),
        (["serve", "--tls-key", "key.pem"], "belong together"),
        (["serve", "--tls-key", "/none/k.pem", "--tls-certificate", "/none/c.pem"], "there is no file `/none/c.pem`"),
        (["worker"], "workers of their own need PostgreSQL"),
    ],
)
def test_a_server_that_must_not_start_does_not(folder, arguments, said):
    """
    Beyond loopback without TLS, with half of it, or without what it needs.
    """
    run = ringwall(*arguments, "--data", folder)

    assert run.code == 2
    assert said in run.stderr


def test_a_signal_that_comes_while_it_starts_ends_the_server(folder, monkeypatch):
    """
    It would be lost between our own handler and that of the server, which then would run for good.
    """
    monkeypatch.setattr("gc.freeze", lambda: signal.raise_signal(signal.SIGTERM))
    run = ringwall("serve", "--port", 0, "--data", folder)

    assert run.code == 0
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
