"""What holds for every format alike."""

import pytest

from ringwall.errors import UsageError
from ringwall.findings.report import Coverage, Gap
from ringwall.reports import FORMATS, find_format
from ringwall.reports.base import View
from tests.reports.report_samples import HOSTILE, a_report, full_report, hostile_report, public_finding

FOR_TERMINALS = ("table", "markdown", "csv", "html")


def test_formats_are_found_by_their_files():
    """
    The formats of the command line are the modules that write them.
    """
    assert FORMATS == ("csv", "html", "json", "jsonl", "markdown", "sarif", "table")


def test_an_unknown_format_is_refused():
    """
    Asking for a format that does not exist names those that do.
    """
    with pytest.raises(UsageError, match="no format `yaml`: choose one of csv, html"):
        find_format("yaml")


@pytest.mark.parametrize("name", FORMATS)
def test_every_report_names_findings_and_ends_with_coverage(name):
    """
    The resource, who may reach it and what could not be analysed are in every format, the gaps after the findings.
    """
    text = find_format(name)(full_report())

    assert "project-xyz-downloads" in text
    assert "999988887777" in text
    assert text.rindex("kms:GetKeyPolicy was refused") > text.index("project-xyz-downloads")
    assert text.endswith("\n")


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_without_findings_is_a_report(name):
    """
    Nothing found and nothing looked at is written down without an error.
    """
    text = find_format(name)(a_report(coverage=Coverage()))

    assert text.strip()


@pytest.mark.parametrize("name", ["table", "markdown", "html"])
@pytest.mark.parametrize(
    ("coverage", "expected"),
    [
        (Coverage(), "There was nothing to analyze"),
        (Coverage(analyzed={"AWS::SQS::Queue": 1}), "No access from outside the zone of trust was found"),
        (
            Coverage(analyzed={"AWS::SQS::Queue": 1}, gaps=(Gap("ACCESS_DENIED", "refused"),)),
            "No access from outside was found in what could be read",
        ),
    ],
)
def test_silence_has_its_reason(name, coverage, expected):
    """
    A report without findings says whether all is well, or too little was looked at.
    """
    text = find_format(name)(a_report(coverage=coverage))

    assert expected in text
    assert ("Nothing was left out" in text) == (coverage.is_complete and coverage.resources > 0 and name != "markdown")


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_moves_the_cursor(name):
    """
    Control characters and direction marks of names reach no terminal and no reader.
    """
    text = find_format(name)(hostile_report())

    assert "alert(1)" in text.replace("\\(", "(").replace("\\)", ")")
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("name", FORMATS)
def test_half_characters_do_not_stop_a_report(name):
    """
    A lone surrogate, which UTF-8 cannot hold, is written as an escape.
    """
    text = find_format(name)(a_report(public_finding(condition={"aws:userid": "\ud800"})))

    assert "\\ud800" in text.encode("utf-8", "strict").decode()


@pytest.mark.parametrize("name", FOR_TERMINALS)
def test_a_gap_is_told_with_its_reason(name):
    """
    What was not analysed is told with account, Region and reason.
    """
    coverage = Coverage(gaps=(Gap("ACCESS_DENIED", "sqs:ListQueues was refused", "444455556666", "eu-west-1"),))
    text = find_format(name)(a_report(coverage=coverage)).replace("\\_", "_")

    assert "sqs:ListQueues was refused" in text
    assert "ACCESS_DENIED" in text
    assert "incomplete" in text


@pytest.mark.parametrize("name", FORMATS)
def test_reports_are_repeatable(name):
    """
    The same findings give the same text.
    """
    write = find_format(name)

    assert write(full_report(), View(snapshot="a.jsonl")) == write(full_report(), View(snapshot="a.jsonl"))


def test_the_hostile_sample_is_hostile():
    """
    The sample holds what the tests above look for.
    """
    assert {"<", "`", "|", "\x1b", "\u202e"} <= set(HOSTILE)
