"""The operations of the API, one function each, named like it: `CreateAnalyzer` is `create_analyzer`.

They are found because they are there: every public function that a module of this room defines is an operation.
"""

from __future__ import annotations

from importlib import import_module
from inspect import getmembers, isfunction
from pkgutil import iter_modules

from ringwall.service.context import Operation


def _operations() -> dict[str, Operation]:
    modules = [import_module(f"{__name__}.{each.name}") for each in iter_modules(__path__)]
    return {
        name: function
        for module in modules
        for name, function in getmembers(module, isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


OPERATIONS = _operations()
"""By name, such as `create_analyzer`."""
