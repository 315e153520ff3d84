"""Snapshots: what is written is read again, and what cannot be read is named and never hides its neighbours."""

from __future__ import annotations

import gzip
import json
import stat
from pathlib import Path

import jsonschema
import pytest
import zstandard

from ringwall.collector import lines
from ringwall.collector.snapshot import open_snapshot, read_snapshot, write_snapshot
from ringwall.collector.snapshot_lines import SnapshotHeader
from ringwall.errors import SnapshotError
from ringwall.findings.organization import Account, Organization, OrganizationPolicy
from ringwall.findings.report import NOTES, Gap
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import ReadError, Resource

SCHEMA = json.loads(Path(__file__).parents[2].joinpath("docs/snapshot.schema.json").read_text())
OWNER = "111111111111"
QUEUE = Resource("arn:aws:sqs:eu-west-1:111111111111:one", "AWS::SQS::Queue", OWNER, "eu-west-1", {"queuePolicy": "{}"})
UNREAD = Resource(
    "arn:aws:kms:eu-west-1:111111111111:key/1",
    "AWS::KMS::Key",
    OWNER,
    "eu-west-1",
    tags={"team": "bücher"},
    error=ReadError("ACCESS_DENIED", "kms:GetKeyPolicy: denied"),
)
GAP = Gap("INTERNAL_ERROR", "sqs:ListQueues: no answer", OWNER, "us-east-1", "AWS::SQS::Queue")
ORGANIZATION = Organization(
    "o-a1b2c3d4e5",
    OWNER,
    (Account(OWNER, "Project XYZ", "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"),),
    (OrganizationPolicy("RCPFullAWSAccess", '{"Statement": []}', ("r-ab12",)),),
    (),
    "organizations:ListPolicies: denied",
)
HEADER = SnapshotHeader("2026-01-31T12:00:00Z", (OWNER,), ORGANIZATION)
QUEUE_LINE = {
    "resourceArn": QUEUE.arn,
    "resourceType": QUEUE.type,
    "resourceOwnerAccount": OWNER,
    "region": QUEUE.region,
    "configuration": {"sqsQueue": {"queuePolicy": "{}"}},
    "tags": {},
    "error": None,
}
HEADER_LINE = {
    "format": "ringwall-snapshot",
    "version": 1,
    "collectedAt": "2026-01-31T12:00:00Z",
    "organization": None,
    "accounts": [OWNER],
}


def a_snapshot(path, *written, header=HEADER_LINE):
    """A snapshot file whose lines are `written`: objects, or bytes as they are."""
    all_lines = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in (header, *written)]
    path.write_bytes(b"\n".join(all_lines) + b"\n")
    return path


def without(members, name):
    return {key: value for key, value in members.items() if key != name}


@pytest.mark.parametrize("name", ["s.jsonl", "s.jsonl.gz", "s.jsonl.zst"])
def test_what_is_written_is_read_again(tmp_path, name):
    """
    Reading gives back everything that was written, in whichever way it is compressed.
    """
    write_snapshot(tmp_path / name, HEADER, [QUEUE, GAP, UNREAD])
    read = read_snapshot(tmp_path / name)

    assert (read.collected_at, read.accounts, read.organization) == (HEADER.collected_at, (OWNER,), ORGANIZATION)
    assert read.resources == (QUEUE, UNREAD)
    assert read.gaps == (GAP,)


@pytest.mark.parametrize(
    ("name", "magic"), [("s.jsonl", b'{"fo'), ("s.jsonl.gz", b"\x1f\x8b"), ("S.ZST", b"\x28\xb5\x2f\xfd")]
)
def test_the_name_chooses_the_compression(tmp_path, name, magic):
    """
    A file called .gz is gzip, one called .zst is zstd, any other is plain.
    """
    write_snapshot(tmp_path / name, HEADER, [QUEUE])

    assert (tmp_path / name).read_bytes().startswith(magic)


