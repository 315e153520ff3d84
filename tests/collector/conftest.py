"""A moto server, and an estate in it. Both are slow to make: one each for the whole run."""

from __future__ import annotations

import logging
import os

# Moto reads these when it is imported: without them it plants 1,302 snapshots of its own in every account.
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "false"

import pytest
from moto.server import ThreadedMotoServer

from tests.collector.planting import plant

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}
REMOVED = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")


@pytest.fixture(scope="session")
def aws_environment():
    """Credentials that no AWS knows, and none that a developer's machine may have."""
    with pytest.MonkeyPatch.context() as patch:
        for name in REMOVED:
            patch.delenv(name, raising=False)
        for name, value in {**CREDENTIALS, "AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent"}.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def start_server(aws_environment):
    """Starts moto servers on free ports. Their state is one and the same: moto keeps it in the process."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    started = []

    def start():
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def endpoint(start_server):
    """The URL of a moto server."""
    host, port = start_server().get_host_and_port()
    return f"http://{host}:{port}"


@pytest.fixture(scope="session")
def estate(endpoint):
    """What was planted in the server at `endpoint`: tests only read it."""
    return plant(endpoint)
