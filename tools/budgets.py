"""Hold the budgets: how long functions and files may be, how modules may not be called, where `except` may be broad.

A function's length is the number of lines from `def` to its end, less its docstring: decorators and prose are free,
code is not. A function within another counts on its own and as part of the other.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).parent.parent
PACKAGE = "ringwall"
FOLDERS = (PACKAGE, "tools", "benchmarks")

FUNCTION_LINES = 40
MEDIAN_FUNCTION_LINES = 10
FILE_LINES = 400
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}
BROAD_ERRORS = {"Exception", "BaseException"}
OUTERMOST_LOOPS = {
    "ringwall/cli/main.py",  # turns a bug into exit code 101
    "ringwall/service/outermost.py",  # turns a worker's bug into an entry of the log, and another attempt
    "ringwall/console/gate.py",  # turns a bug into a page that says so, and a traceback in the log
    "ringwall/api/app.py",  # turns a bug into the answer 500 to one request, and a traceback in the log
}
"""Where `except` may be broad. Everywhere else it would turn a bug into silence."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions_of(tree: ast.Module) -> Iterator[tuple[Function, int]]:
    """Every function with its length in lines."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node, _lines(node) - _docstring_lines(node)


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _docstring_lines(function: Function) -> int:
    has_docstring = ast.get_docstring(function) is not None
    return _lines(function.body[0]) if has_docstring else 0


def broad_handlers(tree: ast.Module) -> Iterator[int]:
    """The lines of `except:`, `except Exception` and, the same in other words, `suppress(Exception)`.

    One that ends in a plain `raise` cleans up and hides nothing: it is left out.
    """
    for node in ast.walk(tree):
        match node:
            case ast.ExceptHandler(body=[*_, ast.Raise(exc=None)]):
                pass
            case ast.ExceptHandler(type=caught) if caught is None or _is_broad(caught):
                yield node.lineno
            case ast.Call(func=ast.Name("suppress") | ast.Attribute(attr="suppress")) if any(map(_is_broad, node.args)):
                yield node.lineno
            case _:
                pass


def _is_broad(caught: ast.expr) -> bool:
    return any(isinstance(each, ast.Name) and each.id in BROAD_ERRORS for each in ast.walk(caught))


def offences(name: str, text: str) -> Iterator[str]:
    """What breaks a budget in the module `name` (a path from the root), each with its place."""
    lines = len(text.splitlines())
    if lines > FILE_LINES:
        yield f"{name}: {lines} lines, at most {FILE_LINES}"
    if not name.startswith(f"{PACKAGE}/"):
        return
    module = ast.parse(text)
    if vague := VAGUE_NAMES & set(Path(name).with_suffix("").parts):
        yield f"{name}: `{vague.pop()}` says nothing about what is inside"
    for function, length in functions_of(module):
        if length > FUNCTION_LINES:
            yield f"{name}:{function.lineno}: `{function.name}` has {length} lines, at most {FUNCTION_LINES}"
    if name not in OUTERMOST_LOOPS:
        for line in broad_handlers(module):
            yield f"{name}:{line}: broad `except` outside the outermost loop"


def main() -> None:
    modules = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
    }
    found = [offence for name, text in modules.items() for offence in offences(name, text)]
    own = [text for name, text in modules.items() if name.startswith(f"{PACKAGE}/")]
    lengths = [length for text in own for _, length in functions_of(ast.parse(text))]
    middle = median(lengths)
    if middle > MEDIAN_FUNCTION_LINES:
        found.append(f"{PACKAGE}: the median function has {middle:g} lines, at most {MEDIAN_FUNCTION_LINES}")
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(own)} files, the longest {max(len(text.splitlines()) for text in own)} lines")
    print(f"{len(lengths)} functions: median {middle:g}, p95 {quantiles(lengths, n=20)[-1]:g}, longest {max(lengths)}")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
