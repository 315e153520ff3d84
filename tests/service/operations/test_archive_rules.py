from datetime import timedelta

import pytest

from ringwall.errors import ConflictError, NotFoundError, QuotaError, ValidationError
from ringwall.service.context import Quotas
from ringwall.service.operations.archive_rules import (
    apply_archive_rule,
    create_archive_rule,
    delete_archive_rule,
    dry_run_archive_rule,
    get_archive_rule,
    list_archive_rules,
    update_archive_rule,
)
from ringwall.service.operations.findings import get_finding, list_finding_events, list_findings_v2
from tests.service.service_for_tests import (
    CALLER,
    NOON,
    PARTNER,
    access,
    analyzer_in,
    public_access,
    scanned,
    service_over,
    unreadable,
)

PARTNERS = {"isPublic": {"eq": ["false"]}, "principal.AWS": {"eq": [PARTNER]}}


def create(ringwall, name="partners", criteria=PARTNERS, **members):
    request = {"analyzerName": "watch", "ruleName": name, "filter": criteria, **members}
    return create_archive_rule(ringwall, CALLER, request)


def rule(ringwall, name="partners"):
    return get_archive_rule(ringwall, CALLER, {"analyzerName": "watch", "ruleName": name})["archiveRule"]


def status(ringwall, analyzer, finding):
    return get_finding(ringwall, CALLER, {"analyzerArn": analyzer, "id": finding})["finding"]["status"]


def test_a_rule_is_kept_as_it_was_given(ringwall):
    """With what AWS's rules do not have: a reason, an owner, and when it ends."""
    analyzer_in(ringwall)
    expiry = NOON + timedelta(days=30)

    create(ringwall, reason="contract 7", owner="blue", expiresAt=expiry)

    assert rule(ringwall) == {
        "ruleName": "partners",
        "filter": PARTNERS,
        "createdAt": NOON,
        "updatedAt": NOON,
        "reason": "contract 7",
        "owner": "blue",
        "expiresAt": expiry,
    }


@pytest.mark.parametrize(
    ("criteria", "warns"),
    [
        (PARTNERS, False),
        ({"isPublic": {"eq": ["false"]}}, False),
        ({"principal.AWS": {"eq": [PARTNER]}}, False),
        ({"resource": {"contains": ["shared"]}}, True),
        ({"isPublic": {"eq": ["true"]}}, True),
    ],
)
def test_a_rule_that_could_hide_public_access_has_a_warning(ringwall, criteria, warns):
    """It is made all the same: somebody may mean it."""
    analyzer_in(ringwall)

    warnings = create(ringwall, criteria=criteria)["warnings"]

    assert any("isPublic" in each for each in warnings) is warns


def test_a_name_can_be_used_once(ringwall):
    """In one analyzer."""
    analyzer_in(ringwall)
    create(ringwall)

    with pytest.raises(ConflictError) as caught:
        create(ringwall)
    assert (caught.value.resource_id, caught.value.resource_type) == ("partners", "ArchiveRule")


def test_there_is_a_quota(store):
    """And nothing is left of the rule that was too many."""
    ringwall = service_over(store, quotas=Quotas(archive_rules=1))
    analyzer_in(ringwall)
    create(ringwall)

    with pytest.raises(QuotaError):
        create(ringwall, "second")
    assert len(list_archive_rules(ringwall, CALLER, {"analyzerName": "watch"})["archiveRules"]) == 1


def test_a_rule_expires_in_the_future(ringwall):
    """One that is over at once is a mistake."""
    analyzer_in(ringwall)

    with pytest.raises(ValidationError) as caught:
        create(ringwall, expiresAt=NOON)
    assert caught.value.field == "expiresAt"


