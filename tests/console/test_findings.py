"""The table of findings, the page of one, and what is decided there."""

import csv
import io
import json
import re

from ringwall.findings.finding import FindingStatus
from tests.console.estate import HOSTILE, all_findings, token_in


def rows_in(page):
    return re.findall(r'<tr data-link="([^"]*)"', page)


def links(page, rel):
    return [each.replace("&amp;", "&") for each in re.findall(rf'rel="{rel}" href="/console([^"]*)"', page)]


def of_exposure(service, exposure, resource_type=""):
    return next(
        each
        for each in all_findings(service)
        if each.detail.get("exposure") == exposure and resource_type in each.detail["resourceType"]
    )


def test_the_summary_counts_what_the_findings_are(service, visitor):
    """
    Each number links to findings of which there are as many.
    """
    ada = visitor(service, "ada")
    page = ada.get("/").text
    numbers = re.findall(r'href="/console([^"]*)"><strong>(\d+)</strong>', page)

    assert sum(int(number) for _, number in numbers) == len(all_findings(service))
    for link, number in numbers:
        assert len(rows_in(ada.client.get(f"/console{link}".replace("&amp;", "&")).text)) == int(number)


def test_pages_lead_forth_and_back(service, visitor, monkeypatch):
    """
    Every finding once on the way forth, the same pages on the way back.
    """
    monkeypatch.setattr("ringwall.console.findings.PAGE_ROWS", 7)
    ada = visitor(service, "ada")
    forth, back = [], []
    page = ada.get("/findings", sort="resource").text
    while True:
        forth.append(rows_in(page))
        if not (following := links(page, "next")):
            break
        page = ada.client.get(f"/console{following[0]}").text
    while previous := links(page, "prev"):
        page = ada.client.get(f"/console{previous[0]}").text
        back.append(rows_in(page))

    assert len({each for rows in forth for each in rows}) == len(all_findings(service))
    assert [len(each) for each in forth] == [7, 7, 7, 4]
    assert back == forth[-2::-1]


def test_filters_are_those_of_archive_rules(service, visitor):
    """
    Values of one property are alternatives, properties hold together.
    """
    ada = visitor(service, "ada")
    chips = ["resourceType~eq~AWS::S3::Bucket", "resourceType~eq~AWS::SQS::Queue", "isPublic~eq~true"]

    page = ada.client.get("/console/findings", params={"f": chips}).text

    expected = [
        each
        for each in all_findings(service)
        if each.detail["resourceType"] in {"AWS::S3::Bucket", "AWS::SQS::Queue"} and each.detail["isPublic"]
    ]
    assert expected
    assert {each.rsplit("/", 1)[1] for each in rows_in(page)} == {each.id for each in expected}


def test_the_form_below_the_chips_makes_an_address(service, visitor):
    """
    So that a filter can be sent to somebody.
    """
    answer = visitor(service, "ada").get("/findings", property="region", operator="neq", value="eu-west-1")

    assert answer.headers["location"] == "/console/findings?f=region~neq~eu-west-1&sort=-updatedAt"


def test_what_makes_no_sense_is_said(service, visitor):
    """
    And is no fault.
    """
    ada = visitor(service, "ada")

    asked = [{"f": "x"}, {"f": "nonsense~eq~1"}, {"sort": "x"}, {"status": "X"}, {"after": "x"}, {"after": "WzFd"}]

    assert [ada.get("/findings", **each).status_code for each in asked] == [400] * len(asked)


def test_groups_link_to_as_many_findings_as_they_say(service, visitor):
    """
    By cause and by principal.
    """
    ada = visitor(service, "ada")
    for group in ("cause", "principal"):
        page = ada.get("/findings", group=group).text
        found = re.findall(r'<tr data-link="([^"]*)".*?class="number">(\d+)<', page, re.DOTALL)

        assert sum(int(number) for _, number in found) == len(all_findings(service))
        for link, number in found:
            assert len(rows_in(ada.client.get(link.replace("&amp;", "&")).text)) == int(number)


def test_the_whole_listing_can_be_taken_away(service, visitor):
    """
    As CSV and as JSON, with the same content.
    """
    ada = visitor(service, "ada")
    table = list(csv.DictReader(io.StringIO(ada.get("/findings", format="csv").text)))
    objects = json.loads(ada.get("/findings", format="json").text)

    assert {each["id"] for each in table} == {each["id"] for each in objects}
    assert len(table) == len(all_findings(service))
    assert {type(each["principal"]) for each in objects} == {dict}


