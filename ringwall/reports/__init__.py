"""How a report is written down, one file per format. To support another, add its file here."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from ringwall.errors import UsageError
from ringwall.reports.base import Render

_NOT_FORMATS = {
    *("base", "checked", "checks", "comparisons", "coverage", "differences"),
    *("documents", "fixes", "proofs", "sarif_documents", "terminal", "wording"),
}

FORMATS = tuple(
    sorted(each.name for each in iter_modules(__path__) if not each.ispkg and each.name not in _NOT_FORMATS)
)
"""The names of all formats: `csv`, `html`, `json` …"""


def find_format(name: str) -> Render:
    """The function that writes a report in the format `name`; its module is imported only now.

    Raises:
        UsageError: there is no such format.
    """
    if name not in FORMATS:
        raise UsageError(f"there is no format `{name}`: choose one of {', '.join(FORMATS)}")
    render: Render = import_module(f"{__name__}.{name}").render
    return render
