"""Recommendations say beforehand what could not be read; there is none where that may have shown the use."""

import pytest
from msgspec.structs import replace

from ringwall.findings.recommendation import recommend
from ringwall.findings.unused_access import UnusedAccess
from ringwall.principals.usage import TrailCoverage
from tests.principal_words import inline
from tests.unused_words import NOW, ONE, access, allow, days_ago, managed, role, used

UNTIL = NOW.date()
_GAPS = ("A file is corrupt.", "no logs of 2026-05-12", "no logs of 2026-05-14", "no logs of 2026-05-16")


def made_for(collected, *, despite_gaps=False, **changes):
    collected = replace(collected, usage=replace(collected.usage, **changes))
    [finding] = UnusedAccess().findings_of(collected, NOW)
    return recommend(collected, finding, NOW, despite_gaps=despite_gaps)


def warning_of(collected, **changes):
    return made_for(collected, **changes).steps[0].warning


def trail(*gaps):
    unread = tuple(each for each in gaps if "corrupt" in each)
    return TrailCoverage(since=days_ago(500).date(), until=UNTIL, data_events=True, gaps=gaps, unread=unread)


def unused_permissions():
    policy = managed(ONE, "topics", allow("sns:CreateTopic", "sqs:*"))
    return access(role(ONE, "a", [policy], last=3), used(3, "sns:CreateTopic"), ["sns", "sqs"])


@pytest.mark.parametrize(
    "changes",
    [
        {},
        # Most accounts have no trail that is read: that is no reason for a warning each time.
        {"trail": None, "trail_coverage": None},
        {"trail_coverage": trail(*_GAPS[1:])},
    ],
)
def test_what_is_not_there_is_no_reason_to_recommend_nothing(changes):
    assert warning_of(unused_permissions(), **changes) is None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"trail_coverage": trail(*_GAPS[:1])}, "A file is corrupt."),
        (
            {"trail_coverage": trail(*_GAPS)},
            "A file is corrupt. no logs of 2026-05-12. no logs of 2026-05-14. And 1 more.",
        ),
        ({"notes": ("The tags could not be read",)}, "The tags could not be read."),
    ],
)
def test_where_something_could_not_be_read_nothing_is_recommended(changes, told):
    """Unless somebody wants it all the same: then it is a warning."""
    refused = made_for(unused_permissions(), **changes)
    wanted = made_for(unused_permissions(), **changes, despite_gaps=True)

    assert refused.steps == ()
    assert refused.error == ("SERVICE_ERROR", f"something that may show its use could not be read: {told}")
    assert wanted.error is None
    assert wanted.steps[0].warning == f"Confidence is LOW. {told}"


def test_a_role_is_not_deleted_where_a_trail_could_not_be_read():
    """Where it has days without logs, that stands before what is always said."""
    unused = access(role(ONE, "a", [inline("own", allow("sqs:*"))]), (), ["sqs"])
    always = warning_of(unused)

    assert "lambda.amazonaws.com" in always
    assert made_for(unused, trail_coverage=trail(_GAPS[0])).steps == ()
    assert (
        warning_of(unused, trail_coverage=trail(_GAPS[1])) == f"Confidence is MEDIUM. no logs of 2026-05-12. {always}"
    )
