"""The pages in a browser: nothing serious for axe, nothing wider than the screen, and what script adds."""

import re
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe

from ringwall.console.picture import WIDTH
from ringwall.console.sessions import Sessions
from ringwall.console.settings import ConsoleSettings
from ringwall.service.configuration import Configuration
from ringwall.service.configuration_file import in_force
from tests.api.serving import served
from tests.browsing import a_browser, a_context, follow
from tests.console.estate import add_dead_letter, add_user, application, opened_again
from tests.console.idle_estate import (
    ADA,
    APP,
    ERROR,
    KEY,
    PASSWORD,
    PERMISSION,
    ROLE,
    SCOPE,
    idle_estate,
    with_recommendation,
)
from tests.console.large_estate import large_estate
from tests.console.preview_estate import OWN, STRANGER, made, policy_for
from tests.console.preview_estate import SCOPE as OF_ACCOUNT

PAGES = (
    "/resources",
    "/resources/detail?arn=arn:aws:s3:::project-xyz-downloads",
    "/resources/s3?view=cross-account",
    "/archive-rules",
    "/archive-rules/edit?property=resource&operator=contains&values=xyz",
    f"/previews?analyzer={OF_ACCOUNT}",
    f"/previews/new?analyzer={OF_ACCOUNT}",
    "/map",
    "/map?analyzer=eu-west-1/large",
    "/analyzers",
    "/analyzers/new",
    "/analyzers/detail",
    "/notifications",
    "/notifications/detail?name=hook",
    "/notifications/new?kind=eventbridge",
    "/keys",
    "/users",
    "/settings",
    "/settings/audit",
    "/playground",
    f"/?analyzer={SCOPE}",
    f"/findings?analyzer={SCOPE}",
    f"/findings?analyzer={SCOPE}&status=ALL&f=findingType~eq~UnusedPermission",
    f"/map?analyzer={SCOPE}",
    f"/principals?analyzer={SCOPE}",
    f"/principals/detail?analyzer={SCOPE}&arn={APP.arn}",
    f"/principals/detail?analyzer={SCOPE}&arn={APP.arn}&service=s3&use=unused",
    f"/principals/detail?analyzer={SCOPE}&arn={ADA.arn}",
    f"/analyzers/detail?analyzer={SCOPE}",
)
"""Pages by their addresses; those of findings come behind, as nobody knows their ids before."""
_FOUND = (PERMISSION, ROLE, KEY, PASSWORD, ERROR)
_SERIOUS = {"serious", "critical"}
_LOOKS = (("dark", 1440), ("light", 390))
"""The other two of the four: `tests/browser/test_accessibility.py`, for most pages."""
_REPLACED = ("htmx:afterRequest", "htmx:sendAbort")
"""What htmx says of a request that a later one has replaced."""


@pytest.fixture(scope="module")
def console(_templates, tmp_path_factory):
    """The address of a console, the cookie of an admin, addresses of findings and previews, and the service."""
    settings = ConsoleSettings(configuration=in_force(Configuration()))
    with opened_again(_templates["example"], tmp_path_factory.mktemp("browser")) as service:
        large_estate(service.ringwall, accounts=60, number=400)
        idle = idle_estate(service)
        paths = [*map(idle.address, _FOUND), f"{idle.address(PERMISSION)}/rule", with_recommendation(service, idle)]
        paths.append(f"{idle.address(ROLE)}/recommendation")
        service.analyzer("account", status="ACTIVE")
        proposed = (policy_for(STRANGER), "no policy")
        paths += [f"/previews/{made(service, each, resource=OWN)}" for each in proposed]
        add_dead_letter(service)
        token = Sessions(service.ringwall, settings).start(add_user(service, "brenda", "admin").key)
        with served(application(service, settings)) as url:
            yield url, token, paths, service


@pytest.fixture(scope="module")
def chromium():
    with a_browser() as browser:
        yield browser


@pytest.fixture
def page(chromium, console):
    """Makes a page in a colour scheme and a width; what its console says is written down in `said`."""
    url, token, *_ = console
    contexts = []

    def make(theme="light", width=1440, **options):
        context = a_context(
            chromium, base_url=url, color_scheme=theme, viewport={"width": width, "height": 900}, **options
        )
        contexts.append(context)
        context.add_cookies([{"name": "ringwall-session", "value": token, "url": url}])
        made = context.new_page()
        made.said = []
        made.on("console", lambda message: made.said.append(message.text) if message.type == "error" else None)
        return made

    yield make
    for each in contexts:
        each.close()