def test_the_first_bytes_say_how_a_file_is_compressed(tmp_path):
    """
    A compressed file with a plain name is read all the same.
    """
    write_snapshot(tmp_path / "s.gz", HEADER, [QUEUE])
    (tmp_path / "s.gz").rename(tmp_path / "plain")

    assert read_snapshot(tmp_path / "plain").resources == (QUEUE,)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_compressed_files_one_after_the_other_are_one_file(tmp_path, pack):
    """
    What `cat one.zst two.zst` makes is read to its end.
    """
    plain = a_snapshot(tmp_path / "plain", QUEUE_LINE, QUEUE_LINE).read_bytes()
    packed = tmp_path / "packed"
    packed.write_bytes(pack(plain[:200]) + pack(plain[200:]))

    assert read_snapshot(packed).resources == (QUEUE, QUEUE)


def test_the_schema_accepts_what_is_written(tmp_path):
    """
    Every line that we write, for every resource type, is as the published schema says.
    """
    resources = [Resource(QUEUE.arn, name, OWNER, "eu-west-1", {"x": 1}) for name in RESOURCE_TYPES]
    write_snapshot(tmp_path / "s", HEADER, [*resources, UNREAD, GAP])
    written = [json.loads(line) for line in (tmp_path / "s").read_text().splitlines()]
    validator = jsonschema.Draft202012Validator(SCHEMA)

    assert [list(validator.iter_errors(line)) for line in written] == [[]] * (3 + len(RESOURCE_TYPES))


def test_the_schema_knows_every_resource_type():
    """
    The resource types of the schema are those of the code.
    """
    assert SCHEMA["$defs"]["resource"]["properties"]["resourceType"]["enum"] == sorted(RESOURCE_TYPES)


def test_the_schema_knows_every_kind_of_gap():
    """
    The codes of the schema are those that a gap may have.
    """
    codes = SCHEMA["$defs"]["gap"]["properties"]["gap"]["properties"]["code"]["enum"]

    assert set(codes) == {"ACCESS_DENIED", "INTERNAL_ERROR", *NOTES}


def test_the_schema_refuses_what_the_reader_refuses():
    """
    What is an error finding here is no valid line there, as far as a schema can tell.
    """
    validator = jsonschema.Draft202012Validator(SCHEMA)
    bad = [line for line, fault in BAD_LINES.items() if fault and line.startswith(b'{"resource')]
    objects = [json.loads(line) for line in bad if line.endswith(b"}")]

    assert [each for each in objects if validator.is_valid(each)] == []
    assert len(objects) > 10
    assert validator.is_valid(QUEUE_LINE)
    assert validator.is_valid(HEADER_LINE)


