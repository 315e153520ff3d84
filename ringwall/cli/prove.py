"""`ringwall prove`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from ringwall.cli import options
from ringwall.cli.analysis import Mode, analyzer_of, collect_garbage_rarely, opened
from ringwall.cli.documents import PATH
from ringwall.cli.output import view_of, write_text
from ringwall.cli.policy_files import read_policy_files
from ringwall.cli.progress import progress_of
from ringwall.errors import UsageError
from ringwall.findings.proofs import Outcome, Proofs
from ringwall.proving import prove, prove_check
from ringwall.reasoning.compare import granted_access, new_access
from ringwall.reasoning.question import Question
from ringwall.reports.proofs import PROOF_FORMATS
from ringwall.service.scanning import Selection
from ringwall.solvers.process import LIMIT, running

_EXIT_CODES = {Outcome.AGREED: 0, Outcome.OPEN: 3, Outcome.CONTRADICTED: 101}
_CONTRADICTED = """A solver contradicts Ringwall: this is a bug in Ringwall. Nothing can be concluded from this run.
Please report it, with the files. Leave out account numbers and policies that you cannot share."""

Into = Mapping[str, Any]
"""What the options of `_into` were."""
Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def _into(files: bool) -> Callable[[Decorated], Decorated]:
    return options.together(
        click.option(
            "--output",
            "-o",
            required=files,
            metavar="DIR",
            type=click.Path(path_type=Path, file_okay=False),
            help="The folder for the scripts. It is made where it is not there.",
        ),
        click.option(
            "--format",
            "form",
            type=click.Choice(list(PROOF_FORMATS)),
            default="table",
            show_default=True,
            help="How to write what came out.",
        ),
        click.option(
            "--time-limit",
            metavar="SECONDS",
            type=click.FloatRange(min=0.1),
            default=LIMIT,
            show_default=True,
            help="What each solver has for one script.",
        ),
    )


@click.group("prove", invoke_without_command=True)
@click.option(
    "--snapshot", metavar="FILE", type=click.Path(path_type=Path), help="The snapshot whose verdicts are to be proven."
)
@click.option("--resource", "resources", metavar="ARN", multiple=True, help="Only this resource. Repeatable.")
@options.selection
@options.analysis
@_into(files=False)
@options.quiet
@click.pass_context
def command(  # noqa: PLR0913 - one parameter per option
    context: click.Context,
    *,
    snapshot: Path | None,
    resources: tuple[str, ...],
    resource_types: frozenset[str],
    regions: frozenset[str],
    accounts: frozenset[str],
    zone: str | None,
    trusted: tuple[str, ...],
    mode: Mode,
    include: frozenset[str],
    output: Path | None,
    form: str,
    time_limit: float,
    quiet: bool,
) -> int | None:
    """Write verdicts as scripts of SMT-LIB that anybody can check, and let cvc5 and z3 check them.

    A script is unsatisfiable exactly if the verdict is right. Findings are proven by their witnesses, which are
    replayed. The solvers come with pip install 'ringwall[proof]'.
    """
    if context.invoked_subcommand is not None:
        return None
    if snapshot is None or output is None:
        raise UsageError("give --snapshot FILE and --output DIR, or use `ringwall prove check`")
    collect_garbage_rarely()
    selection = Selection(resource_types, regions, accounts)
    with (
        opened(snapshot) as (header, seen),
        progress_of("Proving", quiet=quiet) as progress,
        running(time_limit) as solvers,
    ):
        analyzer = analyzer_of(header.organization, zone=zone, trusted=trusted, mode=mode, include=include)
        wanted = (each for each in seen if selection.takes(each) and _is_named(each, resources))
        counted = (each for done, each in enumerate(wanted, start=1) if progress(done, None, "resources") is None)
        proofs = prove(counted, analyzer, solvers, partial(_save, output))
    if resources and not proofs.proven and not proofs.witnessed and not proofs.undecided:
        raise UsageError(f"nothing is claimed of `{', '.join(resources)}`: it is not in the snapshot, or not shared")
    return _told(proofs, form)


def _is_named(seen: object, resources: tuple[str, ...]) -> bool:
    """Whether it is one of these resources: all are, where none are named."""
    return not resources or getattr(seen, "arn", None) in resources


def _save(folder: Path, name: str, text: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the folder `{folder}`: {error.strerror or error}") from error
    write_text(text, folder / name)


def _told(proofs: Proofs, form: str) -> int:
    write_text(PROOF_FORMATS[form](proofs, view_of(None)), None)
    if proofs.outcome is Outcome.CONTRADICTED:
        click.echo(_CONTRADICTED, err=True)
    return _EXIT_CODES[proofs.outcome]


@command.group("check", short_help="Write the outcome of a check of policies as a script.")
def check() -> None:
    """Write the outcome of a check of policies as a script, or show the request that makes it fail."""


def _checked(paths: Sequence[Path], about: str, question_of: Callable[..., Question], into: Into) -> int:
    documents = read_policy_files(paths)
    if unread := tuple(f"{each.file}: {each.error}" for each in documents if each.error):
        return _told(Proofs(undecided=unread), into["form"])
    question = question_of(*(each.policy for each in documents))
    with running(into["time_limit"]) as solvers:
        proofs = prove_check(about, question, solvers, partial(_save, into["output"]))
    code = _told(proofs, into["form"])
    return 1 if code == 0 and proofs.witnessed else code


@check.command("no-new-access", short_help="Nothing beyond an existing policy.")
@click.option("--new", metavar="FILE", required=True, type=PATH, help="The policy to check; - is standard input.")
@click.option("--existing", metavar="FILE", required=True, type=PATH, help="The policy whose access is not new.")
@_into(files=True)
def no_new_access(*, new: Path, existing: Path, **into: Any) -> int:
    """Does the new policy allow nothing that the existing one does not?"""
    return _checked((new, existing), "no-new-access", lambda one, other: new_access(new=one, existing=other), into)


@check.command("access-not-granted", short_help="None of these actions on any of these resources.")
@click.argument("policy", metavar="FILE", type=PATH)
@click.option(
    "--action",
    "actions",
    metavar="ACTION[,ACTION…]",
    multiple=True,
    callback=options.separated,
    help="An action that must not be granted, wildcards included. Repeatable.",
)
@click.option(
    "--resource",
    "resources",
    metavar="ARN",
    multiple=True,
    help="A resource on which nothing, or none of the actions, may be granted. Repeatable.",
)
@_into(files=True)
def access_not_granted(*, policy: Path, actions: tuple[str, ...], resources: tuple[str, ...], **into: Any) -> int:
    """Does the policy allow none of the actions on any of the resources? Without --action, or --resource: on all."""
    if not actions and not resources:
        raise UsageError("give --action or --resource: otherwise the check is about all access")
    question_of = partial(granted_access, actions=actions, resources=resources)
    return _checked((policy,), "access-not-granted", question_of, into)
