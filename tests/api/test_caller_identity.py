"""STS's one call, through an unmodified client of AWS's SDK."""

from dataclasses import replace

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.api.serving import ACCOUNT, Request, a_client, signed


@pytest.fixture
def url(serve):
    return serve()


def test_whoever_has_a_key_is_told_the_account(url, reader):
    """Whatever the key's role is."""
    sts = a_client(url, reader, "sts")

    identity = sts.get_caller_identity()

    del identity["ResponseMetadata"]
    assert identity == {"Account": ACCOUNT, "UserId": reader.id, "Arn": f"arn:aws:iam::{ACCOUNT}:user/{reader.id}"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secret": "wrong"}, "InvalidSignatureException"),
        ({"id": "AKIAUNKNOWN000000000"}, "UnrecognizedClientException"),
    ],
)
def test_others_are_told_nothing(url, reader, changes, code):
    """In STS's own way of saying so."""
    sts = a_client(url, replace(reader, **changes), "sts")

    with pytest.raises(ClientError) as caught:
        sts.get_caller_identity()
    assert caught.value.response["Error"]["Code"] == code


def test_nothing_else_is_answered(url, admin):
    """It is no STS."""
    sts = a_client(url, admin, "sts")

    with pytest.raises(ClientError, match="only GetCallerIdentity"):
        sts.get_session_token()


@pytest.mark.parametrize("service", ["sts", "access-analyzer"])
def test_a_signature_for_one_service_is_none_for_the_other(url, admin, service):
    """Else what a tool signs for STS would do for the API."""
    request = (
        Request("GET", "/analyzer") if service == "sts" else Request("POST", "/", body=b"Action=GetCallerIdentity")
    )

    request = signed(url, admin, request, service=service)
    answer = httpx.request(request.method, url + request.path, headers=request.headers, content=request.body)

    assert answer.status_code == 403
    assert "InvalidSignatureException" in answer.headers.get("x-amzn-errortype", answer.text)
