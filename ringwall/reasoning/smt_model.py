"""A request as variables of SMT-LIB: what a script speaks of is declared, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from ringwall.arn import find_arn
from ringwall.policy.request import CallerKind, Request
from ringwall.policy.service_reference import KeyType, key_type
from ringwall.reasoning.question import Question
from ringwall.reasoning.smt_terms import (
    FALSE,
    FIELD,
    TRUE,
    both,
    either,
    equal,
    implied,
    in_expression,
    joined,
    key_symbol,
    literal,
    same,
    sequence,
)

ACTION = "|request action|"
"""In lower case: the case of actions does not matter."""
KIND = "|caller kind|"
HAS_ACCOUNT = "|caller has an account|"
SIGNED = (CallerKind.ROOT, CallerKind.USER, CallerKind.ROLE, CallerKind.FEDERATED_USER)
KINDS = tuple(kind.value for kind in CallerKind)


class View(Enum):
    """How a value is spoken of: as the text that it is, or as what the text is read as. The value names the sort."""

    TEXT = "String"
    NUMBER = "Real"
    DATE = "Int"
    """Microseconds since 1970."""
    IPV4 = "(_ BitVec 32)"
    IPV6 = "(_ BitVec 128)"


class Part(Enum):
    """What a caller is known by, as a variable of strings."""

    ARN = "arn"
    PARTITION = "partition"
    ACCOUNT = "account"
    """As `aws:PrincipalAccount` has it: `anonymous` for whoever did not sign."""
    RESOURCE = "name with kind"
    """The last field of the ARN, such as `user/path/name`."""
    NAME = "name"
    """The last part of the ARN of a user or a role, without its path."""
    SESSION = "session"
    """The last part of the ARN of a role's session: the rest of it follows from the role."""
    SERVICE = "service"
    PROVIDER = "provider"
    CANONICAL = "canonical id"
    USER_ID = "user id"

    @property
    def symbol(self) -> str:
        return f"|caller {self.value}|"

    @property
    def has(self) -> str:
        """Whether the caller has one at all."""
        return f"|caller has {self.value}|"


@dataclass(slots=True)
class Text:
    """A value of strings. That of an ARN is known by its fields, and put together only where it has to be."""

    symbol: str
    known_fields: tuple[str, ...] = ()
    """The six terms of an ARN; empty where it need not be one."""
    whole: Callable[[], str] | None = None
    """Makes the term, where it belongs to the caller."""
    is_whole: bool = False
    has_fields: bool = False

    @property
    def is_arn(self) -> bool:
        """Whether it certainly has the six fields of an ARN."""
        return bool(self.known_fields)

    @property
    def term(self) -> str:
        self.is_whole = True
        return self.whole() if self.whole else self.symbol

    def is_equal(self, text: str) -> str:
        """Whether it is this text."""
        if not self.known_fields:
            return equal(self.term, literal(text))
        arn = find_arn(text)
        if arn is None:
            return FALSE
        return both(same(field, part) for field, part in zip(self.known_fields, ("arn", *arn), strict=True))

    def fields(self) -> tuple[str, tuple[str, ...]]:
        """Whether there are six fields, and the terms of the fields."""
        if self.known_fields:
            return TRUE, self.known_fields
        self.has_fields = True
        return named(self.symbol, "has six fields"), self._own_fields

    @property
    def _own_fields(self) -> tuple[str, ...]:
        return tuple(named(self.symbol, f"field {index}") for index in range(1, 7))

    def symbols(self) -> tuple[str, ...]:
        """What is to be known of a model to know the text."""
        return self.known_fields[1:] if self.known_fields else (self.symbol,)

    def declarations(self) -> Iterator[str]:
        """Of what does not belong to the caller."""
        if self.is_whole or not self.known_fields:
            yield f"(declare-const {self.symbol} String)"
        fields = self.known_fields or (self._own_fields if self.has_fields else ())
        symbols = [each for each in fields if each.startswith("|")]
        yield from (f"(declare-const {each} String)" for each in symbols)
        yield from (f'(assert (not (str.contains {each} ":")))' for each in symbols[:-1])
        whole = equal(self.symbol, joined([part for each in fields for part in (each, literal(":"))][:-1]))
        if self.known_fields and self.is_whole:
            yield f"(assert {whole})"
        elif self.has_fields:
            shape = sequence([FIELD, *['(str.to_re ":")', FIELD] * 4, '(str.to_re ":")', "re.all"])
            yield f"(define-fun {named(self.symbol, 'has six fields')} () Bool {in_expression(self.symbol, shape)})"
            yield f"(assert {implied(named(self.symbol, 'has six fields'), whole)})"


