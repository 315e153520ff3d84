"""The API through an unmodified client of AWS's SDK, over real HTTP."""

from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from ringwall.api.app import create_app
from ringwall.api.model import create_client
from ringwall.errors import (
    ConflictError,
    DeniedError,
    InvalidParameterError,
    NotFoundError,
    NotSupportedError,
    PolicyError,
    QuotaError,
    StoreError,
    UndecidedError,
    UnprocessableError,
    ValidationError,
)
from tests.api.serving import ACCOUNT, REGION, Key, Request, a_client, a_key, a_ringwall, send, served, signed

NOON = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)
ARN = f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer/watch"
ABOUT = {"resource_id": "watch", "resource_type": "Analyzer"}


class Remembering:
    """An operation that remembers what it was asked."""

    def __init__(self, answer=None, error=None):
        self.requests = []
        self.callers = []
        self.answer = answer or {}
        self.error = error

    def __call__(self, ringwall, caller, request):
        self.requests.append(request)
        self.callers.append(caller)
        if self.error is not None:
            raise self.error
        return self.answer


def test_output_arrives_as_it_was_given(serve, admin):
    """
    Nested members, times and maps of an output reach the client; what is None does not.
    """
    summary = {
        "arn": ARN,
        "name": "watch",
        "type": "ACCOUNT",
        "status": "ACTIVE",
        "createdAt": NOON,
        "tags": {"a": "b"},
    }
    url = serve(get_analyzer=Remembering({"analyzer": {**summary, "lastResourceAnalyzed": None}}))

    answer = a_client(url, admin).get_analyzer(analyzerName="watch")

    assert answer["analyzer"] == summary


def test_body_members_are_parsed(serve, admin):
    """
    An operation is given what the client's call said, without what it left out.
    """
    operation = Remembering({"arn": ARN})
    url = serve(create_analyzer=operation)

    a_client(url, admin).create_analyzer(analyzerName="watch", type="ACCOUNT", tags={"a": ""}, clientToken="one")

    assert operation.requests == [{"analyzerName": "watch", "type": "ACCOUNT", "tags": {"a": ""}, "clientToken": "one"}]


@pytest.mark.parametrize("arn", [ARN, f"{ARN}/archive-rule/x", "arn:aws:x::1:a b/(c)!*'~ü%2F+&=?"])
def test_arns_in_the_path_and_lists_in_the_query(serve, admin, arn):
    """
    An ARN in the path arrives whole, and so do the values of a list in the query.
    """
    operation = Remembering()
    url = serve(untag_resource=operation)

    a_client(url, admin).untag_resource(resourceArn=arn, tagKeys=["a", "b&c=d", "ü +"])

    assert operation.requests == [{"resourceArn": arn, "tagKeys": ["a", "b&c=d", "ü +"]}]


def test_an_arn_whose_slashes_are_not_encoded(serve, admin):
    """
    Clients that leave the slashes of an ARN as they are, are understood.
    """
    operation = Remembering({"tags": {}})
    url = serve(list_tags_for_resource=operation)

    answer = send(url, signed(url, admin, Request("GET", f"/tags/{ARN}")))

    assert (answer.status, operation.requests) == (200, [{"resourceArn": ARN}])


def test_numbers_and_booleans_in_the_query(serve, admin):
    """
    Texts in the query become what their shapes are.
    """
    listing, policy = Remembering({"analyzers": []}), Remembering({"jobDetails": {}, "generatedPolicyResult": {}})
    client = a_client(serve(list_analyzers=listing, get_generated_policy=policy), admin)

    client.list_analyzers(maxResults=7, type="ACCOUNT")
    client.get_generated_policy(jobId="j", includeResourcePlaceholders=True, includeServiceLevelTemplate=False)

    assert listing.requests == [{"maxResults": 7, "type": "ACCOUNT"}]
    assert policy.requests == [
        {"jobId": "j", "includeResourcePlaceholders": True, "includeServiceLevelTemplate": False}
    ]


def test_the_caller_is_who_signed(serve, reader):
    """
    An operation is told the account of the service, the Region of the signature, and the key.
    """
    operation = Remembering({"analyzers": []})
    url = serve(list_analyzers=operation)

    answer = a_client(url, reader).list_analyzers()

    [caller] = operation.callers
    assert (caller.account, caller.region, caller.key_id, caller.role.value) == (ACCOUNT, REGION, reader.id, "reader")
    assert answer["ResponseMetadata"]["RequestId"] == caller.request_id


ERRORS = [
    (NotFoundError("no analyzer", **ABOUT), 404, "ResourceNotFoundException"),
    (ConflictError("there already", **ABOUT), 409, "ConflictException"),
    (QuotaError("too many", **ABOUT), 402, "ServiceQuotaExceededException"),
    (DeniedError("not you"), 403, "AccessDeniedException"),
    (InvalidParameterError("means nothing"), 400, "InvalidParameterException"),
    (UnprocessableError("no principal", statement_index=0), 422, "UnprocessableEntityException"),
    (UndecidedError("too many steps"), 422, "UnprocessableEntityException"),
    (ValidationError("no such value", field="type"), 400, "ValidationException"),
    (PolicyError("no policy"), 400, "ValidationException"),
    (NotSupportedError("not yet"), 400, "ValidationException"),
    (StoreError("gone"), 500, "InternalServerException"),
    (ZeroDivisionError("a bug"), 500, "InternalServerException"),
]


