"""What the tests of the console share: a service over the example, its pages over HTTP, and people who visit them."""

import httpx
import pytest

from tests.api.serving import served
from tests.console.estate import Browser, application, example_service, hostile_service, opened_again, scanned


@pytest.fixture(scope="session")
def _templates(tmp_path_factory):
    """A file of each, made once."""
    folder = tmp_path_factory.mktemp("console")
    made = {"example": example_service, "hostile": hostile_service}
    return {name: scanned(folder, name, make) for name, make in made.items()}


@pytest.fixture
def service(_templates, tmp_path):
    with opened_again(_templates["example"], tmp_path) as made:
        yield made


@pytest.fixture
def hostile(_templates, tmp_path):
    with opened_again(_templates["hostile"], tmp_path) as made:
        yield made


@pytest.fixture
def visitor():
    """Makes visitors of a console."""
    running = []

    def make(service, name="", settings=None, url=""):
        if not url:
            context = served(application(service, settings))
            running.append(context)
            url = context.__enter__()
        client = httpx.Client(base_url=url, timeout=30)
        running.append(client)
        browser = Browser(client)
        if name:
            assert browser.sign_in(name).status_code == 303
        return browser

    yield make
    for each in reversed(running):
        each.__exit__(None, None, None)
