"""The share of permissions that nobody uses, of the organization and of its accounts.

What is granted to one principal takes milliseconds to work out. Of an estate with more than a few hundred principals a
sample is measured, which the page says: principals in the order of the digests of what is known of them, which is as
good as chance and the same in every process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ringwall.console import counts
from ringwall.console.principal_use import Share, share_of
from ringwall.console.visit import Visit
from ringwall.store import resource_listing
from ringwall.store.analyzers import AnalyzerRecord

SAMPLE = 300
_ACCOUNTS = 10


@dataclass(frozen=True, slots=True)
class AccountShare:
    """Of one account."""

    account: str
    share: Share
    principals: int
    """That were measured."""
    link: str


@dataclass(frozen=True, slots=True)
class Shares:
    """What was measured."""

    whole: Share = field(default_factory=Share)
    accounts: tuple[AccountShare, ...] = ()
    """Those of which most principals were measured."""
    more: int = 0
    """Accounts that are not shown."""
    measured: int = 0
    unknown: int = 0
    """Principals of the sample of which it is not known what they are granted."""
    everything: int = 0
    """How many principals there are."""

    @property
    def is_sample(self) -> bool:
        return self.measured + self.unknown < self.everything


@dataclass
class _Sum:
    share: Share = field(default_factory=Share)
    principals: int = 0


def shares_of(visit: Visit, analyzer: AnalyzerRecord) -> Shares:
    """The shares, as far as they are known."""
    with visit.ringwall.store.read() as connection:
        everything = sum(each.number for each in counts.resources(visit, connection, analyzer))
        sample = resource_listing.sample(connection, analyzer.key, SAMPLE)
    sums: dict[str, _Sum] = {}
    measured = 0
    for account, digest, content in sample:
        share = share_of(visit, analyzer, digest, content)
        if share is not None:
            known = sums.setdefault(account, _Sum())
            known.share, known.principals = known.share + share, known.principals + 1
            measured += 1
    return Shares(
        whole=sum((each.share for each in sums.values()), Share()),
        accounts=_accounts(visit, sums)[:_ACCOUNTS],
        more=max(len(sums) - _ACCOUNTS, 0),
        measured=measured,
        unknown=len(sample) - measured,
        everything=everything,
    )


def _accounts(visit: Visit, sums: dict[str, _Sum]) -> tuple[AccountShare, ...]:
    shown: Sequence[AccountShare] = [
        AccountShare(account, each.share, each.principals, visit.link("/principals", account=account))
        for account, each in sums.items()
    ]
    return tuple(sorted(shown, key=lambda each: (-each.principals, each.account)))
