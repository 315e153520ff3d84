"""Plants an estate in a moto server: of every resource type that moto has, one shared instance and one private.

Moto has no directory buckets (it lists ordinary ones as such) and no policies of DynamoDB streams.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import dataclass

import boto3

OUTSIDER = "999988887777"
ROOT = f"arn:aws:iam::{OUTSIDER}:root"
ACCOUNTS = ("111111111111", "222222222222")
REGIONS = ("ap-southeast-2", "eu-west-1", "us-east-1")


@dataclass(frozen=True)
class Planted:
    """What was planted: ARNs by resource type, and those of them that are shared with `OUTSIDER`."""

    arns: dict[str, set[str]]
    shared: frozenset[str]

    @property
    def all_arns(self):
        return set().union(*self.arns.values())


def plant(endpoint, accounts=ACCOUNTS, regions=REGIONS):
    """Plant everything in all `accounts` and `regions` of the server at `endpoint`."""
    planter = _Planter(endpoint)
    for account in accounts:
        planter.enter(account, regions[0])
        planter.both("AWS::IAM::Role", planter.role)
        for region in regions:
            planter.region = region
            for kind, plant_one in planter.regional().items():
                planter.both(kind, plant_one)
    return Planted(planter.arns, frozenset(planter.shared))


class _Planter:
    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.arns = {}
        self.shared = set()

    def enter(self, account, region):
        """Act in `account` from now on, as whoever assumes its role `ringwall` does."""
        sts = boto3.client("sts", region_name=region, endpoint_url=self.endpoint)
        role = f"arn:aws:iam::{account}:role/ringwall"
        given = sts.assume_role(RoleArn=role, RoleSessionName="planter")["Credentials"]
        self.account = account
        self.region = region
        self.session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        self._clients = {}

    def client(self, service):
        key = service, self.region
        if key not in self._clients:
            self._clients[key] = self.session.client(service, region_name=self.region, endpoint_url=self.endpoint)
        return self._clients[key]

    def both(self, kind, plant_one):
        for name, is_shared in (("shared", True), ("private", False)):
            arn = plant_one(name, is_shared)
            self.arns.setdefault(kind, set()).add(arn)
            if is_shared:
                self.shared.add(arn)

    def policy(self, action, resource="*", principal=ROOT):
        statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action}
        statement |= {"Resource": resource} if resource else {}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    def regional(self):
        return {
            "AWS::DynamoDB::Table": self.table,
            "AWS::EC2::Snapshot": self.volume_snapshot,
            "AWS::ECR::Repository": self.repository,
            "AWS::EFS::FileSystem": self.file_system,
            "AWS::KMS::Key": self.key,
            "AWS::Lambda::Function": self.function,
            "AWS::Lambda::LayerVersion": self.layer_version,
            "AWS::RDS::DBClusterSnapshot": self.cluster_snapshot,
            "AWS::RDS::DBSnapshot": self.database_snapshot,
            "AWS::S3::Bucket": self.bucket,
            "AWS::SNS::Topic": self.topic,
            "AWS::SQS::Queue": self.queue,
            "AWS::SecretsManager::Secret": self.secret,
        }

    def role(self, name, is_shared):
        trusted = OUTSIDER if is_shared else self.account
        trust = self.policy("sts:AssumeRole", None, f"arn:aws:iam::{trusted}:root")
        return self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]

    def table(self, name, is_shared):
        arn = self.client("dynamodb").create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )["TableDescription"]["TableArn"]
        if is_shared:
            self.client("dynamodb").put_resource_policy(ResourceArn=arn, Policy=self.policy("dynamodb:GetItem", arn))
        return arn

    def volume_snapshot(self, name, is_shared):
        ec2 = self.client("ec2")
        volume = ec2.create_volume(AvailabilityZone=f"{self.region}a", Size=1)["VolumeId"]
        snapshot = ec2.create_snapshot(VolumeId=volume, Description=name)["SnapshotId"]
        if is_shared:
            ec2.modify_snapshot_attribute(
                SnapshotId=snapshot, Attribute="createVolumePermission", OperationType="add", UserIds=[OUTSIDER]
            )
        return f"arn:aws:ec2:{self.region}::snapshot/{snapshot}"

    def repository(self, name, is_shared):
        arn = self.client("ecr").create_repository(repositoryName=name)["repository"]["repositoryArn"]
        if is_shared:
            text = self.policy("ecr:BatchGetImage", None)
            self.client("ecr").set_repository_policy(repositoryName=name, policyText=text)
        return arn

    def file_system(self, name, is_shared):
        created = self.client("efs").create_file_system(CreationToken=name)
        if is_shared:
            text = self.policy("elasticfilesystem:ClientMount", created["FileSystemArn"])
            self.client("efs").put_file_system_policy(FileSystemId=created["FileSystemId"], Policy=text)
        return created["FileSystemArn"]

    def key(self, name, is_shared):
        """The shared key has a policy for its own account and a grant for another."""
        own = f"arn:aws:iam::{self.account}:root"
        kms = self.client("kms")
        arn = kms.create_key(Description=name, Policy=self.policy("kms:*", "*", own))["KeyMetadata"]["Arn"]
        if is_shared:
            kms.create_grant(KeyId=arn, GranteePrincipal=ROOT, Operations=["Decrypt"])
        return arn

    def function(self, name, is_shared):
        lambda_client = self.client("lambda")
        arn = lambda_client.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=f"arn:aws:iam::{self.account}:role/private",
            Handler="index.handler",
            Code={"ZipFile": _a_zip()},
        )["FunctionArn"]
        if is_shared:
            lambda_client.add_permission(
                FunctionName=name, StatementId="shared", Action="lambda:InvokeFunction", Principal=ROOT
            )
        return arn

    def layer_version(self, name, is_shared):
        lambda_client = self.client("lambda")
        created = lambda_client.publish_layer_version(LayerName=name, Content={"ZipFile": _a_zip()})
        if is_shared:
            lambda_client.add_layer_version_permission(
                LayerName=name,
                VersionNumber=created["Version"],
                StatementId="shared",
                Action="lambda:GetLayerVersion",
                Principal=ROOT,
            )
        return created["LayerVersionArn"]

    def cluster_snapshot(self, name, is_shared):
        rds = self.client("rds")
        cluster = f"cluster-{name}"
        rds.create_db_cluster(
            DBClusterIdentifier=cluster, Engine="aurora-mysql", MasterUsername="root", MasterUserPassword="hunter2_"
        )
        snapshot = rds.create_db_cluster_snapshot(
            DBClusterIdentifier=cluster, DBClusterSnapshotIdentifier=f"cluster-snapshot-{name}"
        )["DBClusterSnapshot"]
        if is_shared:
            rds.modify_db_cluster_snapshot_attribute(
                DBClusterSnapshotIdentifier=snapshot["DBClusterSnapshotIdentifier"],
                AttributeName="restore",
                ValuesToAdd=[OUTSIDER],
            )
        return snapshot["DBClusterSnapshotArn"]

    def database_snapshot(self, name, is_shared):
        rds = self.client("rds")
        rds.create_db_instance(
            DBInstanceIdentifier=name,
            DBInstanceClass="db.t3.micro",
            Engine="postgres",
            AllocatedStorage=10,
            MasterUsername="root",
            MasterUserPassword="hunter2_",
        )
        snapshot = rds.create_db_snapshot(DBInstanceIdentifier=name, DBSnapshotIdentifier=f"snapshot-{name}")[
            "DBSnapshot"
        ]
        if is_shared:
            rds.modify_db_snapshot_attribute(
                DBSnapshotIdentifier=snapshot["DBSnapshotIdentifier"], AttributeName="restore", ValuesToAdd=[OUTSIDER]
            )
        return snapshot["DBSnapshotArn"]

    def bucket(self, name, is_shared):
        """The shared bucket has a policy, and an access point with one of its own."""
        name = f"{name}-{self.account}-{self.region}"
        elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        self.client("s3").create_bucket(Bucket=name, **({} if self.region == "us-east-1" else elsewhere))
        arn = f"arn:aws:s3:::{name}"
        if is_shared:
            self.client("s3").put_bucket_policy(Bucket=name, Policy=self.policy("s3:GetObject", f"{arn}/*"))
            self.access_point(f"point-{self.region}", name)
        return arn

    def access_point(self, name, bucket):
        """An access point that lets the outsider in, too."""
        s3control = self.client("s3control")
        s3control.meta.events.register("before-sign.s3-control", _without_account_in_host)
        s3control.create_access_point(AccountId=self.account, Name=name, Bucket=bucket)
        arn = f"arn:aws:s3:{self.region}:{self.account}:accesspoint/{name}"
        s3control.put_access_point_policy(
            AccountId=self.account, Name=name, Policy=self.policy("s3:GetObject", f"{arn}/object/*")
        )

    def topic(self, name, is_shared):
        arn = self.client("sns").create_topic(Name=name)["TopicArn"]
        if is_shared:
            text = self.policy("sns:Publish", arn)
            self.client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=text)
        return arn

    def queue(self, name, is_shared):
        arn = f"arn:aws:sqs:{self.region}:{self.account}:{name}"
        policy = {"Policy": self.policy("sqs:SendMessage", arn)} if is_shared else {}
        self.client("sqs").create_queue(QueueName=name, Attributes=policy)
        return arn

    def secret(self, name, is_shared):
        arn = self.client("secretsmanager").create_secret(Name=name, SecretString="hunter2")["ARN"]
        if is_shared:
            text = self.policy("secretsmanager:GetSecretValue")
            self.client("secretsmanager").put_resource_policy(SecretId=arn, ResourcePolicy=text)
        return arn


def _without_account_in_host(request, **_):
    request.url = re.sub(r"//\d{12}\.", "//", request.url)


def _a_zip():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): return None")
    return buffer.getvalue()
