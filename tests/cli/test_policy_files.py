"""Policy documents from files and standard input."""

import io
import sys
from pathlib import Path

import pytest

from ringwall.cli.policy_files import read_policy_file, read_policy_files
from ringwall.errors import UsageError

GOOD = b'{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'


def test_a_malformed_file_spoils_none_beside_it(tmp_path):
    """
    A file that holds no policy says where its fault is, and the next file is read.
    """
    bad, good = tmp_path / "bad.json", tmp_path / "good.json"
    bad.write_bytes(b'{"Statement": {"Effect": "Maybe"}}')
    good.write_bytes(GOOD)

    first, second = read_policy_files([bad, good])

    assert first.policy is None
    assert (first.error.line, first.error.path) == (1, "$.Statement.Effect")
    assert second.policy is not None
    assert second.error is None


def test_a_text_that_is_not_utf_8_names_its_line(tmp_path):
    """
    Bytes that are no UTF-8 are an error of the document, with their line.
    """
    path = tmp_path / "latin.json"
    path.write_bytes(b'{"Id":\n"\xe9"}')

    found = read_policy_file(path)

    assert found.policy is None
    assert found.error.line == 2


def test_a_byte_order_mark_is_no_fault(tmp_path):
    """
    Editors that write a byte order mark do no harm.
    """
    path = tmp_path / "marked.json"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD)

    assert read_policy_file(path).error is None


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path):
    """
    A path that cannot be read ends the command, with the path in the message.
    """
    with pytest.raises(UsageError, match=r"nowhere\.json"):
        read_policy_file(tmp_path / "nowhere.json")


def test_standard_input_is_read_once(monkeypatch):
    """
    `-` is standard input, and naming it twice is a usage error.
    """
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD)))

    assert read_policy_file(Path("-")).file == "standard input"
    with pytest.raises(UsageError, match="once"):
        read_policy_files([Path("-"), Path("-")])
