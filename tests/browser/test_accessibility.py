"""axe on every page, in both colours and both widths; and nothing is wider than the screen.

The other two of the four looks: `tests/console/test_pages_in_a_browser.py`, for most pages.
"""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from ringwall.console.app import PAGES
from tests.browser.conftest import sign_in
from tests.console.estate import all_findings

_ABOUT = {"/resources/detail": "?arn=arn:aws:s3:::project-xyz-press", "/notifications/new": "?kind=webhook"}
"""Pages that are about one thing, which the query names."""
_LEFT_OUT = {
    "/findings/{id}/fix/document",
    "/findings/{id}/recommendation",
    "/findings/{id}/recommendation/policies",
    "/notifications/detail",
    "/previews/{id}",
    "/principals/detail",
}
"""Downloads, and pages about what the example has none of: `tests/console/test_pages_in_a_browser.py` looks at them."""
_PAGES = [
    page.path + _ABOUT.get(page.path, "")
    for page in PAGES
    if page.method == "GET" and not page.is_public and page.path not in _LEFT_OUT
]
_MORE = ["/findings?group=cause", "/findings?group=principal", "/findings?status=ALL", "/findings?f=region~eq~nowhere"]
_LOOKS = [
    {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    for width, scheme in ((1440, "light"), (390, "dark"))
]
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_SERIOUS = {"serious", "critical"}


def offences(page):
    """What axe finds serious."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": _RULES}}).response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]}" for each in found if each["impact"] in _SERIOUS for node in each["nodes"]
    ]


def width_of(page):
    return page.evaluate("document.documentElement.scrollWidth")


@pytest.mark.parametrize(
    "page", _LOOKS, indirect=True, ids=lambda each: f"{each['viewport']['width']}-{each['color_scheme']}"
)
def test_pages_can_be_used_by_everybody(page, console, service):
    """
    On each page that there is, with the sign-in before.
    """
    finding = all_findings(service)[0].id
    page.goto(f"{console}/sign-in")
    found = {"/sign-in": offences(page)}
    wide = {"/sign-in": width_of(page)}
    sign_in(page, console)
    for path in [*_PAGES, *_MORE]:
        page.goto(console + re.sub(r"\{\w+(:\w+)?\}", finding, path))
        found[path], wide[path] = offences(page), width_of(page)

    assert {path: each for path, each in found.items() if each} == {}
    assert {path: each for path, each in wide.items() if each > page.viewport_size["width"]} == {}
