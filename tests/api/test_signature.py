"""Signatures made by botocore are verified, and nothing that was changed since passes."""

import time
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from ringwall.api.errors import AuthenticationError
from ringwall.api.signature import read_authorization, verify
from ringwall.api.wire import RawRequest
from tests.api.serving import real_time

KEY_ID = "AKIAEXAMPLEEXAMPLE22"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
HOST = "ringwall.example:8420"
ARN = "arn:aws:access-analyzer:eu-west-1:111122223333:analyzer/a b/ü"

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
segments = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
    .map(lambda text: quote(text, safe="~"))
    .filter(lambda text: text not in {".", ".."})
)
paths = st.lists(segments, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))
queries = st.lists(
    st.tuples(texts.filter(bool), texts).map(lambda pair: f"{quote(pair[0], safe='')}={quote(pair[1], safe='')}"),
    max_size=4,
).map("&".join)
headers = st.dictionaries(
    st.sampled_from(["Content-Type", "X-Amz-Meta", "Accept", "X-Custom"]),
    st.text("abc XYZ/;=,.", min_size=1, max_size=20).map(str.strip).filter(bool),
)


def _signed(method="PUT", path="/analyzer", query="", given=None, body=b"{}", **scope) -> RawRequest:
    """A request as botocore signs it, as it comes over the wire."""
    url = f"http://{HOST}{path}" + (f"?{query}" if query else "")
    request = AWSRequest(method, url, headers={**(given or {}), "Host": HOST}, data=body)
    signer = SigV4Auth(
        Credentials(KEY_ID, SECRET), scope.get("service", "access-analyzer"), scope.get("region", "eu-west-1")
    )
    signer.add_auth(request)
    parts = urlsplit(url)
    return RawRequest(method, parts.path, parts.query, _headers(request), body)


requests = st.builds(
    _signed,
    st.sampled_from(["GET", "PUT", "POST", "DELETE"]),
    paths,
    queries,
    headers,
    st.binary(max_size=50),
)


def _headers(request):
    found = {}
    for name, value in request.headers.items():
        found.setdefault(name.lower(), []).append(value)
    return found


def _check(request, secret=SECRET, now=None):
    authorization = read_authorization(request, now or real_time())
    verify(authorization, secret, request)
    return authorization


def _with_header(request, name, *values):
    return replace(request, headers={**request.headers, name: list(values)})


def _without_header(request, name):
    return replace(request, headers={each: value for each, value in request.headers.items() if each != name})


@given(requests)
def test_what_botocore_signs_is_verified(request_):
    """
    Whatever botocore signs passes, and it is known who signed and for which Region.
    """
    authorization = _check(request_)

    assert (authorization.key_id, authorization.region) == (KEY_ID, "eu-west-1")


@given(requests, st.data())
def test_nothing_signed_can_be_changed(request_, data):
    """
    A request of which one signed part was changed is refused.
    """
    changed = data.draw(st.sampled_from(list(_changes(request_, data))))

    with pytest.raises(AuthenticationError):
        _check(changed)


def _changes(request_, data):
    """The request with each of its signed parts changed in turn."""
    extra = data.draw(segments)
    yield replace(request_, method="PATCH")
    yield replace(request_, path=f"{request_.path}{extra}")
    yield replace(request_, path=f"/{extra}{request_.path}")
    yield replace(request_, query=f"{request_.query}&{extra}=1" if request_.query else f"{extra}=1")
    yield replace(request_, body=request_.body + b" ")
    for name in request_.headers.keys() - {"authorization"}:
        yield _with_header(request_, name, *request_.headers[name], "x")
        yield _with_header(request_, name, request_.headers[name][0] + "x")
        yield _without_header(request_, name)
    [authorization] = request_.headers["authorization"]
    yield from (
        _with_header(request_, "authorization", authorization.replace(old, new, 1))
        for old, new in [
            ("eu-west-1", "eu-west-2"),
            ("aws4_request", "aws4_requests"),
            ("access-analyzer", "s3"),
            ("SignedHeaders=", "SignedHeaders=accept-encoding;"),
            ("host;", ""),
            (";x-amz-date", ""),
            ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"),
        ]
    )
    flipped = "0" if authorization[-1] != "0" else "1"
    yield _with_header(request_, "authorization", authorization[:-1] + flipped)


