"""The pages of resources and buckets, over the packaged example."""

import csv
import io
import re

import pytest

from tests.console.estate import HOSTILE, all_findings
from tests.console.reading import data_of, links_in, text_of

BUCKET = "arn:aws:s3:::project-xyz-downloads"


@pytest.fixture
def ada(service, visitor):
    return visitor(service, "ada")


def test_every_resource_is_listed_with_its_state(ada):
    """
    Shared or not: the table says so for each.
    """
    text = text_of(ada.get("/resources", q="project-xyz-press").text)

    assert "project-xyz-press S3 bucket 444455556666 eu-west-1 0 Not shared" in text


@pytest.mark.parametrize(
    ("state", "there", "not_there"),
    [
        ("public", "project-xyz-downloads", "project-xyz-reports"),
        ("external", "project-xyz-reports", "project-xyz-downloads"),
        ("private", "project-xyz-press", "project-xyz-reports"),
    ],
)
def test_the_list_is_narrowed_by_state(ada, state, there, not_there):
    """
    The tabs are links with a state in the query string.
    """
    rows = data_of(ada.get("/resources", state=state, format="json"))

    arns = {row["resource"].rsplit(":", 1)[-1] for row in rows}
    assert there in arns
    assert not_there not in arns


def test_numbers_of_tabs_are_those_of_their_lists(ada):
    """
    What a tab says is what its list has.
    """
    page = ada.get("/resources").text

    numbers = dict(re.findall(r'state=(\w+)"[^>]*>[^<]*<span class="count">(\d+)', page))
    assert numbers
    for state, number in numbers.items():
        assert len(data_of(ada.get("/resources", state=state, format="json"))) == int(number)


def test_a_type_and_an_account_narrow_the_list(ada):
    """
    All filters hold together.
    """
    rows = data_of(ada.get("/resources", type="AWS::IAM::Role", account="777788889999", format="json"))

    assert {(row["resourceType"], row["resourceOwnerAccount"]) for row in rows} == {("AWS::IAM::Role", "777788889999")}


def test_a_state_that_there_is_not_is_refused(ada):
    """
    A slip in an address does not read as nothing.
    """
    assert ada.get("/resources", state="open").status_code == 400


def test_a_resource_shows_its_configuration_and_findings(ada):
    """
    Policies, which the configuration holds as texts, are unfolded.
    """
    text = text_of(ada.get("/resources/detail", arn=BUCKET).text)

    assert "Public" in text
    assert "s3:GetObject" in text
    assert "Scans of 444455556666 in eu-west-1" in text


def test_a_resource_that_is_not_known_is_not_found(ada):
    """
    It may be gone.
    """
    assert ada.get("/resources/detail", arn="arn:aws:s3:::nothing").status_code == 404


def test_rescan_asks_for_the_resource_alone(service, ada):
    """
    The button is the operation StartResourceScan.
    """
    ada.post("/resources/rescan", {"arn": BUCKET, "account": "444455556666"})

    [(kind, payload)] = service.take()
    assert (kind, payload["arn"]) == ("rescan", BUCKET)


def test_a_reader_sees_no_button_to_rescan(service, visitor):
    """
    And is refused all the same, as the test of all routes says.
    """
    assert "Rescan" not in visitor(service, "rita").get("/resources/detail", arn=BUCKET).text


def test_buckets_are_public_or_of_other_accounts(ada):
    """
    The two tables of the S3 console.
    """
    public = data_of(ada.get("/resources/s3", format="json"))
    shared = data_of(ada.get("/resources/s3", view="cross-account", format="json"))

    assert {"project-xyz-downloads", "project-xyz-uploads"} == {row["resource"].rsplit(":", 1)[-1] for row in public}
    assert "project-xyz-reports" in {row["resource"].rsplit(":", 1)[-1] for row in shared}


def test_a_bucket_says_through_what_it_is_shared(ada):
    """
    Access points are named by their ARNs.
    """
    text = text_of(ada.get("/resources/s3", view="cross-account").text)

    assert "Access point arn:aws:s3:eu-west-1:444455556666:accesspoint/partners" in text


def test_links_between_resources_lead_somewhere(ada):
    """
    Names hold characters that addresses have to escape.
    """
    links = links_in(ada.get("/resources").text, "/console/resources/detail")

    assert len(links) > 30
    assert {ada.client.get(link).status_code for link in links} == {200}


def test_markup_in_names_and_policies_stays_text(hostile, visitor):
    """
    In the table, on the page of the resource, and as a file no cell is a formula.
    """
    ada = visitor(hostile, "ada")
    arns = sorted({each.resource for each in all_findings(hostile)})

    pages = [ada.get("/resources").text, *(ada.get("/resources/detail", arn=arn).text for arn in arns)]
    file = ada.get("/resources", format="csv").text

    assert all(HOSTILE not in page and "<img" not in page for page in pages)
    assert any("&lt;script&gt;" in page for page in pages)
    assert not any(cell[:1] in {"=", "+", "-", "@"} for row in csv.reader(io.StringIO(file)) for cell in row)
