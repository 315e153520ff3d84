"""A directory of accounts outside: partners of the configuration, accounts of AWS's services, and vendors."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files

FILE = "known_accounts.toml"


class Known(Enum):
    """Whence a name is known."""

    PARTNER = "partner"
    AWS = "aws"
    VENDOR = "vendor"


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """Whose account it is."""

    name: str
    known: Known


@cache
def packaged() -> Mapping[str, KnownAccount]:
    """The accounts that come with the program."""
    content = tomllib.loads((files("ringwall.service") / FILE).read_text("utf-8"))
    sections = ((Known.AWS, content["aws"]), (Known.VENDOR, content["vendors"]))
    return {account: KnownAccount(name, known) for known, names in sections for account, name in names.items()}


def directory(partners: Mapping[str, str], vendors: Mapping[str, str]) -> Mapping[str, KnownAccount]:
    """All that is known, by account number. What the configuration says goes before what comes with the program."""
    own = {account: KnownAccount(name, Known.VENDOR) for account, name in vendors.items()}
    return {**packaged(), **own, **{account: KnownAccount(name, Known.PARTNER) for account, name in partners.items()}}
