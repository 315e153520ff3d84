"""The words that findings are made of: what a policy says of its principals and of each reportable key.

A label stands for a set of requests: those of one account, those from one network. The labels of a key are ordered by
inclusion under "any". The *core* of a label is what lies in it and in no narrower one.

Source: Backes et al., Stratified abstraction of access control policies, CAV 2020.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ringwall.arn import account_of
from ringwall.errors import UndecidedError
from ringwall.policy.ast import Condition, Policy, Principal, Statement
from ringwall.reasoning import operators
from ringwall.reasoning.box import Box
from ringwall.reasoning.callers import ACCOUNT, ARN, SERVICE, SESSION
from ringwall.reasoning.encode import read_from
from ringwall.reasoning.intervals import union as merged
from ringwall.reasoning.label import PRINCIPAL, Label
from ringwall.reasoning.label_index import PrefixIndex, PrincipalIndex, role_of
from ringwall.reasoning.operators import MEANINGS
from ringwall.reasoning.patterns import Wild
from ringwall.reasoning.principals import EVERYONE, inside, key_of_principal
from ringwall.reasoning.region import Budget
from ringwall.reasoning.text import ANY_TEXT, TextSet, any_of, none_of
from ringwall.reasoning.typed import Kind, Reading
from ringwall.reasoning.unions import AnyOf, united
from ringwall.reasoning.values import ANYTHING, KeySet, ValueSet, points, texts
from ringwall.reasoning.variables import MATCHES, Setting, Wording, fill_in

REPORTABLE = {
    key.lower(): key
    for key in (
        "aws:PrincipalAccount",
        "aws:PrincipalArn",
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:SourceAccount",
        "aws:SourceArn",
        "aws:SourceIp",
        "aws:SourceOrgID",
        "aws:SourceOrgPaths",
        "aws:SourceOwner",
        "aws:SourceVpc",
        "aws:SourceVpcArn",
        "aws:SourceVpce",
        "aws:UserId",
        "aws:VpceAccount",
        "aws:VpceOrgID",
        "aws:VpceOrgPaths",
        "elasticfilesystem:AccessedViaMountTarget",
        "kms:CallerAccount",
        "lambda:EventSourceToken",
        "lambda:FunctionUrlAuthType",
        "s3:DataAccessPointAccount",
        "s3:DataAccessPointArn",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "s3express:SessionMode",
        "sts:ExternalId",
    )
}
"""Keys that appear in a finding's `condition`, by their lower-case names: what an outsider cannot set at will, or what
a reader needs to know. Claims of identity providers, such as `accounts.google.com:aud`, and `saml:` keys come on top.