def test_an_update_that_says_nothing_of_it_keeps_the_reason(ringwall):
    """Clients that do not know our members must not take them away."""
    analyzer_in(ringwall)
    expiry = NOON + timedelta(days=1)
    create(ringwall, reason="contract 7", owner="blue", expiresAt=expiry)
    ringwall.clock.move(hours=1)

    changed = {"error": {"exists": True}}
    update_archive_rule(ringwall, CALLER, {"analyzerName": "watch", "ruleName": "partners", "filter": changed})

    found = rule(ringwall)
    assert (found["filter"], found["createdAt"], found["updatedAt"]) == (changed, NOON, NOON + timedelta(hours=1))
    assert (found["reason"], found["owner"], found["expiresAt"]) == ("contract 7", "blue", expiry)


def test_an_expiry_is_taken_away(ringwall):
    """Also of a rule that has expired, which archives again."""
    analyzer_in(ringwall)
    create(ringwall, reason="contract 7", expiresAt=NOON + timedelta(hours=1))
    ringwall.clock.move(hours=2)

    update = {"analyzerName": "watch", "ruleName": "partners", "filter": {"error": {"exists": True}}}
    update_archive_rule(ringwall, CALLER, {**update, "neverExpires": True})

    assert "expiresAt" not in rule(ringwall)
    assert rule(ringwall)["reason"] == "contract 7"


def test_a_rule_does_not_both_expire_and_not(ringwall):
    """Nothing is changed."""
    analyzer_in(ringwall)
    create(ringwall)

    update = {"analyzerName": "watch", "ruleName": "partners", "filter": {"error": {"exists": True}}}
    with pytest.raises(ValidationError, match="either `expiresAt` or `neverExpires`"):
        update_archive_rule(ringwall, CALLER, {**update, "neverExpires": True, "expiresAt": NOON + timedelta(days=1)})
    assert "error" not in rule(ringwall)["filter"]


def test_an_expiry_that_is_not_taken_away_stays(ringwall):
    """`neverExpires` may be false."""
    analyzer_in(ringwall)
    create(ringwall, expiresAt=NOON + timedelta(hours=1))

    update = {"analyzerName": "watch", "ruleName": "partners", "filter": {"error": {"exists": True}}}
    update_archive_rule(ringwall, CALLER, {**update, "neverExpires": False})

    assert rule(ringwall)["expiresAt"] == NOON + timedelta(hours=1)


def test_an_empty_reason_takes_it_away(ringwall):
    """As there is no other way to say so."""
    analyzer_in(ringwall)
    create(ringwall, reason="contract 7")

    request = {"analyzerName": "watch", "ruleName": "partners", "filter": PARTNERS, "reason": ""}
    update_archive_rule(ringwall, CALLER, request)

    assert "reason" not in rule(ringwall)


@pytest.mark.parametrize("operation", [get_archive_rule, delete_archive_rule, update_archive_rule])
def test_a_rule_that_is_not_there_is_not_found(ringwall, operation):
    """Whatever was to be done with it."""
    analyzer_in(ringwall)

    with pytest.raises(NotFoundError) as caught:
        operation(ringwall, CALLER, {"analyzerName": "watch", "ruleName": "missing", "filter": PARTNERS})
    assert caught.value.resource_type == "ArchiveRule"


def test_a_rule_archives_what_appears(ringwall):
    """And leaves alone what it does not match."""
    analyzer = analyzer_in(ringwall)
    create(ringwall)

    matching, other = scanned(ringwall, analyzer, access(), public_access())

    assert (status(ringwall, analyzer, matching), status(ringwall, analyzer, other)) == ("ARCHIVED", "ACTIVE")


def test_applying_a_rule_archives_what_was_found_before(ringwall):
    """Active findings that it matches; the history says which rule it was, and why it was made."""
    analyzer = analyzer_in(ringwall)
    matching, other = scanned(ringwall, analyzer, access(), public_access())
    create(ringwall, reason="contract 7")
    ringwall.clock.move(minutes=1)

    apply_archive_rule(ringwall, CALLER, {"analyzerArn": analyzer, "ruleName": "partners"})

    assert (status(ringwall, analyzer, matching), status(ringwall, analyzer, other)) == ("ARCHIVED", "ACTIVE")
    events = list_finding_events(ringwall, CALLER, {"analyzerArn": analyzer, "id": matching})["events"]
    assert events[-1] == {
        "findingId": matching,
        "at": NOON + timedelta(minutes=1),
        "previousStatus": "ACTIVE",
        "status": "ARCHIVED",
        "cause": "archive-rule",
        "actor": "partners",
        "reason": "contract 7",
    }


