"""From the configuration to a server that keeps to it."""

import dataclasses
from types import SimpleNamespace

import pytest

from ringwall.api.limits import Limits
from ringwall.api.server import Listening
from ringwall.cli import serving
from ringwall.cli.serving import limits_of
from ringwall.service.configuration import Api, Configuration
from ringwall.service.configuration_file import read_configuration
from tests.service.service_for_tests import service_over


def test_without_a_configuration_the_limits_are_the_usual_ones():
    """The defaults stand in two places, and are the same."""
    assert limits_of(Configuration()) == Limits()


@pytest.mark.parametrize("key", Api.__struct_fields__)
def test_every_limit_can_be_configured(key):
    """One that is twice as high is, and the others stay."""
    value = getattr(Limits(), key) * 2
    found = limits_of(read_configuration(None, {f"RINGWALL_API_{key.upper()}": str(value)}))

    assert found == dataclasses.replace(Limits(), **{key: value})


def test_the_server_keeps_to_the_configured_limits(sqlite_store, monkeypatch):
    """The API, the console and what listens for both."""
    given = {}
    server = SimpleNamespace(run=lambda: None)
    monkeypatch.setattr(serving, "create_app", lambda *_, limits, **__: given.update(api=limits))
    monkeypatch.setattr(serving, "create_pages", lambda _, __, limits: given.update(console=limits) or [])
    monkeypatch.setattr(serving, "server_of", lambda _, __, limits: given.update(server=limits) or server)
    configuration = Configuration(api=Api(body_bytes=70_000))

    serving.serve(service_over(sqlite_store), configuration, Listening(), has_workers=False)

    assert {name: limits.body_bytes for name, limits in given.items()} == dict.fromkeys(
        ("api", "console", "server"), 70_000
    )
