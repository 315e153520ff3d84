"""The packaged example: what is in it by mistake is found, and nothing else."""

import json
from importlib.resources import files
from pathlib import Path

from jsonschema import Draft202012Validator

from ringwall import examples
from ringwall.resources import RESOURCE_TYPES
from tests.cli.running import ringwall

ABC = {"AWS": "999988887777"}
ABC_IMPORTER = {"AWS": "arn:aws:iam::999988887777:role/Importer"}
EVERYONE = {"AWS": "*"}
GITHUB = {"Federated": "arn:aws:iam::444455556666:oidc-provider/token.actions.githubusercontent.com"}
XYZ_IN_IRELAND = "eu-west-1:444455556666"

# Written by hand from the policies and from what AWS documents of them: an independent check of the analysis.
EXPECTED = [
    ("arn:aws:s3:::project-xyz-reports", ABC, "cross-account"),
    ("arn:aws:s3:::project-xyz-downloads", EVERYONE, "public"),
    # The group AuthenticatedUsers is everyone with an AWS account of their own.
    ("arn:aws:s3:::project-xyz-uploads", EVERYONE, "any-aws-principal"),
    # Through the access point `partners`.
    ("arn:aws:s3:::project-xyz-data-lake", ABC, "cross-account"),
    # Whoever is in the organization of Project ABC's holding.
    ("arn:aws:s3:::website-design-system", EVERYONE, "organization"),
    ("arn:aws:s3express:us-east-1:444455556666:bucket/project-xyz-cache--use1-az4--x-s3", ABC, "cross-account"),
    ("arn:aws:iam::444455556666:role/Deployer", GITHUB, "federated"),
    ("arn:aws:iam::444455556666:role/PartnerImport", ABC, "cross-account"),
    # Through a grant.
    (f"arn:aws:kms:{XYZ_IN_IRELAND}:key/1234abcd-12ab-34cd-56ef-1234567890ab", ABC_IMPORTER, "cross-account"),
    ("arn:aws:kms:eu-west-1:777788889999:key/0987dcba-09fe-87dc-65ba-ab0987654321", ABC, "cross-account"),
    ("arn:aws:lambda:eu-west-1:777788889999:function:website-contact-form", EVERYONE, "public"),
    (f"arn:aws:lambda:{XYZ_IN_IRELAND}:function:project-xyz-pricing", ABC, "cross-account"),
    (f"arn:aws:lambda:{XYZ_IN_IRELAND}:layer:project-xyz-common:3", EVERYONE, "public"),
    (f"arn:aws:sqs:{XYZ_IN_IRELAND}:project-xyz-orders", ABC, "cross-account"),
    (f"arn:aws:sqs:{XYZ_IN_IRELAND}:project-xyz-sensors", EVERYONE, "network"),
    (f"arn:aws:sns:{XYZ_IN_IRELAND}:project-xyz-releases", EVERYONE, "public"),
    # A resource control policy refuses this in fact; the finding stays, and says so.
    (f"arn:aws:secretsmanager:{XYZ_IN_IRELAND}:secret:project-xyz/database-AbCdEf", ABC, "cross-account"),
    (f"arn:aws:elasticfilesystem:{XYZ_IN_IRELAND}:file-system/fs-0123456789abcdef0", ABC, "cross-account"),
    ("arn:aws:ec2:us-east-1::snapshot/snap-0123456789abcdef0", EVERYONE, "public"),
    ("arn:aws:ec2:us-east-1::snapshot/snap-0fedcba9876543210", ABC, "cross-account"),
    (f"arn:aws:rds:{XYZ_IN_IRELAND}:snapshot:project-xyz-before-migration", EVERYONE, "public"),
    (f"arn:aws:rds:{XYZ_IN_IRELAND}:cluster-snapshot:project-xyz-handover", ABC, "cross-account"),
    (f"arn:aws:ecr:{XYZ_IN_IRELAND}:repository/project-xyz/api", ABC, "cross-account"),
    (f"arn:aws:dynamodb:{XYZ_IN_IRELAND}:table/project-xyz-customers", ABC, "cross-account"),
    (
        f"arn:aws:dynamodb:{XYZ_IN_IRELAND}:table/project-xyz-customers/stream/2026-01-15T09:30:00.000",
        ABC_IMPORTER,
        "cross-account",
    ),
]


