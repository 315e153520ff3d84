from datetime import timedelta

import pytest

from ringwall.errors import ConflictError, NotFoundError, NotSupportedError, QuotaError, ValidationError
from ringwall.service.context import Caller
from ringwall.service.operations.analyzers import (
    create_analyzer,
    delete_analyzer,
    get_analyzer,
    list_analyzers,
    update_analyzer,
)
from ringwall.service.operations.archive_rules import list_archive_rules
from ringwall.store import analyzers, destinations
from ringwall.store.tables import outbox as outbox_table
from tests.service.service_for_tests import (
    ACCOUNT,
    CALLER,
    NOON,
    REGION,
    access,
    analyzer_in,
    public_access,
    scanned,
    service_over,
)

ELSEWHERE = Caller(account=ACCOUNT, region="us-east-1")


def found(ringwall, name="watch"):
    return get_analyzer(ringwall, CALLER, {"analyzerName": name})["analyzer"]


def test_a_new_analyzer_has_the_arn_of_its_account_and_region(ringwall):
    """The ARN is made of the caller's partition, Region and account."""
    arn = analyzer_in(ringwall)

    assert arn == f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer/watch"


def test_an_account_analyzer_is_active_at_once(ringwall):
    """Nothing has to be read before it can scan."""
    analyzer_in(ringwall, tags={"team": "blue"})

    assert found(ringwall) == {
        "arn": f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer/watch",
        "name": "watch",
        "type": "ACCOUNT",
        "createdAt": NOON,
        "status": "ACTIVE",
        "tags": {"team": "blue"},
        "scope": {"accounts": [], "regions": []},
        "scanIntervalSeconds": 1800,
    }


def test_an_organization_analyzer_is_created_until_its_organization_is_read(ringwall):
    """Its zone of trust is not known yet."""
    analyzer_in(ringwall, type="ORGANIZATION")

    assert found(ringwall)["status"] == "CREATING"


def test_a_new_analyzer_is_due_at_once(ringwall):
    """A job plans its first scan."""
    analyzer_in(ringwall)

    with ringwall.store.read() as connection:
        due = analyzers.due(connection, NOON)
    assert [each.name for each in due] == ["watch"]
    assert ringwall.jobs.kinds == ["plan"]


@pytest.mark.parametrize(
    "type_",
    [
        "ACCOUNT_INTERNAL_ACCESS",
        "ORGANIZATION_INTERNAL_ACCESS",
    ],
)
def test_other_types_are_not_supported_yet(ringwall, type_):
    """The refusal says which type it is about."""
    with pytest.raises(NotSupportedError, match=type_):
        analyzer_in(ringwall, type=type_)


@pytest.mark.parametrize("name", ["1watch", "", "a b", "a/b", "x" * 256])
def test_a_name_has_a_shape(ringwall, name):
    """It begins with a letter, and has no space or slash."""
    with pytest.raises(ValidationError) as caught:
        analyzer_in(ringwall, name)

    assert caught.value.field == "analyzerName"


def test_a_name_can_be_used_once_in_a_region(ringwall):
    """Also where the quota would forbid a second one: that the name is taken is the more telling fault."""
    analyzer_in(ringwall)

    with pytest.raises(ConflictError) as caught:
        analyzer_in(ringwall)
    assert (caught.value.resource_id, caught.value.resource_type) == ("watch", "Analyzer")


def test_another_region_is_another_place(ringwall):
    """Neither its names nor its quota are the same."""
    analyzer_in(ringwall)

    create_analyzer(ringwall, ELSEWHERE, {"analyzerName": "watch", "type": "ACCOUNT"})

    assert len(list_analyzers(ringwall, ELSEWHERE, {})["analyzers"]) == 1


def test_one_account_analyzer_is_the_quota(ringwall):
    """As with AWS."""
    analyzer_in(ringwall)

    with pytest.raises(QuotaError):
        analyzer_in(ringwall, "second")


def test_five_organization_analyzers_are_the_quota(ringwall):
    """As with AWS."""
    for number in range(5):
        analyzer_in(ringwall, f"n{number}", type="ORGANIZATION")

    with pytest.raises(QuotaError):
        analyzer_in(ringwall, "sixth", type="ORGANIZATION")


def test_archive_rules_can_come_with_an_analyzer(ringwall):
    """They are there before its first scan."""
    rules = [{"ruleName": "partners", "filter": {"isPublic": {"eq": ["false"]}}}]

    analyzer_in(ringwall, archiveRules=rules)

    listed = list_archive_rules(ringwall, CALLER, {"analyzerName": "watch"})["archiveRules"]
    assert [(each["ruleName"], each["filter"]) for each in listed] == [("partners", {"isPublic": {"eq": ["false"]}})]


def test_a_bad_rule_refuses_the_analyzer(ringwall):
    """The place of the fault is named, and nothing is left behind."""
    rules = [{"ruleName": "bad", "filter": {"status": {"eq": ["ACTIVE"]}}}]

    with pytest.raises(ValidationError) as caught:
        analyzer_in(ringwall, archiveRules=rules)

    assert caught.value.field == "archiveRules[0].filter.status"
    assert list_analyzers(ringwall, CALLER, {}) == {"analyzers": []}


def test_two_rules_with_one_name_are_refused(ringwall):
    """Which of them would it be?"""
    rule = {"ruleName": "twice", "filter": {"isPublic": {"eq": ["false"]}}}

    with pytest.raises(ValidationError, match="twice"):
        analyzer_in(ringwall, archiveRules=[rule, rule])


