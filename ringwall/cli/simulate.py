"""`ringwall simulate`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from ringwall.cli import options
from ringwall.cli.output import check_output, view_of, write_lines, write_text
from ringwall.cli.policy_files import STANDARD_INPUT, read_policy_files
from ringwall.errors import UsageError
from ringwall.policy.ast import Policy
from ringwall.policy.authorize import Authorization, PolicyKind
from ringwall.policy.cases import answers_to, caller_of, request_of
from ringwall.policy.explain_request import explain_request
from ringwall.policy.request import Request
from ringwall.reports.policies.simulation import SIMULATION_FORMATS, Place, Simulation

_PATH = click.Path(path_type=Path)
_LEVELS = {
    "service_control_policies": PolicyKind.SERVICE_CONTROL,
    "resource_control_policies": PolicyKind.RESOURCE_CONTROL,
}
_FLAT = {
    "identity_policies": PolicyKind.IDENTITY,
    "resource_policies": PolicyKind.RESOURCE,
    "permissions_boundary": PolicyKind.PERMISSIONS_BOUNDARY,
    "session_policies": PolicyKind.SESSION,
    "vpc_endpoint_policies": PolicyKind.VPC_ENDPOINT,
}


def _policies(name: str, field: str, what: str) -> Any:
    return click.option(name, field, metavar="FILE", type=_PATH, multiple=True, help=f"{what} Repeatable.")


def _levels(name: str, field: str, what: str) -> Any:
    help_text = f"The {what} of one level of the organization; root first, an option for each level. Repeatable."
    return click.option(name, field, metavar="FILE[,FILE…]", multiple=True, help=help_text)


_request = options.together(
    click.option("--principal", metavar="ARN", help="Who calls: an ARN, an account, a service, or * for anonymous."),
    click.option("--action", metavar="ACTION", help="What for, such as s3:GetObject."),
    click.option("--resource", metavar="ARN", help="On what."),
    click.option("--resource-account", metavar="ACCOUNT", default="", help="Whose the resource is."),
    click.option(
        "--context",
        metavar="KEY=VALUE",
        multiple=True,
        help="A condition key of the request. Repeatable, also with one key.",
    ),
)
_all_policies = options.together(
    _policies("--identity-policy", "identity_policies", "A policy of the principal."),
    click.option("--resource-policy", metavar="FILE", type=_PATH, help="The resource's own policy."),
    _policies("--permissions-boundary", "permissions_boundary", "A permissions boundary of the principal."),
    _policies("--session-policy", "session_policies", "A policy that was passed for the session."),
    _levels("--service-control-policy", "service_control_policies", "service control policies"),
    _levels("--resource-control-policy", "resource_control_policies", "resource control policies"),
    _policies("--vpc-endpoint-policy", "vpc_endpoint_policies", "A policy of the VPC endpoint on the way."),
)


@click.command("simulate")
@click.option("--batch", metavar="FILE", type=_PATH, help="Decide cases, one line of JSON each; - is standard input.")
@_request
@_all_policies
@click.option(
    "--format",
    "form",
    type=click.Choice(list(SIMULATION_FORMATS)),
    help="How to write the decision on a single request.  [default: table]",
)
@options.output
def command(*, batch: Path | None, form: str | None, output: Path | None, **given: Any) -> int:
    """Decide one request against any policies, and say why; or a file of requests.

    Exits with 0 when everything was decided, whatever the decisions, and with 3 when something was not.
    """
    if batch is not None:
        if form or any(given.values()):
            raise UsageError("--batch reads requests and policies from its file: give no other option but --output")
        check_output(output, [batch])
        return _decide_batch(batch, output)
    return _decide_one(given, form or "table", output)


def _decide_batch(batch: Path, output: Path | None) -> int:
    errors = 0

    def lines() -> Iterator[str]:
        nonlocal errors
        with _opened(batch) as stream:
            for answer in answers_to(stream):
                errors += answer.error is not None
                yield answer.as_line()

    write_lines(lines(), output)
    return 3 if errors else 0


@contextmanager
def _opened(batch: Path) -> Iterator[IO[bytes]]:
    if str(batch) == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    try:
        stream = batch.open("rb")
    except OSError as error:
        raise UsageError(f"cannot read `{batch}`: {error.strerror or error}") from error
    with stream:
        yield stream


def _decide_one(given: dict[str, Any], form: str, output: Path | None) -> int:
    for name in ("principal", "action", "resource"):
        if not given[name]:
            raise UsageError(f"--{name} is missing: a request needs --principal, --action and --resource")
    paths = _paths_of(given)
    check_output(output, paths.values())
    documents = dict(zip(paths, read_policy_files(tuple(paths.values())), strict=True))
    policies = {place: each.policy for place, each in documents.items() if each.policy is not None}
    request = _request_of(given)
    is_whole = len(policies) == len(documents)
    explanation = explain_request(_authorization_of(given, policies), request) if is_whole else None
    write_text(SIMULATION_FORMATS[form](Simulation(explanation, documents), view_of(output)), output)
    return 0 if is_whole else 3


def _request_of(given: Mapping[str, Any]) -> Request:
    context = _context_of(given["context"])
    caller = caller_of(given["principal"], context)
    account = given["resource_account"]
    return request_of(caller, given["action"], given["resource"], context, resource_account=account)


def _context_of(pairs: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    context: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UsageError(f"`{pair}` is no condition key with a value: expected KEY=VALUE")
        context[key.lower()] = (*context.get(key.lower(), ()), value)
    return context


def _paths_of(given: Mapping[str, Any]) -> dict[Place, Path]:
    """All policy files that were named, by the place that they take."""
    resource = given["resource_policy"]
    named = {**given, "resource_policies": (resource,) if resource else ()}
    paths: dict[Place, Path] = {}
    for field, kind in _FLAT.items():
        paths |= {(kind, None, position): path for position, path in enumerate(named[field])}
    for field, kind in _LEVELS.items():
        for level, names in enumerate(named[field]):
            paths |= {(kind, level, position): Path(name) for position, name in enumerate(names.split(","))}
    return paths


def _authorization_of(given: Mapping[str, Any], policies: Mapping[Place, Policy]) -> Authorization:
    def of(kind: PolicyKind, level: int | None = None) -> tuple[Policy, ...]:
        return tuple(policy for place, policy in policies.items() if place[:2] == (kind, level))

    def levels(field: str) -> tuple[tuple[Policy, ...], ...] | None:
        return tuple(of(_LEVELS[field], level) for level in range(len(given[field]))) or None

    return Authorization(
        resource_account=given["resource_account"],
        identity_policies=of(PolicyKind.IDENTITY),
        resource_policy=next(iter(of(PolicyKind.RESOURCE)), None),
        permissions_boundary=of(PolicyKind.PERMISSIONS_BOUNDARY) or None,
        session_policies=of(PolicyKind.SESSION),
        service_control_policies=levels("service_control_policies"),
        resource_control_policies=levels("resource_control_policies"),
        vpc_endpoint_policies=of(PolicyKind.VPC_ENDPOINT) or None,
    )
