"""Records of CloudTrail in the shapes of the AWS documentation, and log files of them."""

from __future__ import annotations

import gzip
import json

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/deploy"
USER = f"arn:aws:iam::{ACCOUNT}:user/maria"


def of_role(arn=ROLE, session="ci", issuer=True):
    """`userIdentity` of a session of a role; without its issuer, as some records are."""
    _, partition, _, _, account, path = arn.split(":", 5)
    name = path.rsplit("/", 1)[-1]
    identity = {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLE:{session}",
        "arn": f"arn:{partition}:sts::{account}:assumed-role/{name}/{session}",
        "accountId": account,
        "sessionContext": {"attributes": {"creationDate": "2026-03-11T17:28:00Z", "mfaAuthenticated": "false"}},
    }
    if issuer:
        identity["sessionContext"]["sessionIssuer"] = {"type": "Role", "arn": arn, "accountId": account}
    return identity


def of_user(arn=USER):
    return {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": arn, "userName": arn.rsplit("/", 1)[-1]}


def a_record(service="ec2", name="DescribeInstances", who=None, at="2026-03-11T18:01:22Z", **changes):
    return {
        "eventVersion": "1.11",
        "userIdentity": who or of_role(),
        "eventTime": at,
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "192.0.2.0",
        "requestParameters": {"bucketName": "example-bucket"},
        "responseElements": None,
        "readOnly": name.startswith(("Get", "List", "Describe")),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        **changes,
    }


def a_log(*records):
    return json.dumps({"Records": records}).encode()


def key_of(day="2026-03-11", region="eu-west-1", account=ACCOUNT, number=0, kind="CloudTrail"):
    """Where CloudTrail puts a log file, below the prefix of the trail."""
    short = day.replace("-", "")
    name = f"{account}_{kind}_{region}_{short}T1805Z_{number:016}.json.gz"
    return f"AWSLogs/{account}/{kind}/{region}/{day.replace('-', '/')}/{name}"


def write_log(folder, *records, data=None, **where):
    """A log file in a folder, as CloudTrail lays them out; `data` are its bytes, where they are no log."""
    path = folder / key_of(**where)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(a_log(*records)) if data is None else data)
    return path


def all_kinds(day="2026-03-11"):
    """Management events of every kind that a trail can leave out: with them, nothing seems to be missing."""
    at = f"{day}T12:00:00Z"
    return (a_record(at=at), a_record("ec2", "RunInstances", at=at), a_record("kms", "Decrypt", at=at, readOnly=True))
