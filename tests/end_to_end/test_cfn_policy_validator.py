"""AWS's own validator of CloudFormation templates, as it is installed: it speaks to the service and knows nothing of it.

Only `AWS_ENDPOINT_URL` is set, so that all that it asks, also whose account this is, is asked here.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ringwall.api.app import create_app
from tests.api.serving import REGION, a_key, a_ringwall, served

TEMPLATES = Path(__file__).parent / "templates"
PASSES, FAILS = 0, 2


@pytest.fixture
def validate(sqlite_store):
    """Runs a check of the validator on a template, as a process."""
    ringwall = a_ringwall(sqlite_store)
    key = a_key(ringwall)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = kept | {
        "AWS_ACCESS_KEY_ID": key.id,
        "AWS_SECRET_ACCESS_KEY": key.secret,
        "AWS_EC2_METADATA_DISABLED": "true",
        "HOME": "/nonexistent",
    }

    def run(check, template, *arguments):
        """The exit code, and each policy that is at fault with what was said of it."""
        path = TEMPLATES / f"{template}.yaml"
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "cfn_policy_validator.main", check),
                *("--template-path", path, "--region", REGION, "--parameters", "Partner=999988887777", *arguments),
            ],
            env=environment | {"AWS_ENDPOINT_URL": url},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert ended.returncode in {PASSES, FAILS}, ended.stderr
        found = json.loads(ended.stdout)["BlockingFindings"]
        return ended.returncode, {each["resourceName"]: _said(each) for each in found}

    with served(create_app(ringwall)) as url:
        yield run


def _said(finding):
    assert finding["findingType"] == "SECURITY_WARNING", finding
    return finding["details"]["reasons"][0]["description"]


def test_a_template_within_its_reference_passes(validate):
    """The role may do less than the reference allows."""
    answer = validate(
        *("check-no-new-access", "narrow", "--reference-policy", TEMPLATES / "reference.json"),
        *("--reference-policy-type", "identity"),
    )

    assert answer == (PASSES, {})


def test_a_template_beyond_its_reference_fails(validate):
    """The role may write, too."""
    answer = validate(
        *("check-no-new-access", "wide", "--reference-policy", TEMPLATES / "reference.json"),
        *("--reference-policy-type", "identity"),
    )

    assert answer == (FAILS, {"keeper": "New access in the statement with sid: Everything."})


def test_resource_policies_within_their_reference_pass(validate):
    """The partner, the role's own service, and the account itself."""
    answer = validate(
        *("check-no-new-access", "narrow", "--reference-policy", TEMPLATES / "resource_reference.json"),
        *("--reference-policy-type", "resource"),
    )

    assert answer == (PASSES, {})


def test_resource_policies_beyond_their_reference_fail(validate):
    """Both let in everybody."""
    answer = validate(
        *("check-no-new-access", "wide", "--reference-policy", TEMPLATES / "resource_reference.json"),
        *("--reference-policy-type", "resource"),
    )

    assert answer == (
        FAILS,
        {
            "letters": "New access in the statement with sid: AnybodyReads.",
            "orders": "New access in the statement with index: 0.",
        },
    )


def test_what_is_not_granted_passes(validate):
    """Nobody may delete, nor read what is elsewhere."""
    actions = validate("check-access-not-granted", "narrow", "--actions", "s3:DeleteBucket,iam:PassRole")
    both = validate(
        "check-access-not-granted", "narrow", "--actions", "s3:GetObject", "--resources", "arn:aws:s3:::secrets/*"
    )

    assert (actions, both) == ((PASSES, {}), (PASSES, {}))


def test_what_is_granted_fails(validate):
    """By the role's policy."""
    actions = validate("check-access-not-granted", "wide", "--actions", "s3:DeleteBucket,iam:PassRole")
    both = validate(
        "check-access-not-granted", "wide", "--actions", "s3:PutObject", "--resources", "arn:aws:s3:::secrets/*"
    )

    assert actions == (FAILS, {"keeper": "One or more of the listed actions in the statement with sid: Everything."})
    assert both == (
        FAILS,
        {"keeper": "One or more of the listed actions or resources in the statement with sid: Everything."},
    )


def test_a_template_without_public_access_passes(validate):
    """A partner and the account itself are not the public."""
    assert validate("check-no-public-access", "narrow") == (PASSES, {})


def test_a_template_with_public_access_fails(validate):
    """The bucket and the queue, each with its statement."""
    answer = validate("check-no-public-access", "wide")

    assert answer == (
        FAILS,
        {
            "letters": "Public access granted in the following statement with sid: AnybodyReads.",
            "orders": "Public access granted in the following statement with index: 0.",
        },
    )
