"""Options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from ringwall.reports import FORMATS
from ringwall.reports.wording import RESOURCE_NOUNS

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def together(*options: Callable[[Any], Any]) -> Callable[[Decorated], Decorated]:
    """One decorator that adds all `options`, in the order in which the help shows them."""

    def decorate(command: Decorated) -> Decorated:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def _resource_type(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> frozenset[str]:
    """The resource types as the API spells them; `sqs::queue` will do for `AWS::SQS::Queue`."""
    spellings = {name.lower(): name for name in RESOURCE_NOUNS}
    spellings |= {name.lower().removeprefix("aws::"): name for name in RESOURCE_NOUNS}
    for value in values:
        if value.lower() not in spellings:
            raise click.BadParameter(f"there is no resource type `{value}`: choose among {', '.join(RESOURCE_NOUNS)}")
    return frozenset(spellings[value.lower()] for value in values)


def _accounts(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> frozenset[str]:
    accounts = [account.strip() for value in values for account in value.split(",")]
    for account in accounts:
        if len(account) != 12 or not account.isdigit():
            raise click.BadParameter(f"`{account}` is not an account number: twelve digits are expected")
    return frozenset(accounts)


_REGION = re.compile(r"[a-z]+(-[a-z]+)+-\d+")


def _regions(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> frozenset[str]:
    """Names that Regions can have. Which there are, only AWS knows."""
    for value in values:
        if not _REGION.fullmatch(value):
            raise click.BadParameter(f"`{value}` is not a Region: something like eu-west-1 is expected")
    return frozenset(values)


def _set(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> frozenset[str]:
    return frozenset(values)


def separated(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """What was given, each value split at its commas."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


output = click.option(
    "--output",
    "-o",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write to this file instead of standard output.",
)
quiet = click.option("--quiet", "-q", is_flag=True, help="No progress on standard error.")

account = click.option(
    "--account",
    "accounts",
    metavar="ACCOUNT",
    multiple=True,
    callback=_accounts,
    help="Only this account. Repeatable.",
)

selection = together(
    click.option(
        "--resource-type",
        "resource_types",
        metavar="TYPE",
        multiple=True,
        callback=_resource_type,
        help="Only this type, such as AWS::SQS::Queue. Repeatable.",
    ),
    click.option(
        "--region", "regions", metavar="REGION", multiple=True, callback=_regions, help="Only this Region. Repeatable."
    ),
    account,
)

analysis = together(
    click.option(
        "--zone",
        type=click.Choice(["account", "organization"]),
        help="The zone of trust. Default: the organization when there is one, else each account.",
    ),
    click.option(
        "--trust",
        "trusted",
        metavar="ENTITY",
        multiple=True,
        help="A known partner or network: account:…, org:…, path:…, vpc:… or cidr:…. Repeatable.",
    ),
    click.option(
        "--mode",
        type=click.Choice(["concise", "aws"]),
        default="concise",
        show_default=True,
        help="The fewest findings that cover all access, or every finding as the AWS service has them.",
    ),
    click.option(
        "--include",
        type=click.Choice(["confused-deputy"]),
        multiple=True,
        callback=_set,
        help="Also report AWS services that act without a source condition.",
    ),
)

report = together(
    click.option(
        "--format",
        "form",
        type=click.Choice(FORMATS),
        default="table",
        show_default=True,
        help="How to write the report.",
    ),
    output,
)

fail_on = click.option(
    "--fail-on",
    type=click.Choice(["public", "external", "any", "none"]),
    default="any",
    show_default=True,
    help="Exit with 1 on public access, on any external access, on any finding, or never.",
)

source = together(
    click.option("--profile", help="A profile of the AWS configuration files. Default: the standard credential chain."),
    click.option(
        "--organization", is_flag=True, help="Collect every account of the organization, through --role-name."
    ),
    click.option(
        "--accounts",
        "source_accounts",
        metavar="ACCOUNT[,ACCOUNT…]",
        multiple=True,
        callback=_accounts,
        help="Collect these accounts, through --role-name.",
    ),
    click.option("--role-name", metavar="NAME", help="The role to assume in the accounts."),
    click.option("--external-id", metavar="ID", help="The external id that the role asks for."),
    click.option("--endpoint-url", metavar="URL", help="Another endpoint for all AWS services, for tests."),
)
