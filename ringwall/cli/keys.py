"""`ringwall keys`."""

from __future__ import annotations

import click

from ringwall.cli.client import Client, calls, every
from ringwall.cli.tables import Column, Output

_COLUMNS = (
    Column("ACCESS KEY ID", "accessKeyId", is_whole=True),
    Column("ROLE", "role", is_whole=True),
    Column("NAME", "name"),
    Column("CREATED", "createdAt", is_whole=True),
    Column("DISABLED", "disabledAt", is_whole=True),
)


@click.group("keys")
def command() -> None:
    """Issue keys to callers of the API, and disable them."""


@command.command("create")
@calls
@click.option("--role", type=click.Choice(["reader", "admin"]), required=True, help="What the key may do.")
@click.option("--name", metavar="TEXT", help="Whose key it is.")
def create(client: Client, output: Output, *, role: str, name: str | None) -> None:
    """Issue a key, and print it: its secret is shown this once."""
    answer = client.call("CreateApiKey", role=role, name=name)
    key = {member: answer[member] for member in ("accessKeyId", "secretAccessKey", "role")}
    if output.form == "json":
        output.answer(key)
        return
    lines = f"export AWS_ACCESS_KEY_ID={key['accessKeyId']}\nexport AWS_SECRET_ACCESS_KEY={key['secretAccessKey']}"
    output.done(key, lines)
    click.echo("The secret is not shown again.", err=True)


@command.command("list")
@calls
def list_(client: Client, output: Output) -> None:
    """List all keys, without their secrets."""
    output.items("apiKeys", every(client, "ListApiKeys", "apiKeys"), _COLUMNS, none="No key: ringwall keys create")


@command.command("disable")
@calls
@click.argument("key_id", metavar="ID")
def disable(client: Client, output: Output, *, key_id: str) -> None:
    """Refuse a key from now on."""
    output.done(client.call("UpdateApiKey", accessKeyId=key_id, enabled=False), f"Disabled {key_id}")


@command.command("enable")
@calls
@click.argument("key_id", metavar="ID")
def enable(client: Client, output: Output, *, key_id: str) -> None:
    """Accept a disabled key again."""
    output.done(client.call("UpdateApiKey", accessKeyId=key_id, enabled=True), f"Enabled {key_id}")
