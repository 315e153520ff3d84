"""Who may call: the keys that follow from the principal, held consistent.

A caller's ARN, account, session, name, unique id and organization are dimensions of a box like any other, but not
free of each other: a box with a caller in it is one that some real principal fits. Anything that AWS does not
document as certain is left free.

Source: IAM User Guide, "Properties of the principal" and "Principal key values".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from ringwall.arn import account_of
from ringwall.errors import UndecidedError
from ringwall.policy.request import Caller, CallerKind, session_arn
from ringwall.reasoning.patterns import Element, Pattern, Wild, composed, in_account_field
from ringwall.reasoning.text import NO_TEXT, TextSet, any_of, just, none_of
from ringwall.reasoning.unions import AnyOf, share_nothing
from ringwall.reasoning.values import ANYTHING, KeySet, ValueSet

KIND = "@kind"
SESSION = "@session"
SERVICE = "@service"
PROVIDER = "@provider"
CANONICAL = "@canonical"
ARN = "aws:principalarn"
ACCOUNT = "aws:principalaccount"
NAME = "aws:username"
USER_ID = "aws:userid"
ORGANIZATION = "aws:principalorgid"
PATHS = "aws:principalorgpaths"
TAG_PREFIX = "aws:principaltag/"

CALLER_KEYS = frozenset((KIND, SESSION, SERVICE, PROVIDER, CANONICAL, ARN, ACCOUNT, NAME, USER_ID, ORGANIZATION, PATHS))
ANONYMOUS_ACCOUNT = "anonymous"
"""What `aws:PrincipalAccount` holds for a caller without an account."""

Keys = Mapping[str, KeySet]
Point = Mapping[str, tuple[str, ...]]
"""A request as the values of its dimensions; a dimension that is not there is absent."""

_ANY = Wild.STAR_IN_FIELD
_SHAPES = {
    CallerKind.USER: composed("arn:", _ANY, ":iam::", _ANY, ":user/", _ANY),
    CallerKind.ROLE: composed("arn:", _ANY, ":iam::", _ANY, ":role/", _ANY),
    CallerKind.ROOT: composed("arn:", _ANY, ":iam::", _ANY, ":root"),
    CallerKind.FEDERATED_USER: composed("arn:", _ANY, ":sts::", _ANY, ":federated-user/", _ANY),
}
_REAL_ARN = re.compile(r"arn:[^:*?]+:(iam|sts)::[0-9]+:[^:*?]+")
_REAL = none_of(AnyOf(accounts=frozenset((ANONYMOUS_ACCOUNT, ""))))
_SHAPED = {kind: any_of(AnyOf(patterns=(shape,))) & _REAL for kind, shape in _SHAPES.items()}
_EXAMPLES = {
    CallerKind.USER: "arn:aws:iam::999999999999:user/example",
    CallerKind.ROLE: "arn:aws:iam::999999999999:role/example",
    CallerKind.ROOT: "arn:aws:iam::999999999999:root",
    CallerKind.FEDERATED_USER: "arn:aws:sts::999999999999:federated-user/example",
}
_ORDER = (
    CallerKind.ANONYMOUS,
    CallerKind.USER,
    CallerKind.ROLE,
    CallerKind.ROOT,
    CallerKind.FEDERATED_USER,
    CallerKind.FEDERATED,
    CallerKind.SERVICE,
)
SIGNED = tuple(kind.value for kind in _SHAPES)
"""The kinds of caller that have an account."""


@dataclass(frozen=True, slots=True)
class _Pick:
    """The keys of a box, with what a kind of caller makes of them."""

    keys: Keys

    def of(self, key: str) -> KeySet:
        return self.keys.get(key, ANYTHING)

    def spares(self, *keys: str) -> bool:
        """Whether all of these may be absent."""
        return all(self.of(key).absent for key in keys)

    def value(self, key: str) -> str | None:
        """A value that the key may hold."""
        values = self.of(key).pick_present(key)
        return values[0] if values else None


def says_who_calls(dimension: str) -> bool:
    """Whether a dimension of requests follows from the caller."""
    return dimension in CALLER_KEYS or dimension.startswith(TAG_PREFIX)


_NOBODY: Point = {KIND: (CallerKind.ANONYMOUS.value,), ACCOUNT: (ANONYMOUS_ACCOUNT,)}


def pick_caller(keys: Keys) -> Point | None:
    """The dimensions of a caller that fits; None where nobody does.

    Raises:
        UndecidedError: the constraints are too entangled to tell.
    """
    if not any(map(says_who_calls, keys)):
        return _NOBODY
    pick = _Pick(keys)
    wanted = pick.of(KIND)
    arns = pick.of(ARN)
    if not arns.absent and share_nothing(arns.bound.text.all_of, arns.bound.text.none_of.accounts):
        return None
    for kind in _ORDER:
        if (kind.value,) in wanted and (found := _pick_kind(kind, pick)) is not None:
            return {KIND: (kind.value,), **found}
    if pick.of(ACCOUNT).bound.readings and any((kind,) in wanted for kind in SIGNED):
        raise UndecidedError("an account is compared as a number or a date, and no caller was found that fits")
    return None


def _pick_kind(kind: CallerKind, pick: _Pick) -> dict[str, tuple[str, ...]] | None:
    match kind:
        case CallerKind.ANONYMOUS:
            return _unsigned(pick) if pick.spares(SERVICE, PROVIDER) else None
        case CallerKind.FEDERATED:
            provider = pick.value(PROVIDER) if pick.spares(SERVICE) else None
            return _with(_unsigned(pick), PROVIDER, provider)
        case CallerKind.SERVICE:
            service = pick.value(SERVICE) if pick.spares(PROVIDER, ACCOUNT) else None
            return _with({} if _has_no_identity(pick) else None, SERVICE, service)
        case _:
            return _signed(kind, pick) if pick.spares(SERVICE, PROVIDER) else None


def _with(found: dict[str, tuple[str, ...]] | None, key: str, value: str | None) -> dict[str, tuple[str, ...]] | None:
    return None if found is None or value is None else {**found, key: (value,)}


def _has_no_identity(pick: _Pick) -> bool:
    tags = (key for key in pick.keys if key.startswith(TAG_PREFIX))
    return pick.spares(SESSION, CANONICAL, ARN, NAME, USER_ID, ORGANIZATION, PATHS, *tags)


def _unsigned(pick: _Pick) -> dict[str, tuple[str, ...]] | None:
    if not _has_no_identity(pick) or (ANONYMOUS_ACCOUNT,) not in pick.of(ACCOUNT):
        return None
    return {ACCOUNT: (ANONYMOUS_ACCOUNT,)}


def _signed(kind: CallerKind, pick: _Pick) -> dict[str, tuple[str, ...]] | None:
    if kind is not CallerKind.ROLE and not pick.spares(SESSION):
        return None
    if kind is not CallerKind.USER and not pick.spares(NAME):
        return None
    organization = _pick_organization(pick)
    if organization is None:
        return None
    for identity in _identities(kind, pick):
        arn = identity[ARN][0]
        if not account_of(arn).isdecimal():
            raise UndecidedError(f"no account number was found beside `{account_of(arn)}`, which is none")
        found = {**identity, ACCOUNT: (account_of(arn),), **organization}
        for part in (_pick_user_id(kind, arn, pick), _pick_free(pick)):
            if part is None:
                return None
            found.update(part)
        return found
    return None


def _identities(kind: CallerKind, pick: _Pick) -> Iterator[dict[str, tuple[str, ...]]]:
    """ARNs that fit, with the session or the user's name that goes with each."""
    arns = _arns(kind, pick)
    match kind:
        case CallerKind.ROLE:
            yield from _sessions(arns, pick)
        case CallerKind.USER:
            yield from _users(arns, pick)
        case _:
            if (arn := arns.pick()) is not None:
                yield {ARN: (arn,)}


