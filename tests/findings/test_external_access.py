"""Findings over random policies: they hold every request from outside that is allowed, and every one is proven."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwall.findings.external_access import ExternalAccess
from ringwall.policy import evaluate
from ringwall.policy.ast import Effect
from ringwall.policy.parse import parse_policy
from ringwall.policy.render import render_policy
from ringwall.resources.base import Resource
from tests.findings.sharing_cases import BUCKET, BUCKET_WORDS, OWN, OWNER, PARTNER, QUEUE, QUEUE_WORDS, findings_of, holds, sharing_policies, zone
from tests.strategies import SMALL, policies, requests

ZONES = {"account": zone(), "organization": zone(organization=replace(OWN, id="o-a"), type_="ORGANIZATION")}
MODES = ("aws", "concise")


def a_queue_with(policy, owner=OWNER):
    text = render_policy(policy)
    return Resource(QUEUE, "AWS::SQS::Queue", owner, "us-east-1", {"queuePolicy": text})


def a_bucket_with(policy, owner=OWNER):
    return Resource(BUCKET, "AWS::S3::Bucket", owner, "us-east-1", {"bucketPolicy": render_policy(policy)})


def is_outside(policy, request, within, owner):
    trust = within.policy(owner)
    return evaluate.is_allowed(policy, request) and not evaluate.applying_statements(Effect.ALLOW, trust, request)


def missing(resource, policy, asked, within, mode):
    """The requests from outside that are allowed and that no finding holds."""
    found = findings_of(resource, within, mode=mode)
    if any(each.error for each in found):
        return []
    outside = [each for each in asked if is_outside(policy, each, within, resource.owner_account)]
    return [each for each in outside if not any(holds(finding, each) for finding in found)]


def usable(request):
    """Whether the action can be used on the resource at all."""
    return (request.action == "s3:ListBucket") == (request.resource == BUCKET)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ZONES)
@given(
    policy=sharing_policies(QUEUE_WORDS),
    asked=st.lists(requests(QUEUE_WORDS), min_size=5, max_size=15),
    owner=st.sampled_from([OWNER, PARTNER]),
)
def test_every_request_from_outside_a_queue_is_in_a_finding(mode, name, policy, asked, owner):
    """
    What the evaluator allows and the zone does not trust lies in some finding, in both modes.
    """
    assert missing(a_queue_with(policy, owner), policy, asked, ZONES[name], mode) == []


@pytest.mark.parametrize("mode", MODES)
@given(policy=sharing_policies(BUCKET_WORDS), asked=st.lists(requests(BUCKET_WORDS).filter(usable), min_size=5, max_size=15))
def test_every_request_from_outside_a_bucket_is_in_a_finding(mode, policy, asked):
    """
    As for a queue, with resources below the one that is analysed.
    """
    assert missing(a_bucket_with(policy), policy, asked, ZONES["account"], mode) == []