def named(symbol: str, about: str) -> str:
    """The symbol of something about a symbol."""
    return f"{symbol[:-1]} {about}|"


def arn_text(symbol: str) -> Text:
    """A text that is an ARN."""
    return Text(symbol, (literal("arn"), *(named(symbol, f"field {index}") for index in range(2, 7))))


@dataclass(slots=True)
class Slot:
    """One value of a key."""

    key: str
    about: str = ""
    """Which of several values it is; empty for the only one."""
    is_arn: bool = False
    """Whether it is certainly an ARN."""
    derive: Callable[[], Text] | None = None
    """Makes the text of a key that follows from the caller."""
    views: set[View] = field(default_factory=set)
    literals: dict[str, None] = field(default_factory=dict)
    """Texts that it is compared with."""
    _text: Text | None = None

    def text(self) -> Text:
        """The value as it is."""
        self.views.add(View.TEXT)
        if self._text is None:
            symbol = key_symbol(self.key, self.about)
            self._text = self.derive() if self.derive else arn_text(symbol) if self.is_arn else Text(symbol)
        return self._text

    def is_read_as(self, view: View) -> str:
        """Whether the text is of this kind."""
        self.views.add(view)
        return key_symbol(self.key, f"{self.about} is {view.name.lower()}".strip())

    def read_as(self, view: View) -> str:
        """What the text is read as; means nothing where it is not of this kind."""
        self.views.add(view)
        return key_symbol(self.key, f"{self.about} as {view.name.lower()}".strip())

    @property
    def readings(self) -> list[View]:
        """The views besides the text, in a fixed order."""
        return [view for view in View if view in self.views and view is not View.TEXT]

    def declarations(self) -> Iterator[str]:
        if self._text and not self.derive:
            yield from self._text.declarations()
        for view in self.readings:
            yield f"(declare-const {self.is_read_as(view)} Bool)"
            yield f"(declare-const {self.read_as(view)} {view.value})"


@dataclass(slots=True)
class Key:
    """A condition key: absent, or with the values of its slots. Slots may hold the same value."""

    name: str
    slots: tuple[Slot, ...]
    is_there: str | None = None
    """Whether a key that follows from the caller is present."""

    @property
    def present(self) -> str:
        return self.is_there or key_symbol(self.name, "is present")

    def as_variable(self) -> tuple[str, str]:
        """When the key defines a policy variable, and the text that it puts in: only one value does."""
        first, *others = (slot.text().term for slot in self.slots)
        return both((self.present, *(equal(first, other) for other in others))), first

    def declarations(self) -> Iterator[str]:
        if self.is_there is None:
            yield f"(declare-const {self.present} Bool)"
        for slot in self.slots:
            yield from slot.declarations()


@dataclass(frozen=True, slots=True)
class Derived:
    """How a key follows from the caller: when it is present, and its text."""

    present: Callable[[Model], str]
    text: Callable[[Model], Text]