def _arns(kind: CallerKind, pick: _Pick) -> TextSet:
    """The ARNs that fit: one well-known example where it does, since one is all that is needed."""
    arn, account = pick.of(ARN).bound, pick.of(ACCOUNT)
    example = _EXAMPLES[kind]
    if not _narrows(pick) and example in arn and account_of(example) in account.bound:
        return just((example,))
    if any(not reading.other for reading in arn.readings):
        return NO_TEXT  # no ARN can be read as an address, a number or a date
    return _real(_SHAPED[kind] & arn.text & _lifted(_settled(account, arn.text)))


def _settled(account: KeySet, arns: TextSet) -> KeySet:
    """Some of the accounts that fit, where they are compared as numbers or dates; else the set as it is."""
    bound = account.bound
    if not bound.readings:
        return account
    known = arns.accounts()
    candidates = known if known is not None else (text for reading in bound.readings for text in reading.texts())
    return KeySet(False, ValueSet(just(each for each in candidates if each.isdecimal() and each in bound)))


def _real(arns: TextSet) -> TextSet:
    """The ARNs without those that no principal can have: a star that stands for itself is in no name."""
    if arns.values is None:
        return TextSet(tuple(map(_of_somebody, arns.all_of)), arns.none_of)
    return just(value for value in arns.values if _REAL_ARN.fullmatch(value))


