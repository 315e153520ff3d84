"""The map: what it draws, where it leads, and that it stays readable when there is much."""

from itertools import pairwise

import pytest

from ringwall.console.access_graph import INSIDE, OTHERS, OUTSIDE, Reach, graph_of
from ringwall.console.outsiders import Outsider, outsider_of
from ringwall.console.picture import picture_of
from ringwall.service.known_accounts import directory
from ringwall.store import access_edges, analyzers
from ringwall.store.access_edges import AccessCount
from tests.console.estate import all_findings
from tests.console.large_estate import large_estate, large_organization
from tests.console.reading import data_of, links_in, text_of
from tests.service.service_for_tests import service_over


@pytest.fixture
def ada(service, visitor):
    return visitor(service, "ada")


def a_count(**changes) -> AccessCount:
    plain = {
        "account": "111122223333",
        "exposure": "cross-account",
        "aws": "999988887777",
        "federated": None,
        "canonical_user": None,
        "condition": None,
        "number": 1,
    }
    return AccessCount(**{**plain, **changes})


def test_the_picture_and_the_table_say_the_same(service, ada):
    """
    Every active finding of access is in both.
    """
    active = [each for each in all_findings(service) if each.status.value == "ACTIVE" and not each.error]

    rows = data_of(ada.get("/map", format="json"))
    text = text_of(ada.get("/map").text)

    assert sum(row["findings"] for row in rows) == len(active)
    assert {row["outsider"] for row in rows} >= {"Everyone", "Account 999988887777", "Organization o-z9y8x7w6v5"}
    assert all(row["outsider"] in text for row in rows)


def test_a_line_leads_to_its_findings(ada):
    """
    The listing that it opens has as many as the line says.
    """
    rows = data_of(ada.get("/map", format="json"))
    page = ada.get("/map").text

    links = links_in(page.partition('id="table"')[2], "/console/findings")
    numbers = [len(data_of(ada.client.get(f"{link}&format=json"))) for link in links]
    assert sum(numbers) == sum(row["findings"] for row in rows)


def test_a_box_leads_to_its_part_of_the_map(ada):
    """
    Of an account, and of an outsider.
    """
    links = links_in(ada.get("/map").text, "/console/map?")

    answers = [ada.client.get(link) for link in links]
    assert {each.status_code for each in answers} == {200}
    assert any("<h1>Account 444455556666</h1>" in each.text for each in answers)
    assert any("<h1>Organization o-z9y8x7w6v5</h1>" in each.text for each in answers)


def test_partners_of_the_configuration_have_names():
    """
    They go before the names that come with the program.
    """
    known = directory({"999988887777": "Example GmbH"}, {"464622532012": "Ours"})

    assert outsider_of(a_count(), known).name == "Example GmbH"
    assert outsider_of(a_count(aws="arn:aws:iam::464622532012:role/x"), known).name == "Ours"
    assert outsider_of(a_count(aws="127311923021"), known).note == "aws · 127311923021"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"aws": "*", "exposure": "public"}, "Everyone"),
        ({"aws": "*", "exposure": "any-aws-principal"}, "Anyone with an AWS account"),
        ({"aws": "*", "exposure": "organization", "condition": "aws:principalorgid=o-1"}, "Organization o-1"),
        ({"aws": "*", "exposure": "network", "condition": "aws:sourcevpce=vpce-1"}, "Endpoint vpce-1"),
        ({"aws": "*", "exposure": "network"}, "Anybody, under conditions"),
        ({"aws": None, "federated": "arn:aws:iam::1:saml-provider/corp"}, "corp"),
        ({"aws": None, "canonical_user": "abc"}, "Canonical user abc"),
    ],
)
def test_outsiders_have_names(changes, name):
    """
    Whatever kind they are of.
    """
    assert outsider_of(a_count(**changes), {}).name == name


def reaches(outsiders, accounts):
    return [
        Reach(Outsider(f"account:{who}", f"Account {who}"), account, "cross-account", 1 + who)
        for who in range(outsiders)
        for account in accounts
    ]


def test_a_large_organization_is_grouped_by_unit():
    """
    No more boxes than can be read, and no finding is lost.
    """
    organization = large_organization(200)
    accounts = [each.id for each in organization.accounts]
    found = reaches(60, accounts)

    graph = graph_of(found, organization, accounts)

    assert len(graph.insiders) == 12
    assert len(graph.outsiders) == OUTSIDE
    assert graph.folded == 60 - OUTSIDE + 1
    assert sum(edge.number for edge in graph.edges) == sum(each.number for each in found)
    assert {account for inside in graph.insiders for account in inside.accounts} == set(accounts)


def test_many_accounts_of_no_organization_are_folded():
    """
    Those that are reached most have boxes of their own.
    """
    graph = graph_of(reaches(1, [f"{number:012}" for number in range(100)]), None)

    assert len(graph.insiders) == INSIDE
    assert [each for each in graph.insiders if each.key == OTHERS]


def test_boxes_do_not_overlap_and_stay_in_the_picture():
    """
    Whatever there is to draw.
    """
    organization = large_organization(200)
    picture = picture_of(graph_of(reaches(60, [each.id for each in organization.accounts]), organization))

    boxes = sorted(picture.boxes, key=lambda box: (box.x, box.y))
    assert all(above.x != below.x or above.y + above.height <= below.y for above, below in pairwise(boxes))
    assert all(box.y >= 0 and box.y + box.height <= picture.height for box in boxes)


def test_findings_are_counted_by_both_ends(store):
    """
    On either database; of a principal that is everybody, the condition says who is meant.
    """
    ringwall = service_over(store)
    arn = large_estate(ringwall, accounts=20, number=300)

    with store.read() as connection:
        counts = access_edges.counts(connection, analyzers.find(connection, arn).key)

    assert sum(each.number for each in counts) == 300
    assert {each.condition for each in counts if each.exposure == "organization"} == {
        "aws:principalorgid=o-partner002",
        "aws:principalorgid=o-partner012",
        "aws:principalorgid=o-partner022",
    }


def test_the_map_of_a_large_organization_is_light(service, ada):
    """
    200 accounts and 5,000 findings, in less than 300 KB.
    """
    large_estate(service.ringwall)

    page = ada.get("/map", analyzer="eu-west-1/large")

    assert "5,000 active findings: 45 outsiders can reach 200 of 200 accounts" in text_of(page.text)
    assert len(page.content) < 300_000


def test_markup_on_the_map_stays_text(hostile, visitor):
    """
    Names of providers are chosen by whoever made them.
    """
    page = visitor(hostile, "ada").get("/map").text

    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
