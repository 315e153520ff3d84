"""The corpus, read by the evaluator. Any other reading of policies can run the same files.

- `operators`, `variables`, `principals`, `elements`: `{name, policy, request, allowed, source}`, one policy on the
  resource. `request` has `principal` (ARN, `*`, service or provider), `action`, `resource`, `context`, and where they
  matter `userId` and `canonicalUser`.
- `evaluation`: one request against all policies that bear on it, in the shape of a line of `ringwall simulate --batch`,
  and the `decision`.
- `findings`: a resource's configuration and what is found per zone of trust; a field that a finding leaves out is not
  compared.
- `checks`: the custom policy checks and their results.

`unconfirmed` marks what AWS does not document: there the corpus holds the reading that Ringwall chose.
"""

import json
from pathlib import Path

import pytest

from ringwall.policy.authorize import authorize
from ringwall.policy.cases import read_case
from ringwall.policy.evaluate import Decision, is_allowed
from ringwall.policy.parse import parse_policy

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(CORPUS.glob("*.json"))
NOTES = ("name", "decision", "source", "unconfirmed")
ONE_POLICY = ("operators", "variables", "principals", "elements")


def cases_in(name):
    content = json.loads((CORPUS / f"{name}.json").read_text())
    return content if isinstance(content, list) else content["cases"]


def cases(*names):
    return [pytest.param(case, id=f"{name}: {case['name']}") for name in names for case in cases_in(name)]


def documents_in(node):
    """The policy documents anywhere in a case."""
    if isinstance(node, dict) and "Statement" in node:
        return [node]
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [document for each in inner for document in documents_in(each)]


def policy_of(document):
    return parse_policy(json.dumps(document))


def request_of(request):
    """The request as a line of `ringwall simulate --batch` has it."""
    return read_case(json.dumps({"request": request})).request


@pytest.mark.parametrize("case", cases(*ONE_POLICY))
def test_one_policy(case):
    """
    The evaluator allows what the case says, and nothing else.
    """
    policy, request = policy_of(case["policy"]), request_of(case["request"])

    assert is_allowed(policy, request) is case["allowed"]


@pytest.mark.parametrize("case", cases("evaluation"))
def test_all_policies(case):
    """
    The decision over all policies is the one that AWS documents.
    """
    policies = {name: value for name, value in case.items() if name not in NOTES}
    read = read_case(json.dumps(policies))

    assert authorize(read.authorization, read.request).decision is Decision(case["decision"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_case_says_where_it_comes_from(path):
    """
    A case names its page in AWS's documentation.
    """
    assert [case["name"] for case in cases_in(path.stem) if " Guide, " not in case["source"]] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_names_are_unique(path):
    """
    A failing case is found by its name.
    """
    names = [case["name"] for case in cases_in(path.stem)]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_policy_parses(path):
    """
    A case fails for what it says, not for its spelling.
    """
    policies = [policy_of(document) for case in cases_in(path.stem) for document in documents_in(case)]

    assert all(policy.statements for policy in policies)
