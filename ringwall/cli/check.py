"""`ringwall check`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from ringwall.checks.access import Access, check_access_not_granted, check_no_new_access, check_no_public_access
from ringwall.checks.documents import PolicyType
from ringwall.checks.resource_types import PUBLIC_TYPES, find_public_type
from ringwall.cli import documents
from ringwall.cli.documents import PATH, checked, exit_code, of_type
from ringwall.cli.options import separated, together
from ringwall.cli.output import check_output, view_of, write_text
from ringwall.cli.policy_files import read_policy_files
from ringwall.cli.solvers import solver_on_demand
from ringwall.errors import PolicyError
from ringwall.policy.service_reference import expand_action
from ringwall.reports.checked import Checked, CheckReport
from ringwall.reports.checks import CHECK_FORMATS
from ringwall.reports.policies.document import Document

_TYPES = {"identity": PolicyType.IDENTITY_POLICY, "resource": PolicyType.RESOURCE_POLICY}


def _policy_type(_: click.Context, __: click.Parameter, value: str) -> PolicyType:
    return _TYPES[value]


def _resource_type(_: click.Context, __: click.Parameter, value: str) -> str:
    """The type as the API spells it; `sqs::queue` will do for `AWS::SQS::Queue`."""
    spellings = {name.lower().removeprefix("aws::"): name for name in PUBLIC_TYPES}
    name = spellings.get(value.lower().removeprefix("aws::"), value)
    find_public_type(name)
    return name


_policy_type_option = click.option(
    "--type",
    "policy_type",
    type=click.Choice(list(_TYPES)),
    required=True,
    callback=_policy_type,
    help="What kind of policies these are: trust policies of roles are resource policies.",
)
_files = together(
    click.argument("files", metavar="FILE…", nargs=-1, required=True, type=PATH),
)


@click.group("check")
def command() -> None:
    """Check policy documents, as the custom policy checks of IAM Access Analyzer do.

    Nothing is known but the documents: no account, no organization. A check that passes is proven; one that fails
    shows a request that proves it. Files may be - for standard input.
    """


@command.command("no-new-access", short_help="Nothing beyond an existing policy.")
@click.option(
    "--new",
    "new",
    type=PATH,
    metavar="FILE",
    required=True,
    multiple=True,
    help="The policy to check; - is standard input. Repeatable.",
)
@click.option("--existing", type=PATH, metavar="FILE", required=True, help="The policy whose access is not new.")
@_policy_type_option
@documents.report
def no_new_access(
    *, new: tuple[Path, ...], existing: Path, policy_type: PolicyType, form: str, output: Path | None
) -> int:
    """Fail where a new policy allows what the existing policy does not."""
    check_output(output, (*new, existing))
    known, *candidates = read_policy_files((existing, *new))
    known = of_type(known, policy_type)
    if (reference := known.policy) is None:
        return _written("no-new-access", (Checked(known), *map(_without_reference, candidates)), form, output)
    check = partial(check_no_new_access, existing=reference, policy_type=policy_type, solver=solver_on_demand())
    found = (checked(each, check) for each in candidates)
    return _written("no-new-access", tuple(found), form, output)


def _without_reference(document: Document) -> Checked:
    fault = document.error or PolicyError("the existing policy, which to compare it with, could not be read")
    return Checked(Document(document.file, document.text, None, fault))


@command.command("access-not-granted", short_help="None of these actions on any of these resources.")
@_files
@click.option(
    "--action",
    "actions",
    metavar="ACTION[,ACTION…]",
    multiple=True,
    callback=separated,
    help="An action that must not be granted, wildcards included. Repeatable.",
)
@click.option(
    "--resource",
    "resources",
    metavar="ARN",
    multiple=True,
    help="A resource on which nothing, or none of the actions, may be granted. Repeatable.",
)
@_policy_type_option
@documents.report
def access_not_granted(
    *,
    files: tuple[Path, ...],
    actions: tuple[str, ...],
    resources: tuple[str, ...],
    policy_type: PolicyType,
    form: str,
    output: Path | None,
) -> int:
    """Fail where a policy allows one of the actions on one of the resources, under whatever condition."""
    check_output(output, files)
    access = Access(actions, resources)
    check = partial(check_access_not_granted, access=[access], policy_type=policy_type, solver=solver_on_demand())
    found = tuple(checked(each, check) for each in read_policy_files(files))
    for action in actions:
        if action != "*" and not expand_action(action):
            click.echo(f"Note: `{action}` is no action that AWS documents. Is it spelled right?", err=True)
    return _written("access-not-granted", found, form, output)


@command.command("no-public-access", short_help="Nobody but those whom fixed values name.")
@_files
@click.option(
    "--resource-type",
    metavar="TYPE",
    required=True,
    callback=_resource_type,
    help="What the policies hang on, such as AWS::S3::Bucket.",
)
@documents.report
def no_public_access(*, files: tuple[Path, ...], resource_type: str, form: str, output: Path | None) -> int:
    """Fail where a resource policy lets in anybody: nothing limits who it is to fixed values."""
    check_output(output, files)
    check = partial(check_no_public_access, resource_type=resource_type, solver=solver_on_demand())
    found = (checked(each, check) for each in read_policy_files(files))
    return _written("no-public-access", tuple(found), form, output)


def _written(check: str, found: tuple[Checked, ...], form: str, output: Path | None) -> int:
    report = CheckReport(check, found)
    write_text(CHECK_FORMATS[form](report, view_of(output)), output)
    return exit_code(report)
