"""`ringwall fix`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from ringwall.cli import options
from ringwall.cli.analysis import Mode, analyzer_of, collect_garbage_rarely, opened
from ringwall.cli.output import show, view_of, write_text
from ringwall.cli.principals import Wanted
from ringwall.cli.progress import progress_of
from ringwall.cli.remembered_fix import Asked, remembered_fix
from ringwall.cli.solvers import solver_on_demand
from ringwall.cli.trails import trail_wanted
from ringwall.cli.unused_fix import unused_fix
from ringwall.cli.unused_options import age_option, trail_options
from ringwall.cli.verify import solvers_for
from ringwall.errors import UsageError
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.finding import Finding
from ringwall.findings.fix import Fix, NoFix, find_fix
from ringwall.findings.organization import Organization
from ringwall.findings.proofs import Outcome
from ringwall.findings.report import Gap
from ringwall.proving import prove_fix
from ringwall.reports.fixes import FIX_FORMATS, Told
from ringwall.resources.base import Resource
from ringwall.service.scanning import Selection

Found = tuple[ExternalAccess, Resource, Finding]


@click.command("fix")
@click.argument("finding", metavar="FINDING")
@click.option(
    "--snapshot",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Look for the finding in this file, or standard input (-), and not in AWS.",
)
@click.option(
    "--analyzer",
    metavar="NAME|ARN",
    help="Look for the finding among those that this analyzer of a server, or of the local store, remembers.",
)
@click.option("--unused", is_flag=True, help="FINDING is one of `ringwall unused`: recommend what to do about it.")
@age_option
@trail_options
@click.option("--url", metavar="URL", help="With --analyzer: the server. Default: RINGWALL_URL, else the local store.")
@options.source
@options.selection
@options.analysis
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FIX_FORMATS)),
    default="text",
    show_default=True,
    help="How to write the fix.",
)
@options.output
@click.option("--verify", is_flag=True, help="Put the proof to the solvers cvc5 and z3: needs ringwall[proof].")
@click.option("--apply", "applies", is_flag=True, help="Write the fix to AWS, after asking.")
@click.option("--nearest", is_flag=True, help="With --apply: also a fix that takes away more than the finding.")
@click.option("--yes", is_flag=True, help="With --apply: do not ask.")
@click.option("--despite-gaps", is_flag=True, help="Recommend even where something that may show use was not read.")
@options.quiet
def command(  # noqa: PLR0913 - one parameter per option
    *,
    finding: str,
    snapshot: Path | None,
    analyzer: str | None,
    url: str | None,
    unused: bool,
    age: int,
    trail: str | None,
    trail_days: int,
    resource_types: frozenset[str],
    regions: frozenset[str],
    accounts: frozenset[str],
    zone: str | None,
    trusted: tuple[str, ...],
    mode: Mode,
    include: frozenset[str],
    form: str,
    output: Path | None,
    verify: bool,
    applies: bool,
    nearest: bool,
    yes: bool,
    despite_gaps: bool,
    quiet: bool,
    **source: Any,
) -> int:
    """Find the smallest edit that removes exactly the access of FINDING, and prove it.

    FINDING is an id as in `ringwall scan --format json`, with the same options; or, with --unused, as in
    `ringwall unused`, with the same --age and --trail. Nothing is changed without --apply.
    """
    asked = Asked(finding, analyzer or "", url, form, output, applies, nearest, yes, despite_gaps)
    _check(source, snapshot, asked, verify=verify, trail=None if unused else trail)
    if asked.analyzer:
        return remembered_fix(asked)
    selection = Selection(resource_types, regions, accounts)
    if unused:
        trust = {"--zone": zone, "--trust": trusted, "--include": include}
        _check_unused({**trust, "--verify": verify, "--nearest": nearest}, selection)
        wanted = Wanted(snapshot, source, accounts, trail_wanted(trail, trail_days, source), quiet)
        return unused_fix(asked, wanted, age)
    analysis: dict[str, Any] = {"zone": zone, "trusted": trusted, "mode": mode, "include": include}
    found = _found_among(_seen(snapshot, source, selection, quiet=quiet), selection, finding, analysis)
    return _finished(asked, _verified(Told(find_fix(*found)), found[0], verify=verify), found[0], source)


def _finished(asked: Asked, told: Told, analyzer: ExternalAccess, source: Mapping[str, Any]) -> int:
    """Write the fix to AWS, if that is wanted, and say what was found."""
    if not asked.applies or not _is_writable(told, nearest=asked.nearest):
        write_text(FIX_FORMATS[asked.form](told, view_of(asked.output)), asked.output)
        return _code(told)
    assert isinstance(told.fix, Fix), "what is no fix is not writable"
    if not asked.yes:
        show(FIX_FORMATS["text"](told, view_of(None)), is_beside=asked.form != "text")
        click.confirm("Write this to AWS?", abort=True, err=True)
    told = _applied(told, told.fix, analyzer, source)
    write_text(FIX_FORMATS[asked.form](told, view_of(asked.output)), asked.output)
    return _code(told)


def _check_remembered(source: Mapping[str, Any], snapshot: Path | None, *, verify: bool) -> None:
    if snapshot is not None or verify or any(source.values()):
        raise UsageError(
            "--analyzer asks whoever remembers the finding: leave out --snapshot, --verify and AWS's options"
        )


def _check_unused(others: Mapping[str, object], selection: Selection) -> None:
    """Options that say nothing about unused access: `--verify` would look as if it had been heard."""
    selected = {"--resource-type": selection.resource_types, "--region": selection.regions}
    if given := [name for name, value in {**others, **selected}.items() if value]:
        raise UsageError(f"--unused is about principals and what they used: leave out {', '.join(given)}")


def _check(source: Mapping[str, Any], snapshot: Path | None, asked: Asked, *, verify: bool, trail: str | None) -> None:
    if trail:
        raise UsageError("--trail is evidence of what principals used: it belongs to --unused")
    if asked.analyzer:
        _check_remembered(source, snapshot, verify=verify)
    if (asked.nearest or asked.yes) and not asked.applies:
        raise UsageError("--nearest and --yes belong to --apply")
    if asked.url and not asked.analyzer:
        raise UsageError("--url belongs to --analyzer")
    if snapshot is None:
        return
    if asked.applies:
        raise UsageError("--apply writes to AWS and --snapshot is about a file: give one of them")
    if any(source.values()):
        raise UsageError("--snapshot is about a file: leave out the options about AWS")


@contextmanager
def _seen(
    snapshot: Path | None, source: Mapping[str, Any], selection: Selection, *, quiet: bool
) -> Iterator[tuple[Organization | None, Iterable[Resource | Gap]]]:
    """What there is to look through, and the organization that it belongs to."""
    collect_garbage_rarely()
    if snapshot is not None:
        with opened(snapshot) as (header, seen):
            yield header.organization, seen
        return
    # boto3 takes half a second to import, which a look into a file should not wait for.
    from ringwall.cli.live import LiveSource, collected  # noqa: PLC0415

    with progress_of("Collecting", quiet=quiet) as progress:
        found = collected(LiveSource(**source), selection, progress)
        yield found.header.organization, found.seen


def _found_among(
    opening: AbstractContextManager[tuple[Organization | None, Iterable[Resource | Gap]]],
    selection: Selection,
    id_: str,
    analysis: Mapping[str, Any],
) -> Found:
    with opening as (organization, seen):
        analyzer = analyzer_of(organization, solver=solver_on_demand(), **analysis)
        return _found(id_, filter(selection.takes, seen), analyzer)


def _found(id_: str, seen: Iterable[Resource | Gap], analyzer: ExternalAccess) -> Found:
    """The finding of this id, its resource, and who found it.

    Raises:
        UsageError: there is none.
    """
    for each in seen:
        for finding in analyzer.findings_of(each) if isinstance(each, Resource) else ():
            if finding.id == id_ and isinstance(each, Resource):
                return analyzer, each, finding
    advice = (
        "give an id of `ringwall scan --format json`, and the same options; for one of `ringwall unused` add --unused"
    )
    raise UsageError(f"there is no finding `{id_}`: {advice}")


def _verified(told: Told, analyzer: ExternalAccess, *, verify: bool) -> Told:
    if not verify or isinstance(told.fix, NoFix):
        return told
    with solvers_for(verify=True) as solvers:
        return replace(told, proofs=prove_fix(told.fix, analyzer, list(solvers.values()), lambda *_: None))


def _is_writable(told: Told, *, nearest: bool) -> bool:
    """Whether there is something that may be written: nothing that a solver contradicts, and an exact fix unless asked."""
    if isinstance(told.fix, NoFix) or (told.proofs and told.proofs.outcome is Outcome.CONTRADICTED):
        return False
    return told.fix.is_exact or nearest


def _applied(told: Told, fix: Fix, analyzer: ExternalAccess, source: Mapping[str, Any]) -> Told:
    """Write the fix, and analyse the resource as it is then."""
    from ringwall.cli.live import LiveSource, reader_for  # noqa: PLC0415
    from ringwall.collector.apply import apply_fix  # noqa: PLC0415

    aws = reader_for(LiveSource(**source), fix.resource.owner_account, fix.resource.region)
    resource = apply_fix(aws, fix.resource, fix.configuration, is_allowed=True)
    left = analyzer.findings_of(resource)
    is_gone = all(each.id != fix.finding.id and not each.error for each in left)
    return replace(told, is_applied=True, is_gone=is_gone)


def _code(told: Told) -> int:
    """0 an exact fix, which took effect if it was applied; 1 none; 3 not decided; 101 a solver contradicts it."""
    if told.proofs and told.proofs.outcome is Outcome.CONTRADICTED:
        return 101
    if told.proofs and told.proofs.outcome is Outcome.OPEN:
        return 3
    if isinstance(told.fix, NoFix):
        return 1
    if told.is_applied:
        return 0 if told.is_gone else 3
    if any(loss.undecided for loss in told.fix.losses):
        return 3
    return 0 if told.fix.is_exact else 1
