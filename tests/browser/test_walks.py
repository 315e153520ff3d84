"""What people do in the console, in a browser."""

import pytest

from tests.browser.conftest import sign_in
from tests.browsing import follow
from tests.console.estate import all_findings

WITHOUT_SCRIPT = {"java_script_enabled": False}


def statuses(service):
    return {each.id: each.status.value for each in all_findings(service)}


@pytest.mark.parametrize("page", [{}, WITHOUT_SCRIPT], indirect=True, ids=["script", "no script"])
def test_from_the_summary_to_an_archived_finding(page, console, service):
    """
    Sign in, follow the number of public findings, read one, say that it is intended; with script and without.
    """
    sign_in(page, console)
    follow(page.get_by_role("link", name="Public", exact=False).first)
    follow(page.locator("table.rows tbody a").first)
    assert page.get_by_role("heading", name="Witness").is_visible()
    page.get_by_label("Reason").fill("meant to be")
    follow(page.get_by_role("button", name="Archive"))

    assert page.get_by_role("status").inner_text() == "The finding is archived."
    assert list(statuses(service).values()).count("ARCHIVED") == 1


def test_the_keys_move_and_decide(page, console, service):
    """
    j and k go through the rows, a archives the row, ? helps, / searches.
    """
    sign_in(page, console)
    page.goto(f"{console}/findings?sort=id")
    for key in ("j", "j", "j", "k"):
        page.keyboard.press(key)
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    with page.expect_navigation():
        page.keyboard.press("a")
    page.keyboard.press("/")

    second = sorted(each.id for each in all_findings(service))[1]
    assert [each for each, status in statuses(service).items() if status == "ARCHIVED"] == [second]
    assert page.evaluate("document.activeElement.name") == "q"


def test_a_reader_sees_everything_and_has_no_buttons(page, console):
    """
    The server refuses all the same: see tests/console/test_routes.py.
    """
    sign_in(page, console, "rita")
    page.goto(f"{console}/findings")
    follow(page.locator("table.rows tbody a").first)

    assert page.get_by_role("heading", name="Witness").is_visible()
    assert page.locator("main button").count() == 0


def test_the_colours_can_be_chosen(page, console):
    """
    And are there from then on, whatever the system says.
    """
    sign_in(page, console)
    page.emulate_media(color_scheme="light")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    with page.expect_navigation():
        page.get_by_label("Colours").select_option("dark")

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
