"""`ringwall template`."""

from __future__ import annotations

from pathlib import Path

import click

from ringwall.cli import options
from ringwall.cli.output import write_text
from ringwall.collector.event_template import DEFAULT_QUEUE_NAME, Format, Part, events_template


@click.group("template")
def command() -> None:
    """Print templates of what Ringwall needs in AWS, to deploy with other tools."""


@command.command("events")
@click.option(
    "--format",
    "form",
    type=click.Choice(["cloudformation", "terraform"]),
    default="cloudformation",
    show_default=True,
    help="CloudFormation, or Terraform's JSON syntax (save it as `events.tf.json`).",
)
@click.option(
    "--part",
    type=click.Choice(["queue", "forwarding"]),
    default="queue",
    show_default=True,
    help="The queue, to deploy once; or the forwarding to it, for every other Region and account.",
)
@click.option("--queue-name", default=DEFAULT_QUEUE_NAME, show_default=True, help="The queue to create.")
@options.output
def events(*, form: Format, part: Part, queue_name: str, output: Path | None) -> int:
    """Print what tells the service of changes within seconds.

    That is an SQS queue, and EventBridge rules that pick the calls of CloudTrail that may change how something is
    shared. Give the queue's URL to the service as `events_queue_url`.
    """
    write_text(events_template(form, part, queue_name=queue_name), output)
    return 0