@pytest.mark.parametrize("path", [f"/tags/{quote(ARN, safe='')}", f"/tags/{quote(ARN, safe='/:')}", "/a%2Fb/~x/"])
def test_encoded_paths(path):
    """
    A path with encoded slashes, and one with the slashes of an ARN, is verified as it was sent.
    """
    assert _check(_signed("GET", path, body=b"")).key_id == KEY_ID


@pytest.fixture(params=["UTC", "Asia/Kolkata"])
def time_zone(request, monkeypatch):
    """Where the server stands."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def test_a_date_header_does_instead_of_amazons(time_zone):
    """
    A client that signs the header Date is understood, wherever the server stands.
    """
    request = _signed(given={"Date": "Thu, 01 Jan 1970 00:00:00 GMT"})

    assert "x-amz-date" not in request.headers
    assert _check(request).key_id == KEY_ID


def test_a_hash_of_the_body_in_a_header():
    """
    A client may send the body's hash, but only the right one.
    """
    body_hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    request = _signed(given={"X-Amz-Content-SHA256": body_hash})

    assert _check(request).key_id == KEY_ID
    with pytest.raises(AuthenticationError, match="not the hash of the body"):
        _check(replace(request, body=b'{"a": 1}'))


@pytest.mark.parametrize(
    ("seconds", "passes"), [(0, True), (295, True), (-295, True), (305, False), (-305, False), (86_400, False)]
)
def test_the_clock_may_differ_by_five_minutes(seconds, passes):
    """
    A request that was signed more than five minutes ago, or for later, is refused.
    """
    request = _signed()
    now = real_time() + timedelta(seconds=seconds)

    if passes:
        assert _check(request, now=now)
    else:
        with pytest.raises(AuthenticationError, match=r"Signature (expired|not yet current)"):
            _check(request, now=now)


def _refused(code, change):
    return pytest.param(code, change, id=f"{code}-{change.__code__.co_firstlineno}")


@pytest.mark.parametrize(
    ("code", "change"),
    [
        _refused("MissingAuthenticationTokenException", lambda given: _without_header(given, "authorization")),
        _refused("IncompleteSignatureException", lambda given: _with_header(given, "authorization", "Bearer x")),
        _refused(
            "IncompleteSignatureException", lambda given: _with_header(given, "authorization", "AWS4-HMAC-SHA256 ")
        ),
        _refused("IncompleteSignatureException", lambda given: _with_header(given, "authorization", "a", "b")),
        _refused("IncompleteSignatureException", lambda given: _without_header(given, "x-amz-date")),
        _refused("IncompleteSignatureException", lambda given: _with_header(given, "x-amz-date", "yesterday")),
        _refused("IncompleteSignatureException", lambda given: _with_header(given, "x-amz-date", "20260230T000000Z")),
        _refused("UnrecognizedClientException", lambda given: _with_header(given, "x-amz-security-token", "t")),
        _refused("IncompleteSignatureException", lambda given: replace(given, query="X-Amz-Signature=1")),
        _refused("IncompleteSignatureException", lambda given: replace(given, query="X-Amz-Algorithm=AWS4")),
        _refused(
            "IncompleteSignatureException",
            lambda given: _with_header(given, "x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ),
        _refused(
            "IncompleteSignatureException",
            lambda given: _with_header(given, "x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        ),
        _refused("InvalidSignatureException", lambda given: _with_header(given, "x-amz-unsigned", "1")),
        _refused("InvalidSignatureException", lambda _: _signed(service="s3")),
        _refused("InvalidSignatureException", lambda _: _signed(region="EU WEST")),
    ],
)
def test_other_forms_are_refused(code, change):
    """
    What is not signed in the one supported way is refused with the code that AWS has for it.
    """
    with pytest.raises(AuthenticationError) as caught:
        _check(change(_signed()))

    assert caught.value.code == code


def test_another_secret_makes_another_signature():
    """
    Whoever does not know the secret cannot sign.
    """
    with pytest.raises(AuthenticationError, match="does not match"):
        _check(_signed(), secret=SECRET[:-1])
