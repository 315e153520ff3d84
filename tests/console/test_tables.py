"""Tables: each can be taken away as CSV and JSON, with all rows, and says times with their zone."""

import csv
import io
import re
from datetime import datetime

import pytest

from tests.console.estate import add_dead_letter, all_findings
from tests.console.reading import data_of, links_in, text_of

BUCKET = "arn:aws:s3:::project-xyz-downloads"
TABLES = {
    "/findings": 25,
    "/findings?group=cause": 25,
    "/findings?group=principal": 4,
    "/resources": 42,
    f"/resources/detail?arn={BUCKET}": 1,
    "/resources/s3": 2,
    "/resources/s3?table=places": 5,
    "/analyzers": 1,
    "/analyzers/detail": 13,
    "/notifications?table=dead-letters": 1,
    "/notifications/detail?name=hook&table=dead-letters": 1,
    "/map": 8,
}


@pytest.fixture
def ada(service, visitor):
    add_dead_letter(service)
    return visitor(service, "ada")


@pytest.mark.parametrize("path", TABLES)
def test_every_table_is_a_file(ada, path):
    """
    CSV and JSON have the same rows, and the page names both.
    """
    sign = "&" if "?" in path else "?"
    page = re.sub(r"[?&]table=[a-z-]+", "", path)

    rows = data_of(ada.client.get(f"/console{path}{sign}format=json"))
    table = list(csv.DictReader(io.StringIO(ada.client.get(f"/console{path}{sign}format=csv").text)))

    assert len(rows) == TABLES[path]
    assert [list(each) for each in rows] == [list(each) for each in table]
    files = [each for each in links_in(ada.client.get(f"/console{page}").text, "/console/") if "format=" in each]
    assert {f"{page.partition('?')[0]} {form}" for form in ("csv", "json")} <= {_file(each) for each in files}


def _file(link):
    return f"{link.removeprefix('/console').partition('?')[0]} {link.rpartition('format=')[2]}"


@pytest.mark.parametrize(
    ("path", "name"), [("/findings", "updatedAt"), ("/analyzers/detail", "startedAt"), ("/resources", "analyzedAt")]
)
def test_times_have_their_zone(ada, path, name):
    """
    On the page and in the file.
    """
    [first, *_] = data_of(ada.get(path, format="json"))

    assert datetime.fromisoformat(first[name]).utcoffset() is not None
    assert " UTC" in text_of(ada.get(path).text)


def test_findings_have_the_columns_of_aws(ada):
    """
    Also where a tab has one status alone.
    """
    heads = ada.get("/findings").text.partition("<thead>")[2].partition("</thead>")[0]

    assert text_of(f"<main>{heads}</main>") == (
        "Finding Resource Resource owner account External principal Condition Shared through Access level "
        "RCP restriction Updated ▼ Status"
    )


def test_a_rule_from_a_finding_lasts_until_the_end_of_its_day(service, ada):
    """
    As one of the editor does.
    """
    finding = all_findings(service)[0]

    ada.post(f"/findings/{finding.id}/rule", {"use": "resource", "name": "short", "expires": "2027-01-01"})

    [rule] = data_of(ada.get("/archive-rules", format="json"))
    assert rule["expiresAt"].startswith("2027-01-01T23:59:59")


def test_results_of_a_rule_can_be_looked_through(service, ada):
    """
    In the list of findings, which can be taken away.
    """
    edited = ada.get("/archive-rules/edit", property="resource", operator="contains", values="xyz").text
    [listed] = links_in(edited, "/console/findings?f=")

    found = {each.id for each in all_findings(service) if "xyz" in each.resource}
    assert f"{len(found)} active findings would be archived" in text_of(edited)
    assert {each["id"] for each in data_of(ada.client.get(f"{listed}&format=json"))} == found


def test_criteria_that_were_taken_away_archive_nothing(ada):
    """
    The results of a rule's editor are those of what is written there, not of what was stored.
    """
    ada.post("/archive-rules/create", {"name": "r", "property": "resource", "operator": "contains", "values": "xyz"})

    emptied = ada.get("/archive-rules/edit", rule="r", property="", operator="eq", values="").text

    assert "Write a criterion" in text_of(emptied)
