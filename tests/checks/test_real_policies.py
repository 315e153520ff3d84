"""Invariants over many real policies, where there are any: RINGWALL_POLICIES names a file of JSON lines.

Each line holds a document under `policy`; the file may be compressed by xz.

    RINGWALL_POLICIES=policies.jsonl.xz .venv/bin/python -m pytest -s tests/checks/test_real_policies.py
"""

import json
import lzma
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from ringwall.checks.access import check_no_public_access
from ringwall.checks.comparison import compare_policies
from ringwall.errors import PolicyError, UndecidedError, UnprocessableError
from ringwall.policy.ast import Effect
from ringwall.policy.parse import parse_policy
from ringwall.reasoning.compare import Comparison, find_new_access, scope
from ringwall.reasoning.question import Question, find_answer

FILE = os.environ.get("RINGWALL_POLICIES")
pytestmark = pytest.mark.skipif(not FILE, reason="RINGWALL_POLICIES names no file of policies")


def documents():
    opener = lzma.open if FILE.endswith(".xz") else open
    with opener(Path(FILE), "rt", encoding="utf-8") as lines:
        yield from (json.dumps(json.loads(line)["policy"]) for line in lines)


@pytest.fixture(scope="module")
def real_policies():
    """The policies of the file; templates that are no policies yet are left out."""
    found = []
    for text in documents():
        try:
            found.append((text, parse_policy(text)))
        except PolicyError:
            continue
    assert found
    return found


def told(counts, name):
    print(f"\n{name}: {dict(counts)}")  # noqa: T201 - the numbers are what such a run is for


@pytest.mark.timeout(3600)
def test_every_policy_allows_what_it_allows(real_policies):
    """
    Read backwards, a policy is equal to itself; searched whole, it has nothing that it has not.
    """
    counts = Counter()
    for text, policy in real_policies:
        backwards = replace(policy, statements=policy.statements[::-1])
        try:
            comparison = compare_policies(policy, backwards).comparison
            whole = find_answer(Question(allowed=(policy, scope()), not_allowed=(backwards,)))
        except UnprocessableError:
            counts["of no type"] += 1
            continue
        except UndecidedError:
            assert "${" in text, "only variables may be left undecided"
            counts["undecided"] += 1
            continue
        counts[comparison] += 1
        assert (comparison, whole) == (Comparison.EQUAL, None), text
    told(counts, "compared with itself")


@pytest.mark.timeout(3600)
def test_without_an_allow_every_policy_is_stricter_or_equal(real_policies):
    """
    Without its first Allow statement a policy allows nothing new.
    """
    counts = Counter()
    for text, policy in real_policies:
        first = next((each for each in policy.statements if each.effect is Effect.ALLOW), None)
        less = replace(policy, statements=tuple(each for each in policy.statements if each is not first))
        assert find_new_access(new=less, existing=policy) is None, text
        try:
            counts["looser" if find_new_access(new=policy, existing=less) else "equal"] += 1
        except UndecidedError:
            assert "${" in text, "only variables may be left undecided"
            counts["undecided"] += 1
    told(counts, "compared with itself less an Allow")


@pytest.mark.timeout(3600)
def test_every_resource_policy_is_public_or_not(real_policies):
    """
    The check for public access ends for every policy with principals, as a policy of every kind of action.
    """
    counts = Counter()
    for _, policy in real_policies:
        if any(each.principals for each in policy.statements):
            for name in ("AWS::S3::Bucket", "AWS::IAM::AssumeRolePolicyDocument", "AWS::KMS::Key"):
                try:
                    found = check_no_public_access(policy, name)
                except UnprocessableError:
                    counts["of no type"] += 1
                    continue
                counts[found.result.value, "undecided" if found.undecided else "decided"] += 1
                assert found.passes or found.undecided or found.witness
    told(counts, "public access")
