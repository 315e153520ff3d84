"""Access keys are issued once, listed without secrets, and disabled; the audit log is listed page by page."""

import re
from datetime import UTC, datetime

import pytest

from ringwall.errors import ConflictError, NotFoundError, ValidationError
from ringwall.service.context import Caller
from ringwall.service.operations.keys import create_api_key, list_api_keys, list_audit_events, update_api_key
from ringwall.store import audit, keys
from ringwall.store.audit import AuditEvent
from tests.service.service_for_tests import ACCOUNT, REGION, service_over

CALLER = Caller(ACCOUNT, REGION)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def ringwall(store):
    return service_over(store)


def test_a_key_looks_as_awss_do(ringwall):
    """
    Twenty letters and forty, so that no tool that checks their form is surprised.
    """
    made = create_api_key(ringwall, CALLER, {"role": "reader", "name": "ci"})

    assert re.fullmatch("AKIA[A-Z2-7]{16}", made["accessKeyId"])
    assert re.fullmatch("[A-Za-z0-9+/]{40}", made["secretAccessKey"])
    assert (made["role"], made["name"], made["createdAt"]) == ("reader", "ci", ringwall.clock())


def test_a_secret_is_kept_encrypted(ringwall):
    """
    The database has the secret as the cipher wrote it.
    """
    made = create_api_key(ringwall, CALLER, {"role": "reader"})

    with ringwall.store.read() as connection:
        record = keys.find(connection, made["accessKeyId"])
    assert ringwall.cipher.decrypt(record.secret).decode() == made["secretAccessKey"]


def test_keys_are_listed_without_secrets(ringwall):
    """
    Page by page, in the order of their ids, each once.
    """
    made = sorted(create_api_key(ringwall, CALLER, {"role": "reader"})["accessKeyId"] for _ in range(3))

    first = list_api_keys(ringwall, CALLER, {"maxResults": 2})
    second = list_api_keys(ringwall, CALLER, {"maxResults": 2, "nextToken": first["nextToken"]})

    listed = [*first["apiKeys"], *second["apiKeys"]]
    assert [each["accessKeyId"] for each in listed] == made
    assert "nextToken" not in second
    assert all("secretAccessKey" not in each for each in listed)


def test_a_key_is_disabled_and_enabled(ringwall):
    """
    Disabling twice keeps the first time; enabling takes it away.
    """
    key_id = create_api_key(ringwall, CALLER, {"role": "reader"})["accessKeyId"]
    update_api_key(ringwall, CALLER, {"accessKeyId": key_id, "enabled": False})
    ringwall.clock.move(hours=1)

    disabled = update_api_key(ringwall, CALLER, {"accessKeyId": key_id, "enabled": False})
    enabled = update_api_key(ringwall, CALLER, {"accessKeyId": key_id, "enabled": True})

    assert disabled["apiKey"]["disabledAt"] == disabled["apiKey"]["createdAt"]
    assert enabled["apiKey"]["disabledAt"] is None


def test_the_last_admin_key_stays(ringwall):
    """
    Only the last one: with two, one can go.
    """
    first, second = (create_api_key(ringwall, CALLER, {"role": "admin"})["accessKeyId"] for _ in range(2))
    update_api_key(ringwall, CALLER, {"accessKeyId": first, "enabled": False})

    with pytest.raises(ConflictError, match="last admin key"):
        update_api_key(ringwall, CALLER, {"accessKeyId": second, "enabled": False})


def test_a_key_that_is_not_there(ringwall):
    """
    It cannot be disabled.
    """
    with pytest.raises(NotFoundError):
        update_api_key(ringwall, CALLER, {"accessKeyId": "AKIAEXAMPLEEXAMPLE22", "enabled": False})


def _logged(ringwall, *pairs):
    with ringwall.store.write() as connection:
        for number, (actor, operation) in enumerate(pairs):
            event = AuditEvent(at=NOON, actor=actor, operation=operation, parameters={}, request_id=str(number))
            audit.add(connection, event)


def test_the_audit_log_is_listed_backwards(ringwall):
    """
    The newest entries come first, page by page.
    """
    _logged(ringwall, *[("a", "TagResource")] * 5)

    first = list_audit_events(ringwall, CALLER, {"maxResults": 3})
    second = list_audit_events(ringwall, CALLER, {"maxResults": 3, "nextToken": first["nextToken"]})

    assert [each["requestId"] for each in [*first["events"], *second["events"]]] == list("43210")


def test_the_audit_log_by_actor_and_operation(ringwall):
    """
    Both narrow it.
    """
    _logged(ringwall, ("a", "TagResource"), ("b", "TagResource"), ("a", "DeleteAnalyzer"))

    found = list_audit_events(ringwall, CALLER, {"actor": "a", "operation": "TagResource"})

    assert [each["requestId"] for each in found["events"]] == ["0"]


@pytest.mark.parametrize("token", ["", "x", "eyJ9", "W10", "\x00"])
def test_a_damaged_token(ringwall, token):
    """
    A token that is not ours is refused.
    """
    with pytest.raises(ValidationError):
        list_api_keys(ringwall, CALLER, {"nextToken": token})
