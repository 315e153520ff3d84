"""`ringwall config`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ringwall.cli.output import write_text
from ringwall.cli.running_options import configuration_file
from ringwall.errors import UsageError
from ringwall.service.configuration import Configuration
from ringwall.service.configuration_file import as_toml, example, read_configuration


@click.group("config")
def command() -> None:
    """Check the service's configuration, or show an example of it."""


@command.command("check")
@click.argument("file", required=False, type=click.Path(path_type=Path))
def check(*, file: Path | None) -> int:
    """Print what is in force, with secrets masked, or say what is wrong.

    FILE is overridden by the RINGWALL_… variables of the environment. Without FILE: RINGWALL_CONFIG, else the defaults.
    """
    configuration = read_configuration(configuration_file(file), os.environ)
    write_text(as_toml(configuration), None)
    _note_refusal(configuration)
    return 0


def _note_refusal(configuration: Configuration) -> None:
    """Options of `ringwall serve`, or files of the machine that it runs on, may be what is missing: this is no error."""
    # It brings the web server: whoever asks for help need not wait for it.
    from ringwall.cli.serving import listening_of  # noqa: PLC0415

    try:
        listening_of(configuration)
    except UsageError as error:
        click.echo(f"Note: with this and no options, `ringwall serve` refuses to start: {error}", err=True)


@command.command("show-example")
def show_example() -> int:
    """Print a file with every key at its default, each with what it means."""
    write_text(example(), None)
    return 0