def _of_somebody(union: AnyOf) -> AnyOf:
    """The union without the patterns that no principal's ARN can match."""
    if all(map(_can_be_real, union.patterns)):
        return union
    return AnyOf(union.values, union.accounts, tuple(filter(_can_be_real, union.patterns)))


@cache
def _can_be_real(pattern: Pattern) -> bool:
    """Whether no star stands for itself, and nothing but digits in the account."""
    if "*" in pattern.elements or "?" in pattern.elements:
        return False
    account = pattern.fields[4] if len(pattern.fields) > 5 else ()
    return all(isinstance(each, Wild) or each.isdecimal() for each in account)


def _narrows(pick: _Pick) -> bool:
    """Whether a session or a user's name is asked for, so that not every ARN will do."""
    return SESSION in pick.keys or NAME in pick.keys


def _lifted(account: KeySet) -> TextSet:
    """ARNs whose account the set holds."""
    text = account.bound.text
    if text.values is not None:
        numbers = frozenset(filter(str.isdecimal, text.values))
        return any_of(AnyOf(accounts=numbers)) if numbers else NO_TEXT
    return TextSet(tuple(_lifted_union(union) for union in text.all_of), _lifted_union(text.none_of))


def _lifted_union(union: AnyOf) -> AnyOf:
    return AnyOf(accounts=union.values, patterns=tuple(map(in_account_field, union.patterns)))


def _named(arns: TextSet, kind: str, name: str) -> TextSet:
    """Those of the ARNs whose last part is the name, at any path."""
    return arns & any_of(AnyOf(patterns=ending_in(kind, _ANY, name)))


def ending_in(kind: str, account: Element, name: str) -> tuple[Pattern, ...]:
    """The ARNs of the users or roles (`kind`) with this name, at any path."""
    start = ("arn:", _ANY, ":iam::", account, f":{kind}/")
    return composed(*start, name), composed(*start, _ANY, f"/{name}")


def _sessions(arns: TextSet, pick: _Pick) -> Iterator[dict[str, tuple[str, ...]]]:
    wanted = pick.of(SESSION)
    if wanted.bound.text.values is not None:
        for session in sorted(wanted.bound.text.values):
            fields = session.split(":", 5)
            role = fields[5].split("/")[1]
            own = _named(arns, "role", role) & any_of(AnyOf(accounts=frozenset((fields[4],))))
            if (arn := own.pick()) is not None:
                yield {ARN: (arn,), SESSION: (session,)}
        return
    if (arn := arns.pick()) is None:
        return
    names = (session_arn(arn, name) for name in ("session", "session-2", "session-3"))
    session_name = next((session for session in names if (session,) in wanted), None)
    if session_name is None:
        raise UndecidedError(f"no session of `{arn}` was found that the statements do not exclude")
    yield {ARN: (arn,), SESSION: (session_name,)}


def _users(arns: TextSet, pick: _Pick) -> Iterator[dict[str, tuple[str, ...]]]:
    wanted = pick.of(NAME).bound
    arn = arns.pick()
    if arn is not None and arn.rsplit("/", 1)[-1] not in wanted:
        arn = next((found for name in _names(wanted) if (found := _named(arns, "user", name).pick())), None)
        if arn is None and wanted.text.values is None and wanted.pick() is not None:
            raise UndecidedError("names and ARNs of users are too entangled")
    if arn is not None:
        yield {ARN: (arn,), NAME: (arn.rsplit("/", 1)[-1],)}


def _names(wanted: ValueSet) -> list[str]:
    """Names of users that fit: all of them where they are listed, else those that come to mind."""
    text = wanted.text
    candidates = set(text.values or ())
    if text.values is None:
        candidates.update(*(union.values for union in text.all_of))
        literals = [each.prefix for union in text.all_of for each in union.patterns if each.is_literal]
        candidates.update(literals, map(str.lower, literals), map(str.upper, literals), filter(None, (wanted.pick(),)))
    return sorted(name for name in candidates if name in wanted and not set(name) & set("*?:/"))