@pytest.mark.parametrize(
    "tags",
    [
        {"": "x"},
        {"aws:team": "x"},
        {"k" * 129: "x"},
        {"key": "v" * 257},
        {"key?": "x"},
        {"key": "<x>"},
        {f"k{number}": "" for number in range(51)},
    ],
)
def test_tags_have_a_shape(ringwall, tags):
    """Letters, digits, spaces and a few signs; not AWS's own prefix; not too many."""
    with pytest.raises(ValidationError) as caught:
        analyzer_in(ringwall, tags=tags)

    assert caught.value.field == "tags"


def test_external_analyzers_have_no_configuration(ringwall):
    """It belongs to the types that are not there yet."""
    with pytest.raises(ValidationError) as caught:
        analyzer_in(ringwall, configuration={"unusedAccess": {"unusedAccessAge": 90}})

    assert caught.value.field == "configuration"


@pytest.mark.parametrize(
    ("scope", "field"),
    [({"accounts": ["12"]}, "scope.accounts"), ({"regions": ["eu west"]}, "scope.regions")],
)
def test_a_scope_names_accounts_and_regions(ringwall, scope, field):
    """What is neither is refused."""
    with pytest.raises(ValidationError) as caught:
        analyzer_in(ringwall, scope=scope)

    assert caught.value.field == field


def test_an_analyzer_may_look_at_its_own_region_only(store):
    """Where the service is configured to do as AWS does."""
    ringwall = service_over(store, regions_of_analyzers="own")

    analyzer_in(ringwall)

    assert found(ringwall)["scope"] == {"accounts": [], "regions": [REGION]}


def test_analyzers_are_listed_page_by_page(ringwall):
    """Each page starts behind the last analyzer of the one before."""
    names = [f"n{number}" for number in range(5)]
    for name in names:
        analyzer_in(ringwall, name, type="ORGANIZATION")

    pages = [list_analyzers(ringwall, CALLER, {"maxResults": 2})]
    while token := pages[-1].get("nextToken"):
        pages.append(list_analyzers(ringwall, CALLER, {"maxResults": 2, "nextToken": token}))

    assert [[each["name"] for each in page["analyzers"]] for page in pages] == [names[:2], names[2:4], names[4:]]


def test_analyzers_are_listed_by_type(ringwall):
    """Each caller sees the ones of the type that was asked for."""
    analyzer_in(ringwall)
    analyzer_in(ringwall, "organization", type="ORGANIZATION")

    listed = list_analyzers(ringwall, CALLER, {"type": "ORGANIZATION"})["analyzers"]

    assert [each["name"] for each in listed] == ["organization"]


def test_an_unknown_analyzer_is_not_found(ringwall):
    """Neither by name nor where it is another account's."""
    analyzer_in(ringwall)

    with pytest.raises(NotFoundError):
        get_analyzer(ringwall, Caller(account="444455556666", region=REGION), {"analyzerName": "watch"})


def test_an_external_analyzer_cannot_be_given_a_configuration(ringwall):
    """As with AWS: only unused and internal access have one to change."""
    analyzer_in(ringwall)

    with pytest.raises(ValidationError) as caught:
        update_analyzer(
            ringwall, CALLER, {"analyzerName": "watch", "configuration": {"unusedAccess": {"unusedAccessAge": 9}}}
        )
    assert caught.value.field == "configuration"


def test_an_update_changes_something(ringwall):
    """One that does not is a mistake."""
    analyzer_in(ringwall)

    with pytest.raises(ValidationError, match="nothing to change"):
        update_analyzer(ringwall, CALLER, {"analyzerName": "watch"})


def test_scope_and_interval_can_be_changed(ringwall):
    """It is due at once then, and what is not named stays."""
    analyzer_in(ringwall, scope={"regions": [REGION]})
    ringwall.clock.move(minutes=5)

    answer = update_analyzer(ringwall, CALLER, {"analyzerName": "watch", "scanIntervalSeconds": 600})

    assert answer == {"scope": {"accounts": [], "regions": [REGION]}, "scanIntervalSeconds": 600}
    with ringwall.store.read() as connection:
        [analyzer] = analyzers.everyone(connection)
    assert analyzer.next_scan_at == NOON + timedelta(minutes=5)
    assert ringwall.jobs.kinds == ["plan", "plan"]


@pytest.mark.parametrize("seconds", [59, 604_801])
def test_an_interval_has_limits(ringwall, seconds):
    """A minute is the least, a week the most."""
    analyzer_in(ringwall)

    with pytest.raises(ValidationError) as caught:
        update_analyzer(ringwall, CALLER, {"analyzerName": "watch", "scanIntervalSeconds": seconds})
    assert caught.value.field == "scanIntervalSeconds"


def test_a_deleted_analyzer_is_gone(ringwall):
    """And cannot be deleted again."""
    analyzer_in(ringwall)

    delete_analyzer(ringwall, CALLER, {"analyzerName": "watch"})

    with pytest.raises(NotFoundError):
        delete_analyzer(ringwall, CALLER, {"analyzerName": "watch"})


def test_its_findings_are_said_to_be_deleted(ringwall):
    """One message for each, whatever its status."""
    arn = analyzer_in(ringwall)
    scanned(ringwall, arn, access(), public_access())
    with ringwall.store.write() as connection:
        record = destinations.DestinationRecord(
            name="hook", kind="webhook", settings={"url": "https://example.com"}, created_at=NOON
        )
        destinations.insert(connection, record)

    delete_analyzer(ringwall, CALLER, {"analyzerName": "watch"})

    with ringwall.store.read() as connection:
        due = outbox_payloads(connection)
    assert [(each["isDeleted"], each["detail"]["status"]) for each in due] == [(True, "ACTIVE"), (True, "ACTIVE")]


def outbox_payloads(connection):
    return [row.payload for row in connection.execute(outbox_table.select())]
