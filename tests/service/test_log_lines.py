"""The log: a line for each thing, with what it belongs to, and without secrets."""

import io
import json
import logging

import pytest

from ringwall.service.log_lines import about, set_up_logging

LOG = logging.getLogger("ringwall.tests")


@pytest.fixture
def logged():
    """What was logged in a format; afterwards logging is as it was."""
    root, ours = logging.getLogger(), logging.getLogger("ringwall")
    kept = root.handlers[:], root.level, ours.level
    stream = io.StringIO()

    def start(form, level="info"):
        set_up_logging(level, form, stream)
        return stream

    yield start
    root.handlers[:], root.level, ours.level = kept[0], kept[1], kept[2]


def test_json_lines_name_the_request(logged):
    """
    A line says when, how grave, what, and to which request and scan it belongs.
    """
    stream = logged("json")
    with about(request_id="r-1"), about(scan_id="s-1"):
        LOG.warning("the account %s does not answer", "111122223333", extra={"status": 503})
    line = json.loads(stream.getvalue())

    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "warning",
        "logger": "ringwall.tests",
        "message": "the account 111122223333 does not answer",
        "request_id": "r-1",
        "scan_id": "s-1",
        "status": 503,
    }


def test_ids_end_with_their_block(logged):
    """
    The next request's lines do not name the last one.
    """
    stream = logged("text")
    with about(request_id="r-1"):
        pass
    LOG.info("listening")

    assert "r-1" not in stream.getvalue()
    assert "info    listening\n" in stream.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    "text",
    [
        "postgresql://ringwall:hunter2@db/ringwall does not answer",
        "Authorization: AWS4-HMAC-SHA256 Credential=AKIA/x, Signature=deadbeefdeadbeef",
        "authorization: Bearer hunter2",
        "{'secretAccessKey': 'hunter2'}",
    ],
)
def test_secrets_that_others_put_into_their_errors_are_masked(logged, form, text):
    """
    An error of a library may quote a URL or a header: its secret does not get into the log.
    """
    stream = logged(form)
    error = ValueError(text)
    LOG.error("%s", error, exc_info=error)

    assert "***" in stream.getvalue()
    assert "hunter2" not in stream.getvalue()
    assert "deadbeef" not in stream.getvalue()


def test_what_is_below_the_level_is_not_written(logged):
    """
    At the level `warning`, what is merely good to know stays away.
    """
    stream = logged("json", "warning")
    LOG.info("good to know")

    assert stream.getvalue() == ""
