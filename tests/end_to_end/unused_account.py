"""A small account whose unused access is known: IAM is moto and `tests.fake_iam`, what was logged is a folder."""

import json
from datetime import timedelta

import boto3
from moto.iam.models import AccessKeyLastUsed, iam_backends

from ringwall.collector.waiting import utc_now
from tests.fake_iam import Accessed, FakeIam
from tests.trail_records import a_record, all_kinds, of_role, write_log

ACCOUNT = "123456789012"
"""moto's own."""
REGION = "eu-west-1"
NOW = utc_now()
OLD = NOW - timedelta(days=800)
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    ],
}
_BROAD = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "Broad", "Effect": "Allow", "Action": ["sqs:*", "sns:Publish", "dynamodb:*"], "Resource": "*"}
    ],
}
_QUEUES = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]}
_INSTANCES = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:Run*", "Resource": "*"}]}


def days_ago(days):
    return NOW - timedelta(days=days)


def role(name):
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def user(name):
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"


IDLE, BREAK_GLASS, DEPLOY, QUARTERLY, YOUNG = map(role, ("idle", "break-glass", "deploy", "quarterly", "young"))
ADA, BOB = map(user, ("ada", "bob"))
PRINCIPALS = (IDLE, BREAK_GLASS, DEPLOY, QUARTERLY, YOUNG, ADA, BOB)
REPORTS = {
    DEPLOY: (
        Accessed("sqs", days_ago(1), {"SendMessage": None, "CreateQueue": days_ago(1), "DeleteQueue": days_ago(200)}),
        Accessed("sns"),
        Accessed("dynamodb", days_ago(150)),
    ),
    QUARTERLY: (Accessed("ec2", days_ago(100)),),
    BOB: (Accessed("sqs", days_ago(2), {"SendMessage": days_ago(2)}),),
}


def a_fake(**changes):
    """The endpoint of IAM; its reports are made just now."""
    return FakeIam(**{"reports": dict(REPORTS), "now": utc_now(), "polls": 0, **changes})


def plant(url):
    """The account: its dates are moto's own objects', since no call sets them."""
    aws = boto3.client("iam", region_name="us-east-1", endpoint_url=url)
    broad = aws.create_policy(PolicyName="broad", PolicyDocument=json.dumps(_BROAD))["Policy"]["Arn"]
    for arn in PRINCIPALS:
        kind, _, name = arn.rpartition(":")[2].partition("/")
        if kind == "role":
            aws.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_TRUST))
        else:
            aws.create_user(UserName=name)
    aws.tag_role(RoleName="break-glass", Tags=[{"Key": "purpose", "Value": "break-glass"}])
    aws.attach_role_policy(RoleName="deploy", PolicyArn=broad)
    aws.put_role_policy(RoleName="quarterly", PolicyName="own", PolicyDocument=json.dumps(_INSTANCES))
    aws.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=json.dumps(_QUEUES))
    keys = {name: aws.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"] for name in ("ada", "bob")}
    aws.close()
    _age(keys, broad)
    return keys


def _age(keys, policy):
    backend = iam_backends[ACCOUNT]["aws"]
    naive = {days: days_ago(days).replace(tzinfo=None) for days in (1, 2, 100, 120, 200)}
    for each in backend.roles.values():
        each.create_date = NOW.replace(tzinfo=None) if each.name == "young" else OLD.replace(tzinfo=None)
    backend.get_role("idle").last_used = naive[120]
    backend.get_role("deploy").last_used = naive[1]
    backend.get_role("quarterly").last_used = naive[100]
    for name, days in (("ada", 200), ("bob", 2)):
        backend.users[name].create_date = OLD.replace(tzinfo=None)
        [key] = backend.users[name].access_keys
        key.create_date = OLD.replace(tzinfo=None)
        key.last_used = AccessKeyLastUsed(naive[days], "sqs", REGION)
    [version] = backend.managed_policies[policy].versions
    version.create_date = OLD.replace(tzinfo=None)


def write_trail(folder):
    """A year of log files: the one role that comes back every quarter, and of each day that there are logs."""
    for days in range(364, -1, -1):
        at = days_ago(days)
        day = f"{at:%Y-%m-%d}"
        used = (
            a_record("ec2", "RunInstances", of_role(QUARTERLY), f"{at:%Y-%m-%dT%H:%M:%SZ}", recipientAccountId=ACCOUNT),
        )
        quarter = used if days in (100, 190, 280) else ()
        write_log(folder, *all_kinds(day), *quarter, day=day, region=REGION, account=ACCOUNT)
