"""A moto server with an estate in it, as a process of its own. It plants in-process, which is faster than over HTTP.

Prints one line of JSON when it is ready (URL, what was planted, CPU seconds so far), waits for a line on its standard
input, and prints the CPU seconds once more.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Callable
from typing import Any

# Moto reads these when it is imported: without them it plants 1,302 snapshots and 1,582 policies of its own.
os.environ |= {
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "false",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}

import boto3
from moto import mock_aws
from moto.server import ThreadedMotoServer

REGION = "us-east-1"
OUTSIDER = "999988887777"
_SHARED_EVERY = 50
_SHARES = {
    "AWS::IAM::Role": 40,
    "AWS::S3::Bucket": 15,
    "AWS::SQS::Queue": 15,
    "AWS::SNS::Topic": 10,
    "AWS::KMS::Key": 8,
    "AWS::SecretsManager::Secret": 6,
    "AWS::DynamoDB::Table": 3,
    "AWS::ECR::Repository": 2,
    "AWS::EC2::Snapshot": 1,
}
"""Of a hundred resources."""


def _policy(action: str, number: int, resource: str | None = "*") -> str:
    account = OUTSIDER if number % _SHARED_EVERY == 0 else "123456789012"
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": action}
    statement |= {"Resource": resource} if resource else {}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class _Planter:
    """Plants by way of boto3, with moto answering in this process."""

    def __init__(self) -> None:
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = boto3.client(service, region_name=REGION)
        return self._clients[service]

    def role(self, number: int) -> None:
        trust = _policy("sts:AssumeRole", number, None)
        self.client("iam").create_role(RoleName=f"role-{number}", AssumeRolePolicyDocument=trust)

    def bucket(self, number: int) -> None:
        name = f"bucket-{number}"
        self.client("s3").create_bucket(Bucket=name)
        self.client("s3").put_bucket_policy(
            Bucket=name, Policy=_policy("s3:GetObject", number, f"arn:aws:s3:::{name}/*")
        )

    def queue(self, number: int) -> None:
        policy = {"Policy": _policy("sqs:SendMessage", number)}
        self.client("sqs").create_queue(QueueName=f"queue-{number}", Attributes=policy)

    def topic(self, number: int) -> None:
        arn = self.client("sns").create_topic(Name=f"topic-{number}")["TopicArn"]
        text = _policy("sns:Publish", number, arn)
        self.client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=text)

    def key(self, number: int) -> None:
        self.client("kms").create_key(Policy=_policy("kms:*", number))

    def secret(self, number: int) -> None:
        client = self.client("secretsmanager")
        arn = client.create_secret(Name=f"secret-{number}", SecretString="example")["ARN"]
        client.put_resource_policy(SecretId=arn, ResourcePolicy=_policy("secretsmanager:GetSecretValue", number))

    def table(self, number: int) -> None:
        client = self.client("dynamodb")
        arn = client.create_table(
            TableName=f"table-{number}",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )["TableDescription"]["TableArn"]
        client.put_resource_policy(ResourceArn=arn, Policy=_policy("dynamodb:GetItem", number, arn))

    def repository(self, number: int) -> None:
        name = f"repository-{number}"
        self.client("ecr").create_repository(repositoryName=name)
        text = _policy("ecr:BatchGetImage", number, None)
        self.client("ecr").set_repository_policy(repositoryName=name, policyText=text)

    def volume_snapshot(self, number: int) -> None:
        ec2 = self.client("ec2")
        volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]
        snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
        if number % _SHARED_EVERY == 0:
            change = {"Attribute": "createVolumePermission", "OperationType": "add", "UserIds": [OUTSIDER]}
            ec2.modify_snapshot_attribute(SnapshotId=snapshot, **change)


_PLANTERS: dict[str, Callable[[_Planter, int], None]] = {
    "AWS::IAM::Role": _Planter.role,
    "AWS::S3::Bucket": _Planter.bucket,
    "AWS::SQS::Queue": _Planter.queue,
    "AWS::SNS::Topic": _Planter.topic,
    "AWS::KMS::Key": _Planter.key,
    "AWS::SecretsManager::Secret": _Planter.secret,
    "AWS::DynamoDB::Table": _Planter.table,
    "AWS::ECR::Repository": _Planter.repository,
    "AWS::EC2::Snapshot": _Planter.volume_snapshot,
}


def plant(count: int) -> dict[str, int]:
    """Plant about `count` resources, one of fifty shared outside. Returns how many of each type."""
    planter = _Planter()
    planted = {}
    for kind, share in _SHARES.items():
        planted[kind] = max(1, count * share // 100)
        for number in range(planted[kind]):
            _PLANTERS[kind](planter, number)
    return planted


def main() -> None:
    """Plant, serve until a line comes in, and say what it cost."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with mock_aws():
        planted = plant(int(sys.argv[1]))
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        ready = {"url": f"http://{host}:{port}", "planted": planted, "cpu": time.process_time()}
        print(json.dumps(ready), flush=True)
        sys.stdin.readline()
        print(json.dumps({"cpu": time.process_time()}), flush=True)
        server.stop()


if __name__ == "__main__":
    main()