@dataclass(slots=True)
class Model:
    """The variables of one script. Whatever is asked for is declared in the end.

    `is_exact` becomes False where the script cannot say all that ties two variables together: it then has more
    models than there are requests. Unsatisfiable is still certain, and a model has to be replayed, as ever.
    """

    question: Question
    needed: Mapping[str, int]
    """By key, how many values are enough to tell all conditions on it apart."""
    derived: Mapping[str, Derived] = field(default_factory=dict)
    """The keys that follow from the caller."""
    pinned_to: Request | None = None
    """The request in question, where there is but one: it is taken as it is, consistent or not."""
    keys: dict[str, Key] = field(default_factory=dict)
    parts: set[Part] = field(default_factory=set)
    presences: set[Part] = field(default_factory=set)
    resource: Text = field(default_factory=lambda: Text("|request resource|"))
    knows_caller: bool = False
    is_exact: bool = True
    others: list[str] = field(default_factory=list)
    """Declarations of what only an assertion speaks of."""

    def key(self, name: str) -> Key:
        """A condition key, by its name in lower case."""
        if name not in self.keys:
            several = self.needed.get(name, 1)
            abouts = [f"value {index}" for index in range(1, several + 1)] if several > 1 else [""]
            derived = self.derived.get(name)
            is_arn = self.pinned_to is None and name not in self.question.constants and key_type(name) is KeyType.ARN
            derive = (lambda: derived.text(self)) if derived else None
            slots = tuple(Slot(name, about, is_arn, derive) for about in abouts)
            self.keys[name] = Key(name, slots, derived.present(self) if derived else None)
        return self.keys[name]

    def kind(self, *kinds: CallerKind) -> str:
        """Whether the caller is of one of these kinds."""
        self.knows_caller = True
        if kinds == SIGNED:
            return HAS_ACCOUNT
        return either(equal(KIND, kind.value) for kind in kinds)

    def has(self, part: Part) -> str:
        """Whether the caller has such a part."""
        self.knows_caller = True
        self.presences.add(part)
        return part.has

    def part(self, part: Part) -> str:
        """A part of the caller; means nothing where the caller has none."""
        self.knows_caller = True
        self.parts.add(part)
        return part.symbol

    def fields(self) -> tuple[str, ...]:
        """The six fields of the caller's ARN."""
        service = f'(ite {self.kind(CallerKind.FEDERATED_USER)} "sts" "iam")'
        own = (self.part(Part.PARTITION), service, literal(""), self.part(Part.ACCOUNT), self.part(Part.RESOURCE))
        return (literal("arn"), *own)

    def is_part(self, part: Part, value: str) -> str:
        """Whether the caller has this very part."""
        return both((self.has(part), equal(self.part(part), literal(value))))

    def unknown(self, at_most: str) -> str:
        """A Boolean of which nothing is said but what it needs at least."""
        self.is_exact = False
        return self.fresh("left open", "Bool", at_most)

    def fresh(self, about: str, sort: str, at_most: str = TRUE) -> str:
        """Another variable; where it is a Boolean, what it implies."""
        symbol = f"|{about} {len(self.others) + 1}|"
        self.others.append(f"(declare-const {symbol} {sort})")
        if at_most != TRUE:
            self.others.append(f"(assert {implied(symbol, at_most)})")
        return symbol

    def declarations(self) -> Iterator[str]:
        """Everything that was spoken of."""
        yield f"(declare-const {ACTION} String)"
        yield f"(assert (str.in_re {ACTION} (re.* (re.union {_LOWER}))))"
        yield from self.resource.declarations()
        if self.knows_caller:
            yield f"(declare-datatypes ((Kind 0)) (({' '.join(f'({kind})' for kind in KINDS)})))"
            yield f"(declare-const {KIND} Kind)"
            signed = either(equal(KIND, kind.value) for kind in SIGNED)
            yield f"(define-fun {HAS_ACCOUNT} () Bool {signed})"
        yield from (f"(declare-const {part.has} Bool)" for part in Part if part in self.presences)
        yield from (f"(declare-const {part.symbol} String)" for part in Part if part in self.parts)
        for key in sorted(self.keys):
            yield from self.keys[key].declarations()
        yield from self.others


_LOWER = '(re.range "\\u{0}" "@") (re.range "[" "\\u{2ffff}")'
