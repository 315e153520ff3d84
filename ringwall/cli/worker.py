"""`ringwall worker`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from prometheus_client import start_http_server

from ringwall.cli import running_options
from ringwall.cli.running import opened
from ringwall.cli.serving import metrics_of, work
from ringwall.errors import UsageError
from ringwall.service.log_lines import set_up_logging


@click.command("worker")
@running_options.place
@click.option(
    "--metrics-port", type=click.IntRange(1, 65535), metavar="PORT", help="Answer Prometheus at this port of 127.0.0.1."
)
@running_options.log_format
def command(*, data: Path | None, config: Path | None, metrics_port: int | None, **options: Any) -> int:
    """Work on the jobs of a PostgreSQL database, beside servers and other workers.

    It ends on SIGTERM or Ctrl-C, when what is under way has ended.
    """
    given = {("logging", "format"): options["log_format"]}
    configuration = running_options.configuration_of(data, config, given)
    if configuration.store.url is None:
        raise UsageError(
            "workers of their own need PostgreSQL: set RINGWALL_DATABASE_URL or `store.url`."
            " Over SQLite, `ringwall serve` does the work itself"
        )
    set_up_logging(configuration.logging.level, configuration.logging.format)
    with opened(configuration) as ringwall:
        metrics = metrics_of(ringwall)
        if metrics_port:
            start_http_server(metrics_port, addr="127.0.0.1", registry=metrics.registry)
        work(ringwall, configuration, metrics)
    return 0
