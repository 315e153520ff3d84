"""What the console is told by whoever runs the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import httpx

from ringwall.service.configuration_file import SettingInForce
from ringwall.service.known_accounts import KnownAccount, packaged


@dataclass(frozen=True, slots=True)
class Oidc:
    """An OpenID provider whose people may sign in."""

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    redirect_url: str = ""
    """Where the provider sends people back to: `https://NAME/console/oidc/callback`."""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    name_claim: str = "preferred_username"
    groups_claim: str = "groups"
    admin_groups: tuple[str, ...] = ()
    reader_groups: tuple[str, ...] = ()
    label: str = "Sign in with OpenID Connect"


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """All have a default that is safe."""

    is_secure: bool = False
    """Whether browsers reach it by HTTPS: cookies are then sent by HTTPS alone."""
    is_behind_proxy: bool = False
    session: timedelta = timedelta(hours=12)
    """How long a session lasts at most."""
    idle: timedelta = timedelta(hours=2)
    """How long a session lasts without being used."""
    oidc: Oidc | None = None
    local_token: str | None = field(default=None, repr=False)
    """What the one-time link of `ringwall serve --local` carries."""
    known_accounts: Mapping[str, KnownAccount] = field(default_factory=packaged)
    """Whose accounts those are that the map shows outside, by number."""
    configuration: tuple[SettingInForce, ...] = ()
    """What the service is told, as the page `Settings` shows it: without secrets."""
    transport: httpx.BaseTransport | None = None
    """How the OpenID provider is reached, for tests; None means: over the network."""
