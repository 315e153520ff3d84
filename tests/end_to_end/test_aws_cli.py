"""The AWS command line, as it is installed, against the service: with an endpoint URL and a key, and nothing else."""

import json
import os
import subprocess
import sys

import pytest

from tests.api.serving import ACCOUNT, REGION
from tests.end_to_end.service_fixtures import service, watched  # noqa: F401 - fixtures

POLICY = json.dumps({"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}})
# The command line knows its own answers' shapes; what it does not understand, it does not print.


class CommandLine:
    """Runs `aws accessanalyzer …` as a process."""

    def __init__(self, service):  # noqa: F811
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.environment = kept | {
            "AWS_ENDPOINT_URL_ACCESSANALYZER": service.url,
            "AWS_ACCESS_KEY_ID": service.admin.id,
            "AWS_SECRET_ACCESS_KEY": service.admin.secret,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "HOME": "/nonexistent",
        }

    def run(self, *arguments):
        return subprocess.run(
            [sys.executable, "-m", "awscli", "accessanalyzer", *arguments, "--output", "json"],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def __call__(self, *arguments):
        """The answer to a command that works."""
        ended = self.run(*arguments)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout or "{}")


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_dozen_commands(watched):  # noqa: F811
    """What somebody does who looks after findings by hand."""
    aws = CommandLine(watched)
    analyzer = ("--analyzer-arn", watched.analyzer)

    assert [each["name"] for each in aws("list-analyzers", "--type", "ACCOUNT")["analyzers"]] == ["watch"]
    assert aws("get-analyzer", "--analyzer-name", "watch")["analyzer"]["status"] == "ACTIVE"
    aws("tag-resource", "--resource-arn", watched.analyzer, "--tags", "team=blue")
    assert aws("list-tags-for-resource", "--resource-arn", watched.analyzer)["tags"] == {"team": "blue"}
    aws(
        *("create-archive-rule", "--analyzer-name", "watch", "--rule-name", "partners"),
        *("--filter", '{"isPublic": {"eq": ["false"]}}'),
    )
    assert aws("list-archive-rules", "--analyzer-name", "watch")["archiveRules"][0]["ruleName"] == "partners"
    aws("apply-archive-rule", *analyzer, "--rule-name", "partners")
    active = aws("list-findings-v2", *analyzer, "--filter", '{"status": {"eq": ["ACTIVE"]}}', "--page-size", "1")
    assert {each["id"] for each in active["findings"]} == set(watched.ids[1:])
    finding = aws("get-finding-v2", *analyzer, "--id", watched.ids[1])
    assert finding["findingDetails"][0]["externalAccessDetails"]["isPublic"] is True
    aws("update-findings", *analyzer, "--status", "ARCHIVED", "--ids", *watched.ids[1:])
    counted = aws("get-findings-statistics", *analyzer)["findingsStatistics"][0]
    assert counted["externalAccessFindingsStatistics"]["totalArchivedFindings"] == 3
    resources = aws("list-analyzed-resources", *analyzer)["analyzedResources"]
    assert {each["resourceOwnerAccount"] for each in resources} == {ACCOUNT}
    checked = aws(
        *("check-access-not-granted", "--policy-document", POLICY, "--policy-type", "IDENTITY_POLICY"),
        *("--access", "actions=s3:GetObject"),
    )
    assert checked["result"] == "FAIL"
    aws("delete-analyzer", "--analyzer-name", "watch")
    gone = aws.run("get-analyzer", "--analyzer-name", "watch")
    assert "ResourceNotFoundException" in gone.stderr
