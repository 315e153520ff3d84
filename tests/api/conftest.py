"""What the tests of the API share: the service served over HTTP with operations of their own."""

import pytest

from ringwall.api.app import create_app
from tests.api.serving import a_key, a_ringwall, served


@pytest.fixture
def ringwall(sqlite_store):
    """The service over an empty store."""
    return a_ringwall(sqlite_store)


@pytest.fixture
def admin(ringwall):
    return a_key(ringwall)


@pytest.fixture
def reader(ringwall):
    return a_key(ringwall, "reader")


@pytest.fixture
def serve(ringwall):
    """Serves given operations, and returns the address."""
    running = []

    def start(**operations):
        context = served(create_app(ringwall, operations=operations))
        running.append(context)
        return context.__enter__()

    yield start
    for each in running:
        each.__exit__(None, None, None)
