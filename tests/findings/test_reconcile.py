"""What becomes of remembered findings: one case for each transition, and what holds for all of them."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ringwall.findings.archive_rule import ARCHIVE_RULE_KEYS, ArchiveRule, parse_filter
from ringwall.findings.finding import Finding, FindingStatus, FindingType
from ringwall.findings.reconcile import (
    apply_archive_rule,
    expire_rule,
    forget_all,
    forget_resolved,
    reconcile,
    set_status,
)
from ringwall.findings.remembered import Cause, RememberedFinding, remembered_id
from ringwall.findings.unused_finding import UnusedFinding, UnusedService

ANALYZER = "arn:aws:access-analyzer:eu-west-1:111122223333:analyzer/a"
ACTIVE, ARCHIVED, RESOLVED = FindingStatus.ACTIVE, FindingStatus.ARCHIVED, FindingStatus.RESOLVED
BEFORE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NOW = datetime(2026, 1, 10, 8, tzinfo=UTC)


def a_finding(account="444455556666", **fields):
    given = {"principal": {"AWS": account}, "action": ("s3:GetObject",), "is_public": account == "*", **fields}
    return Finding("arn:aws:s3:::b1", "AWS::S3::Bucket", "111122223333", "eu-west-1", **given)


def an_error(code="ACCESS_DENIED"):
    return Finding(
        "arn:aws:s3:::b1", "AWS::S3::Bucket", "111122223333", "eu-west-1", error=code, error_message="no way"
    )


def a_rule(name="partners", raw=None, **fields):
    raw = raw or {"principal.AWS": {"eq": ["444455556666"]}}
    return ArchiveRule(name, parse_filter(raw, ARCHIVE_RULE_KEYS), BEFORE, BEFORE, **fields)


def remembered(finding, status):
    return RememberedFinding(remembered_id(ANALYZER, finding), finding.as_json(), status, BEFORE, BEFORE, BEFORE)


def looked_at(known, found, rules=()):
    return reconcile(known, found, analyzer=ANALYZER, rules=rules, now=NOW)


@pytest.mark.parametrize(
    ("rules", "status", "cause", "actor"),
    [
        ([], ACTIVE, Cause.SCAN, ""),
        ([a_rule()], ARCHIVED, Cause.ARCHIVE_RULE, "partners"),
        ([a_rule("other", {"isPublic": {"eq": ["true"]}}), a_rule()], ARCHIVED, Cause.ARCHIVE_RULE, "partners"),
        ([a_rule(expires_at=NOW)], ACTIVE, Cause.SCAN, ""),
    ],
)
def test_new_access_is_active_unless_a_rule_archives_it(rules, status, cause, actor):
    """
    A first look, with and without archive rules.
    """
    [change] = looked_at([], [a_finding()], rules)

    assert (change.finding.status, change.previous_status, change.cause, change.actor) == (status, None, cause, actor)
    assert change.finding.created_at == change.finding.updated_at == change.finding.analyzed_at == NOW


@pytest.mark.parametrize("status", [ACTIVE, ARCHIVED])
def test_the_same_access_changes_nothing(status):
    """
    A second look, even though a rule would archive the finding by now.
    """
    assert looked_at([remembered(a_finding(), status)], [a_finding()], [a_rule()]) == ()


@pytest.mark.parametrize("status", [ACTIVE, ARCHIVED])
def test_other_evidence_for_the_same_access_is_written_silently(status):
    """
    Access levels are no part of a finding's identity.
    """
    known = remembered(a_finding(), status)

    [change] = looked_at([known], [a_finding(access_levels={"Read": ("s3:GetObject",)})])

    assert change.is_silent
    assert (change.finding.id, change.finding.status, change.finding.updated_at) == (known.id, status, BEFORE)
    assert change.finding.detail["accessLevels"] == {"Read": ["s3:GetObject"]}


def test_archived_access_that_becomes_public_is_active_again():
    """
    What was archived was not public; a finding's identity does not say whether it is.
    """
    known = remembered(a_finding(), ARCHIVED)

    [change] = looked_at([known], [a_finding(is_public=True)])

    assert (change.previous_status, change.finding.status, change.finding.id) == (ARCHIVED, ACTIVE, known.id)
    assert not change.is_silent


@pytest.mark.parametrize(("rules", "status"), [([], ACTIVE), ([a_rule()], ARCHIVED)])
def test_access_that_comes_back_is_the_same_finding(rules, status):
    """
    Resolved, and found again.
    """
    known = remembered(a_finding(), RESOLVED)

    [change] = looked_at([known], [a_finding()], rules)

    assert (change.previous_status, change.finding.status, change.finding.id) == (RESOLVED, status, known.id)
    assert (change.finding.created_at, change.finding.updated_at) == (BEFORE, NOW)


@pytest.mark.parametrize("status", [ACTIVE, ARCHIVED])
def test_access_that_is_gone_is_resolved(status):
    """
    The resource was deleted, or is shared no more.
    """
    [change] = looked_at([remembered(a_finding(), status)], [])

    assert (change.previous_status, change.finding.status, change.finding.updated_at) == (status, RESOLVED, NOW)


def test_access_with_another_condition_is_another_finding():
    """
    The old one is resolved and a new one appears.
    """
    other = a_finding(condition={"aws:SourceIp": "203.0.113.0/24"})

    changes = looked_at([remembered(a_finding(), ACTIVE)], [other])

    assert [(each.previous_status, each.finding.status) for each in changes] == [(None, ACTIVE), (ACTIVE, RESOLVED)]


def test_a_resource_that_cannot_be_analysed_has_an_error_finding_and_keeps_what_was_archived():
    """
    One active finding, one archived, and then an error.
    """
    known = [remembered(a_finding(), ACTIVE), remembered(a_finding("777788889999"), ARCHIVED)]

    changes = looked_at(known, [an_error()])

    assert [(each.finding.error, each.previous_status, each.finding.status) for each in changes] == [
        ("ACCESS_DENIED", None, ACTIVE),
        (None, ACTIVE, RESOLVED),
    ]


def test_what_was_not_decided_resolves_nothing():
    """
    An error beside a proven finding: the one that is missing may be in the part that was not decided.
    """
    known = [remembered(a_finding(), ACTIVE), remembered(a_finding("777788889999"), ACTIVE)]

    [change] = looked_at(known, [a_finding(), an_error("INTERNAL_ERROR")])

    assert (change.finding.error, change.previous_status) == ("INTERNAL_ERROR", None)


def an_unused(type_, **fields):
    return UnusedFinding("arn:aws:iam::111122223333:user/a", "AWS::IAM::User", "111122223333", type_, **fields)


def test_what_is_not_known_of_permissions_keeps_no_finding_about_a_key():
    """A key that was used again is not called unused for want of a report."""
    key, permission = FindingType.UNUSED_IAM_USER_ACCESS_KEY, FindingType.UNUSED_PERMISSION
    used, idle = an_unused(key, access_key_id="AKIAUSED"), an_unused(key, access_key_id="AKIAIDLE")
    kept = an_unused(permission, services=(UnusedService("sqs"),))
    known = [replace(remembered(each, ACTIVE), type=each.type) for each in (used, idle, kept)]

    changes = looked_at(known, [idle, an_unused(permission, error="INTERNAL_ERROR", error_message="no report")])

    after = {change.finding.id: change.finding.status for change in changes}
    assert [after.get(each.id) for each in known] == [RESOLVED, None, RESOLVED]


def test_what_was_archived_of_a_role_does_not_hide_the_next_one_of_its_name():
    """The archived finding is resolved, and the new role has one of its own."""
    type_ = FindingType.UNUSED_IAM_ROLE
    before, anew = (an_unused(type_, principal_id=each) for each in ("AROABEFORE", "AROAANEW"))
    known = replace(remembered(before, ARCHIVED), type=type_)

    changes = looked_at([known], [anew])

    assert [(change.previous_status, change.finding.status) for change in changes] == [
        (None, ACTIVE),
        (ARCHIVED, RESOLVED),
    ]
    assert changes[0].finding.id != known.id


def test_a_key_that_could_not_be_read_keeps_what_was_known_of_it():
    """It may be the one of which nothing is found."""
    key = FindingType.UNUSED_IAM_USER_ACCESS_KEY
    before, idle = an_unused(key, access_key_id="AKIAUNREAD"), an_unused(key, access_key_id="AKIAIDLE")
    known = [replace(remembered(each, ACTIVE), type=each.type) for each in (before, idle)]

    changes = looked_at(known, [idle, an_unused(key, error="INTERNAL_ERROR", error_message="throttled")])

    assert known[0].id not in {change.finding.id for change in changes}


@pytest.mark.parametrize("status", [ACTIVE, ARCHIVED])
@pytest.mark.parametrize("found", [[], [a_finding()], [an_error("INTERNAL_ERROR")]])
def test_an_error_finding_is_deleted_once_its_cause_is_gone(status, found):
    """
    Nothing, access or another error is found instead.
    """
    known = remembered(an_error(), status)

    *appeared, change = looked_at([known], found)

    assert (change.finding.id, change.is_deleted, change.finding.status) == (known.id, True, status)
    assert [each.previous_status for each in appeared] == [None for _ in found]


def test_an_error_finding_can_be_archived_by_a_rule():
    """
    `error` is a filter key.
    """
    [change] = looked_at([], [an_error()], [a_rule("errors", {"error": {"exists": True}})])

    assert (change.finding.status, change.actor) == (ARCHIVED, "errors")


@pytest.mark.parametrize(
    ("status", "wanted", "becomes"),
    [
        (ACTIVE, ARCHIVED, [ARCHIVED]),
        (ARCHIVED, ACTIVE, [ACTIVE]),
        (ACTIVE, ACTIVE, []),
        (ARCHIVED, ARCHIVED, []),
        (RESOLVED, ACTIVE, []),
        (RESOLVED, ARCHIVED, []),
    ],
)
def test_users_archive_and_unarchive(status, wanted, becomes):
    """
    What is so already, and what is resolved, stays.
    """
    changes = set_status([remembered(a_finding(), status)], wanted, actor="AKIA1", now=NOW)

    assert [each.finding.status for each in changes] == becomes
    assert {(each.previous_status, each.cause, each.actor, each.finding.updated_at) for each in changes} <= {
        (status, Cause.USER, "AKIA1", NOW)
    }


def test_a_rule_is_applied_to_active_findings_that_meet_it():
    """
    Four findings, of which one is active and meets the rule.
    """
    known = [
        remembered(a_finding(account), status) for account in ("444455556666", "*") for status in (ACTIVE, RESOLVED)
    ]

    [change] = apply_archive_rule(known, a_rule(), now=NOW)

    assert (change.finding, change.previous_status) == (replace(known[0], status=ARCHIVED, updated_at=NOW), ACTIVE)
    assert (change.cause, change.actor) == (Cause.ARCHIVE_RULE, "partners")


@pytest.mark.parametrize("rule_", [a_rule(), a_rule(expires_at=NOW + timedelta(seconds=1))])
def test_a_rule_that_has_not_expired_gives_nothing_back(rule_):
    """
    No end, and an end that is to come.
    """
    assert expire_rule([remembered(a_finding(), ARCHIVED)], rule_, now=NOW) == ()


def test_a_rule_that_has_expired_gives_back_what_is_still_archived():
    """
    One finding archived by it, and one resolved since.
    """
    archived = [remembered(a_finding(), ARCHIVED), remembered(a_finding("*"), RESOLVED)]

    [change] = expire_rule(archived, a_rule(expires_at=NOW), now=NOW)

    assert (change.finding.id, change.finding.status, change.cause) == (archived[0].id, ACTIVE, Cause.RULE_EXPIRED)


@pytest.mark.parametrize(
    ("status", "age", "is_over"), [(RESOLVED, 90, True), (RESOLVED, 89, False), (ARCHIVED, 99, False)]
)
def test_resolved_findings_are_deleted_after_ninety_days(status, age, is_over):
    """
    Counted from when they were resolved; the others stay.
    """
    known = remembered(a_finding(), status)

    changes = forget_resolved([known], now=BEFORE + timedelta(days=age))

    assert [(each.finding, each.is_deleted, each.cause) for each in changes] == [
        (known, True, Cause.RETENTION) for _ in range(is_over)
    ]


def test_the_findings_of_a_deleted_analyzer_are_deleted_whatever_they_are():
    """
    One of each status.
    """
    known = [remembered(a_finding(), status) for status in FindingStatus]

    changes = forget_all(known)

    assert [(each.finding, each.is_deleted) for each in changes] == [(each, True) for each in known]


ACCOUNTS = st.sampled_from(["444455556666", "777788889999", "*"])
ACCESS = st.builds(
    a_finding, ACCOUNTS, access_levels=st.sampled_from([{}, {"Read": ("s3:GetObject",)}]), is_public=st.booleans()
)
LOOKS = st.lists(
    st.one_of(ACCESS, st.builds(an_error, st.sampled_from(["ACCESS_DENIED", "INTERNAL_ERROR"]))), max_size=4
)
RULES = st.lists(
    st.sampled_from(
        [
            a_rule(),
            a_rule("old", expires_at=BEFORE),
            a_rule("quiet", {"isPublic": {"eq": ["false"]}}),
            a_rule("errors", {"error": {"exists": True}}),
        ]
    ),
    max_size=2,
)
ALLOWED = {
    Cause.SCAN: {(None, ACTIVE), (ACTIVE, RESOLVED), (ARCHIVED, RESOLVED), (RESOLVED, ACTIVE), (ARCHIVED, ACTIVE)},
    Cause.ARCHIVE_RULE: {(None, ARCHIVED), (RESOLVED, ARCHIVED), (ACTIVE, ARCHIVED), (ARCHIVED, ARCHIVED)},
    Cause.USER: {(ACTIVE, ARCHIVED), (ARCHIVED, ACTIVE)},
}
"""By cause, from which status to which; what is silent or deleted aside."""


class Life(RuleBasedStateMachine):
    """One resource that is looked at again and again, while users decide."""

    def __init__(self):
        super().__init__()
        self.known = {}
        self.now = BEFORE
        self.found = {}
        self.decided = {}

    def write(self, changes):
        assert len({each.finding.id for each in changes}) == len(changes)
        for change in changes:
            before = self.known.get(change.finding.id)
            assert change.previous_status is (before.status if before else None)
            if change.is_deleted:
                assert change.finding.error is not None
                del self.known[change.finding.id]
                continue
            if not change.is_silent:
                assert (change.previous_status, change.finding.status) in ALLOWED[change.cause]
                assert change.finding.updated_at == self.now
            assert change.finding.created_at == (before.created_at if before else self.now)
            self.known[change.finding.id] = change.finding

    @rule(found=LOOKS, rules=RULES)
    def look(self, found, rules):
        """Look at the resource, twice: the second time there is nothing to write."""
        self.now += timedelta(minutes=30)
        self.found = {remembered_id(ANALYZER, each): each for each in found}
        given = {"analyzer": ANALYZER, "rules": rules, "now": self.now}
        self.write(reconcile([*self.known.values()], [*self.found.values()], **given))
        assert reconcile([*self.known.values()], [*self.found.values()], **given) == ()

    @rule(status=st.sampled_from([ACTIVE, ARCHIVED]))
    def decide(self, status):
        """Archive or unarchive everything."""
        self.now += timedelta(minutes=1)
        self.write(set_status([*self.known.values()], status, actor="AKIA1", now=self.now))

    @rule(rules=RULES)
    def apply(self, rules):
        """Apply rules to what is there."""
        self.now += timedelta(minutes=1)
        for each in rules:
            self.write(apply_archive_rule(self.known.values(), each, now=self.now))

    @invariant()
    def whatever_was_found_is_open(self):
        """Nothing that was found last is left resolved or not remembered, and its detail is what was found."""
        for id_, finding in self.found.items():
            assert self.known[id_].status in (ACTIVE, ARCHIVED)
            assert self.known[id_].detail == finding.as_json()

    @invariant()
    def only_errors_that_were_found_are_remembered(self):
        """An error finding goes with its cause."""
        assert {each.id for each in self.known.values() if each.error} <= set(self.found)

    @invariant()
    def nothing_is_active_that_was_not_found(self):
        """Unless part of the resource was not decided, or users activated what an error had kept archived."""
        if not any(each.error for each in self.found.values()):
            assert {id_ for id_, each in self.known.items() if each.status is not RESOLVED} == set(self.found)


TestLife = Life.TestCase


@given(LOOKS)
def test_a_finding_reads_back_from_json_as_it_was_written(found):
    """
    Otherwise every look at a finding that comes from the store would write it again.
    """
    known = [remembered(each, ACTIVE) for each in {each.id: each for each in found}.values()]
    stored = [replace(each, detail=json.loads(json.dumps(each.detail))) for each in known]

    assert looked_at(stored, [*{each.id: each for each in found}.values()]) == ()
