"""Snapshots: EBS, RDS instances, RDS clusters."""

import pytest

from ringwall.errors import ConfigurationError
from tests.resources.sharing import OUTSIDER, a_request, lets_through, sources_of

EBS = ("AWS::EC2::Snapshot", "arn:aws:ec2:eu-west-1::snapshot/snap-1", "ec2:CreateVolume")
DB = ("AWS::RDS::DBSnapshot", "arn:aws:rds:eu-west-1:111122223333:snapshot:a", "rds:RestoreDBInstanceFromDBSnapshot")
CLUSTER = (
    "AWS::RDS::DBClusterSnapshot",
    "arn:aws:rds:eu-west-1:111122223333:cluster-snapshot:a",
    "rds:RestoreDBClusterFromSnapshot",
)


def shared(type_, *accounts, **more):
    """The configuration of a snapshot of this type that is shared with these accounts, or with `all`."""
    if type_ == EBS:
        groups = [each for each in accounts if each == "all"]
        return {"userIds": [each for each in accounts if each != "all"], "groups": groups, **more}
    return {"attributes": {"restore": {"accountIds": list(accounts)}}, **more}


of_each_type = pytest.mark.parametrize("type_", [EBS, DB, CLUSTER], ids=lambda type_: type_[0])


@of_each_type
def test_a_snapshot_is_shared_with_accounts_one_by_one(type_):
    """
    Each account is a source of its own, with its own place.
    """
    name, arn, action = type_

    first, second = sources_of(name, arn, shared(type_, "444455556666", "777788889999", kmsKeyId="key"))

    assert first.type.value == "SNAPSHOT_ATTRIBUTE"
    assert first.place in ("/userIds/0", "/attributes/restore/accountIds/0")
    assert lets_through(first, a_request(action, arn, OUTSIDER))
    assert not lets_through(second, a_request(action, arn, OUTSIDER))


@of_each_type
def test_all_is_everybody(type_):
    """
    A snapshot shared with `all` is public.
    """
    name, arn, action = type_

    [source] = sources_of(name, arn, shared(type_, "all", kmsKeyId=""))

    assert source.place in ("/groups/0", "/attributes/restore/accountIds/0")
    assert lets_through(source, a_request(action, arn, "arn:aws:iam::999999999999:user/anybody"))


@of_each_type
def test_an_encrypted_snapshot_is_never_public(type_):
    """
    AWS refuses to make it so.
    """
    name, arn, _ = type_

    assert sources_of(name, arn, shared(type_, "all", kmsKeyId="arn:aws:kms:eu-west-1:111122223333:key/1")) == []


@of_each_type
def test_an_account_is_a_number(type_):
    """
    Anything else is an error that names its place.
    """
    name, arn, _ = type_

    with pytest.raises(ConfigurationError, match="Ids/0"):
        sources_of(name, arn, shared(type_, "arn:aws:iam::444455556666:root"))


@pytest.mark.parametrize(("state", "number"), [("unblocked", 2), ("block-new-sharing", 2), ("block-all-sharing", 1)])
def test_a_region_that_blocks_all_sharing_has_no_public_snapshots(state, number):
    """
    Sharing with single accounts goes on.
    """
    configuration = shared(EBS, "444455556666", "all", blockPublicAccessState=state)

    assert len(sources_of(EBS[0], EBS[1], configuration)) == number


@pytest.mark.parametrize(
    "configuration",
    [
        {"groups": ["ALL"]},
        {"groups": "all"},
        {"blockPublicAccessState": "blocked"},
    ],
)
def test_what_an_ebs_snapshot_cannot_have_is_an_error(configuration):
    """
    There is one group, and there are three states.
    """
    with pytest.raises(ConfigurationError, match="at `/"):
        sources_of(EBS[0], EBS[1], configuration)


@pytest.mark.parametrize("type_", [DB, CLUSTER], ids=lambda type_: type_[0])
def test_restore_is_the_only_attribute(type_):
    """
    Any other is an error.
    """
    with pytest.raises(ConfigurationError, match="/attributes/copy"):
        sources_of(type_[0], type_[1], {"attributes": {"copy": {"accountIds": []}}})
