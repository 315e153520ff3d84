"""A moto server in a process of its own, so that nothing planted here is seen by other tests, and an estate in it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.collector.planting import plant
from tests.end_to_end.faulty_endpoint import FaultyEndpoint
from tests.end_to_end.running import AWS_ENVIRONMENT

_SERVE = """
import logging, time
from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("http://{}:{}".format(*server.get_host_and_port()), flush=True)
time.sleep(3600)
"""
# Without these moto plants 1,302 snapshots of its own in every account.
_BARE = {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false", "MOTO_IAM_LOAD_MANAGED_POLICIES": "false"}


@pytest.fixture(scope="session")
def endpoint():
    """The URL of a moto server. The tests themselves, too, have only credentials that no AWS knows."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith("AWS_"):
                patch.delenv(name)
        for name, value in AWS_ENVIRONMENT.items():
            patch.setenv(name, value)
        with subprocess.Popen(
            [sys.executable, "-c", _SERVE], env=os.environ | _BARE, stdout=subprocess.PIPE, text=True
        ) as server:
            yield server.stdout.readline().strip()
            server.kill()


@pytest.fixture(scope="session")
def estate(endpoint):
    """What was planted in the server at `endpoint`: two accounts, three Regions, all types that moto has."""
    return plant(endpoint)


@pytest.fixture
def faulty(endpoint):
    """An endpoint before the moto server that answers some calls itself."""
    with FaultyEndpoint(endpoint) as running:
        yield running
