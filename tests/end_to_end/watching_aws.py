"""Two accounts on a moto server, and what stands around a service that watches them."""

from __future__ import annotations

import json
import re
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

import boto3
from botocore.config import Config

from ringwall.cli.running import opened
from ringwall.collector.event_template import events_template
from ringwall.service.configuration_file import read_configuration
from ringwall.service.context import Caller
from ringwall.service.operations.destinations import create_destination
from ringwall.service.operations.keys import create_api_key
from tests.collector.events import an_event
from tests.end_to_end.running import PROGRAM, environment

REGION = "eu-west-1"
WEBSITE, PROJECT = "555500000001", "555500000002"
STRANGER = "999988887777"
PATIENCE = 240


def until(answer, *, seconds=PATIENCE, what="it"):
    """What `answer()` gives as soon as it gives something."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if found := answer():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come within {seconds} s")


@dataclass(frozen=True)
class Accounts:
    """The accounts of one moto server."""

    endpoint: str
    _clients: dict = field(default_factory=dict)

    def client(self, service, account=None, region=REGION):
        """A client in an account; without one in the account of the service's own credentials."""
        key = service, account, region
        if key not in self._clients:
            self._clients[key] = self._new_client(*key)
        return self._clients[key]

    def _new_client(self, service, account, region):
        keys = {}
        if account:
            sts = boto3.client("sts", region_name=region, endpoint_url=self.endpoint)
            given = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/x", RoleSessionName="test")["Credentials"]
            keys = {
                "aws_access_key_id": given["AccessKeyId"],
                "aws_secret_access_key": given["SecretAccessKey"],
                "aws_session_token": given["SessionToken"],
            }
        return boto3.client(service, region_name=region, endpoint_url=self.endpoint, **keys)

    def bucket(self, account, name):
        place = {"LocationConstraint": REGION}
        self.client("s3", account).create_bucket(Bucket=name, CreateBucketConfiguration=place)
        return f"arn:aws:s3:::{name}"

    def open(self, account, name, principal=STRANGER):
        """Let a stranger read a bucket."""
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{principal}:root"},
            "Action": "s3:GetObject",
        }
        statement |= {"Resource": f"arn:aws:s3:::{name}/*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.client("s3", account).put_bucket_policy(Bucket=name, Policy=policy)
        return self.told(account, "s3", "PutBucketPolicy", {"bucketName": name})

    def narrow(self, account, name):
        """Let nobody in any more."""
        self.client("s3", account).delete_bucket_policy(Bucket=name)
        return self.told(account, "s3", "DeleteBucketPolicy", {"bucketName": name})

    def told(self, account, service, name, parameters):
        """Moto's CloudTrail tells nobody: the record of a call goes to the event bus by hand."""
        event = json.loads(an_event(service, name, parameters, account=account, region=REGION))
        detail = {key: value for key, value in event["detail"].items() if value is not None}
        entry = {"Source": event["source"], "DetailType": event["detail-type"], "Detail": json.dumps(detail)}
        assert self.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0

    def deploy(self, queue_name):
        """The queue of changes and its rules, from the template; its URL."""
        template = json.loads(events_template("cloudformation", queue_name=queue_name))
        # Moto's CloudFormation does not know this type, and its queues take what rules send without a policy.
        del template["Resources"]["QueuePolicy"]
        formation = self.client("cloudformation")
        formation.create_stack(StackName=queue_name, TemplateBody=json.dumps(template))
        [stack] = formation.describe_stacks(StackName=queue_name)["Stacks"]
        return next(each["OutputValue"] for each in stack["Outputs"] if each["OutputKey"] == "QueueUrl")

    def listening_bus(self, name):
        """An event bus with a queue behind it: its name, and the queue's URL."""
        events, sqs = self.client("events"), self.client("sqs")
        events.create_event_bus(Name=name)
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name=name, EventBusName=name, EventPattern=json.dumps({"source": [{"prefix": "ringwall"}]}))
        events.put_targets(Rule=name, EventBusName=name, Targets=[{"Id": "queue", "Arn": arn}])
        return name, url

    def messages(self, url):
        """All messages of a queue, in order; they are gone then."""
        found = []
        while got := self.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            found += got
            for each in got:
                self.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return [json.loads(each["Body"]) for each in found]


def configuration(endpoint, queue_url, *, hosts=("127.0.0.1",), **scanning):
    """A configuration file's text."""
    scanning = {"events_queue_url": queue_url, "interval": "1d", **scanning}
    sections = {
        "aws": {
            "endpoint_url": endpoint,
            "accounts": [WEBSITE, PROJECT],
            "role_name": "ringwall",
            "regions": [REGION],
            "region": REGION,
        },
        "scanning": scanning,
        "notifications": {"allowed_hosts": list(hosts)},
    }
    # JSON's texts, numbers and lists of texts are TOML's, too.
    lines = [
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in section.items())
        for name, section in sections.items()
    ]
    return "\n".join(lines)


@dataclass(frozen=True)
class Service:
    """A server that runs as a process, with a key to its API."""

    url: str
    key: dict
    process: subprocess.Popen

    def client(self):
        """An unmodified client of AWS's SDK."""
        return boto3.client(
            "accessanalyzer",
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=self.key["accessKeyId"],
            aws_secret_access_key=self.key["secretAccessKey"],
            config=Config(retries={"total_max_attempts": 2}),
        )


@contextmanager
def running_service(folder, text, *destinations):
    """`ringwall serve` over a data folder, until the end. `destinations` are what `CreateDestination` is asked for."""
    file, data = folder / "ringwall.toml", folder / "data"
    file.write_text(text)
    # Each command of the command line would be a process that takes a second to start.
    with opened(read_configuration(file, {}, {("store", "data"): str(data)})) as ringwall:
        caller = Caller(ringwall.policy.account, ringwall.policy.region)
        key = create_api_key(ringwall, caller, {"role": "admin"})
        for each in destinations:
            create_destination(ringwall, caller, each)
    with serving(("--data", data, "--config", file)) as (url, process):
        yield Service(url, key, process)


@contextmanager
def serving(places):
    """The server, at a port that it chose itself: nobody can take it in between."""
    log = places[1].parent / "serve.log"
    with log.open("a") as written:
        before = written.tell()
        process = subprocess.Popen(
            [*PROGRAM, "serve", "--port", "0", *map(str, places)], env=environment(), stderr=written
        )
    try:
        url = until(lambda: _url_in(log.read_text()[before:]) or process.poll() is not None, what="the server")
        assert process.poll() is None, log.read_text()
        yield url, process
    finally:
        process.terminate()
        process.wait(PATIENCE)
    assert "Traceback" not in log.read_text(), log.read_text()


def _url_in(log):
    """Where the log says that the server is."""
    found = re.search(r"running on (http://[0-9.:]+)", log)
    return found and found[1]