def test_cells_are_no_formulas(hostile, visitor):
    """
    Whatever begins like one has an apostrophe in front.
    """
    text = visitor(hostile, "ada").get("/findings", format="csv").text

    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_markup_of_others_is_text(hostile, visitor):
    """
    In resource names, principals, statement ids, conditions and policies; on every page that shows them.
    """
    ada = visitor(hostile, "ada")
    pages = [
        ada.get("/"),
        ada.get("/findings"),
        ada.get("/findings", group="cause"),
        ada.get("/findings", group="principal"),
    ]
    for each in all_findings(hostile):
        pages += [ada.get(f"/findings/{each.id}"), ada.get(f"/findings/{each.id}/rule")]
    pages += [ada.get("/findings", q=HOSTILE), ada.get(f"/{HOSTILE}"), ada.get("/findings", f=f"resource~eq~{HOSTILE}")]
    pages += [
        ada.get("/findings", analyzer=HOSTILE),
        ada.get("/sign-in", next=HOSTILE),
        ada.get("/findings", f=HOSTILE),
    ]

    told = "".join(each.text for each in pages)
    assert "&lt;script&gt;alert(1)" in told
    assert "<script>alert" not in told
    assert "<img" not in told


def test_intended_archives_with_the_reason(service, visitor):
    """
    In the name of the user, and it can be taken back.
    """
    ada = visitor(service, "ada")
    finding = all_findings(service)[0]
    ada.post(f"/findings/{finding.id}/decide", {"status": "ARCHIVED", "reason": "our partner"})
    page = ada.get(f"/findings/{finding.id}").text
    ada.post(f"/findings/{finding.id}/decide", {"status": "ACTIVE"})

    assert "The finding is archived." in page
    assert "(user/ada)" in page
    assert "our partner" in page
    assert all_findings(service)[0].status is FindingStatus.ACTIVE


def test_many_are_archived_at_once(service, visitor):
    """
    And the page says how many.
    """
    ada = visitor(service, "ada")
    ids = [each.id for each in all_findings(service)[:3]]

    answer = ada.post("/findings", [("status", "ARCHIVED"), *(("id", each) for each in ids)])

    assert "3 findings were archived." in ada.client.get(answer.headers["location"]).text
    assert sum(each.status is FindingStatus.ARCHIVED for each in all_findings(service)) == 3


def test_a_rule_shows_what_else_it_would_hide_before_it_is_made(service, visitor):
    """
    With the criteria that are ticked; made, it archives them.
    """
    ada = visitor(service, "ada")
    finding = next(each for each in all_findings(service) if each.detail["principal"].get("AWS") == "999988887777")
    alike = [each for each in all_findings(service) if each.detail["principal"] == finding.detail["principal"]]

    shown = ada.get(f"/findings/{finding.id}/rule", use="principal.AWS").text
    ada.post(f"/findings/{finding.id}/rule", {"use": "principal.AWS", "name": "partner", "expires": "2027-01-01"})

    assert f"<b>{len(alike)} active findings</b>" in shown
    assert sum(each.status is FindingStatus.ARCHIVED for each in all_findings(service)) == len(alike)


def test_the_page_of_a_finding_shows_its_proof(service, visitor):
    """
    The sentence, the witness, the statement, and what did not stop it.
    """
    finding = of_exposure(service, "public", "S3::Bucket")

    page = visitor(service, "ada").get(f"/findings/{finding.id}").text

    assert "Everyone can read the S3 bucket project-xyz-downloads." in page
    assert "anybody, without signing in" in page
    assert re.search(r'class="line allow">.*PublicDownloads', page)
    assert "(DraftsStayPrivate) does not apply" in page
    assert "Of the account: switched off." in page


def test_every_finding_of_the_example_has_a_page(service, visitor):
    """
    Of all types of resources.
    """
    ada = visitor(service, "ada")

    assert {ada.get(f"/findings/{each.id}").status_code for each in all_findings(service)} == {200}


def test_a_finding_that_there_is_not_is_not_found(service, visitor):
    """
    With a page that says so.
    """
    answer = visitor(service, "ada").get("/findings/00000000-0000-0000-0000-000000000000")

    assert answer.status_code == 404
    assert token_in(answer.text)
