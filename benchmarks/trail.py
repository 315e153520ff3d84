"""Log files of CloudTrail: events a second, and memory that does not grow with them.

`python benchmarks/trail.py --events 200000` writes files and reads them; `benchmarks/run.py --only trail` is the whole of
it: one million events, and the same files ten times.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

# A script finds modules beside itself; the package that it belongs to is one level up.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import Table
from ringwall.collector.trail_files import read_trail

ACCOUNT = "111122223333"
FIRST = date(2026, 3, 1)
DAYS = 30
REGIONS = ("us-east-1", "eu-west-1", "eu-central-1", "ap-southeast-2")
PER_FILE = 1_000
PRINCIPALS = 300
AIM = 25_000
"""Events a second, on two cores."""
# Event source, name, whether it only reads, and what stands in for the parameters of such a call.
CALLS = (
    ("ec2", "DescribeInstances", True, {"instancesSet": {}, "filterSet": {"items": [{"name": "tag:env"}]}}),
    ("ec2", "DescribeNetworkInterfaces", True, {"networkInterfaceIdSet": {}, "filterSet": {}}),
    ("ec2", "RunInstances", False, {"instancesSet": {"items": [{"imageId": "ami-0abcdef1234567890"}]}}),
    ("ec2", "CreateTags", False, {"resourcesSet": {"items": [{"resourceId": "i-0abcdef1234567890"}]}}),
    ("sts", "AssumeRole", True, {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/deploy", "roleSessionName": "ci"}),
    ("sts", "GetCallerIdentity", True, None),
    ("kms", "Decrypt", True, {"encryptionAlgorithm": "SYMMETRIC_DEFAULT", "encryptionContext": {"aws:s3:arn": "x"}}),
    ("kms", "GenerateDataKey", True, {"keySpec": "AES_256", "keyId": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234"}),
    ("s3", "GetBucketAcl", True, {"bucketName": "example-bucket", "Host": "example-bucket.s3.amazonaws.com"}),
    ("s3", "GetObject", True, {"bucketName": "example-bucket", "key": "reports/2026/03/01/part-00000.parquet"}),
    ("s3", "PutObject", False, {"bucketName": "example-bucket", "key": "reports/2026/03/01/part-00000.parquet"}),
    ("logs", "CreateLogStream", False, {"logGroupName": "/aws/lambda/orders", "logStreamName": "2026/03/01/[$LATEST]"}),
    ("lambda", "UpdateFunctionCode20150331v2", False, {"functionName": "orders", "publish": False, "dryRun": False}),
    ("lambda", "ListFunctions20150331", True, {"maxItems": 50}),
    ("iam", "ListAttachedRolePolicies", True, {"roleName": "deploy"}),
    ("iam", "GetRole", True, {"roleName": "deploy"}),
    ("monitoring", "DescribeAlarms", True, {"maxRecords": 100, "stateValue": "ALARM"}),
    ("secretsmanager", "GetSecretValue", True, {"secretId": "prod/orders/database", "versionStage": "AWSCURRENT"}),
    ("ecr", "BatchGetImage", True, {"repositoryName": "orders", "imageIds": [{"imageTag": "latest"}]}),
    ("dynamodb", "DescribeTable", True, {"tableName": "orders"}),
    ("sqs", "SetQueueAttributes", False, {"queueUrl": "https://sqs.eu-west-1.amazonaws.com/1/orders"}),
    ("signin", "ConsoleLogin", False, None),
)


def _template(call: tuple[str, str, bool, Any], role: str, session: str) -> str:
    """A record of such a call, with places for what differs from event to event."""
    service, name, reads, parameters = call
    is_data = service == "s3" and name.endswith("Object")
    record = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"AROAEXAMPLEID:{session}",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}",
            "accountId": ACCOUNT,
            "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": "AROAEXAMPLEID",
                    "arn": f"arn:aws:iam::{ACCOUNT}:role/team/{role}",
                    "accountId": ACCOUNT,
                    "userName": role,
                },
                "attributes": {"creationDate": "2026-03-01T00:00:00Z", "mfaAuthenticated": "false"},
            },
        },
        "eventTime": "@TIME@",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": "@REGION@",
        "sourceIPAddress": "203.0.113.17",
        "userAgent": "Boto3/1.40.1 md/Botocore#1.40.1 ua/2.1 os/linux#6.1.0 md/arch#x86_64 lang/python#3.12.3 cfg/retry",
        "requestParameters": parameters,
        "responseElements": None if reads else {"requestId": "@ID@", "result": {"status": "ok", "items": [1, 2, 3]}},
        "additionalEventData": {"SignatureVersion": "SigV4", "CipherSuite": "TLS_AES_128_GCM_SHA256"},
        "requestID": "@ID@",
        "eventID": "@ID@",
        "readOnly": reads,
        "resources": [{"accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::example-bucket"}],
        "eventType": "AwsApiCall",
        "managementEvent": not is_data,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Data" if is_data else "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "clientProvidedHostHeader": f"{service}.@REGION@.amazonaws.com"},
    }
    return json.dumps(record, separators=(",", ":"))


def write_logs(folder: Path, events: int) -> int:
    """Write log files as CloudTrail lays them out, the same ones each time; how large they are, decompressed."""
    chance = random.Random(7)
    templates = [
        _template(chance.choice(CALLS), f"service-{number % PRINCIPALS}", f"session-{number}")
        for number in range(20 * PRINCIPALS)
    ]
    # Few principals and calls make most events: the weight of each falls with its rank.
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(templates))))
    written = 0
    for number in range(-(-events // PER_FILE)):
        day, region = FIRST + timedelta(days=number % DAYS), REGIONS[number % len(REGIONS)]
        count = min(PER_FILE, events - number * PER_FILE)
        chosen = chance.choices(templates, cum_weights=weights, k=count)
        text = _file(chance, chosen, day, region)
        target = folder / f"AWSLogs/{ACCOUNT}/CloudTrail/{region}/{day:%Y/%m/%d}"
        target.mkdir(parents=True, exist_ok=True)
        name = f"{ACCOUNT}_CloudTrail_{region}_{day:%Y%m%d}T{number // DAYS % 24:02}05Z_{number:016}.json.gz"
        (target / name).write_bytes(gzip.compress(text, compresslevel=6, mtime=0))
        written += len(text)
    return written


def _file(chance: random.Random, templates: list[str], day: date, region: str) -> bytes:
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # written as UTC
    records = []
    for template in templates:
        at = midnight + timedelta(seconds=chance.randrange(86_400))
        unique = f"{chance.getrandbits(128):032x}"
        records.append(
            template.replace("@TIME@", f"{at:%Y-%m-%dT%H:%M:%SZ}").replace("@REGION@", region).replace("@ID@", unique)
        )
    return ('{"Records":[' + ",".join(records) + "]}").encode()


def link_copies(folder: Path, target: Path, copies: int) -> None:
    """The same files several times, at no cost of disk."""
    for file in folder.rglob("*.json.gz"):
        for number in range(copies):
            link = target / f"copy-{number}" / file.relative_to(folder)
            link.parent.mkdir(parents=True, exist_ok=True)
            os.link(file, link)


@dataclass(frozen=True, slots=True)
class Measured:
    """One reading, in a process of its own."""

    seconds: float
    cpu_seconds: float
    """Of all processes: what else runs on the machine counts less."""
    parent_mb: float
    worker_mb: float
    principals: int
    actions: int
    gaps: int


def read(folder: str, workers: int | None) -> None:
    """Read a folder, and print how it went."""
    start = time.perf_counter()
    reading = read_trail(folder, since=FIRST, until=FIRST + timedelta(days=DAYS - 1), workers=workers)
    seconds = time.perf_counter() - start
    peak = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    actions = sum(len(each.uses) for each in reading.usage.values())
    used = os.times()
    cpu = used.user + used.system + used.children_user + used.children_system
    print(json.dumps([seconds, cpu, *peak, len(reading.usage), actions, len(reading.coverage.gaps)]))


def _measured(folder: Path, workers: int | None) -> Measured:
    command = [sys.executable, __file__, "--read", str(folder), *([f"--workers={workers}"] if workers else [])]
    return Measured(*json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def trail_tables(events: int, copies: int = 10) -> Iterator[Table]:
    """Read `events` events, then `copies` times as many: what costs more with their number, and what does not."""
    columns = (
        "events",
        "processes",
        "seconds",
        "events/s",
        "CPU s",
        "events/CPU s",
        "MB/s",
        "parent MB",
        "worker MB",
        "principals",
        "actions",
    )
    table = Table("CloudTrail log files", columns)
    with tempfile.TemporaryDirectory() as name:
        once, often = Path(name, "once"), Path(name, "often")
        size = write_logs(once, events)
        stored = sum(file.stat().st_size for file in once.rglob("*.json.gz"))
        cases = [(once, 1, 1), (once, 1, None)]
        if copies > 1:
            link_copies(once, often, copies)
            cases.append((often, copies, None))
        for folder, times, workers in cases:
            got = _measured(folder, workers)
            assert not got.gaps, "everything has to be read"
            speed = events * times / got.seconds
            table.rows.append(
                (
                    events * times,
                    workers or len(os.sched_getaffinity(0)),
                    got.seconds,
                    round(speed),
                    got.cpu_seconds,
                    round(events * times / got.cpu_seconds),
                    size * times / got.seconds / 1e6,
                    got.parent_mb,
                    got.worker_mb,
                    got.principals,
                    got.actions,
                )
            )
        table.notes.append(
            f"{size / events:,.0f} bytes an event, {stored / events:,.0f} compressed; the aim is {AIM:,}/s"
        )
    yield table


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how fast log files of CloudTrail are read.")
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--copies", type=int, default=1, help="also read the same files so many times")
    parser.add_argument("--read", help=argparse.SUPPRESS)
    parser.add_argument("--workers", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.read:
        read(given.read, given.workers)
    else:
        for table in trail_tables(given.events, given.copies):
            print(table)


if __name__ == "__main__":
    main()