def test_applying_a_rule_goes_on_until_nothing_is_left(ringwall):
    """Also where there are more findings than are written at a time."""
    analyzer = analyzer_in(ringwall)
    scanned(ringwall, analyzer, *(access(condition={"aws:SourceVpc": f"vpc-{number}"}) for number in range(1100)))
    create(ringwall)

    apply_archive_rule(ringwall, CALLER, {"analyzerArn": analyzer, "ruleName": "partners"})

    active = {"analyzerArn": analyzer, "filter": {"status": {"eq": ["ACTIVE"]}}}
    assert list_findings_v2(ringwall, CALLER, active)["findings"] == []


def test_a_rule_that_expired_is_not_applied(ringwall):
    """It would archive what has just become active again."""
    analyzer = analyzer_in(ringwall)
    scanned(ringwall, analyzer, access())
    create(ringwall, expiresAt=NOON + timedelta(hours=1))
    ringwall.clock.move(hours=1)

    with pytest.raises(ValidationError, match="expired"):
        apply_archive_rule(ringwall, CALLER, {"analyzerArn": analyzer, "ruleName": "partners"})


def test_a_deleted_rule_leaves_archived_what_it_archived(ringwall):
    """As with AWS; but it archives nothing more."""
    analyzer = analyzer_in(ringwall)
    create(ringwall)
    [before] = scanned(ringwall, analyzer, access())

    delete_archive_rule(ringwall, CALLER, {"analyzerName": "watch", "ruleName": "partners"})

    [after] = scanned(ringwall, analyzer, access("arn:aws:s3:::later"))
    assert (status(ringwall, analyzer, before), status(ringwall, analyzer, after)) == ("ARCHIVED", "ACTIVE")


def test_a_dry_run_counts_and_lists_and_changes_nothing(ringwall):
    """The public findings are counted apart, and the findings come page by page."""
    analyzer = analyzer_in(ringwall)
    ids = scanned(ringwall, analyzer, access(), public_access(), unreadable("arn:aws:s3:::closed"))
    request = {"analyzerArn": analyzer, "filter": {"error": {"exists": False}}, "maxResults": 1}

    first = dry_run_archive_rule(ringwall, CALLER, request)
    second = dry_run_archive_rule(ringwall, CALLER, {**request, "nextToken": first["nextToken"]})

    assert (first["count"], first["publicCount"], len(first["warnings"])) == (2, 1, 1)
    assert [each["id"] for page in (first, second) for each in page["findings"]] == ids[:2]
    assert "nextToken" not in second
    assert {status(ringwall, analyzer, each) for each in ids} == {"ACTIVE"}


def test_a_dry_run_of_a_rule_without_public_access_counts_none(ringwall):
    """Its filter says so."""
    analyzer = analyzer_in(ringwall)
    scanned(ringwall, analyzer, access(), public_access())

    tried = dry_run_archive_rule(ringwall, CALLER, {"analyzerArn": analyzer, "filter": PARTNERS})

    assert (tried["count"], tried["publicCount"], tried["warnings"]) == (1, 0, [])


def test_rules_are_listed_page_by_page(ringwall):
    """Oldest first."""
    analyzer_in(ringwall)
    names = ["one", "two", "three"]
    for name in names:
        create(ringwall, name)

    first = list_archive_rules(ringwall, CALLER, {"analyzerName": "watch", "maxResults": 2})
    second = list_archive_rules(
        ringwall, CALLER, {"analyzerName": "watch", "maxResults": 2, "nextToken": first["nextToken"]}
    )

    assert [each["ruleName"] for page in (first, second) for each in page["archiveRules"]] == names
