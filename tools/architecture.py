"""Print the map of the package from the first lines of its modules' docstrings.

Usage:
    python tools/architecture.py                               print the tree
    python tools/architecture.py --check docs/architecture.md  fail where the page's tree is stale
    python tools/architecture.py --write docs/architecture.md  refresh it
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "ringwall"
BEGIN = "<!-- tree: written by tools/architecture.py -->"
END = "<!-- end of tree -->"
_COLUMN = 34


def summary_of(module: Path) -> str:
    """The first line of the module's docstring, which says what the module is for."""
    text = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))
    if not text:
        sys.exit(f"{module.relative_to(ROOT)}: the docstring is missing; its first line says what the module is for")
    return text.splitlines()[0]


def tree(package: Path, depth: int = 0) -> Iterator[str]:
    """The package's line, then its modules, then its rooms, each level two spaces deeper."""
    yield _line(depth, f"{package.name}/", package / "__init__.py")
    for module in sorted(package.glob("*.py")):
        if module.name != "__init__.py":
            yield _line(depth + 1, module.name, module)
    for room in sorted(each.parent for each in package.glob("*/__init__.py")):
        yield from tree(room, depth + 1)


def _line(depth: int, name: str, module: Path) -> str:
    return f"{'  ' * depth + name:<{_COLUMN}}{summary_of(module)}"


def with_tree(page: str, written: str) -> str:
    """The page with `written` between its markers."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"the page lacks the markers `{BEGIN}` and `{END}`")
    return f"{before}{begin}\n```text\n{written}\n```\n{end}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Print the map of the package.")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--check", type=Path, metavar="PAGE", help="fail where the tree in PAGE is stale")
    action.add_argument("--write", type=Path, metavar="PAGE", help="refresh the tree in PAGE")
    arguments = parser.parse_args()
    written = "\n".join(tree(PACKAGE))
    if (page := arguments.check or arguments.write) is None:
        print(written)
        return
    old = page.read_text(encoding="utf-8")
    new = with_tree(old, written)
    if arguments.write:
        page.write_text(new, encoding="utf-8")
    elif new != old:
        sys.exit(f"{page}: the tree is stale; `make fix` refreshes it")


if __name__ == "__main__":
    main()
