"""Whatever is asked, the API answers as the model says, and never with a fault of its own."""

import asyncio
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringwall.api.app import create_app
from ringwall.api.model import extended_model
from ringwall.api.shapes import Readers
from ringwall.api.wire import endpoints
from ringwall.service.operations import OPERATIONS
from tests.api.requests_from_model import Drawing, filters, garbage, requests_for
from tests.api.serving import Request, a_key, a_ringwall, signed
from tests.service.service_for_tests import BUCKET, access, analyzer_in, public_access, scanned

CODES = {name for name in extended_model().shape_names if name.endswith("Exception")}
NAMES = {each.function_name: each.name for each in endpoints().values()}
READERS = Readers()
URL = "http://ringwall.example"
FILTER_KEYS = ["status", "isPublic", "resource", "resourceType", "principal.AWS", "error", "condition.aws:sourcearn"]
POLICIES = [
    '{"Version": "2012-10-17", "Statement": []}',
    '{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Principal": "*"}}',
    '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::a/*"}}',
    "no policy",
]
EXAMPLES = settings(
    max_examples=max(25, settings.default.max_examples // 10),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)


class World:
    """The real operations over a store with something in it; unknown members of outputs are remembered."""

    def __init__(self, store):
        self.ringwall = a_ringwall(store)
        self.admin = a_key(self.ringwall)
        rule = {"ruleName": "rule", "filter": {"resourceType": {"eq": ["AWS::SQS::Queue"]}}}
        arn = analyzer_in(self.ringwall, archiveRules=[rule])
        ids = scanned(self.ringwall, arn, access(), public_access())
        self.unknown = set()
        watched = {name: self._watched(NAMES[name], each) for name, each in OPERATIONS.items()}
        self.app = create_app(self.ringwall, operations=watched)
        self.reached = 0
        known = {
            "AnalyzerArn": [arn, arn, arn, arn.replace("watch", "none"), "::::::analyzer/x"],
            "AnalyzerName": ["watch", "other"],
            "Name": ["rule", "other"],
            "FindingId": [*ids, "none"],
            "resourceArn": [arn, BUCKET, "arn:aws:s3:::none", "arn:aws:iam::111122223333:role/a"],
            "AccessPreviewId": ["00000000-0000-4000-8000-000000000000"],
            "RingwallKeyId": [self.admin.id, a_key(self.ringwall, "reader").id, "AKIAEXAMPLEEXAMPLE22"],
            "PolicyDocument": POLICIES,
            "AccessCheckPolicyDocument": POLICIES,
            "ActionsList": [["s3:GetObject"], ["*"], []],
        }
        self.drawing = Drawing(
            {name: st.sampled_from(values) for name, values in known.items()}
            | {"FilterCriteriaMap": filters(FILTER_KEYS)}
        )

    def _watched(self, name, operation):
        shape = extended_model().operation_model(name).output_shape

        def watched(ringwall, caller, request):
            self.reached += 1
            output = operation(ringwall, caller, request)
            self.unknown |= set(_unknown_members(shape, output, name))
            return output

        return watched

    def ask(self, request):
        return asyncio.run(_asgi(self.app, signed(URL, self.admin, request)))


def _unknown_members(shape, value, path):
    """The members of an output that the model does not know: the server leaves them out."""
    if shape is None or value is None:
        yield from (f"{path}.{name}" for name in value or {})
    elif shape.type_name == "structure" and not getattr(shape, "is_document_type", False):
        for name, given_ in value.items():
            if name in shape.members:
                yield from _unknown_members(shape.members[name], given_, f"{path}.{name}")
            else:
                yield f"{path}.{name}"
    elif shape.type_name in {"list", "map"}:
        inner = shape.member if shape.type_name == "list" else shape.value
        for each in value if shape.type_name == "list" else value.values():
            yield from _unknown_members(inner, each, f"{path}[]")


async def _asgi(app, request):
    """Status, error code and body of the answer to a request, without a network."""
    path, _, query = request.path.partition("?")
    scope = {
        "type": "http",
        "method": request.method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in request.headers.items()],
        "root_path": "",
    }
    sent = []

    async def receive():
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers.get("x-amzn-errortype", ""), json.loads(sent[1]["body"])


@pytest.fixture
def world(store):
    return World(store)


@pytest.mark.parametrize("operation", sorted(NAMES[name] for name in OPERATIONS))
def test_no_request_is_a_fault(world, operation):
    """
    Requests that are right, nearly right, or garbage are answered with the output's shape or with an error of the model.
    """

    @EXAMPLES
    @given(requests_for(operation, world.drawing))
    def ask(request):
        _check(operation, world.ask(request))

    ask()

    assert world.unknown == set()
    assert world.reached > 0, "no request was good enough to reach the operation"


def _check(operation, answer):
    status, code, body = answer
    if status == 200:
        problems = []
        shape = extended_model().operation_model(operation).output_shape
        if shape is not None:
            READERS.of(shape)(body, "", problems)
        assert problems == []
    else:
        assert 400 <= status < 500, body
        assert code in CODES
        assert body["message"]


def test_no_path_body_or_header_is_a_fault(world):
    """
    Requests that have nothing to do with the model are refused, too.
    """
    methods = st.sampled_from(["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD"])
    paths = st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#?"), max_size=9))
    bodies = st.binary(max_size=40) | garbage.map(lambda value: json.dumps(value).encode())
    headers = st.dictionaries(
        st.sampled_from(["Content-Type", "X-Amz-Meta", "X-Amz-Security-Token", "X-Amz-Content-SHA256", "Accept"]),
        st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=9),
    )

    @EXAMPLES
    @given(methods, paths.map(lambda parts: "/" + "/".join(parts)), bodies, headers)
    def ask(method, path, body, given_):
        status, code, said = world.ask(Request(method, path, given_, body))
        assert (400 <= status < 500 and code and said["message"]) or status == 200

    ask()