BAD_LINES = {
    b"": None,
    b"{": "not JSON",
    b'{"resourceArn": "arn:aws:sqs:eu-west-1:111111111111:one"': "not JSON",
    b"[]": "not a JSON object",
    b'{"a": NaN}': "NaN",
    b'{"a": "\xff"}': "not UTF-8",
    b'{"a": "\\ud800"}': "lone surrogate",
    b'{"a": {"b": 1, "b": 2}}': "`b` stands twice",
    b'{"a": ' + b"[" * 200_000: "nested too deeply",
    b'{"a": ' + b"9" * 10_000 + b"}": "not JSON",
    json.dumps(without(QUEUE_LINE, "resourceArn")).encode(): "`resourceArn` is missing",
    json.dumps(without(QUEUE_LINE, "region")).encode(): "`region` is missing",
    json.dumps(without(QUEUE_LINE, "configuration")).encode(): "exactly one member, `sqsQueue`, and has 0",
    json.dumps(QUEUE_LINE | {"more": 1}).encode(): "unknown field `more`",
    json.dumps(QUEUE_LINE | {"resourceArn": "one"}).encode(): "must be an ARN",
    json.dumps(QUEUE_LINE | {"resourceArn": ["one"]}).encode(): "must be an ARN",
    json.dumps(QUEUE_LINE | {"resourceType": "AWS::SQS::Stack"}).encode(): "must be a known resource type",
    json.dumps(QUEUE_LINE | {"resourceType": {}}).encode(): "must be a known resource type",
    json.dumps(QUEUE_LINE | {"resourceOwnerAccount": 111111111111}).encode(): "twelve digits",
    json.dumps(QUEUE_LINE | {"tags": {"a": 1}}).encode(): "`tags` must be",
    json.dumps(QUEUE_LINE | {"error": {"code": "OTHER", "message": ""}}).encode(): "`error.code` must be",
    json.dumps(QUEUE_LINE | {"error": {"code": "ACCESS_DENIED"}}).encode(): "`error.message` is missing",
    json.dumps(QUEUE_LINE | {"configuration": {"sqsQueue": {}, "snsTopic": {}}}).encode(): "and has 2",
    json.dumps(QUEUE_LINE | {"configuration": {"snsTopic": {}}}).encode(): "is `sqsQueue`, not `snsTopic`",
    json.dumps(QUEUE_LINE | {"configuration": {"sqsQueue": "{}"}}).encode(): "`configuration.sqsQueue` must be",
    json.dumps({"gap": {"code": "OTHER", "message": ""}}).encode(): "`gap.code` must be",
    json.dumps({"gap": {"code": "ACCESS_DENIED", "message": ""}, "more": 1}).encode(): "unknown field `more`",
    json.dumps(HEADER_LINE).encode(): "unknown field `format`",
}


@pytest.mark.parametrize(("line", "fault"), BAD_LINES.items(), ids=range(len(BAD_LINES)))
def test_a_line_that_cannot_be_read_is_named_and_hides_nothing(tmp_path, line, fault):
    """
    A bad line becomes an error that names file and line, and a gap; the lines around it are read. A blank line is not bad.
    """
    read = read_snapshot(a_snapshot(tmp_path / "s.jsonl", QUEUE_LINE, line, QUEUE_LINE))
    bad = [each for each in read.resources if each.error]

    assert [each for each in read.resources if not each.error] == [QUEUE, QUEUE]
    assert [each.error.code for each in bad] == ([] if fault is None else ["INTERNAL_ERROR"])
    assert all(each.error.message.startswith("s.jsonl, line 3: ") and fault in each.error.message for each in bad)
    assert [(gap.message, gap.resource) for gap in read.gaps] == [(each.error.message, each.arn) for each in bad]


def test_a_bad_line_keeps_what_identifies_its_resource(tmp_path):
    """
    Where only the configuration is wrong, the error finding is about the resource itself.
    """
    read = read_snapshot(a_snapshot(tmp_path / "s", QUEUE_LINE | {"configuration": {}}))
    [resource] = read.resources

    assert (resource.arn, resource.type, resource.owner_account, resource.region) == (
        QUEUE.arn,
        QUEUE.type,
        OWNER,
        "eu-west-1",
    )


def test_a_bad_line_without_a_resource_is_named_by_its_place(tmp_path):
    """
    Where nothing can be read, file and line stand in for the ARN.
    """
    read = read_snapshot(a_snapshot(tmp_path / "s.jsonl", b"?"))

    assert [each.arn for each in read.resources] == ["s.jsonl:2"]


@pytest.mark.parametrize("name", ["s.gz", "s.zst"])
@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda data: data[:-1]])
def test_a_cut_compressed_file_is_read_up_to_the_cut(tmp_path, name, damage):
    """
    What stands before the damage is reported, and the damage is.
    """
    many = [Resource(f"{QUEUE.arn}-{i * 7919 % 99991}", QUEUE.type, OWNER, "eu-west-1") for i in range(20_000)]
    write_snapshot(tmp_path / name, HEADER, many)
    (tmp_path / name).write_bytes(damage((tmp_path / name).read_bytes()))
    read = read_snapshot(tmp_path / name)

    assert len([each for each in read.resources if each.error is None]) > 0
    assert "damaged or cut short" in read.resources[-1].error.message
    assert len(read.gaps) == 1


