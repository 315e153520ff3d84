"""`ringwall last-accessed`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from ringwall.cli import options
from ringwall.cli.output import check_output, view_with, write_text
from ringwall.cli.principals import Wanted, found
from ringwall.cli.trails import trail_wanted
from ringwall.cli.unused_options import trail_options
from ringwall.errors import CollectionError, UsageError
from ringwall.findings.report import Gap
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.reports.unused.accessed import ACCESSED_FORMATS
from ringwall.service.judging import SeenPrincipal, at_a_glance


@click.command("last-accessed")
@click.argument("principal", metavar="PRINCIPAL")
@click.argument("snapshot", metavar="[SNAPSHOT]", required=False, type=click.Path(path_type=Path))
@options.source
@options.account
@trail_options
@click.option("--actions", is_flag=True, help="Show the actions of each service, too.")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(ACCESSED_FORMATS)),
    default="table",
    show_default=True,
    help="How to write it.",
)
@options.output
@options.quiet
def command(  # noqa: PLR0913 - one parameter per option
    *,
    principal: str,
    snapshot: Path | None,
    accounts: frozenset[str],
    trail: str | None,
    trail_days: int,
    actions: bool,
    form: str,
    output: Path | None,
    quiet: bool,
    **source: Any,
) -> int:
    """Show what PRINCIPAL is granted and what of it was used, when and where last.

    PRINCIPAL is an ARN or a name. SNAPSHOT is what `ringwall collect --unused` wrote, or - for standard input; without
    it AWS is asked. Nothing is ever changed.
    """
    check_output(output, [snapshot] if snapshot else [])
    wanted = Wanted(snapshot, source, accounts, trail_wanted(trail, trail_days, source), quiet)
    with found(wanted, principal) as here:
        access = find_principal(here.seen, principal, accounts)
        view = view_with(output, None, here.header.organization)
    glance = at_a_glance(access)
    text = ACCESSED_FORMATS[form]((glance.access, glance.summary, glance.undecided), view, actions=actions)
    write_text(text, output)
    return 3 if access.usage.report is None or glance.undecided else 0


def find_principal(seen: Iterable[SeenPrincipal], wanted: str, accounts: frozenset[str]) -> PrincipalAccess:
    """The principal of this ARN, or the only one of this name.

    Raises:
        UsageError: there is none, or there are several.
        CollectionError: there is none, and not everything could be read.
    """
    fitting: list[PrincipalAccess] = []
    gap: Gap | None = None
    for each in seen:
        if isinstance(each, Gap):
            gap = each if each.is_failure else gap
        elif wanted in (each.principal.arn, each.principal.name) and _is_in(each, accounts):
            fitting.append(each)
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        arns = ", ".join(each.principal.arn for each in fitting)
        raise UsageError(f"several principals are called `{wanted}`: give the ARN of one of them: {arns}")
    if gap:
        raise CollectionError(gap.code, f"there is no `{wanted}` in what could be read; {gap.message}")
    raise UsageError(f"there is no user or role `{wanted}`: give its name or its ARN")


def _is_in(access: PrincipalAccess, accounts: frozenset[str]) -> bool:
    return not accounts or access.principal.account in accounts
