"""A moto server, and a web server that writes down what it is sent."""

import pytest

from tests.collector.conftest import aws_environment, endpoint, start_server  # noqa: F401 - fixtures
from tests.notify.receiver import Receiver


@pytest.fixture
def receiver():
    """A web server on a free port of this machine."""
    with Receiver() as server:
        yield server
