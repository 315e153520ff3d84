"""Options of the commands that run on a data folder, and what they mean together with file and environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ringwall.cli.options import together
from ringwall.errors import UsageError
from ringwall.service.configuration import Configuration
from ringwall.service.configuration_file import read_configuration

place = together(
    click.option(
        "--data",
        metavar="DIR",
        type=click.Path(path_type=Path),
        help="The data folder. Default: RINGWALL_DATA, else ~/.local/share/ringwall.",
    ),
    click.option(
        "--config",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="The configuration file. Default: RINGWALL_CONFIG, else there is none.",
    ),
)

log_format = click.option(
    "--log-format", type=click.Choice(["text", "json"]), help="Lines for people or for machines. Default: text."
)


def configuration_file(given: Path | None) -> Path | None:
    """The file that an option or RINGWALL_CONFIG names."""
    named = os.environ.get("RINGWALL_CONFIG")
    return given or (Path(named) if named else None)


def configuration_of(
    data: Path | None, config: Path | None, options: Mapping[tuple[str, str], Any] | None = None
) -> Configuration:
    """What is in force, with the options of the command.

    Raises:
        UsageError: something in it is unknown or makes no sense.
    """
    given = {("store", "data"): str(data) if data else None, **(options or {})}
    return read_configuration(configuration_file(config), os.environ, given)


def sqlite_folder(data: Path | None, config: Path | None) -> Path:
    """The data folder whose database is meant.

    Raises:
        UsageError: the database is another one.
    """
    configuration = configuration_of(data, config)
    if configuration.store.url and data is None:
        raise UsageError("the configured database is not the data folder's: PostgreSQL has pg_dump and pg_restore")
    return configuration.data
