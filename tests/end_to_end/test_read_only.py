"""Ringwall changes nothing: no call that the code declares, or prints as a permission, is anything but reading."""

from __future__ import annotations

import json
import re

import botocore.session
import pytest

from ringwall.collector import accounts, organization, principals, steps
from ringwall.collector.aws import AwsSession, Connection
from ringwall.collector.permissions import Grant, permissions_document, required_permissions
from ringwall.collector.traffic import Traffic
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.calls import api_call

READING = ("List", "Get", "Describe")
EXCEPTIONS = {"iam:GenerateCredentialReport", "iam:GenerateServiceLastAccessedDetails", "sts:AssumeRole"}
"""What else is called: to enter the accounts that are to be read, and to have IAM make reports, which changes nothing."""
DECLARED = sorted(
    {
        *accounts.CALLS,
        *organization.CALLS,
        *principals.CALLS,
        *steps.CALLS,
        *(call for kind in RESOURCE_TYPES.values() for call in kind.calls),
    }
)
_CONTENT = re.compile(
    r":(GetObject|GetSecretValue|GetItem|GetRecords|GetFunction$|GetParameter|GetDownloadUrl|GetLayerVersion$)"
)


@pytest.mark.parametrize("permission", DECLARED)
def test_a_declared_call_only_reads(permission):
    """
    Both the permission and the operation that it stands for list, get or describe.
    """
    if permission in EXCEPTIONS:
        return
    _, _, name = permission.partition(":")

    assert name.startswith(READING)
    assert api_call(permission).operation.startswith(READING)


@pytest.mark.parametrize("permission", DECLARED)
def test_no_declared_call_reads_content(permission):
    """
    Policies, access lists and attributes: never an object, a secret, an item, a record or code.
    """
    assert not _CONTENT.search(permission)


def test_the_exceptions_are_made():
    """
    No exception outlives its reason.
    """
    assert set(DECLARED) >= EXCEPTIONS


def test_only_declared_calls_are_permitted():
    """
    What is printed as the collector's role are the declared calls, by name: no wildcard.
    """
    statements = json.loads(permissions_document("json", Grant(purposes=("scan", "unused"))))["Statement"]
    printed = {
        action
        for each in statements
        for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    }

    assert printed == set(DECLARED) == set(required_permissions("scan", "unused"))
    assert [action for action in printed if "*" in action] == []


@pytest.mark.parametrize("endpoint_url", [None, "http://127.0.0.1:1"])
def test_a_directory_bucket_is_read_without_a_session(endpoint_url):
    """
    A session of S3 Express opens objects; the policy is asked for with the collector's own signature.
    """
    core = botocore.session.Session()
    core.set_credentials("key", "secret")
    client = AwsSession(Connection(endpoint_url=endpoint_url), Traffic(), core).client("s3", "eu-west-1")
    urls = []

    def note(request, **_):
        urls.append(request.url)
        raise ConnectionAbortedError

    client.meta.events.register("before-send.s3", note)
    with pytest.raises(ConnectionAbortedError):
        client.get_bucket_policy(Bucket="fast--euw1-az1--x-s3")

    assert [url.rsplit("/", 1)[1] for url in urls] == ["fast--euw1-az1--x-s3?policy"]
