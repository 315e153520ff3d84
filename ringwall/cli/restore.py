"""`ringwall restore`."""

from __future__ import annotations

from pathlib import Path

import click

from ringwall.cli import running_options
from ringwall.cli.data_folder import in_use, make_folder
from ringwall.cli.output import write_text
from ringwall.collector.lines import replaced_file
from ringwall.errors import UsageError
from ringwall.service import secrets
from ringwall.store.backup import restore
from ringwall.store.database import FILE


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@running_options.place
@click.option(
    "--master-key", "key_file", metavar="FILE", type=click.Path(path_type=Path), help="The master key of the copy."
)
@click.option("--force", is_flag=True, help="Replace the database that is there; it is kept beside the new one.")
def command(*, file: Path, data: Path | None, config: Path | None, key_file: Path | None, force: bool) -> int:
    """Put a copy that `ringwall backup` made back into a data folder.

    The server has to be stopped. The copy is checked first; it may be of an older version, and `ringwall serve` then
    brings it up to date.
    """
    folder = running_options.sqlite_folder(data, config)
    make_folder(folder)
    with in_use(folder, alone=True):
        if (folder / FILE).exists() and not force:
            raise UsageError(f"there is a database in {folder} already: --force replaces it")
        version = restore(file, folder / FILE)
        if key_file:
            _put_key(key_file, folder / secrets.FILE)
    write_text(f"{folder / FILE}: restored, version {version}\n", None)
    if not (folder / secrets.FILE).exists():
        click.echo(
            f"There is no {secrets.FILE}: without the copy's master key (or {secrets.VARIABLE})"
            " its keys and webhooks have to be made anew.",
            err=True,
        )
    return 0


def _put_key(source: Path, target: Path) -> None:
    try:
        key = source.read_text("ascii")
        secrets.MasterKey(key)
        with replaced_file(target) as file:
            file.write(key.encode())
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the master key `{source}` cannot be used: {error}") from error
