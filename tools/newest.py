"""Writes constraints.txt: of everything that is installed in this environment, the release that was last tested.

Ceilings and no exact versions: an older release will do where an index, or an older Python, has nothing newer.
"""

import re
import sys
from collections.abc import Iterable
from importlib.metadata import distributions
from pathlib import Path

HEAD = """\
# What `make` installs is no newer than this, so that a release of somebody else turns no build red. Whoever installs
# Ringwall is not bound by it. `make newest` takes the newest releases of everything and writes them down here.
"""
_NOT_OURS = {"pip", "ringwall", "setuptools", "wheel"}


def ceilings(installed: Iterable[tuple[str, str]]) -> str:
    """The file, given names and versions."""
    versions = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in installed}
    return HEAD + "".join(f"{name}<={versions[name]}\n" for name in sorted(versions.keys() - _NOT_OURS))


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(ceilings((each.name, each.version) for each in distributions()))
