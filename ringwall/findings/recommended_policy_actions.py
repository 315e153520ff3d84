"""Which actions of a policy stay: patterns without what is unused, as short lists of names and of narrower patterns.

A narrower pattern ends at a word of the names, as people write them: `s3:Get*`, `s3:GetBucket*`. None of them covers
anything that the wider one did not, nor anything unused; each covers two names at least.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ringwall.errors import UndecidedError
from ringwall.findings.unused_finding import UnusedService
from ringwall.policy.ast import AllBut, Only, Scope
from ringwall.policy.service_reference import known_actions, services
from ringwall.policy.wildcard import is_literal, matches

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|.")


@dataclass(frozen=True, slots=True)
class Unused:
    """What is to go, and what else there is beside the service reference. All names are in lower case."""

    services: frozenset[str]
    """Namespaces of which everything goes."""
    actions: Mapping[str, frozenset[str]]
    """By namespace: with it, such as `s3:createbucket`."""
    used: frozenset[str] = field(default_factory=frozenset)
    """Actions that stay though the service reference may not know them: in use, or named by policies."""
    strange: frozenset[str] = frozenset()
    """Namespaces that the service reference does not know, and IAM or CloudTrail does: they stay as they are."""

    def takes(self, action: str) -> bool:
        """Whether the action is one of those that go."""
        namespace = action.lower().partition(":")[0]
        return namespace in self.services or action.lower() in self.actions.get(namespace, ())

    def is_about(self, namespace: str) -> bool:
        """Whether anything of the service goes."""
        return namespace in self.services or bool(self.actions.get(namespace))

    @property
    def patterns(self) -> tuple[str, ...]:
        """Patterns of all that goes."""
        named = (name for names in self.actions.values() for name in names)
        return (*sorted(f"{each}:*" for each in self.services), *sorted(named))

    def namespaces(self) -> tuple[str, ...]:
        """All that there are, also of used actions that the service reference does not know."""
        return tuple(sorted({*services(), *self.strange, *(each.partition(":")[0].lower() for each in self.used)}))

    def known(self, namespace: str) -> tuple[str, ...]:
        """The actions of a service, as far as anybody knows."""
        known = {each.lower(): each for each in self.used if each.lower().startswith(f"{namespace}:")}
        return tuple(sorted({**known, **{each.lower(): each for each in known_actions(namespace)}}.values()))

    def staying(self, namespace: str) -> tuple[str, ...]:
        """The known actions of a service that stay."""
        return tuple(each for each in self.known(namespace) if not self.takes(each))


def unused_of(found: Iterable[UnusedService], used: Iterable[str] = (), seen: Iterable[str] = ()) -> Unused:
    """What a finding names.

    Args:
        found: the finding's services.
        used: actions that were seen in use, such as `s3:GetObject`, and others that may not be in the service reference.
        seen: namespaces that IAM's report or a trail has.
    """
    whole: set[str] = set()
    some: dict[str, frozenset[str]] = {}
    for each in found:
        namespace = each.namespace.lower()
        if each.actions:
            some[namespace] = frozenset(f"{namespace}:{action.name.lower()}" for action in each.actions)
        else:
            whole.add(namespace)
    strange = frozenset(each.lower() for each in seen) - {*services()} - whole
    unused = Unused(frozenset(whole), some, strange=strange)
    return replace(unused, used=frozenset(each for each in used if not unused.takes(each)))


def kept_of(scope: Scope, unused: Unused) -> tuple[str, ...]:
    """The patterns of an `Action` that allows what the scope does, without what is unused.

    What is not touched stays as it was written, and where it was.
    """
    match scope:
        case Only(members):
            replaced = [(each.text, tuple(_kept_of_pattern(each.text, unused))) for each in members]
            as_written = [text for text, kept in replaced if kept == (text,)]
            return tuple(dict.fromkeys(_without_covered(replaced, as_written)))
        case AllBut(members):
            return tuple(_kept_but([each.text for each in members], unused))


def is_touched(scope: Scope, unused: Unused) -> bool:
    """Whether the scope has anything in it that is unused."""
    match scope:
        case Only(members):
            return any(tuple(_kept_of_pattern(each.text, unused)) != (each.text,) for each in members)
        case AllBut(members):
            refused = [each.text for each in members]
            named = (name for names in unused.actions.values() for name in names)
            whole = (f"{each}:*" for each in unused.services)
            return any(not _covers(refused, each) for each in (*named, *whole))


def _without_covered(replaced: Iterable[tuple[str, tuple[str, ...]]], as_written: list[str]) -> Iterator[str]:
    """What came for a wildcard is left out where another entry says it already."""
    for text, kept in replaced:
        if kept == (text,):
            yield text
        else:
            yield from (each for each in kept if not _covers(as_written, each))


def _covers(patterns: Collection[str], pattern: str) -> bool:
    """Whether one of the patterns plainly covers the other."""
    return any(
        matches(each, pattern, ignore_case=True) and ("?" not in each or is_literal(pattern)) for each in patterns
    )


def _kept_of_pattern(pattern: str, unused: Unused) -> Iterator[str]:
    service, colon, rest = pattern.partition(":")
    if pattern == "*":
        service, rest = "*", "*"
    elif not colon:
        # AWS refuses it: it grants nothing, or it is read as whatever it matches.
        yield from _names_of(pattern, unused)
        return
    if is_literal(service):
        yield from _kept_in_service(service.lower(), rest, pattern, unused)
        return
    if not _touches(pattern, unused):
        yield pattern
        return
    for each in unused.namespaces():
        if matches(service, each, ignore_case=True) and _has_any(each, rest, unused):
            yield from _kept_in_service(each, rest, f"{each}:{rest}", unused)


def _has_any(namespace: str, rest: str, unused: Unused) -> bool:
    return (rest == "*" or namespace in unused.strange) or any(
        matches(f"{namespace}:{rest}", each, ignore_case=True) for each in unused.known(namespace)
    )


def _names_of(pattern: str, unused: Unused) -> Iterator[str]:
    if not _touches(pattern, unused):
        yield pattern
        return
    for namespace in unused.namespaces():
        yield from (each for each in unused.staying(namespace) if matches(pattern, each, ignore_case=True))


def _touches(pattern: str, unused: Unused) -> bool:
    """Whether a pattern over several services covers anything that goes."""
    service = pattern.partition(":")[0]
    named = (name for names in unused.actions.values() for name in names)
    return any(matches(service, each, ignore_case=True) for each in unused.services) or any(
        matches(pattern, each, ignore_case=True) for each in named
    )


def _kept_in_service(namespace: str, rest: str, pattern: str, unused: Unused) -> Iterator[str]:
    if namespace in unused.services:
        return
    gone = [each for each in unused.actions.get(namespace, ()) if matches(pattern, each, ignore_case=True)]
    if not gone:
        yield pattern
        return
    kept = [each for each in unused.staying(namespace) if matches(pattern, each, ignore_case=True)]
    head, star, tail = rest.partition("*")
    if star:
        yield from _Cover(f"{namespace}:{head}", tail, gone, ()).of(kept, len(namespace) + 1 + len(head))
    else:
        yield from kept


def _kept_but(refused: list[str], unused: Unused) -> Iterator[str]:
    """What `NotAction` leaves, without what is unused: service by service."""
    for namespace in unused.namespaces():
        if namespace in unused.services:
            continue
        about = [each for each in refused if _may_be_about(each, namespace)]
        if namespace in unused.strange and not _covers(about, f"{namespace}:*"):
            if about:
                raise UndecidedError(
                    f"what `NotAction` leaves of `{namespace}` cannot be listed: its actions are not known"
                )
            yield f"{namespace}:*"
            continue
        kept = [each for each in unused.staying(namespace) if not _covers(about, each)]
        gone = [each for each in unused.known(namespace) if each not in kept]
        if kept and not about and not unused.actions.get(namespace):
            yield f"{namespace}:*"
        elif kept:
            cover = _Cover(f"{namespace}:", "", [*gone, *unused.actions.get(namespace, ())], tuple(about))
            yield from cover.of(kept, len(namespace) + 1)


def _may_be_about(pattern: str, namespace: str) -> bool:
    service, colon, _ = pattern.partition(":")
    return not colon or matches(service, namespace, ignore_case=True)


@dataclass(frozen=True, slots=True)
class _Cover:
    """Covers names by patterns `head…*tail` that cover nothing else that is known to have to go."""

    head: str
    tail: str
    gone: list[str]
    refused: tuple[str, ...]
    """Patterns with which they must have nothing in common, known or not."""

    def of(self, kept: list[str], start: int) -> Iterator[str]:
        """Patterns for the names, which have the same first `start` characters but for `?` in the head."""
        if len(kept) == 1:
            yield kept[0]
            return
        pattern = f"{self.head}{kept[0][len(self.head) : start]}*{self.tail}" if kept else ""
        if kept and self._fits(pattern, kept):
            yield pattern
            return
        groups: dict[str, list[str]] = {}
        for name in sorted(kept):
            groups.setdefault(name[:start] + _word_at(name, start), []).append(name)
        for prefix, names in groups.items():
            if len(prefix) == start:
                yield from names
            else:
                yield from self.of(names, len(prefix))

    def _fits(self, pattern: str, kept: list[str]) -> bool:
        return (
            all(matches(pattern, each, ignore_case=True) for each in kept)
            and not any(matches(pattern, each, ignore_case=True) for each in self.gone)
            and not any(_may_meet(pattern, each) for each in self.refused)
        )


def _word_at(name: str, start: int) -> str:
    found = _WORD.match(name, start)
    return found[0] if found else ""


def _may_meet(one: str, other: str) -> bool:
    """Whether two patterns may have a text in common: False is certain."""
    heads = [re.split(r"[*?]", each.lower(), maxsplit=1)[0] for each in (one, other)]
    if is_literal(other):
        return matches(one, other, ignore_case=True)
    shorter, longer = sorted(heads, key=len)
    return longer.startswith(shorter)
