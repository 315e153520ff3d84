"""AWS::S3Express::DirectoryBucket: policy and access points."""

import pytest

from ringwall.errors import ConfigurationError
from ringwall.resources import RESOURCE_TYPES
from tests.resources.recorded_reader import RecordedReader
from tests.resources.sharing import (
    OUTSIDER,
    OWNER,
    a_policy,
    a_request,
    a_statement,
    sources_of,
    types_that_let_through,
)

BUCKET = f"arn:aws:s3express:eu-west-1:{OWNER}:bucket/fast--euw1-az1--x-s3"
POINT = f"arn:aws:s3express:eu-west-1:{OWNER}:accesspoint/door--euw1-az1--xa-s3"
SESSION = "s3express:CreateSession"
TO_OWN_POINTS = a_statement(Condition={"StringEquals": {"s3express:DataAccessPointAccount": OWNER}})


def sources(**configuration):
    return sources_of("AWS::S3Express::DirectoryBucket", BUCKET, configuration)


def through(point, caller=OUTSIDER):
    keys = {"s3express__DataAccessPointArn": point, "s3express__DataAccessPointAccount": point.split(":")[4]}
    return a_request(SESSION, BUCKET, caller, **keys, s3express__AccessPointNetworkOrigin="Internet")


def test_an_access_point_needs_both_policies():
    """
    As with general purpose buckets, by the keys of the other service.
    """
    policy = a_policy(a_statement(Action=SESSION, Resource=POINT))

    alone = sources(bucketPolicy=a_policy(TO_OWN_POINTS))
    both = sources(bucketPolicy=a_policy(TO_OWN_POINTS), accessPoints={POINT: {"accessPointPolicy": policy}})

    assert types_that_let_through(alone, through(POINT)) == set()
    assert types_that_let_through(both, through(POINT)) == {"S3_ACCESS_POINT"}


def test_delegation_lets_only_the_other_account_through():
    """
    Block Public Access is always on.
    """
    condition = {"StringEquals": {"s3express:DataAccessPointAccount": "444455556666"}}
    theirs = "arn:aws:s3express:eu-west-1:444455556666:accesspoint/theirs--euw1-az1--xa-s3"

    found = sources(bucketPolicy=a_policy(a_statement(Condition=condition)))

    assert types_that_let_through(found, through(theirs)) == {"S3_ACCESS_POINT_ACCOUNT"}
    assert types_that_let_through(found, through(theirs, "arn:aws:iam::777788889999:root")) == set()


def test_a_policy_is_taken_at_its_word():
    """
    S3 refuses to save a public one; a proposal shows what it would open.
    """
    found = sources(bucketPolicy=a_policy(a_statement(Action=SESSION)))

    assert types_that_let_through(found, a_request(SESSION, BUCKET)) == {"POLICY"}


def test_an_access_point_is_one_of_the_same_service():
    """
    Any other key is an error.
    """
    with pytest.raises(ConfigurationError, match="s3express access point"):
        sources(accessPoints={POINT.replace("s3express", "s3"): {"accessPointPolicy": a_policy()}})


def test_only_directory_buckets_are_listed():
    """
    Servers that imitate S3 name ordinary buckets in the list of directory buckets: those are read as what they are.
    """
    reader = RecordedReader("s3express_directory_bucket")
    [listing] = [each for each in reader.recorded.values() if each["operation"].endswith("ListAllMyDirectoryBuckets")]
    listing["answer"]["Buckets"].insert(0, {"Name": "ordinary"})

    listed = [each.arn for each in RESOURCE_TYPES["AWS::S3Express::DirectoryBucket"].list_resources(reader)]

    assert listed == [each["arn"] for each in reader.expected]
