"""Calls the API's operations: those of a server, or without one those of the local store; the same ones in both."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import click

from ringwall.cli.options import together
from ringwall.cli.tables import Output
from ringwall.errors import UsageError

_PAGE = 100


class Client(Protocol):
    """Whoever answers."""

    def call(self, operation: str, /, **request: Any) -> dict[str, Any]:
        """The answer to one operation, in the API's shapes; members that are None are left out of the request.

        Raises:
            RingwallError: it was refused, or nobody answered.
        """


@dataclass(frozen=True, slots=True)
class Place:
    """Where to call: one field per option."""

    url: str | None
    data: Path | None
    config: Path | None
    region: str | None
    ca_bundle: Path | None


_place_options = together(
    click.option("--url", metavar="URL", help="The server to call. Default: RINGWALL_URL, else the local store."),
    click.option(
        "--ca-bundle", metavar="FILE", type=click.Path(path_type=Path), help="The authorities of the server's TLS."
    ),
    click.option("--data", metavar="DIR", type=click.Path(path_type=Path), help="The data folder of the local store."),
    click.option(
        "--config", metavar="FILE", type=click.Path(path_type=Path), help="The configuration of the local store."
    ),
    click.option("--region", metavar="REGION", help="The Region whose analyzers are meant."),
    click.option(
        "--format",
        "form",
        type=click.Choice(["table", "json"]),
        default="table",
        show_default=True,
        help="For people, or as the API answers.",
    ),
)


def calls(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say where to call, and from them a `client` and an `output`."""

    @wraps(function)
    def run(*, form: str, **options: Any) -> int:
        place = Place(**{name: options.pop(name) for name in Place.__dataclass_fields__})
        with connected(place) as client:
            function(client=client, output=Output(form), **options)
        return 0

    return _place_options(run)


def connected(place: Place) -> AbstractContextManager[Client]:
    """The server that the options or RINGWALL_URL name; else the local store.

    Raises:
        UsageError: the options exclude each other, or the server's keys are not there.
    """
    url = place.url or (None if place.data or place.config else os.environ.get("RINGWALL_URL"))
    if url and (place.data or place.config):
        raise UsageError("--url names a server, --data and --config the local store: give one of them")
    # Whoever calls a server waits for no database's library, and the other way round.
    module = import_module(f"ringwall.cli.{'remote' if url else 'local'}_client")
    context: AbstractContextManager[Client] = module.connect(url, place)
    return context


def every(client: Client, operation: str, member: str, *, limit: int | None = None, **request: Any) -> list[Any]:
    """The items of all pages, or the first `limit` of them."""
    found: list[Any] = []
    for items in _pages(client, operation, member, limit, request):
        found += items
        if limit is not None and len(found) >= limit:
            return found[:limit]
    return found


def _pages(
    client: Client, operation: str, member: str, limit: int | None, request: Mapping[str, Any]
) -> Iterator[list[Any]]:
    token: str | None = None
    while True:
        answer = client.call(operation, **request, maxResults=min(limit or _PAGE, _PAGE), nextToken=token)
        yield answer.get(member, [])
        token = answer.get("nextToken")
        if not token:
            return


def analyzer_arn(client: Client, given: str | None) -> str:
    """The ARN of the analyzer with this name or ARN; without one, of the only one there is.

    Raises:
        UsageError: none was named, and there is not exactly one.
    """
    if given and given.startswith("arn:"):
        return given
    if given:
        return str(client.call("GetAnalyzer", analyzerName=given)["analyzer"]["arn"])
    found = every(client, "ListAnalyzers", "analyzers")
    if not found:
        raise UsageError("there is no analyzer yet: ringwall analyzer create NAME")
    if len(found) > 1:
        raise UsageError(f"name the analyzer with --analyzer: {', '.join(each['name'] for each in found)}")
    return str(found[0]["arn"])


def analyzer_name(client: Client, given: str | None) -> str:
    """As `analyzer_arn`, but the name."""
    return analyzer_arn(client, given).rpartition("/")[2] if not given or given.startswith("arn:") else given


analyzer_option = click.option("--analyzer", metavar="NAME|ARN", help="The analyzer. Default: the only one there is.")
limit_option = click.option("--limit", type=click.IntRange(1), metavar="N", help="The first N only. Default: all.")


def json_of(text: str, what: str) -> Any:
    """JSON as it was given on the command line, or the content of a file after `file://`.

    Raises:
        UsageError: it is none.
    """
    try:
        content = Path(text.removeprefix("file://")).read_text("utf-8") if text.startswith("file://") else text
        return json.loads(content)
    except OSError as error:
        raise UsageError(f"cannot read `{text}`: {error.strerror or error}") from error
    except ValueError as error:
        raise UsageError(f"{what} is not JSON: {error}") from error
