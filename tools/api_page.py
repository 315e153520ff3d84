"""Print the tables of docs/api.md from the service model, the operations, and who may call them.

Usage:
    python tools/api_page.py                       print the tables
    python tools/api_page.py --check docs/api.md   fail where the page's tables are stale
    python tools/api_page.py --write docs/api.md   refresh them
"""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ringwall.api.authorization import is_allowed
from ringwall.api.model import awss_model, extended_model, extra_operations
from ringwall.api.wire import Endpoint, endpoints
from ringwall.service.context import Role
from ringwall.service.operations import OPERATIONS

BEGIN = "<!-- tables: written by tools/api_page.py -->"
END = "<!-- end of tables -->"
UNSUPPORTED = "ringwall.service.operations.unsupported"


def tables() -> Iterator[str]:
    """The lines between the markers."""
    extras = extra_operations()
    yield "## AWS's operations"
    yield ""
    yield from _table(each for name, each in endpoints().items() if name not in extras)
    yield ""
    yield "## Ringwall's own operations"
    yield ""
    yield from _table(each for name, each in endpoints().items() if name in extras)
    yield ""
    yield "## Ringwall's own members in AWS's shapes"
    yield ""
    yield "| Shape | Members |"
    yield "|---|---|"
    yield from _extra_members()


def _table(rows: Iterator[Endpoint]) -> Iterator[str]:
    yield "| Operation | Method and path | Who may | What Ringwall does |"
    yield "|---|---|---|---|"
    for endpoint in sorted(rows, key=lambda each: each.name):
        who = "reader, admin" if is_allowed(Role.READER, endpoint.name) else "admin"
        yield f"| `{endpoint.name}` | `{endpoint.method} {endpoint.uri}` | {who} | {_said(endpoint)} |"


def _said(endpoint: Endpoint) -> str:
    function = OPERATIONS.get(endpoint.function_name)
    if function is None:
        return "**not supported**"
    sentence = (inspect.getdoc(function) or "").split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
    return f"**not supported**. {sentence}" if function.__module__ == UNSUPPORTED else sentence


def _extra_members() -> Iterator[str]:
    extended = extended_model()
    for name in sorted(awss_model().shape_names):
        own, awss = extended.shape_for(name), awss_model().shape_for(name)
        if own.type_name == "structure" and (added := own.members.keys() - awss.members.keys()):
            members = ", ".join(
                f"`{member}` ({_kind(own.members[member])})" for member in own.members if member in added
            )
            yield f"| `{name}` | {members} |"


def _kind(shape: Any) -> str:
    if getattr(shape, "is_document_type", False):
        return "any JSON object"
    if shape.type_name == "structure":
        return ", ".join(f"`{name}`: {_kind(member)}" for name, member in shape.members.items())
    return f"list of {_kind(shape.member)}s" if shape.type_name == "list" else str(shape.type_name)


def with_tables(page: str, written: str) -> str:
    """The page with `written` between its markers."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"the page lacks the markers `{BEGIN}` and `{END}`")
    return f"{before}{begin}\n{written}\n{end}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Print the tables of the API's page.")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--check", type=Path, metavar="PAGE", help="fail where the tables in PAGE are stale")
    action.add_argument("--write", type=Path, metavar="PAGE", help="refresh the tables in PAGE")
    arguments = parser.parse_args()
    written = "\n".join(tables())
    if (page := arguments.check or arguments.write) is None:
        print(written)
        return
    old = page.read_text(encoding="utf-8")
    new = with_tables(old, written)
    if arguments.write:
        page.write_text(new, encoding="utf-8")
    elif new != old:
        sys.exit(f"{page}: the tables are stale; `make fix` refreshes them")


if __name__ == "__main__":
    main()
