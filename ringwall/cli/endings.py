"""How a command can end early without anything being wrong."""

from __future__ import annotations


class ReaderHasGoneError(Exception):
    """Whoever read our output, such as `head`, wants no more of it.

    Not a `BrokenPipeError`: click would end with 1 on that, which means findings.
    """
