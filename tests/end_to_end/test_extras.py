"""What the service has beyond AWS's API, through botocore with our additions to its model."""

from datetime import UTC, datetime, timedelta

import pytest

from ringwall.api.model import create_client
from tests.api.serving import REGION
from tests.end_to_end.service_fixtures import service, watched  # noqa: F401 - fixtures
from tests.service.service_for_tests import PARTNER

PARTNERS = {"principal.AWS": {"eq": [PARTNER]}}


@pytest.fixture
def client(watched):  # noqa: F811
    return create_client(
        watched.url, access_key_id=watched.admin.id, secret_access_key=watched.admin.secret, region=REGION
    )


def test_a_rule_is_tried_out(watched, client):  # noqa: F811
    """It counts and lists, and nothing is archived."""
    tried = client.dry_run_archive_rule(analyzerArn=watched.analyzer, filter={"error": {"exists": False}})

    assert (tried["count"], tried["publicCount"], len(tried["warnings"])) == (2, 1, 1)
    assert [each["id"] for each in tried["findings"]] == list(watched.ids[:2])


def test_a_rule_has_a_reason_an_owner_and_an_end(watched, client):  # noqa: F811
    """They come back as they were given."""
    expiry = datetime.now(UTC).replace(microsecond=0) + timedelta(days=7)  # noqa: TID251 - the service has the real clock

    made = client.create_archive_rule(
        analyzerName="watch", ruleName="partners", filter=PARTNERS, reason="contract 7", owner="blue", expiresAt=expiry
    )

    [rule] = client.list_archive_rules(analyzerName="watch")["archiveRules"]
    assert made["warnings"] == []
    assert (rule["reason"], rule["owner"], rule["expiresAt"]) == ("contract 7", "blue", expiry)

    client.update_archive_rule(analyzerName="watch", ruleName="partners", filter=PARTNERS, neverExpires=True)
    [rule] = client.list_archive_rules(analyzerName="watch")["archiveRules"]
    assert (rule["owner"], "expiresAt" in rule) == ("blue", False)


def test_a_finding_has_a_history(watched, client):  # noqa: F811
    """Who archived it, and why."""
    id_ = watched.ids[0]
    client.update_findings(analyzerArn=watched.analyzer, ids=[id_], status="ARCHIVED", reason="known")

    events = client.list_finding_events(analyzerArn=watched.analyzer, id=id_)["events"]

    told = [(each.get("previousStatus"), each["status"], each["cause"], each.get("actor")) for each in events]
    assert told == [(None, "ACTIVE", "scan", None), ("ACTIVE", "ARCHIVED", "user", watched.admin.id)]
    assert events[-1]["reason"] == "known"


def test_an_analyzer_looks_where_it_is_told_to(watched, client):  # noqa: F811
    """And as often."""
    scope = {"accounts": ["111122223333", "444455556666"], "regions": [REGION, "us-east-1"]}

    client.update_analyzer(analyzerName="watch", scope=scope, scanIntervalSeconds=600)

    found = client.get_analyzer(analyzerName="watch")["analyzer"]
    assert (found["scope"], found["scanIntervalSeconds"]) == (scope, 600)


def test_a_finding_comes_with_its_region_and_evidence(watched, client):  # noqa: F811
    """In members that unmodified clients do not see."""
    found = client.get_finding_v2(analyzerArn=watched.analyzer, id=watched.ids[2])

    assert (found["region"], found["evidence"]) == (REGION, {"errorMessage": "refused"})


def test_scans_are_listed(watched, client):  # noqa: F811
    """None yet."""
    assert client.list_scans(analyzerArn=watched.analyzer)["scans"] == []
