"""A service over either database, for the operations."""

import pytest

from tests.service.service_for_tests import service_over


@pytest.fixture
def ringwall(store):
    return service_over(store)
