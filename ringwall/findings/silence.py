"""Configurations that were found to share nothing, so that the next resource like them need not be analysed.

Most policies of an estate are copies that differ in the resource's own ARN. Two resources of one account and type
whose configurations are equal but for their own ARN share alike, provided that the ARN says nothing else anywhere:
no condition mentions it, and every pattern of a Resource element treats both alike. Only silence is remembered: a
resource that shares something is always analysed, and gets its own evidence.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ringwall.policy import wildcard
from ringwall.policy.ast import Policy
from ringwall.resources.base import ActionGroup, Resource, Source

_OWN = "\x00"
"""Stands for the resource's own ARN. JSON text never holds the character itself."""

_Key = tuple[str, str, bytes]
_MOST = 100_000
"""Configurations that are remembered: a server looks at one organization for months, and forgets all of them at once."""


@dataclass(frozen=True, slots=True)
class _Remark:
    """Patterns of Resource elements that do not mention the resource, and whether each covers it."""

    patterns: tuple[str, ...]
    covers: tuple[bool, ...]

    def is_true_of(self, arn: str) -> bool:
        return tuple(wildcard.matches_arn(pattern, arn) for pattern in self.patterns) == self.covers


@dataclass(slots=True)
class Silence:
    """What is known to share nothing, under one zone of trust. Threads may share it."""

    _known: dict[_Key, list[_Remark]] = field(default_factory=dict)
    _last: tuple[Resource, str] | None = None
    """The resource that was asked about last, and its configuration as text: it is asked about twice."""

    def holds(self, resource: Resource) -> bool:
        """Whether a resource just like this one was found to share nothing."""
        remarks = self._known.get(self._key(resource)) if _is_plain_name(resource.arn) else None
        return remarks is not None and any(remark.is_true_of(resource.arn) for remark in remarks)

    def remember(self, resource: Resource, sources: Sequence[Source], groups: Iterable[ActionGroup]) -> None:
        """Remembers that the resource shares nothing, if others can be like it."""
        arn = resource.arn
        if not _is_plain_name(arn) or any(escape in self._text(resource) for escape in _ESCAPES):
            return
        if any(arn in word for word in _other_words(sources)):
            return
        patterns = sorted(set(_resource_patterns(sources)) - {"*"})
        foreign = tuple(pattern for pattern in patterns if pattern != arn and not pattern.startswith(f"{arn}/"))
        if any(arn in pattern or "${" in pattern for pattern in foreign):
            return
        if foreign and any(group.resources != ("{arn}",) for group in groups):
            return
        covers = tuple(wildcard.matches_arn(pattern, arn) for pattern in foreign)
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known.setdefault(self._key(resource), []).append(_Remark(foreign, covers))

    def _key(self, resource: Resource) -> _Key:
        text = self._text(resource).replace(resource.arn, _OWN)
        return resource.type, resource.owner_account, hashlib.sha256(text.encode(errors="surrogatepass")).digest()

    def _text(self, resource: Resource) -> str:
        # Looked up and set as one value: another thread may ask about another resource in between.
        last = self._last
        if last is None or last[0] is not resource:
            last = self._last = resource, json.dumps(resource.configuration, ensure_ascii=False, default=repr)
        return last[1]


_ESCAPES = ("\\\\u", "\\\\/")
"""Escapes inside a policy's JSON text behind which an ARN could hide."""


def _is_plain_name(arn: str) -> bool:
    """Whether the ARN stands for itself both as JSON text and as a pattern."""
    return wildcard.is_literal(arn) and "$" not in arn and json.dumps(arn, ensure_ascii=False) == f'"{arn}"'


def _policies(sources: Iterable[Source]) -> Iterator[Policy]:
    for source in sources:
        yield from (source.policy, *source.requires, *source.denied_by)


def _resource_patterns(sources: Iterable[Source]) -> Iterator[str]:
    for policy in _policies(sources):
        for statement in policy.statements:
            yield from (member.text for member in (statement.resources.members if statement.resources else ()))


def _other_words(sources: Iterable[Source]) -> Iterator[str]:
    """Everything besides Resource elements that may mention an ARN."""
    for policy in _policies(sources):
        for statement in policy.statements:
            yield from (value for condition in statement.conditions for value in condition.values)
            yield from (member.value for member in (statement.principals.members if statement.principals else ()))
