"""The search for a fix: edits are put together until the finding is gone, and are tried from the smallest one on.

What lets the access in is edited statement by statement. After each round the resource is analysed again, since what was
hidden behind a wider finding comes to light when that is gone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ringwall.errors import UndecidedError
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.finding import Finding, StatementReference
from ringwall.findings.fix_access import Access
from ringwall.findings.fix_cuts import Cut, cuts_of
from ringwall.findings.fix_denials import denials, members_instead
from ringwall.findings.fix_places import list_around
from ringwall.findings.fix_proof import Judged, Step, comparison, judged, said
from ringwall.findings.questions import statement_of
from ringwall.policy.ast import Only, Pattern, Policy
from ringwall.reasoning.question import Question, answer_to
from ringwall.resources.base import Configuration, Resource, SourceType

_MOST_ROUNDS = 12
_MOST_CUTS = 100


@dataclass(frozen=True, slots=True)
class Candidate:
    """Edits that together may be a fix."""

    configuration: Configuration
    what: tuple[str, ...]
    size: int
    adds: bool = False

    @property
    def rank(self) -> tuple[bool, int, int]:
        """What only takes away comes before what adds, one edit before several, few characters before many."""
        return self.adds, len(self.what), self.size


@dataclass(frozen=True, slots=True)
class Case:
    """A finding to be fixed, and all that is known about its resource."""

    analyzer: ExternalAccess
    resource: Resource
    access: Access
    known: tuple[Finding, ...]
    """The findings of the resource as it is."""
    _findings: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    _steps: dict[str, tuple[Step, ...]] = field(default_factory=dict)

    def changed(self, configuration: Configuration) -> Resource:
        return replace(self.resource, configuration=configuration)

    def findings_of(self, configuration: Configuration) -> tuple[Finding, ...]:
        """The findings that the resource would have. Many ways lead to the same configuration: it is analysed once."""
        if (key := _key(configuration)) not in self._findings:
            self._findings[key] = self.analyzer.findings_of(self.changed(configuration))
        return self._findings[key]

    def compared(self, configuration: Configuration) -> tuple[Step, ...]:
        """What can be said about all requests."""
        if (key := _key(configuration)) not in self._steps:
            changed = self.changed(configuration)
            self._steps[key] = comparison(self.analyzer, self.access, self.resource, changed)
        return self._steps[key]

    def judge(self, configuration: Configuration) -> Judged:
        """All that can be proven."""
        return judged(self.compared(configuration), self.access, self.known, self.findings_of(configuration))

    def is_harmless(self, configuration: Configuration) -> bool:
        """Whether nothing is new, and nobody who is to keep access loses any."""
        return all(each.holds for each in self.compared(configuration))

    def is_narrower(self, configuration: Configuration) -> bool:
        """Whether nothing is new."""
        return self.compared(configuration)[0].holds


def _key(configuration: Configuration) -> str:
    return json.dumps(configuration, sort_keys=True)


def candidates_of(case: Case) -> Iterator[Candidate]:
    """Everything worth trying, the smallest first, without what was tried already.

    Edits that do no harm and only take away are tried before anything else is looked for: in most cases they are it.
    """
    found = [candidate] if (candidate := _cut_away(case, _first_harmless)) is not None else []
    if found and not found[0].adds:
        yield found[0]
    tried = [each.configuration for each in found if not each.adds]
    for each in _others(case, found):
        if each.configuration not in tried:
            tried.append(each.configuration)
            yield each


def _others(case: Case, found: list[Candidate]) -> list[Candidate]:
    found += filter(None, (_cut_away(case, choose) for choose in (_first_taking, _first_adding)))
    sources = case.access.kind.sources(case.resource)
    members = case.analyzer.zone.accounts(case.resource.owner_account)
    more = [*denials(case.access, case.resource, sources), *members_instead(case.access, case.resource, members)]
    found += [Candidate(each.configuration, (each.what,), each.size, each.adds) for each in more]
    return sorted(found, key=lambda candidate: candidate.rank)


Choose = Callable[[Case, Sequence[Cut]], Cut | None]
"""Which edit of a statement is made. Only `_first_harmless` looks at what is lost; what others choose may be the nearest."""


def _first_harmless(case: Case, cuts: Sequence[Cut]) -> Cut | None:
    return next((cut for cut in cuts if case.is_harmless(cut.configuration)), None)


def _first_taking(case: Case, cuts: Sequence[Cut]) -> Cut | None:
    return next((cut for cut in cuts if not cut.adds and case.is_narrower(cut.configuration)), None)


def _first_adding(case: Case, cuts: Sequence[Cut]) -> Cut | None:
    return next((cut for cut in cuts if cut.adds and case.is_narrower(cut.configuration)), None)


def _cut_away(case: Case, choose: Choose) -> Candidate | None:
    """Edits that let nothing of the finding's access in any more; None where they cannot be found."""
    configuration, findings = case.resource.configuration, case.known
    made: list[Cut] = []
    for _ in range(_MOST_ROUNDS):
        if not (targets := _targets(case, findings)):
            break
        cuts = _round(case, configuration, targets, choose)
        if not cuts or len(made) + len(cuts) > _MOST_CUTS:
            return None
        made += cuts
        configuration = cuts[-1].configuration
        findings = case.findings_of(configuration)
    else:
        return None
    what = tuple(dict.fromkeys(cut.what for cut in made))
    return Candidate(configuration, what, sum(cut.size for cut in made), any(cut.adds for cut in made))