@pytest.mark.parametrize(("theme", "width"), _LOOKS)
def test_pages_can_be_read_by_everybody(console, page, theme, width):
    """
    axe finds nothing serious, nothing is cut off, and the policy of the pages stops nothing.
    """
    shown = page(theme, width)
    faults = []

    for path in (*PAGES, *console[2]):
        answer = shown.goto(f"/console{path}")
        faults += [(path, answer.status)] if answer.status != 200 else []
        found = Axe().run(shown).response["violations"]
        faults += [(path, each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in _SERIOUS]
        wide = shown.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        faults += [(path, "is wider than the screen")] if wide else []

    assert faults == []
    assert shown.said == []


def test_results_follow_the_criteria_while_they_are_written(page):
    """
    Without a click: only the results are loaded anew.
    """
    shown = page()
    shown.goto("/console/archive-rules/edit")

    shown.locator("input[name=property]").first.fill("resource")
    shown.locator("select[name=operator]").first.select_option("contains")
    shown.locator("textarea[name=values]").first.fill("project-xyz-reports")

    shown.locator("#results", has_text="1 active finding would be archived").wait_for()
    assert shown.url.endswith("/archive-rules/edit")
    assert [each for each in shown.said if not each.startswith(_REPLACED)] == []


def test_the_editor_works_without_script(page):
    """
    By its buttons: preview, then create.
    """
    shown = page(java_script_enabled=False)
    shown.goto("/console/archive-rules/edit")

    shown.locator("input[name=property]").first.fill("resource")
    shown.locator("textarea[name=values]").first.fill("arn:aws:s3:::project-xyz-reports")
    follow(shown.get_by_role("button", name="Preview"))
    assert "1 active finding would be archived" in shown.locator("#results").inner_text()

    shown.get_by_label("Name", exact=True).fill("without-script")
    follow(shown.get_by_role("button", name="Create rule"))
    assert "The rule is there." in shown.locator("[role=status]").inner_text()
    assert "csrf" not in shown.url


def test_a_line_of_the_map_opens_its_findings(page):
    """
    A click is enough, and no script is needed.
    """
    shown = page(java_script_enabled=False)
    shown.goto("/console/map")

    drawn = shown.locator(".map svg").bounding_box()
    path = re.match(r"M(\d+) (\d+)C(\d+) ", shown.locator("svg a.line-severe .edge").first.get_attribute("d"))
    scale, (x, y, bend) = drawn["width"] / WIDTH, map(int, path.groups())
    # Just behind its start, where a line is level, to the side that it leads to.
    shown.mouse.click(drawn["x"] + (x + (8 if bend > x else -8)) * scale, drawn["y"] + y * scale)

    shown.wait_for_url("**/console/findings?*")
    assert "resourceOwnerAccount~eq~" in unquote(shown.url)


def test_a_new_key_is_shown_once(page):
    """
    The page that comes after it does not have it.
    """
    shown = page()
    shown.goto("/console/keys")

    follow(shown.get_by_role("button", name="Create key"))
    secret = shown.locator(".secret code").nth(1).inner_text()
    shown.goto("/console/keys")

    assert len(secret) == 40
    assert secret not in shown.content()


def test_a_policy_is_tried_and_compared(page):
    """
    The result stands below the form, which stays filled in.
    """
    shown = page()
    shown.goto("/console/playground")

    policy = shown.get_by_label("The policy").input_value()
    shown.get_by_label("Compare with another").fill(policy.replace('"*"', '{"AWS": "999988887777"}'))
    follow(shown.get_by_role("button", name="Try it"))

    assert "Everyone can read the S3 bucket example-bucket." in shown.locator("#main").inner_text()
    assert "The policy allows more than the other one." in shown.locator("#main").inner_text()
    assert shown.get_by_label("The policy").input_value() == policy


def test_a_preview_is_made_and_followed(console, page):
    """
    What is wrong is said at its field; and the page shows the answer by itself when it is there.
    """
    shown = page()
    shown.goto(f"/console/previews/new?analyzer={OF_ACCOUNT}")

    shown.get_by_label("ARN of the resource").fill(OWN)
    shown.get_by_label("Kind of configuration").select_option("SQS queue")
    shown.get_by_label("Configuration, as JSON").fill('{"queuePolice": ""}')
    shown.get_by_role("button", name="Preview").click()
    assert "Take queuePolice out" in shown.locator("#fault-configuration").inner_text()

    shown.get_by_label("Configuration, as JSON").fill('{"queuePolicy": ""}')
    shown.get_by_role("button", name="Preview").click()
    shown.locator("h1 .chip", has_text="Creating").wait_for()
    console[3].do("preview", id=shown.url.partition("/previews/")[2].partition("?")[0])

    shown.locator("h1 .chip", has_text="Completed").wait_for(timeout=10_000)


def test_a_second_click_makes_no_second_key(page):
    """
    Its secret would be shown to nobody.
    """
    shown = page()
    shown.goto("/console/keys")
    before = shown.locator("table.rows tbody tr").count()

    shown.get_by_role("button", name="Create key").dblclick()
    shown.locator(".secret").wait_for()

    assert shown.locator("table.rows tbody tr").count() == before + 1


def test_the_open_page_is_in_sight_in_a_narrow_navigation(page):
    """
    The strip is moved to it.
    """
    shown = page(width=390)
    shown.goto("/console/playground")

    box = shown.locator("nav a[aria-current]").bounding_box()

    assert 0 <= box["x"] <= 390 - box["width"]


def test_findings_fit_into_a_wide_window(page):
    """
    No column is cut off.
    """
    shown = page()
    shown.goto("/console/findings")

    assert shown.locator(".table").evaluate("each => each.scrollWidth <= each.clientWidth")
