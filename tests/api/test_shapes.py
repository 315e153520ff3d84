"""Values are read against the model's shapes: what fits is parsed, and all that does not is named."""

from datetime import UTC, datetime

import pytest

from ringwall.api.errors import RequestError
from ringwall.api.wire import endpoints, validate

ARN = "arn:aws:access-analyzer:eu-west-1:111122223333:analyzer/watch"
RULE = {"analyzerName": "watch", "ruleName": "rule", "filter": {"status": {"eq": ["ACTIVE"]}}}
DESTINATION = {"name": "hook", "kind": "webhook"}


def read(operation, values):
    return validate(endpoints()[operation], values)


def problems(operation, values):
    with pytest.raises(RequestError) as caught:
        read(operation, values)
    return {each.path: each.message for each in caught.value.problems}


def test_unknown_members_are_ignored():
    """
    As AWS ignores them, at any depth.
    """
    given = {**RULE, "new": 1, "filter": {"status": {"eq": ["ACTIVE"], "like": ["A"]}}}

    assert read("CreateArchiveRule", given) == RULE


def test_members_that_are_null_are_not_there():
    """
    Null is the same as absent.
    """
    assert read("ListFindingsV2", {"analyzerArn": ARN, "filter": None}) == {"analyzerArn": ARN}
    assert problems("ListFindingsV2", {"analyzerArn": None}) == {"analyzerArn": "Member must not be null"}


@pytest.mark.parametrize(
    ("given", "time"),
    [
        ("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01T12:00:00.25+02:00", datetime(2026, 3, 1, 10, 0, 0, 250_000, tzinfo=UTC)),
        ("2026-03-01T12:00:00", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        (1772366400, datetime(2026, 3, 1, 12, tzinfo=UTC)),
        (datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 1, 12, tzinfo=UTC)),
    ],
)
def test_times(given, time):
    """
    ISO 8601, UTC where no zone is named; seconds since 1970; and times as they are.
    """
    assert read("CreateArchiveRule", {**RULE, "expiresAt": given})["expiresAt"] == time


@pytest.mark.parametrize(
    "given", ["tomorrow", "", True, [], {}, 1e300, "0001-01-01T00:00:00+14:00", "2026-02-30T00:00:00Z"]
)
def test_what_is_no_time(given):
    """
    It is refused, also where it is beyond the calendar.
    """
    assert problems("CreateArchiveRule", {**RULE, "expiresAt": given}).keys() == {"expiresAt"}


@pytest.mark.parametrize(
    ("operation", "values", "path", "message"),
    [
        ("CreateApiKey", {"role": "king"}, "role", "enum value set: [reader, admin]"),
        ("CreateApiKey", {"role": "admin", "name": "x" * 256}, "name", "length less than or equal to 255"),
        ("GetAnalyzer", {"analyzerName": ""}, "analyzerName", "regular expression pattern"),
        ("GetAnalyzer", {"analyzerName": "watch\n"}, "analyzerName", "regular expression pattern"),
        ("GetAnalyzer", {"analyzerName": 7}, "analyzerName", "must be a string"),
        ("ListAnalyzers", {"maxResults": "seven"}, "maxResults", "must be an integer"),
        ("ListAnalyzers", {"maxResults": True}, "maxResults", "must be an integer"),
        ("ListAnalyzers", {"maxResults": 2**31}, "maxResults", "must be an integer"),
        ("UpdateAnalyzer", {"analyzerName": "a", "scanIntervalSeconds": 59}, "scanIntervalSeconds", "or equal to 60"),
        ("CreateArchiveRule", {**RULE, "filter": []}, "filter", "must be an object"),
        ("CreateArchiveRule", {**RULE, "filter": {"a": {"eq": "b"}}}, "filter.a.eq", "must be a list"),
        (
            "CreateArchiveRule",
            {**RULE, "filter": {"a": {"eq": []}}},
            "filter.a.eq",
            "length greater than or equal to 1",
        ),
        ("CreateArchiveRule", {**RULE, "filter": {"a": {"eq": ["b"] * 21}}}, "filter.a.eq", "or equal to 20"),
        ("CreateArchiveRule", {**RULE, "filter": {"a": {"eq": ["b", 1]}}}, "filter.a.eq[1]", "must be a string"),
        ("CreateArchiveRule", {**RULE, "filter": {"a": {"exists": "yes"}}}, "filter.a.exists", "must be a boolean"),
        ("CreateArchiveRule", {**RULE, "filter": {"a\x00": {"exists": True}}}, "filter.a\x00", "NUL"),
        ("CreateArchiveRule", {**RULE, "reason": "\ud800"}, "reason", "lone surrogates"),
        ("CreateDestination", {**DESTINATION, "settings": [1]}, "settings", "must be a JSON object"),
        ("CreateDestination", {**DESTINATION, "settings": {"a": ["\x00"]}}, "settings", "without NUL"),
        ("CreateDestination", {**DESTINATION, "settings": {"a": 10**30}}, "settings", "must be a JSON object"),
    ],
)
def test_what_does_not_fit_is_named(operation, values, path, message):
    """
    By the path of the member, with what it has to be.
    """
    found = problems(operation, values)

    assert found.keys() == {path}
    assert message in found[path]


@pytest.mark.parametrize("members", [{}, {"unusedAccess": {}, "internalAccess": {}}])
def test_a_union_has_exactly_one_member(members):
    """
    Neither none nor two.
    """
    found = problems("UpdateAnalyzer", {"analyzerName": "a", "configuration": members})

    assert found == {"configuration": "Exactly one member must be set"}


def test_a_document_has_a_depth():
    """
    A tower of brackets would be too much for whoever reads it next.
    """
    tower = {}
    for _ in range(40):
        tower = {"a": tower}

    assert problems("CreateDestination", {**DESTINATION, "settings": tower}).keys() == {"settings"}


def test_the_list_of_what_is_wrong_ends():
    """
    Thousands of faults are counted, and the first fifty are named.
    """
    with pytest.raises(RequestError, match="5000 validation errors detected") as caught:
        read("UpdateFindings", {"analyzerArn": ARN, "status": "ACTIVE", "ids": [1] * 5000})

    assert len(caught.value.problems) == 50
