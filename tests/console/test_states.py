"""What pages say where there is nothing to show, where something is wrong, and where somebody comes back."""

import pytest

from tests.console.estate import opened_again, scanned
from tests.console.reading import links_in, text_of
from tests.service.memory_source import MemorySource
from tests.service.work_for_tests import Service, queue


def _never_scanned(store):
    service = Service(store, MemorySource(resources=[queue("open", "*")]))
    service.analyzer()
    return service


@pytest.fixture
def unscanned(tmp_path, visitor):
    (tmp_path / "again").mkdir()
    with opened_again(scanned(tmp_path, "unscanned", _never_scanned), tmp_path / "again") as service:
        yield visitor(service, "ada")


@pytest.fixture
def ada(service, visitor):
    return visitor(service, "ada")


def test_before_the_first_scan_nothing_is_called_safe(unscanned):
    """
    That nobody has access, is not what no finding means then.
    """
    for path in ("/", "/findings", "/map", "/resources", "/resources/s3"):
        told = text_of(unscanned.get(path).text)

        assert "Nothing was scanned yet" in told
        assert "Nobody" not in told
        assert "There are no" not in told


def test_what_is_too_long_is_answered_by_a_page(ada):
    """
    With the reason, and the way back.
    """
    answer = ada.client.post("/console/playground/try", content=b"a" * 2_000_000)

    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html")
    assert text_of(answer.text).startswith("Too long the request is longer than 1048576 bytes.")


def test_links_of_a_page_about_no_analyzer_lead_somewhere(ada):
    """
    Its analyzer may have been deleted by somebody else.
    """
    answer = ada.get("/findings", analyzer="eu-west-1/gone")

    assert answer.status_code == 404
    assert "there is no analyzer eu-west-1/gone ." in text_of(answer.text)
    assert links_in(answer.text, "/console/resources") == ["/console/resources"]


@pytest.mark.parametrize(
    ("step", "page"), [("/playground/try", "/console/playground"), ("/keys/create", "/console/keys")]
)
def test_colours_chosen_on_an_answer_lead_to_its_page(ada, step, page):
    """
    What a form answered has no address of its own.
    """
    assert f'name="next" value="{page}"' in ada.post(step, {"role": "reader"}).text


def test_a_reader_is_shown_the_way_out(service, visitor):
    """
    Of a finding that somebody else decides about.
    """
    reader = visitor(service, "rita")
    [first, *_] = links_in(reader.get("/findings").text, "/console/findings/")

    page = reader.client.get(first).text

    assert links_in(page, f"{first}/fix")
    assert links_in(page, "/console/resources/detail?arn=")


def test_a_kind_of_notification_that_there_is_not_is_said(ada):
    """
    And no form of another kind is shown in its place.
    """
    assert "nothing is sent through pigeon , only through" in text_of(ada.get("/notifications/new", kind="pigeon").text)
