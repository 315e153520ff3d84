"""What the console is told, from the configuration and the command line."""

from __future__ import annotations

import secrets

import click
from msgspec.structs import asdict

from ringwall.api.server import Listening, is_loopback
from ringwall.console.settings import ConsoleSettings, Oidc
from ringwall.errors import UsageError
from ringwall.service.configuration import Configuration
from ringwall.service.configuration_file import in_force
from ringwall.service.known_accounts import directory


def console_settings(configuration: Configuration, listening: Listening, local_token: str | None) -> ConsoleSettings:
    """The settings that are in force."""
    return ConsoleSettings(
        is_secure=listening.tls is not None or configuration.server.behind_proxy,
        is_behind_proxy=configuration.server.behind_proxy,
        oidc=_oidc(configuration),
        local_token=local_token,
        known_accounts=directory(configuration.known_accounts.partners, configuration.known_accounts.vendors),
        configuration=in_force(configuration),
    )


def _oidc(configuration: Configuration) -> Oidc | None:
    given = {name: value for name, value in asdict(configuration.oidc).items() if value is not None}
    return Oidc(**given) if "issuer" in given else None


def local_link(listening: Listening) -> str:
    """Prints the link that signs in whoever sees it, once.

    Returns:
        The token in it.

    Raises:
        UsageError: others than this computer could use it.
    """
    if listening.behind_proxy or not is_loopback(listening.host) or not listening.port:
        raise UsageError("`--local` is for a server that only this computer can reach, on a port that is known")
    token = secrets.token_urlsafe(32)
    scheme = "https" if listening.tls else "http"
    click.echo(
        f"Open this link to sign in; it works once:\n  {scheme}://{listening.host}:{listening.port}/console/local?token={token}"
    )
    return token
