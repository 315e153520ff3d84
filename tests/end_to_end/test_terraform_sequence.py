"""What Terraform's AWS provider asks for one resource's whole life, as a recorded sequence of signed requests.

The paths are encoded and the headers set as AWS's SDK for Go does it, which the provider is built on.
"""

import json
from pathlib import Path

import pytest

from tests.api.serving import ACCOUNT, REGION, Request, send, signed
from tests.end_to_end.service_fixtures import service  # noqa: F401 - a fixture

SEQUENCES = sorted((Path(__file__).parent / "terraform").glob("*.json"))
HEADERS = {
    "Amz-Sdk-Invocation-Id": "0d1c4a5e-2f55-4c44-9c43-9b4b2d1f7a10",
    "Amz-Sdk-Request": "attempt=1; max=25",
    "Content-Type": "application/json",
    "User-Agent": "APN/1.0 HashiCorp/1.0 Terraform/1.9 terraform-provider-aws/5 aws-sdk-go-v2/1.32",
}
ERRORS = {404: "ResourceNotFoundException", 409: "ConflictException"}


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda path: path.stem)
def test_the_sequence_is_answered_as_recorded(service, sequence):  # noqa: F811
    """Every step in turn: its status, its error, and the members that the provider reads."""
    steps = json.loads(sequence.read_text().replace("{REGION}", REGION).replace("{ACCOUNT}", ACCOUNT))

    for step in steps:
        answer = _answer(service, step["request"])
        assert answer.status == step["status"], f"{step['what']}: {answer}"
        assert answer.code == ERRORS.get(step["status"], ""), step["what"]
        assert _has(answer.body, step["members"]), f"{step['what']}: {answer.body}"
        assert not set(step.get("lacks", ())) & answer.body.get("analyzer", {}).keys(), step["what"]


def _answer(service, recorded):  # noqa: F811
    body = json.dumps(recorded["body"]).encode() if "body" in recorded else b""
    request = Request(recorded["method"], recorded["path"], dict(HEADERS), body)
    return send(service.url, signed(service.url, service.admin, request))


def _has(answered, expected):
    """Whether all that is expected was answered; of tags and filters nothing else may be."""
    return all(
        answered.get(name) == value
        if name in {"tags", "filter"} or not isinstance(value, dict)
        else _has(answered.get(name, {}), value)
        for name, value in expected.items()
    )


def test_both_resources_are_recorded():
    """The two that the provider has for this service."""
    assert [path.stem for path in SEQUENCES] == ["aws_accessanalyzer_analyzer", "aws_accessanalyzer_archive_rule"]
