"""What must hold of any principal and any evidence: only evidence makes something unused."""

from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from ringwall.findings.unused_access import UnusedAccess
from ringwall.findings.unused_case import Case
from ringwall.findings.unused_entities import doubt_of_activity, is_active
from ringwall.principals.granted import granted_to
from ringwall.principals.principal import LastUse, PrincipalKind
from tests.principal_words import inline
from tests.unused_words import NOW, ONE, THREE, access, allow, days_ago, deny, key, managed, password, role, used, user

ACTIONS = ("iam:CreateRole", "iam:DeleteRole", "iam:PassRole", "sns:CreateTopic", "sns:Publish", "sqs:SendMessage")
SERVICES = ("iam", "sns", "sqs")
DAYS = st.sampled_from((1, 20, 60, 89, 90, 91, 120, 150, 200, 280, 300))
OLD = st.sampled_from((60, 200, 400, 500))
AGES = st.sampled_from((1, 30, 90, 91, 120, 200, 365))


@st.composite
def policies(draw, account):
    def one(number):
        actions = draw(st.lists(st.sampled_from((*ACTIONS, "sns:*", "*:Create*", "iam:*")), min_size=1, max_size=3))
        statements = [allow(*actions), *([deny(draw(st.sampled_from(ACTIONS)))] if draw(st.booleans()) else [])]
        if draw(st.booleans()):
            return inline(f"p{number}", *statements)
        return managed(account, f"p{number}", *statements, changed=draw(OLD))

    return [one(number) for number in range(draw(st.integers(1, 3)))]


@st.composite
def keys(draw):
    last = draw(st.none() | DAYS)
    return tuple(
        key(
            "a",
            number,
            is_active=draw(st.booleans()),
            created=draw(DAYS),
            last=last if number else draw(st.none() | DAYS),
        )
        for number in range(draw(st.integers(0, 2)))
    )


def last_of(events, *others):
    """RoleLastUsed, in days: that of services beyond the report counts, too."""
    return min((*others, *((NOW - event.at).days for event in events if event.is_reported)), default=None)


@st.composite
def stories(draw, account):
    """A principal and what it did."""
    made = draw(policies(account))
    events = tuple(
        event
        for days in draw(st.lists(DAYS, max_size=4))
        for event in used(days, draw(st.sampled_from(ACTIONS)), is_reported=draw(st.booleans()))
    )
    if draw(st.booleans()):
        elsewhere = draw(st.lists(DAYS, max_size=1))
        principal = role(account, "a", made, last=last_of(events, *elsewhere), created=draw(OLD))
    else:
        secret = password(last=draw(st.none() | DAYS), created=draw(DAYS)) if draw(st.booleans()) else None
        principal = user(account, "a", made, keys=draw(keys()), password=secret, created=draw(OLD))
    return principal, events


def unused_in(collected, age):
    """Everything that is called unused: entities, and actions; of a principal that is idle all of them."""
    findings = [each for each in UnusedAccess(age=age).findings_of(collected, NOW) if not each.error]
    case = Case(collected, NOW, age)
    granted = granted_to(collected.principal).actions
    unused = {(each.type.value, each.access_key_id) for each in findings if not each.services}
    for service in (service for each in findings for service in each.services):
        names = {f"{service.namespace}:{action.name}" for action in service.actions}
        unused |= names or granted[service.namespace]
    if case.is_old(case.principal.created_at) and not is_active(case) and doubt_of_activity(case) is None:
        unused |= frozenset().union(*granted.values())
    return unused


@given(stories(THREE), DAYS, st.sampled_from(ACTIONS), AGES)
def test_more_use_never_makes_more_unused(story, days, action, age):
    principal, events = story
    more = (*events, *used(days, action))
    later = principal
    if principal.kind is PrincipalKind.ROLE:
        before = [(NOW - principal.last_use.at).days] if principal.last_use.at else []
        later = replace(principal, last_use=LastUse(at=days_ago(last_of(more, *before))))

    assert unused_in(access(later, more, SERVICES), age) <= unused_in(access(principal, events, SERVICES), age)


@given(stories(ONE), AGES)
def test_a_trail_only_takes_away(story, age):
    """What it saw is used, and what comes back stays; that it saw nothing proves nothing."""
    with_trail = access(*story, SERVICES)
    without = replace(with_trail, usage=replace(with_trail.usage, trail=None, trail_coverage=None))

    assert unused_in(with_trail, age) <= unused_in(without, age)


@given(stories(THREE), AGES, AGES)
def test_a_longer_period_never_makes_more_unused(story, one, other):
    """Where no trail shows that use comes back, which holds for shorter periods alone."""
    assume(one < other)
    collected = access(*story, SERVICES)

    assert unused_in(collected, other) <= unused_in(collected, one)


def without_report(collected):
    return replace(collected, usage=replace(collected.usage, report=None, report_error="AccessDenied"))


def truncated(collected):
    report = collected.usage.report
    cut = replace(report, services=report.services[1:], is_truncated=True)
    return replace(collected, usage=replace(collected.usage, report=cut))


def by_service(collected):
    report = collected.usage.report
    services = tuple(replace(each, tracked=None) for each in report.services)
    return replace(
        collected, usage=replace(collected.usage, report=replace(report, services=services, is_by_action=False))
    )


def without_own_record(collected):
    """Neither RoleLastUsed, nor the last use of any key or password."""
    old = collected.principal
    read = old.keys or ()
    secret = replace(old.password, last_use=None) if old.password else None
    blind = replace(old, last_use=None, keys=tuple(replace(each, last_use=None) for each in read), password=secret)
    return replace(collected, principal=blind)


def without_keys(collected):
    keys = None if collected.principal.kind is PrincipalKind.USER else ()
    return replace(collected, principal=replace(collected.principal, keys=keys))


LOSSES = (truncated, by_service, without_report, without_own_record, without_keys)
"""In the order in which they can follow each other."""


@given(st.sampled_from((ONE, THREE)).flatmap(stories), AGES, st.sets(st.sampled_from(LOSSES), min_size=1))
def test_missing_evidence_never_makes_more_unused(story, age, losses):
    collected = access(*story, SERVICES)
    poorer = collected
    for lose in filter(losses.__contains__, LOSSES):
        poorer = lose(poorer)

    assert unused_in(poorer, age) <= unused_in(collected, age)


@given(stories(ONE), AGES)
def test_what_was_used_within_the_period_is_never_called_unused(story, age):
    principal, events = story
    collected = access(principal, events, SERVICES)
    recent = {event.action for event in events if Case(collected, NOW, age).is_within(event.at)}

    assert unused_in(collected, age).isdisjoint(recent)
