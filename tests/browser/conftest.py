"""Debian's Chromium, and the console of the example organization to look at."""

import pytest

from tests.api.serving import served
from tests.browsing import a_browser, a_context, follow
from tests.console.estate import PASSWORD, application, example_service, opened_again, scanned


# No longer than a module: while it is there, no test can run a loop of its own.
@pytest.fixture(scope="module")
def chromium():
    with a_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def _example(tmp_path_factory):
    return scanned(tmp_path_factory.mktemp("browser"), "example", example_service)


@pytest.fixture
def service(_example, tmp_path):
    with opened_again(_example, tmp_path) as made:
        yield made


@pytest.fixture
def console(service):
    """The address of the console."""
    with served(application(service)) as url:
        yield f"{url}/console"


@pytest.fixture
def page(chromium, console, request):
    """A page of a new browser, in which nothing may go wrong."""
    options = {"viewport": {"width": 1440, "height": 900}, **getattr(request, "param", {})}
    context = a_context(chromium, **options)
    made = context.new_page()
    faults = []
    made.on("pageerror", lambda error: faults.append(str(error)))
    made.on("console", lambda message: faults.append(message.text) if message.type in {"error", "warning"} else None)
    yield made
    context.close()
    assert faults == []


def sign_in(page, console, name="ada"):
    page.goto(f"{console}/sign-in")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    follow(page.get_by_role("button", name="Sign in"))
    assert page.url == f"{console}/"