def _pick_user_id(kind: CallerKind, arn: str, pick: _Pick) -> dict[str, tuple[str, ...]] | None:
    examples = {
        CallerKind.USER: "AIDAEXAMPLEOUTSIDER00",
        CallerKind.ROLE: "AROAEXAMPLEOUTSIDER00:session",
        CallerKind.FEDERATED_USER: f"{account_of(arn)}:example",
        CallerKind.ROOT: account_of(arn),
    }
    example = examples[kind]
    user_id = example if (example,) in pick.of(USER_ID) else pick.value(USER_ID)
    return {USER_ID: (user_id,)} if user_id is not None else None


def _pick_free(pick: _Pick) -> dict[str, tuple[str, ...]] | None:
    """Keys of the principal that nothing else determines."""
    free = [key for key in pick.keys if key == CANONICAL or key.startswith(TAG_PREFIX)]
    picked = {key: pick.keys[key].pick(key) for key in free}
    if None in picked.values():
        return None
    return {key: values for key, values in picked.items() if values}


def _pick_organization(pick: _Pick) -> dict[str, tuple[str, ...]] | None:
    """The organization and the paths in it: both or neither, each path beginning with the organization's id."""
    if pick.spares(ORGANIZATION, PATHS):
        return {}
    if PATHS not in pick.keys:
        organization = pick.value(ORGANIZATION)
        return {ORGANIZATION: (organization,)} if organization is not None else None
    for organization in _organizations(pick):
        below = any_of(AnyOf(patterns=(composed(f"{organization}/", Wild.STAR),)))
        paths = (pick.of(PATHS) & KeySet(False, ValueSet(below), many=True)).pick_present(PATHS)
        if paths is not None:
            return {ORGANIZATION: (organization,), PATHS: paths}
    return None


def _organizations(pick: _Pick) -> Iterator[str]:
    """The organizations worth trying: all that can be, where they are given; else guesses.

    Raises:
        UndecidedError: the guesses were not enough, which is said where more than them is asked for.
    """
    wanted, paths = pick.of(ORGANIZATION), pick.of(PATHS)
    given = wanted.bound.text.values
    if given is None:
        given = next((each for each in map(_begun_with, (*paths.demands, paths.bound)) if each is not None), None)
    if given is not None:
        yield from sorted(each for each in given if (each,) in wanted)
        return
    both = paths & KeySet(False, ValueSet(_below(wanted.bound.text)), many=True)
    picked = both.pick_present(PATHS)
    if picked is None or (organization := pick.value(ORGANIZATION)) is None:
        return
    begun_with = (path.split("/")[0] for path in (*(paths.pick_present(PATHS) or ()), *picked))
    yield from (each for each in (*begun_with, "o-outsider00", organization) if (each,) in wanted)
    raise UndecidedError("patterns of organizations and of paths in them are too entangled")


def _begun_with(paths: ValueSet) -> frozenset[str] | None:
    """The organizations that the paths begin with; None where that is open."""
    if paths.text.values is not None:
        return frozenset(path.split("/")[0] for path in paths.text.values)
    for union in paths.text.all_of:
        begun = (*union.values, *(pattern.prefix for pattern in union.patterns))
        if not union.accounts and all("/" in each for each in begun) and not any(each.fold for each in union.patterns):
            return frozenset(each.split("/")[0] for each in begun)
    return None


def _below(organizations: TextSet) -> TextSet:
    """What begins with one of the organizations and a slash, but for the excluded ones."""
    return TextSet(
        tuple(
            AnyOf(patterns=tuple(composed(*each.elements, "/", Wild.STAR) for each in union.as_patterns()))
            for union in organizations.all_of
        )
    )


def caller_at(point: Point) -> Caller:
    """The caller whose dimensions these are."""

    def only(key: str) -> str | None:
        values = point.get(key, ())
        return values[0] if values else None

    kind = CallerKind(only(KIND) or CallerKind.ANONYMOUS.value)
    return Caller(
        kind,
        arn=only(ARN),
        session=only(SESSION),
        service=only(SERVICE),
        provider=only(PROVIDER),
        canonical_id=only(CANONICAL),
        user_id=only(USER_ID),
    )