def test_a_line_without_end_is_bounded(tmp_path, monkeypatch):
    """
    A line beyond the limit is an error and is not kept in memory; the next line is read.
    """
    monkeypatch.setattr(lines, "MAX_LINE_BYTES", 1000)
    read = read_snapshot(a_snapshot(tmp_path / "s", b"x" * 5000, QUEUE_LINE))

    assert [each.error is None for each in read.resources] == [False, True]
    assert "longer than" in read.resources[0].error.message


def test_a_snapshot_is_read_line_by_line(tmp_path):
    """
    The first resource is there before the last line is read.
    """
    _, seen = open_snapshot(a_snapshot(tmp_path / "s", QUEUE_LINE, b"?"))

    assert next(seen) == QUEUE


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "the file is empty"),
        (b"{", "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"\x1f\x8b\x08\x00broken", "damaged"),
        (b"\x28\xb5\x2f\xfdbroken", "damaged"),
        (b"{}", "not a snapshot"),
        (json.dumps(QUEUE_LINE).encode(), "not a snapshot"),
        (json.dumps(HEADER_LINE | {"version": 2}).encode(), "`version` must be 1"),
        (json.dumps(HEADER_LINE | {"version": True}).encode(), "`version` must be 1"),
        (json.dumps(HEADER_LINE | {"accounts": [111111111111]}).encode(), "`accounts` must be"),
        (json.dumps(HEADER_LINE | {"organization": {}}).encode(), "`organization.id` is missing"),
        (json.dumps(without(HEADER_LINE, "organization")).encode(), "`organization` is missing"),
    ],
)
def test_a_snapshot_with_a_bad_header_is_refused(tmp_path, content, fault):
    """
    Without a header nothing is known about the file; the error names file and line.
    """
    path = tmp_path / "s.jsonl"
    path.write_bytes(content)
    with pytest.raises(SnapshotError) as caught:
        read_snapshot(path)

    assert str(caught.value).startswith(f"{path}, line 1: ")
    assert fault in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    """
    The error says which file cannot be opened, and why.
    """
    with pytest.raises(SnapshotError, match=r"cannot open `.*nowhere`: No such file"):
        read_snapshot(tmp_path / "nowhere")


def test_an_organization_policy_may_be_an_object(tmp_path):
    """
    A policy document as an object is as good as one as text.
    """
    policy = {"name": "p", "document": {"Statement": []}, "targets": ["r-ab12"]}
    organization = {"id": "o-1", "managementAccountId": OWNER, "accounts": [{"id": OWNER}]}
    policies = {"resourceControlPolicies": [policy], "serviceControlPolicies": []}
    header = HEADER_LINE | {"organization": organization | policies}
    read = read_snapshot(a_snapshot(tmp_path / "s", header=header))

    assert read.organization.resource_control_policies == (OrganizationPolicy("p", '{"Statement": []}', ("r-ab12",)),)


def test_a_snapshot_is_written_whole_or_not_at_all(tmp_path):
    """
    A collection that dies leaves the old file as it was, and no other file.
    """
    path = a_snapshot(tmp_path / "s", QUEUE_LINE)

    def dying():
        yield QUEUE
        raise KeyboardInterrupt

    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        write_snapshot(path, HEADER, dying())

    assert [each.name for each in tmp_path.iterdir()] == ["s"]
    assert path.read_bytes() == before


def test_a_snapshot_is_for_its_owner(tmp_path):
    """
    Nobody else may read how an estate is shared.
    """
    write_snapshot(tmp_path / "s", HEADER, [])

    assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o600


def test_a_device_is_written_to_and_not_replaced(tmp_path):
    """
    Writing to something like /dev/null leaves it what it is.
    """
    link = tmp_path / "link"
    link.symlink_to("/dev/null")
    write_snapshot(link, HEADER, [QUEUE])

    assert not Path("/dev/null").is_file()
    assert link.is_symlink()
