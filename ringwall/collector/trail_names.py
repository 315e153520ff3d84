"""Names of CloudTrail's log files, and of the places where they lie.

Source: AWS CloudTrail User Guide, "Finding your CloudTrail log files" and "CloudTrail log file name format".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from ringwall.errors import UsageError
from ringwall.principals.trail_parts import Log

_LOG = re.compile(r".+\.json(\.gz|\.zst|\.zstd)?", re.IGNORECASE)
# Signatures of log files, and unusual rates of calls: neither has a record of a call in it.
_OTHER = re.compile(r"(^|/)CloudTrail-(Digest|Insight)[^/]*/|(^|/)\d{12}_CloudTrail-(Digest|Insight)[^/]*$", re.ASCII)
_NAME = re.compile(r"(\d{12})_CloudTrail_([a-z]{2,}(?:-[a-z]+)+-\d+)_(\d{4})(\d\d)(\d\d)T\d{4}Z_[^/]*", re.ASCII)
_FOLDER = re.compile(r"(?:^|/)(\d{12})/CloudTrail/([a-z]{2,}(?:-[a-z]+)+-\d+)/(\d{4})/(\d\d)/(\d\d)/[^/]+$", re.ASCII)
_BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?", re.ASCII)
_ROOT = re.compile(r"((?:.*/)?AWSLogs/)(o-[a-z0-9]{10,32}/)?(?:(\d{12})/(?:CloudTrail/)?)?", re.ASCII)


def find_log(path: str) -> Log | None:
    """What the path of a file tells of it; None for a file that is no log of calls."""
    path = path.replace("\\", "/")
    if not _LOG.fullmatch(path) or _OTHER.search(path):
        return None
    name = path.rpartition("/")[2]
    if match := _NAME.fullmatch(name) or _FOLDER.search(path):
        account, region, year, month, day = match.groups()
        if _is_day(int(year), int(month), int(day)):
            return Log(path, account, region, f"{year}-{month}-{day}")
    return Log(path)


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class BucketPlace:
    """Where a trail writes to."""

    bucket: str
    root: str
    """Up to and with `AWSLogs/`."""
    organization: str = ""
    """The folder of an organization below it, such as `o-exampleorgid/`, where the place names it."""
    account: str = ""
    """Where the place names one."""

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.root}{self.organization}"


def is_bucket(place: str) -> bool:
    """Whether a place is in S3, and not a folder."""
    return place.startswith("s3://")


def bucket_place(place: str) -> BucketPlace:
    """What `s3://bucket/prefix` means: the prefix of the trail, with or without `AWSLogs/` and what is below it.

    Raises:
        UsageError: it names no bucket, or something within the logs of an account.
    """
    if (match := _BUCKET.fullmatch(place)) is None:
        raise UsageError(f"`{place}` is no place of logs: expected `s3://bucket` or `s3://bucket/prefix`")
    bucket, prefix = match[1], match[2] or ""
    if prefix and not prefix.endswith("/"):
        prefix += "/"
    if "AWSLogs" not in prefix.split("/"):
        prefix += "AWSLogs/"
    if (root := _ROOT.fullmatch(prefix)) is None:
        raise UsageError(f"`{place}` is within the logs of an account: name what is before the Region")
    return BucketPlace(bucket, root[1], root[2] or "", root[3] or "")
