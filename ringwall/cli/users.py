"""`ringwall users`."""

from __future__ import annotations

import sys

import click

from ringwall.cli.client import Client, calls, every
from ringwall.cli.tables import Column, Output
from ringwall.errors import UsageError

_COLUMNS = (
    Column("NAME", "name", is_whole=True),
    Column("ROLE", "role", is_whole=True),
    Column("LOCAL", "isLocal", is_whole=True),
    Column("CREATED", "createdAt", is_whole=True),
    Column("DISABLED", "disabledAt", is_whole=True),
)
_role = click.Choice(["reader", "admin"])


@click.group("users")
def command() -> None:
    """Say who may sign in to the console."""


@command.command("create")
@calls
@click.argument("name", metavar="NAME")
@click.option("--role", type=_role, required=True, help="What the user may do.")
def create(client: Client, output: Output, *, name: str, role: str) -> None:
    """Let somebody sign in. The password is asked for, or read from standard input."""
    made = client.call("CreateUser", name=name, role=role, password=_password())
    output.done(made["user"], f"Created the {role} {name}")


@command.command("list")
@calls
def list_(client: Client, output: Output) -> None:
    """List all users."""
    output.items("users", every(client, "ListUsers", "users"), _COLUMNS, none="No user: ringwall users create")


@command.command("disable")
@calls
@click.argument("name", metavar="NAME")
def disable(client: Client, output: Output, *, name: str) -> None:
    """End all sessions of a user, and let nobody sign in as it."""
    output.done(client.call("UpdateUser", name=name, enabled=False), f"Disabled {name}")


@command.command("enable")
@calls
@click.argument("name", metavar="NAME")
def enable(client: Client, output: Output, *, name: str) -> None:
    """Let a disabled user sign in again."""
    output.done(client.call("UpdateUser", name=name, enabled=True), f"Enabled {name}")


@command.command("role")
@calls
@click.argument("name", metavar="NAME")
@click.argument("role", type=_role, metavar="ROLE")
def role(client: Client, output: Output, *, name: str, role: str) -> None:
    """Give a user another role, `reader` or `admin`, from the next page on."""
    output.done(client.call("UpdateUser", name=name, role=role), f"{name} is {role} now")


@command.command("password")
@calls
@click.argument("name", metavar="NAME")
def password(client: Client, output: Output, *, name: str) -> None:
    """Give a user another password, and end all its sessions."""
    output.done(client.call("UpdateUser", name=name, password=_password()), f"Changed the password of {name}")


def _password() -> str:
    """Never from the command line, which every process of the computer can read."""
    if sys.stdin.isatty():
        given: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return given
    given = sys.stdin.readline().rstrip("\r\n")
    if not given:
        raise UsageError("there was no password on standard input")
    return given