Source: IAM User Guide, IAM Access Analyzer filter keys.
"""


def reportable_name(key: str) -> str | None:
    """How a finding spells the key; None for a key that findings do not report."""
    lowered = key.lower()
    provider, _, claim = lowered.partition(":")
    if claim and (provider == "saml" or "." in provider):
        return key
    return REPORTABLE.get(lowered)


class Labels:
    """All labels of one key, their order, and their cores."""

    def __init__(self, key: str, named: Iterable[Label], budget: Budget) -> None:
        self.key = key
        self.any = Label(key, EVERYONE, "AWS" if key == PRINCIPAL else "")
        self.named = tuple(named)
        self._index = PrincipalIndex(self.named) if key == PRINCIPAL else PrefixIndex(self.named)
        self._wider: dict[Label, tuple[Label, ...]] = {}
        self._narrower: dict[Label, list[Label]] = defaultdict(list)
        self._cores: dict[Label, Box] = {}
        for label in self.named:
            self._order(label, budget)

    def _order(self, label: Label, budget: Budget) -> None:
        candidates = (other for other in dict.fromkeys(self._index.perhaps_wider(label)) if other is not label)
        self._wider[label] = tuple(other for other in candidates if _is_narrower(label, other, budget))
        for other in self._wider[label]:
            self._narrower[other].append(label)

    def core(self, label: Label) -> Box:
        """What lies in the label and in none of its narrower ones, as a box."""
        if label not in self._cores:
            narrower = self._top() if label.is_any else self._narrower[label]
            self._cores[label] = label.box & Box(outside(narrower))
        return self._cores[label]

    def _top(self) -> list[Label]:
        """The labels just below "any"."""
        return [label for label in self.named if not self._wider[label]]

    def above(self, label: Label) -> tuple[Label, ...]:
        """The label itself and everything wider, "any" included."""
        return (self.any,) if label.is_any else (label, *self._wider[label], self.any)

    def meeting(self, box: Box) -> Iterator[tuple[Label, Box]]:
        """The labels whose cores may share a request with the box, each with what both let the key hold."""
        near = self._index.perhaps_meeting(box) if self.named else ()
        for label in (*near, self.any):
            core = self.core(label).keys
            shared = Box({key: box.keys.get(key, ANYTHING) & values for key, values in core.items()})
            if not shared.is_plainly_empty():
                yield label, shared


def _is_narrower(label: Label, other: Label, budget: Budget) -> bool:
    """Whether every request of the label is one of the other, and not the other way round."""
    if label.dimension != other.dimension:
        return _is_below(label, other)
    mine, theirs = label.values.bound.text.values, other.values.bound.text.values
    if mine is not None and theirs is not None and not label.values.many:
        return mine < theirs
    budget.spend(2)
    return _covers(other, label) and not _covers(label, other)


def _covers(wide: Label, narrow: Label) -> bool:
    """Whether every request of the one label is in the other: not if an example is not, and else it is proven."""
    if (example := narrow.example) is not None and example not in wide.values:
        return False
    return all(_is_empty(narrow, Box({wide.dimension: narrow.values & piece})) for piece in wide.values.complement())


def _is_empty(label: Label, part: Box) -> bool:
    """Whether a part of a label, on the label's dimension, holds no request."""
    if part.is_plainly_empty():
        return True
    if label.is_about_caller:
        return (label.box & part).pick() is None
    return part.keys[label.dimension].pick(label.dimension) is None


def _is_below(label: Label, other: Label) -> bool:
    """Whether a principal belongs to another: a role to its account, a session to its role."""
    match label.dimension, other.dimension:
        case (dimension, key) if key == ACCOUNT and dimension in (ARN, SESSION):
            return account_of(label.text) == other.text
        case (dimension, key) if dimension == SESSION and key == ARN:
            return role_of(label.text) is not None and role_of(label.text) == role_of(other.text)
        case _:
            return False


def outside(labels: Sequence[Label]) -> dict[str, KeySet]:
    """What every dimension may hold for a request in none of the labels.

    Raises:
        UndecidedError: for one dimension that is not one set.
    """
    closed: dict[str, KeySet] = {}
    for dimension, together in _together(labels):
        piece, *more = together.complement()
        if more:
            raise UndecidedError("what is outside of a value that the policy names is not one set")
        known = closed.get(dimension)
        closed[dimension] = piece if known is None else known & piece
    return closed


def _together(labels: Sequence[Label]) -> Iterator[tuple[str, KeySet]]:
    """The labels as fewer sets: lists, patterns and networks on one dimension are united, the rest stays apart."""
    unions: dict[tuple[str, bool], list[AnyOf]] = defaultdict(list)
    networks: dict[tuple[str, bool], list[Reading]] = defaultdict(list)
    for label in labels:
        many = label.values.many
        [wanted] = label.values.demands if many else (label.values.bound,)
        if wanted.readings == () and (union := _as_union(wanted.text)) is not None:
            unions[label.dimension, many].append(union)
        elif len(wanted.readings) == 1 and wanted.text is ANY_TEXT and wanted.readings[0].kind is Kind.ADDRESS:
            networks[label.dimension, many].append(wanted.readings[0])
        else:
            yield label.dimension, label.values
    for (dimension, many), several in unions.items():
        yield dimension, _key_set(texts(united(several)), many=many)
    for (dimension, many), readings in networks.items():
        spans = merged(span for reading in readings for span in reading.inside.spans)
        yield dimension, _key_set(points(Kind.ADDRESS, spans), many=many)


def _as_union(text: TextSet) -> AnyOf | None:
    """A set of texts as the one union that it is; None where it is more than that."""
    if text.values is not None:
        return AnyOf(text.values)
    return text.all_of[0] if len(text.all_of) == 1 and not text.none_of else None


def _key_set(wanted: ValueSet, *, many: bool) -> KeySet:
    return KeySet(False, demands=(wanted,), many=True) if many else KeySet(False, wanted)


