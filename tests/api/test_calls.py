"""A change takes effect once for each client token, and stands in the audit log, at the same instant."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest

from ringwall.api.calls import Call, perform
from ringwall.api.errors import RequestError
from ringwall.api.local import call_locally
from ringwall.api.wire import endpoints, validate
from ringwall.errors import ConflictError, DeniedError, NotFoundError, NotSupportedError, ValidationError
from ringwall.service.context import Caller, Role
from ringwall.store import audit, idempotency, keys
from ringwall.store.keys import ApiKeyRecord
from tests.api.serving import ACCOUNT, REGION, a_ringwall

CALLER = Caller(ACCOUNT, REGION, key_id="AKIAEXAMPLEEXAMPLE22", request_id="request")
ASKED = {"analyzerName": "watch", "type": "ACCOUNT"}


@pytest.fixture
def ringwall(store):
    """The service over an empty store, on either database."""
    return a_ringwall(store)


class Creating:
    """An operation with an effect that can be counted: each call adds a row."""

    def __init__(self, failure=None):
        self.failure = failure

    def __call__(self, ringwall, caller, request):
        identity = ringwall.new_id()
        record = ApiKeyRecord(id=identity, secret=b"", role="reader", created_at=ringwall.clock())
        with ringwall.store.write() as connection:
            keys.add(connection, record)
        if self.failure is not None:
            raise self.failure
        with ringwall.store.read() as connection:
            assert keys.find(connection, identity) is not None, "an operation sees what it has written"
        return {"arn": identity}


def call(ringwall, request, *, operation="CreateAnalyzer", function=None, caller=CALLER):
    endpoint = endpoints()[operation]
    given = Call(ringwall, caller, endpoint, function or Creating())
    return perform(given, partial(validate, endpoint, request))


def effects(ringwall):
    with ringwall.store.read() as connection:
        return len(keys.page(connection, limit=1000))


def entries(ringwall):
    with ringwall.store.read() as connection:
        return audit.page(connection, limit=1000)


def test_the_same_token_takes_effect_once(ringwall):
    """
    A request that is repeated with its token is answered the same, and nothing is done again.
    """
    first = call(ringwall, {**ASKED, "clientToken": "one"})
    second = call(ringwall, {**ASKED, "clientToken": "one"})

    assert second == first
    assert effects(ringwall) == 1


def test_another_token_is_another_request(ringwall):
    """
    Tokens are valid in one account and Region, for one operation; without one, each request counts.
    """
    call(ringwall, {**ASKED, "clientToken": "one"})
    call(ringwall, {**ASKED, "clientToken": "two"})
    call(ringwall, {**ASKED, "clientToken": "one"}, caller=replace(CALLER, region="eu-west-2"))
    call(ringwall, {"type": "ACCOUNT_UNUSED_ACCESS", "clientToken": "one"}, operation="CreateServiceLinkedAnalyzer")
    call(ringwall, ASKED)
    call(ringwall, ASKED)

    assert effects(ringwall) == 6


@pytest.mark.parametrize(
    ("operation", "request_", "other", "error"),
    [
        ("CreateAnalyzer", ASKED, {**ASKED, "tags": {"a": "b"}}, ConflictError),
        ("DeleteAnalyzer", {"analyzerName": "a"}, {"analyzerName": "b"}, ValidationError),
    ],
)
def test_a_token_with_another_request(ringwall, operation, request_, other, error):
    """
    A token that was used with another request is refused, as the operation's errors allow it.
    """
    call(ringwall, {**request_, "clientToken": "one"}, operation=operation)

    with pytest.raises(error, match="another request"):
        call(ringwall, {**other, "clientToken": "one"}, operation=operation)
    assert effects(ringwall) == 1


def test_a_failed_request_may_be_repeated(ringwall):
    """
    What failed left nothing behind, its token included; the next attempt is done.
    """
    with pytest.raises(NotFoundError):
        call(
            ringwall,
            {**ASKED, "clientToken": "one"},
            function=Creating(NotFoundError("no", resource_id="a", resource_type="b")),
        )
    done_by_the_first = effects(ringwall)
    call(ringwall, {**ASKED, "clientToken": "one"})

    assert (done_by_the_first, effects(ringwall)) == (0, 1)


def test_the_end_of_the_process_leaves_nothing(ringwall):
    """
    A process that ends between the operation's effect and the record of its token has done nothing.
    """
    with pytest.raises(KeyboardInterrupt):
        call(ringwall, {**ASKED, "clientToken": "one"}, function=Creating(KeyboardInterrupt()))
    after_the_end = effects(ringwall)
    call(ringwall, {**ASKED, "clientToken": "one"})

    assert (after_the_end, effects(ringwall)) == (0, 1)


def test_many_at_once_take_effect_once(ringwall):
    """
    Of requests with the same token that arrive together, one is done and all are answered the same.
    """
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: call(ringwall, {**ASKED, "clientToken": "one"}), range(24)))

    assert len({each["arn"] for each in answers}) == 1
    assert effects(ringwall) == 1


def test_tokens_are_forgotten(ringwall):
    """
    After a day a token is new again, and old ones can be swept out.
    """
    start = ringwall.clock()
    now = [start]
    later = replace(ringwall, clock=lambda: now[0])
    call(later, {**ASKED, "clientToken": "one"})
    now[0] += idempotency.REMEMBERED_FOR * 1.01
    call(later, {**ASKED, "clientToken": "one"})
    with ringwall.store.write() as connection:
        swept = [idempotency.delete_before(connection, at) for at in (start, now[0] + idempotency.REMEMBERED_FOR)]

    assert effects(ringwall) == 2
    assert swept == [0, 1]


def test_a_change_is_in_the_audit_log(ringwall):
    """
    Who, when, what.
    """
    call(ringwall, {**ASKED, "tags": {"team": "a"}})

    [entry] = entries(ringwall)
    assert (entry.actor, entry.operation, entry.resource) == (CALLER.key_id, "CreateAnalyzer", "watch")
    assert (entry.parameters, entry.request_id, entry.error) == ({**ASKED, "tags": {"team": "a"}}, "request", None)


def _refused(ringwall, request, error, **options):
    with pytest.raises(error):
        call(ringwall, request, **options)


def test_refused_changes_are_in_the_audit_log(ringwall):
    """
    Attempts that were refused, for whatever reason, are there with the code of the error.
    """
    _refused(ringwall, ASKED, DeniedError, caller=replace(CALLER, role=Role.READER))
    _refused(ringwall, {}, RequestError)
    _refused(ringwall, ASKED, NotFoundError, function=Creating(NotFoundError("no", resource_id="a", resource_type="b")))
    _refused(ringwall, ASKED, ZeroDivisionError, function=Creating(ZeroDivisionError()))

    assert [each.error for each in reversed(entries(ringwall))] == [
        "AccessDeniedException",
        "ValidationException",
        "ResourceNotFoundException",
        "InternalServerException",
    ]
    assert effects(ringwall) == 0


def test_reading_is_not_audited(ringwall):
    """
    The audit log is about changes.
    """
    call(ringwall, {}, operation="ListAnalyzers", function=lambda *_: {"analyzers": []})

    assert entries(ringwall) == []


def test_secrets_are_not_in_the_audit_log(ringwall):
    """
    What the model calls sensitive is hidden, at any depth that it has.
    """
    request = {"name": "hook", "kind": "webhook", "settings": {"url": "https://a"}, "secret": "hunter2"}

    call(ringwall, request, operation="CreateDestination", function=lambda *_: {"name": "hook"})

    [entry] = entries(ringwall)
    assert entry.parameters == {**request, "secret": "***"}


def test_long_parameters_are_only_named(ringwall):
    """
    The audit log is no second store of long documents.
    """
    request = {
        "analyzerArn": "a:a:a:a:a:analyzer/a",
        "configurations": {"arn": {"sqsQueue": {"queuePolicy": "x" * 50_000}}},
    }

    call(ringwall, request, operation="CreateAccessPreview", function=lambda *_: {"id": "a"})

    [entry] = entries(ringwall)
    assert entry.parameters == {
        "analyzerArn": "a:a:a:a:a:analyzer/a",
        "configurations": "(50039 bytes)",
    }


def test_what_waits_for_the_network_holds_up_nobody(ringwall):
    """
    A test event is sent outside of any transaction: while it waits, others write.
    """

    def waiting(given, caller, request):
        call(ringwall, ASKED)
        return {"delivered": True}

    call(ringwall, {"name": "hook"}, operation="TestDestination", function=waiting)

    assert [each.operation for each in entries(ringwall)] == ["TestDestination", "CreateAnalyzer"]


def test_an_operation_that_is_missing(ringwall):
    """
    An operation that nobody wrote is refused as unsupported.
    """
    endpoint = endpoints()["GetAnalyzer"]

    with pytest.raises(NotSupportedError):
        perform(Call(ringwall, CALLER, endpoint, None), dict)


def test_local_calls_are_as_those_over_http(ringwall):
    """
    Without a server a request is validated, authorized and audited too, and times come as times.
    """
    made = call_locally(ringwall, CALLER, "CreateApiKey", {"role": "admin", "name": "first"})
    with pytest.raises(RequestError, match="enum value set"):
        call_locally(ringwall, CALLER, "CreateApiKey", {"role": "king"})
    with pytest.raises(DeniedError):
        call_locally(ringwall, replace(CALLER, role=Role.READER), "ListApiKeys", {})
    [listed] = call_locally(ringwall, CALLER, "ListApiKeys", {})["apiKeys"]

    assert listed == {name: made[name] for name in ("accessKeyId", "role", "name", "createdAt")}
    assert [each.error for each in entries(ringwall)] == ["ValidationException", None]