@pytest.mark.parametrize(("error", "status", "code"), ERRORS, ids=[type(each[0]).__name__ for each in ERRORS])
def test_errors_have_the_models_codes(sqlite_store, error, status, code):
    """
    Each kind of error is answered with the code and the status that the model gives it.
    """
    ringwall = a_ringwall(sqlite_store)
    app = create_app(ringwall, operations={"get_analyzer": Remembering(error=error)})

    with served(app) as url, pytest.raises(ClientError) as caught:
        a_client(url, a_key(ringwall)).get_analyzer(analyzerName="watch")

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert caught.value.response["Error"]["Code"] == code
    assert "a bug" not in str(caught.value)


def test_errors_carry_their_members(serve, admin):
    """
    The client sees what an error is about.
    """
    url = serve(get_analyzer=Remembering(error=NotFoundError("there is no analyzer `watch`", **ABOUT)))
    client = a_client(url, admin)

    with pytest.raises(client.exceptions.ResourceNotFoundException) as caught:
        client.get_analyzer(analyzerName="watch")

    assert (caught.value.response["resourceId"], caught.value.response["resourceType"]) == ("watch", "Analyzer")


def test_all_that_is_wrong_is_said_at_once(serve, admin):
    """
    A request with several faults is answered with all of them, by the names of their members.
    """
    url = serve(create_analyzer=Remembering())
    client = a_client(url, admin, parameter_validation=False)

    with pytest.raises(client.exceptions.ValidationException) as caught:
        client.create_analyzer(analyzerName="1", archiveRules=[{"ruleName": "r"}], configuration={})

    response = caught.value.response
    names = {each["name"] for each in response["fieldList"]}
    assert response["reason"] == "fieldValidationFailed"
    assert names == {"analyzerName", "type", "archiveRules[0].filter", "configuration"}


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (Request("PUT", "/analyzer", body=b"{"), "cannotParse"),
        (Request("PUT", "/analyzer", body=b"[]"), "cannotParse"),
        (Request("PUT", "/analyzer", body=b'{"analyzerName": "\xff"}'), "cannotParse"),
        (Request("PUT", "/analyzer", body=b"[" * 100_000), "cannotParse"),
        (Request("GET", "/analyzer/%ff"), "cannotParse"),
        (Request("GET", "/nothing"), "unknownOperation"),
        (Request("PATCH", "/analyzer"), "unknownOperation"),
        (Request("GET", "/analyzer//watch"), "unknownOperation"),
        (Request("GET", "/tags/../analyzer/watch"), "unknownOperation"),
        (Request("GET", "/service-linked-analyzer"), "unknownOperation"),
        (Request("PUT", "/analyzer", body=b'{"analyzerName": "a\\u0000", "type": "ACCOUNT"}'), "fieldValidationFailed"),
    ],
)
def test_what_cannot_be_understood_is_said(serve, admin, request_, reason):
    """
    What does not follow the protocol is a ValidationException with its reason.
    """
    url = serve()

    answer = send(url, signed(url, admin, request_))

    assert (answer.status, answer.code, answer.body["reason"]) == (400, "ValidationException", reason)


def test_an_operation_that_is_missing_is_not_supported(serve, admin):
    """
    An operation of the model that nobody wrote is answered as unsupported.
    """
    client = a_client(serve(), admin)

    with pytest.raises(client.exceptions.ValidationException) as caught:
        client.list_analyzers()

    assert caught.value.response["reason"] == "notSupported"


def test_our_own_client_knows_the_extras(serve, admin):
    """
    The client with our extras calls our operations and sees our members, times among them.
    """
    event = {
        "at": NOON,
        "actor": "local",
        "operation": "TagResource",
        "requestId": "r",
        "parameters": {"a": [1, {"b": None}]},
    }
    url = serve(list_audit_events=Remembering({"events": [event]}))
    client = create_client(url, access_key_id=admin.id, secret_access_key=admin.secret, region=REGION)

    answer = client.list_audit_events()

    assert answer["events"] == [event]


def test_a_key_works_until_it_is_disabled(ringwall, admin):
    """
    A disabled key is refused once what is remembered of it has run out.
    """
    second = a_key(ringwall)
    now = [0.0]
    app = create_app(ringwall)
    api = app.routes[-1].app
    api.keys.monotonic = lambda: now[0]

    with served(app) as url:
        client = create_client(url, access_key_id=admin.id, secret_access_key=admin.secret, region=REGION)
        client.list_api_keys()
        own = create_client(url, access_key_id=second.id, secret_access_key=second.secret, region=REGION)
        own.update_api_key(accessKeyId=admin.id, enabled=False)
        now[0] += api.limits.key_cache_seconds
        with pytest.raises(ClientError) as caught:
            client.list_api_keys()

    assert caught.value.response["Error"]["Code"] == "UnrecognizedClientException"


def test_a_secret_that_is_wrong(serve, admin):
    """
    Another secret makes another signature, which is refused.
    """
    url = serve(list_analyzers=Remembering({"analyzers": []}))

    with pytest.raises(ClientError) as caught:
        a_client(url, Key(admin.id, admin.secret + "x")).list_analyzers()

    assert caught.value.response["Error"]["Code"] == "InvalidSignatureException"


@pytest.mark.parametrize(
    ("path", "is_page"),
    [("/health", True), ("/findings/f-1", True), ("/findingv2/f-1", False), ("/analyzer", False), ("/nowhere", False)],
)
def test_pages_beside_the_api(ringwall, path, is_page):
    """
    A page's route is asked where its path begins as the request's does; all else is for the API, which wants a signature.
    """

    async def page(_):
        return JSONResponse("a page")

    pages = [Route("/health", page), Mount("/findings", routes=[Route("/{id}", page)])]
    with served(create_app(ringwall, pages=pages, operations={})) as url:
        answer = send(url, Request("GET", path, {"Host": "ringwall.example"}))

    assert (answer.body == "a page", answer.status) == (is_page, 200 if is_page else 403)
