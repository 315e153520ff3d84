"""A token of a listing that was changed is refused, or shows another page; it is never a fault."""

import base64
import json
from contextlib import suppress

import pytest

from ringwall.api.local import call_locally
from ringwall.errors import UsageError
from tests.api.serving import a_ringwall
from tests.service.service_for_tests import CALLER, access, analyzer_in, scanned

PLACES = [
    10**30,
    -(10**30),
    -1,
    0,
    True,
    None,
    "",
    "\x00",
    "\ud800",
    "x" * 10_000,
    1.5,
    [],
    [[]],
    {},
    ["a", 10**30],
    [1, "\x00"],
    [None, 1],
]


@pytest.fixture
def ringwall(store):
    return a_ringwall(store)


@pytest.fixture
def listings(ringwall):
    """Operations that list, with requests whose first page is not the last."""
    arn = analyzer_in(ringwall, name="first", archiveRules=[_rule("one"), _rule("two")])
    analyzer_in(ringwall, name="second", type="ORGANIZATION")
    scanned(ringwall, arn, access(), access("arn:aws:s3:::letters"))
    for _ in range(2):
        call_locally(ringwall, CALLER, "CreateApiKey", {"role": "reader"})
    return {
        "ListAnalyzers": {},
        "ListArchiveRules": {"analyzerName": "first"},
        "ListFindings": {"analyzerArn": arn},
        "ListFindingsV2": {"analyzerArn": arn, "sort": {"attributeName": "updatedAt", "orderBy": "DESC"}},
        "ListAnalyzedResources": {"analyzerArn": arn},
        "ListFindingEvents": {"analyzerArn": arn},
        "ListApiKeys": {},
        "ListAuditEvents": {},
    }


def _rule(name):
    return {"ruleName": name, "filter": {"resourceType": {"eq": ["AWS::SQS::Queue"]}}}


def test_places_that_are_none(ringwall, listings):
    """
    Whatever place a token names, the answer is a page or a refusal.
    """
    for operation, request in listings.items():
        first = call_locally(ringwall, CALLER, operation, {**request, "maxResults": 1})
        for place in PLACES:
            token = _with_place(first["nextToken"], place)
            # Any other error is a fault.
            with suppress(UsageError):
                call_locally(ringwall, CALLER, operation, {**request, "maxResults": 1, "nextToken": token})


def _with_place(token, place):
    question, _ = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    return base64.urlsafe_b64encode(json.dumps([question, place]).encode()).decode().rstrip("=")