def _round(case: Case, configuration: Configuration, targets: Sequence[Finding], choose: Choose) -> list[Cut]:
    """One edit for each statement that lets in what is to go; from the last to the first, so that numbers hold."""
    made: list[Cut] = []
    behind = [(reference, about) for about in targets for reference in about.allowed_by]
    behind.sort(key=lambda each: _order(each[0]), reverse=True)
    done: set[tuple[str, int]] = set()
    for reference, about in behind:
        if (place := (reference.place, _number(reference))) in done:
            continue
        done.add(place)
        cut = choose(case, cuts_of(case.access, configuration, about, reference))
        if cut is None:
            return []
        made.append(cut)
        configuration = cut.configuration
    return made


def _number(reference: StatementReference) -> int:
    """Which statement of a policy; an entry of a list is one whatever it was translated to."""
    return reference.index if reference.source in _POLICIES else 0


_POLICIES = {SourceType.POLICY.value, SourceType.S3_ACCESS_POINT.value, SourceType.S3_ACCESS_POINT_ACCOUNT.value}


def _order(reference: StatementReference) -> tuple[str, int, int]:
    """By document, and within one by number: the tenth grant is behind the ninth."""
    last = reference.place.rsplit("/", 1)[-1]
    if last.isdecimal():
        return list_around(reference.place), int(last), reference.index
    return reference.place, 0, reference.index


def _targets(case: Case, findings: Sequence[Finding]) -> list[Finding]:
    """What is left of the finding: itself, and what is new and within it, as far as that is about its actions."""
    known = {said(each) for each in case.known} - {said(case.access.finding)}
    found = []
    for each in findings:
        actions = tuple(action for action in each.action if action in case.access.finding.action)
        if said(each) not in known and actions and _is_within(case, each):
            found.append(replace(each, action=actions))
    return found


def _is_within(case: Case, finding: Finding) -> bool:
    """Whether the principal and the conditions of a finding are among those of the one to be fixed."""
    if (finding.principal, finding.condition) == (case.access.finding.principal, case.access.finding.condition):
        return True
    asked = case.analyzer.questions_of(case.resource)
    policies = [policy for each in asked for policy in each.policies]
    statement = statement_of(finding, policies, asked[0].question)
    if statement is None:
        return False
    whole = Policy((replace(statement, actions=Only((Pattern("*"),))),))
    try:
        question = Question((whole,), (case.access.around,), constants=case.access.constants)
        return answer_to(question, solver=case.analyzer.solver).request is None
    except UndecidedError:
        return False


def nearest(case: Case, candidates: Sequence[Candidate]) -> tuple[Candidate, Judged] | None:
    """Of those that remove the finding and allow nothing new, the one with the fewest losses, then the smallest."""
    usable = [each for each in candidates if case.is_narrower(each.configuration)]
    usable.sort(key=lambda each: (sum(not step.holds for step in case.compared(each.configuration)), each.rank))
    judged = ((each, case.judge(each.configuration)) for each in usable)
    return next((each for each in judged if each[1].removes), None)