def demo_report():
    return json.loads(ringwall("demo", "--format", "json").stdout)


def finding_about(name):
    [finding] = [each for each in demo_report()["findings"] if name in each["resource"]]
    return finding


def test_the_demo_finds_what_is_open_by_mistake():
    """
    Project ABC and the public are found wherever they got in; what is meant to be so, or refused, is not.
    """
    found = [(each["resource"], each.get("principal"), each.get("exposure")) for each in demo_report()["findings"]]

    assert sorted(found, key=str) == sorted(EXPECTED, key=str)


def test_the_demo_is_complete():
    """
    Everything in the example is analysed: 42 resources of all sixteen types in four accounts.
    """
    coverage = demo_report()["coverage"]

    assert coverage["complete"] is True
    assert coverage["resourcesAnalyzed"] == 42
    assert coverage["resourcesByType"].keys() == RESOURCE_TYPES.keys()
    assert coverage["accounts"] == ["111122223333", "123456789012", "444455556666", "777788889999"]


def test_the_mistakes_go_through_every_type():
    """
    Each of the sixteen resource types is open somewhere.
    """
    assert {each["resourceType"] for each in demo_report()["findings"]} == RESOURCE_TYPES.keys()


def test_the_demo_shows_how_access_is_narrowed():
    """
    The drafts of the public bucket are refused, with an example of what.
    """
    narrowing = {each["statementId"]: each for each in finding_about("project-xyz-downloads")["narrowedBy"]}

    assert "DraftsStayPrivate" in narrowing
    assert narrowing["DraftsStayPrivate"]["refusedRequest"]["resource"].startswith(
        "arn:aws:s3:::project-xyz-downloads/drafts/"
    )


def test_the_demo_shows_what_a_control_policy_blocks():
    """
    The secret is open by its policy and closed by the organization's: only there do control policies matter.
    """
    restricted = {
        each["resource"]: [reference["place"] for reference in each["blockedBy"]]
        for each in demo_report()["findings"]
        if each["resourceControlPolicyRestriction"] != "NOT_APPLICABLE"
    }

    assert restricted == {
        f"arn:aws:secretsmanager:{XYZ_IN_IRELAND}:secret:project-xyz/database-AbCdEf": ["SecretsStayInside"]
    }


def test_the_demo_shows_how_a_bucket_is_shared():
    """
    Policy, access list and access point are told apart.
    """
    sources = {
        name: [each["type"] for each in finding_about(name)["sources"]]
        for name in ("project-xyz-downloads", "project-xyz-uploads", "project-xyz-data-lake")
    }

    assert sources == {
        "project-xyz-downloads": ["POLICY"],
        "project-xyz-uploads": ["BUCKET_ACL"],
        "project-xyz-data-lake": ["S3_ACCESS_POINT"],
    }


def test_the_demo_proves_every_finding():
    """
    Each finding has a witness and the statement that allows it.
    """
    findings = demo_report()["findings"]

    assert all(each["witness"] and each["allowedBy"] and each["action"] for each in findings)


def test_the_demo_is_what_the_schema_says():
    """
    What the whole analysis writes is valid against the published schema.
    """
    schema = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text())

    assert list(Draft202012Validator(schema).iter_errors(demo_report())) == []


def test_the_demo_fits_a_terminal():
    """
    The table is at most 80 columns wide, and ends with the coverage.
    """
    run = ringwall("demo")

    assert max(map(len, run.stdout.splitlines())) <= 80
    assert run.stdout.endswith("  Nothing was left out.\n")


def test_the_demo_succeeds_in_every_format(tmp_path):
    """
    As a demonstration should, and it writes files.
    """
    output = tmp_path / "report.html"
    run = ringwall("demo", "--format", "html", "--output", str(output))

    assert (run.code, run.stdout) == (0, "")
    assert "project-xyz-downloads" in output.read_text()


def test_the_example_is_plain_text():
    """
    People can read the example: one object a line, policies as objects.
    """
    lines = (files(examples) / "organization.jsonl").read_text().splitlines()
    first, *resources = map(json.loads, lines)

    assert first["format"] == "ringwall-snapshot"
    assert len(resources) == 42
    assert all(line.isascii() for line in lines)
