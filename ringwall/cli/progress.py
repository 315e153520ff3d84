"""Tells on standard error how far a command has come: a moving bar on a terminal, plain lines otherwise."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Progress = Callable[[int, int | None, str], None]
"""Is told how many steps are done, of how many, and what the last one was about. The second number may grow."""

_STEP = 1000


@contextmanager
def progress_of(label: str, *, quiet: bool = False) -> Iterator[Progress]:
    """Somebody to be told how far the command has come."""
    if quiet:
        yield _nothing
    elif sys.stderr.isatty():
        with _bar(label) as progress:
            yield progress
    else:
        yield _lines(label)


def _nothing(done: int, total: int | None, what: str) -> None:
    """Say nothing."""


def _lines(label: str) -> Progress:
    last = 0

    def progress(done: int, total: int | None, what: str) -> None:
        nonlocal last
        # Steps that end together are all told of with the same number.
        if done != last and (done % _STEP == 0 or done == total):
            last = done
            click.echo(f"{label}: {done:,}{f' of {total:,}' if total else ''} {what}".rstrip(), err=True)

    return progress


@contextmanager
def _bar(label: str) -> Iterator[Progress]:
    # Rich takes 100 ms to import, which only whoever sees the bar should wait for.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[what]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None, what="")
        yield lambda done, total, what: bar.update(task, completed=done, total=total, what=what)
