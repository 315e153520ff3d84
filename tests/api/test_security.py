"""No operation answers a stranger: unsigned, wrongly signed, expired, tampered with, or with the wrong role.

Every operation of the model is asked in each of these ways, over HTTP. The operations are recorders: a request that
got through would be seen.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from ringwall.api.app import create_app
from ringwall.api.wire import endpoints
from tests.api.serving import Key, Request, a_key, a_ringwall, real_time, send, served, signed
from tests.stores import sqlite_copy

OPERATIONS = sorted(endpoints())
READER_OPERATIONS = {
    "CheckAccessNotGranted",
    "CheckNoNewAccess",
    "DryRunArchiveRule",
    "GetAccessPreview",
    "GetAnalyzedResource",
    "GetAnalyzer",
    "GetArchiveRule",
    "GetFinding",
    "GetFindingRecommendation",
    "GetFindingV2",
    "GetFindingsStatistics",
    "GetPrincipalAccess",
    "GetGeneratedPolicy",
    "ListAccessPreviewFindings",
    "ListAccessPreviews",
    "ListAnalyzedResources",
    "ListAnalyzers",
    "ListArchiveRules",
    "ListDeadLetters",
    "ListDestinations",
    "ListFindingEvents",
    "ListFindings",
    "ListFindingsV2",
    "ListPolicyGenerations",
    "GetFindingFix",
    "ListScans",
    "ListTagsForResource",
    "ValidatePolicy",
}
"""Written down apart from the code that decides, from IAMAccessAnalyzerReadOnlyAccess and for our own operations."""


class World:
    """A served API, its keys, and what got through to an operation."""

    def __init__(self, store):
        self.now = real_time
        ringwall = a_ringwall(store, clock=self.clock)
        self.admin, self.reader = a_key(ringwall), a_key(ringwall, "reader")
        self.reached = []
        names = {each.function_name for each in endpoints().values()}
        self.app = create_app(ringwall, operations={name: self._recorder(name) for name in names})
        self.url = ""

    def clock(self):
        return self.now()

    def _recorder(self, name):
        def operation(ringwall, caller, request):
            self.reached.append(name)
            return {}

        return operation

    def signed(self, request, key=None):
        return signed(self.url, key or self.admin, request)


@pytest.fixture(scope="module")
def world(_sqlite_template, tmp_path_factory):
    store = sqlite_copy(_sqlite_template, tmp_path_factory.mktemp("security"))
    made = World(store)
    with served(made.app) as url:
        made.url = url
        yield made
    store.close()


@pytest.fixture(autouse=True)
def _as_new(world):
    world.reached.clear()
    world.now = real_time


def a_request(name):
    """A request that reaches the operation's validation at least; its members are not all there."""
    endpoint = endpoints()[name]
    path = endpoint.uri
    for label in endpoint.labels:
        path = path.replace("{" + label + "}", "watch")
    return Request(endpoint.method, path, {}, b"" if endpoint.method in {"GET", "DELETE"} else b"{}")


@pytest.mark.parametrize("name", OPERATIONS)
def test_strangers_are_refused(world, name):
    """
    Unsigned, signed with an unknown key, and signed with a wrong secret: refused.
    """
    unsigned = replace(a_request(name), headers={"Host": world.url.removeprefix("http://")})
    unknown = world.signed(a_request(name), Key("AKIAEXAMPLEEXAMPLE22", world.admin.secret))
    wrong = world.signed(a_request(name), Key(world.admin.id, "wrong"))

    answers = [send(world.url, each) for each in (unsigned, unknown, wrong)]

    assert [(each.status, each.code) for each in answers] == [
        (403, "MissingAuthenticationTokenException"),
        (403, "UnrecognizedClientException"),
        (403, "InvalidSignatureException"),
    ]
    assert world.reached == []


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("minutes", [-6, 6])
def test_the_wrong_time_is_refused(world, name, minutes):
    """
    A signature that is too old, or of the future, is refused.
    """
    request = world.signed(a_request(name))
    world.now = lambda: real_time() + timedelta(minutes=minutes)

    answer = send(world.url, request)

    assert (answer.status, answer.code, world.reached) == (403, "InvalidSignatureException", [])


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_signed_part_is_held(world, name):
    """
    A request of which the method, path, query, body or a signed header was changed is refused.
    """
    request = world.signed(a_request(name))

    answers = [send(world.url, each) for each in tampered(request)]

    assert {(each.status, each.code) for each in answers} <= {
        (403, "InvalidSignatureException"),
        (403, "IncompleteSignatureException"),
        (403, "UnrecognizedClientException"),
    }
    assert world.reached == []


def tampered(request):
    """The request with each signed part changed in turn."""
    other = {"GET": "DELETE", "DELETE": "GET", "PUT": "POST", "POST": "PUT"}
    yield replace(request, method=other[request.method])
    yield replace(request, path=request.path + "x")
    yield replace(request, path=request.path + "?clientToken=x")
    yield replace(request, body=request.body + b" ")
    for name, change in [
        ("Host", lambda host: "x" + host),
        ("X-Amz-Date", lambda date: date[:-2] + ("1Z" if date[-2] != "1" else "2Z")),
        ("Authorization", lambda text: text.replace("/eu-west-1/", "/eu-west-2/")),
        ("Authorization", lambda text: text.replace("/access-analyzer/", "/sts/")),
        ("Authorization", lambda text: text.replace("host;", "")),
        ("Authorization", lambda text: text.replace(";x-amz-date", "")),
        ("Authorization", lambda text: text[:-1] + ("0" if text[-1] != "0" else "1")),
        ("Authorization", lambda text: text.replace("Credential=AKIA", "Credential=AKIB")),
    ]:
        yield replace(request, headers={**request.headers, name: change(request.headers[name])})


@pytest.mark.parametrize("name", OPERATIONS)
def test_readers_only_read(world, name):
    """
    A reader's key is refused for all but the operations that readers may call, whatever the request says.
    """
    answer = send(world.url, world.signed(a_request(name), world.reader))

    is_denied = (answer.status, answer.code) == (403, "AccessDeniedException")
    assert is_denied == (name not in READER_OPERATIONS)
    assert world.reached == [] or not is_denied


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_admin_may_do_everything(world, name):
    """
    What the others above were refused for was not the request itself.
    """
    answer = send(world.url, world.signed(a_request(name)))

    assert answer.status == 200 or answer.code == "ValidationException"
