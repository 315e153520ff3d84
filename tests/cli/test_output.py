"""Where answers go: whether they can be written is known before the work, and who may read them."""

import os
import stat

import pytest

from ringwall.cli.output import check_output, write_lines, write_text
from ringwall.errors import UsageError
from tests.cli.running import ringwall
from tests.cli.test_commands import PUBLIC, snapshot  # noqa: F401 - a fixture


@pytest.fixture
def umask():
    """Sets the umask for the time of a test."""
    kept = os.umask(0)
    yield os.umask
    os.umask(kept)


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_reports_follow_the_umask(umask, tmp_path, mask, mode):
    """
    They are made to be shown.
    """
    umask(mask)
    write_text("a report", tmp_path / "report")

    assert mode_of(tmp_path / "report") == mode


def test_a_report_keeps_the_permissions_of_the_one_that_it_replaces(umask, tmp_path):
    """
    Who had made it private does not find it open the next day.
    """
    umask(0o022)
    path = tmp_path / "report"
    path.write_text("yesterday's")
    path.chmod(0o600)
    write_text("today's", path)

    assert (path.read_text(), mode_of(path)) == ("today's", 0o600)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["-", "report", "/dev/null", "/dev/stdout"])
def test_what_can_be_written_is_fine(tmp_path, name):
    """
    Standard output, a new file, a device; and nothing is left behind by looking.
    """
    check_output(tmp_path / name if name == "report" else type(tmp_path)(name))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [("", "it is a directory"), ("none/report", "No such file or directory"), ("file/report", "Not a directory")],
)
def test_what_cannot_be_written_is_said(tmp_path, name, reason):
    """
    The place, and why.
    """
    (tmp_path / "file").write_text("")
    path = tmp_path / name

    with pytest.raises(UsageError) as caught:
        check_output(path)

    assert str(caught.value) == f"cannot write `{path}`: {reason}"


@pytest.mark.parametrize("command", [("scan", "--snapshot"), ("diff", "/dev/null")])
def test_a_snapshot_is_not_replaced_by_its_report(snapshot, tmp_path, command):  # noqa: F811 - the fixture
    """
    Not by another name of the file either.
    """
    path = tmp_path / "estate.jsonl"
    before = snapshot(PUBLIC) and path.read_bytes()
    (tmp_path / "link").symlink_to(path)
    run = ringwall(*command, str(path), "--output", str(tmp_path / "link"))

    assert run.code == 2
    assert "is a file to read: write to another one" in run.stderr
    assert path.read_bytes() == before


def test_lines_are_written_as_they_come(tmp_path):
    """
    All of them, in order, however many; half characters as escapes.
    """
    path = tmp_path / "answers"

    write_lines((f"{number}\ud800" for number in range(1000)), path)

    assert path.read_text().splitlines() == [f"{number}\\ud800" for number in range(1000)]
