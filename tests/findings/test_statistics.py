"""Findings by the numbers."""

import pytest

from ringwall.findings.finding import FindingStatus, FindingType
from ringwall.findings.statistics import FindingCount, statistics_of

BUCKET, QUEUE = "AWS::S3::Bucket", "AWS::SQS::Queue"


def counted(type_, status, count, *, is_public=False, has_error=False):
    return FindingCount(FindingType.EXTERNAL_ACCESS, type_, FindingStatus(status), is_public, has_error, count)


COUNTS = [
    counted(BUCKET, "ACTIVE", 2, is_public=True),
    counted(BUCKET, "ACTIVE", 3),
    counted(QUEUE, "ACTIVE", 4, has_error=True),
    counted(QUEUE, "ARCHIVED", 5),
    counted(BUCKET, "RESOLVED", 6, is_public=True),
]


@pytest.mark.parametrize(
    ("counts", "by_type", "totals"),
    [
        ([], {}, (0, 0, 0)),
        (COUNTS, {BUCKET: (2, 3, 0), QUEUE: (0, 0, 4)}, (9, 5, 6)),
        ([counted(BUCKET, "ARCHIVED", 1)], {}, (0, 1, 0)),
    ],
)
def test_findings_are_counted_by_type_and_by_status(counts, by_type, totals):
    """
    Public, cross-account and error findings among the active ones; all three statuses in the totals.
    """
    [union] = statistics_of(counts)

    statistics = union["externalAccessFindingsStatistics"]
    names = ("totalActivePublic", "totalActiveCrossAccount", "totalActiveErrors")
    assert statistics == {
        "resourceTypeStatistics": {name: dict(zip(names, each, strict=True)) for name, each in by_type.items()},
        **dict(zip(("totalActiveFindings", "totalArchivedFindings", "totalResolvedFindings"), totals, strict=True)),
    }
