"""`ringwall serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ringwall.api.server import check_free
from ringwall.cli import running_options
from ringwall.cli.console_settings import local_link
from ringwall.cli.running import opened
from ringwall.cli.serving import listening_of, serve
from ringwall.service.log_lines import set_up_logging


@click.command("serve")
@click.option("--host", metavar="ADDRESS", help="The address to listen on. Default: 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), metavar="PORT", help="The port to listen on. Default: 8420.")
@running_options.place
@click.option("--no-workers", is_flag=True, help="Answer the API only: `ringwall worker` does the work elsewhere.")
@click.option("--tls-certificate", metavar="FILE", help="A PEM file: the certificate and its chain.")
@click.option("--tls-key", metavar="FILE", help="A PEM file: the certificate's key.")
@click.option("--behind-proxy", is_flag=True, help="A proxy in front does TLS, and is believed.")
@click.option("--local", is_flag=True, help="Print a link that signs you in to the console, once, on this computer.")
@running_options.log_format
def command(*, data: Path | None, config: Path | None, no_workers: bool, local: bool, **options: Any) -> int:
    """Keep watch, and answer AWS's API.

    Everything in one process: the API, the console, the workers, and whoever is told of changes. It ends on SIGTERM or Ctrl-C, when
    what is under way has ended.
    """
    given = {
        ("server", "host"): options["host"],
        ("server", "port"): options["port"],
        ("server", "tls_certificate"): options["tls_certificate"],
        ("server", "tls_key"): options["tls_key"],
        # Not given is not "no": the file may say yes.
        ("server", "behind_proxy"): options["behind_proxy"] or None,
        ("logging", "format"): options["log_format"],
    }
    configuration = running_options.configuration_of(data, config, given)
    # Before anything is made or opened.
    listening = listening_of(configuration)
    check_free(listening)
    set_up_logging(configuration.logging.level, configuration.logging.format)
    token = local_link(listening) if local else None
    with opened(configuration, to_work=not no_workers) as ringwall:
        serve(ringwall, configuration, listening, has_workers=not no_workers, local_token=token)
    return 0
