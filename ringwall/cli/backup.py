"""`ringwall backup`."""

from __future__ import annotations

from pathlib import Path

import click

from ringwall.cli import running_options
from ringwall.cli.output import write_text
from ringwall.collector.lines import replaced_file
from ringwall.errors import UsageError
from ringwall.service import secrets
from ringwall.store.backup import back_up
from ringwall.store.database import FILE


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@running_options.place
@click.option(
    "--master-key",
    "key_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Also copy the master key, to FILE.",
)
def command(*, file: Path, data: Path | None, config: Path | None, key_file: Path | None) -> int:
    """Copy the SQLite database to FILE, while the server runs.

    The master key is not in it: without that key, nobody reads the secrets in the copy (keys of callers, signing keys of
    webhooks). Keep the key elsewhere.
    """
    folder = running_options.sqlite_folder(data, config)
    version = back_up(folder / FILE, file)
    write_text(f"{file}: a copy of the database, version {version}, checked\n", None)
    if key_file:
        _copy_key(folder, key_file)
    else:
        click.echo(f"The master key is not in it: keep {folder / secrets.FILE} somewhere else, too.", err=True)
    return 0


def _copy_key(folder: Path, target: Path) -> None:
    try:
        key = (folder / secrets.FILE).read_bytes()
        with replaced_file(target) as file:
            file.write(key)
    except OSError as error:
        raise UsageError(f"the master key cannot be copied: {error}") from error
    click.echo(f"{target}: the master key. Whoever has both reads all secrets.", err=True)