Involved = tuple[Policy, Statement]


def labels_of(
    statements: Sequence[Involved], setting: Setting, budget: Budget, *, owner_account: str | None, with_services: bool
) -> tuple[Labels, ...]:
    """The labels of the principal, and of every reportable key that the statements mention.

    Args:
        statements: each with its policy.
        setting: what is known of every request.
        budget: for comparing the labels.
        owner_account: whose access points are no party to the access; None to leave out no label.
        with_services: whether AWS services are principals to report.

    Raises:
        UndecidedError: so many patterns that comparing them exceeds the budget.
    """
    found: dict[str, dict[tuple[str, KeySet], Label]] = defaultdict(dict)
    """By key in lower case: policies spell the same key in several ways."""
    for policy, statement in statements:
        members = statement.principals.members if statement.principals else ()
        for label in _principal_labels(members, with_services=with_services):
            found[PRINCIPAL].setdefault((label.dimension, label.values), label)
        for condition in statement.conditions:
            for label in _condition_labels(condition, policy, setting, owner_account):
                found[label.key.lower()].setdefault((label.dimension, label.values), label)
    principal = Labels(PRINCIPAL, found.pop(PRINCIPAL, {}).values(), budget)
    by_key = (tuple(found[key].values()) for key in sorted(found))
    return (principal, *(Labels(named[0].key, named, budget) for named in by_key))


def _principal_labels(members: Iterable[Principal], *, with_services: bool) -> Iterator[Label]:
    for member in members:
        key, value = key_of_principal(member)
        if member.value == EVERYONE or (key == SERVICE and not with_services):
            continue
        yield Label(PRINCIPAL, value, member.type.value, key, inside(key, (value,)))


def _condition_labels(condition: Condition, policy: Policy, setting: Setting, owner: str | None) -> Iterator[Label]:
    key, name = condition.key.lower(), reportable_name(condition.key)
    if name is None or key in setting.constants or condition.operator.name not in MEANINGS:
        return
    if key.startswith("s3:dataaccesspoint") and owner is not None:
        # An access point of the bucket's owner is no party to the access: its own policy is, and is analysed.
        values = [value for value in condition.values if owner not in (value, account_of(value))]
    else:
        values = list(condition.values)
    for value in values:
        wording = fill_in(value, setting) if policy.has_variables else Wording(value)
        if wording is not None and wording.is_open:
            yield from _template_label(name, value, condition, wording, many=setting.is_many(key))
        elif wording is not None:
            yield _condition_label(name, condition, wording, many=setting.is_many(key))


def _template_label(name: str, value: str, condition: Condition, wording: Wording, *, many: bool) -> Iterator[Label]:
    """What matches a template; nothing where only the condition as a whole is known to hold or not."""
    if not many and condition.operator.quantifier is None:
        dimension = operators.mark_of(condition.operator, name.lower(), wording)
        yield Label(name, value, "", dimension, MATCHES)


def _condition_label(name: str, condition: Condition, wording: Wording, *, many: bool) -> Label:
    wanted: ValueSet = operators.MEANINGS[condition.operator.name].values([wording])
    dimension, values = read_from(name.lower(), _key_set(wanted, many=many))
    return Label(name, wording.plain, "", dimension, _in_one_piece(values))


def _in_one_piece(values: KeySet) -> KeySet:
    """The same set, written so that whatever is outside of it is one set too, if it can be.

    `kms:CallerAccount` is read from another key, which says `anonymous` where this one is absent. Patterns that do not
    match that word need not except it; to those that match everything it is the only exception.
    """
    text = values.bound.text
    excepted = text.none_of
    if not excepted or excepted.patterns or excepted.accounts or len(text.all_of) != 1:
        return values
    [union] = text.all_of
    if not any(value in union for value in excepted.values):
        return KeySet(values.absent, ValueSet(any_of(union)))
    if any(pattern.elements == (Wild.STAR,) for pattern in union.patterns):
        return KeySet(values.absent, ValueSet(none_of(excepted)))
    return values


def mapping_of(labels: Iterable[Label]) -> Mapping[str, str]:
    """A finding's `condition`: the labels of condition keys that are not "any"."""
    return {label.key: label.text for label in labels if label.key != PRINCIPAL and not label.is_any}
