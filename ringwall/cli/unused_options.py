"""Options of the commands about unused access, and what they ask for."""

from __future__ import annotations

from collections.abc import Sequence

import click

from ringwall.cli.options import together
from ringwall.errors import UsageError
from ringwall.findings.unused_access import DEFAULT_AGE, Exclusion, UnusedAccess

TRAIL_DAYS = 365

age_option = click.option(
    "--age",
    type=click.IntRange(1, 365),
    default=DEFAULT_AGE,
    show_default=True,
    metavar="DAYS",
    help="Unused is what nobody used for so many days.",
)
trail_options = together(
    click.option(
        "--trail",
        metavar="PLACE",
        help="CloudTrail's files as a second source: a folder, or s3://BUCKET/PREFIX.",
    ),
    click.option(
        "--trail-days",
        type=click.IntRange(1, 3650),
        default=TRAIL_DAYS,
        show_default=True,
        metavar="DAYS",
        help="With --trail: read the files of so many days.",
    ),
)
exclusion_options = together(
    click.option(
        "--exclude-account",
        "excluded_accounts",
        metavar="ACCOUNT[,ACCOUNT…]",
        multiple=True,
        help="Judge no principals of this account. Repeatable.",
    ),
    click.option(
        "--exclude-tag",
        "excluded_tags",
        metavar="KEY[=VALUE]",
        multiple=True,
        help="Judge no principals with this tag; without a value, whatever it is. Repeatable.",
    ),
)


def accounts_of(values: Sequence[str]) -> tuple[str, ...]:
    """The account numbers, each value split at its commas.

    Raises:
        UsageError: one is none.
    """
    found = tuple(part.strip() for value in values for part in value.split(",") if part.strip())
    if wrong := [each for each in found if len(each) != 12 or not each.isdigit()]:
        raise UsageError(f"`{wrong[0]}` is not an account number: twelve digits are expected")
    return found


def tags_of(values: Sequence[str]) -> tuple[dict[str, str], ...]:
    """Each tag as a map of its own, so that one of them is enough; no value means any.

    Raises:
        UsageError: one has no key.
    """
    pairs = [value.partition("=") for value in values]
    if wrong := [value for value, (key, _, _) in zip(values, pairs, strict=True) if not key]:
        raise UsageError(f"`{wrong[0]}` is no tag: write KEY=VALUE, or KEY for any value")
    return tuple({key: value} for key, _, value in pairs)


def judge_of(age: int, accounts: Sequence[str] = (), tags: Sequence[str] = ()) -> UnusedAccess:
    """What judges principals as the options ask for.

    Raises:
        UsageError: an account or a tag is none.
    """
    excluded = Exclusion(frozenset(accounts_of(accounts))), Exclusion(tags=tags_of(tags))
    return UnusedAccess(age, tuple(each for each in excluded if each.accounts or each.tags))
