"""Findings of unused access as the API has them: listed, shown, counted, and what is recommended."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import msgspec

from ringwall.cli.client import Client, every
from ringwall.cli.output import write_text
from ringwall.cli.tables import Column, Item, Output, in_words
from ringwall.errors import ServiceError, UsageError
from ringwall.findings.recommendation import recommend
from ringwall.findings.unused_access import UnusedAccess
from ringwall.findings.unused_finding import UnusedFinding
from ringwall.principals.evidence import Evidence
from ringwall.principals.principal_access import PrincipalAccess, principal_access_of
from ringwall.reports.unused.recommended import Advice
from ringwall.reports.unused.words import evidence_lines

_POLL_SECONDS = 0.5
_RUNNING = "IN_PROGRESS"

COLUMNS = (
    # One below the other, so that an id has room on one line.
    Column("STATUS, TYPE", lambda item: f"{item['status']}\n{item['findingType']}", is_whole=True),
    Column("PRINCIPAL, ID", lambda item: f"{item.get('resource') or item['resourceType']}\n{item['id']}"),
    Column("SINCE", lambda item: in_words(item["createdAt"])[:10], is_whole=True),
)
_TYPES = (Column("TYPE", "unusedAccessType"), Column("ACTIVE", "total"))
_ACCOUNTS = (
    Column("ACCOUNT", "account", is_whole=True),
    Column("ACTIVE", "numberOfActiveFindings"),
    Column("BY TYPE", "details"),
)


def is_of_unused(client: Client, analyzer: str) -> bool:
    """Whether the analyzer with this ARN looks for unused access."""
    name = analyzer.rpartition("/")[2]
    return str(client.call("GetAnalyzer", analyzerName=name)["analyzer"]["type"]).endswith("_UNUSED_ACCESS")


def whole_finding(client: Client, analyzer: str, finding_id: str) -> dict[str, Any]:
    """A finding with all pages of its details."""
    first = client.call("GetFindingV2", analyzerArn=analyzer, id=finding_id, maxResults=1)
    details = every(client, "GetFindingV2", "findingDetails", analyzerArn=analyzer, id=finding_id)
    return {**{name: value for name, value in first.items() if name != "nextToken"}, "findingDetails": details}


def details_in_words(finding: Item) -> dict[str, Any]:
    """The finding with a line for each detail, for people."""
    rest = {name: value for name, value in finding.items() if name not in ("findingDetails", "evidence")}
    beyond = finding.get("evidence") or {}
    why = {"error message": beyond["errorMessage"]} if beyond.get("errorMessage") else {}
    unused = "\n".join(_detail(each) for each in finding.get("findingDetails") or ())
    return {**rest, **why, "unused": unused or None, **_evidence_in_words(beyond.get("usageEvidence"))}


def _evidence_in_words(written: Item | None) -> dict[str, str]:
    """What the finding rests on, by label; several sentences of one label below each other."""
    if not written:
        return {}
    evidence = msgspec.convert(written, Evidence)
    told: dict[str, list[str]] = {}
    for label, sentence in evidence_lines(evidence):
        told.setdefault(label, []).append(sentence)
    lines = {label: "\n".join(sentences) for label, sentences in told.items()}
    return {"confidence": evidence.confidence.value.lower(), **lines}


def _detail(detail: Item) -> str:
    [member] = detail.values()
    last = f"last used {in_words(member['lastAccessed'])}" if member.get("lastAccessed") else "never used"
    if actions := member.get("actions"):
        return f"{member['serviceNamespace']}: {', '.join(each['action'] for each in actions)}"
    return f"{member.get('serviceNamespace') or member.get('accessKeyId') or ''} {last}".strip()


def print_unused_statistics(output: Output, numbers: Item) -> None:
    """The counts by type, and of an organization by account."""
    totals = {name: value for name, value in numbers.items() if isinstance(value, int)}
    output.item("", totals)
    output.items("", numbers.get("unusedAccessTypeStatistics") or [], _TYPES, none="Nothing is unused.")
    if accounts := numbers.get("topAccounts"):
        output.items("", accounts, _ACCOUNTS, none="")


def recommendation_of(client: Client, analyzer: str, finding_id: str, seconds: int) -> dict[str, Any]:
    """What is recommended, with all its steps; waits for it so long.

    Raises:
        ServiceError: it is not there in time.
    """
    client.call("GenerateFindingRecommendation", analyzerArn=analyzer, id=finding_id)
    end = time.monotonic() + seconds
    while (answer := client.call("GetFindingRecommendation", analyzerArn=analyzer, id=finding_id))[
        "status"
    ] == _RUNNING:
        if time.monotonic() > end:
            raise ServiceError(f"there is no recommendation for {finding_id} yet: do workers run?")
        time.sleep(_POLL_SECONDS)
    steps = every(client, "GetFindingRecommendation", "recommendedSteps", analyzerArn=analyzer, id=finding_id)
    return {**{name: value for name, value in answer.items() if name != "nextToken"}, "recommendedSteps": steps}


def print_recommendation(answer: Item, analyzer: str, finding_id: str) -> None:
    """The steps for people; `analyzer` is an ARN."""
    write_text("".join(f"{line}\n" for line in _recommendation(answer, analyzer, finding_id)), None)


def _recommendation(answer: Item, analyzer: str, finding_id: str) -> Iterator[str]:
    yield f"{answer['status']}: {in_words(answer['resourceArn'])}"
    if error := answer.get("error"):
        yield f"{in_words(error['code'])}: {in_words(error['message'])}"
    for number, each in enumerate(answer.get("recommendedSteps") or (), 1):
        step = each["unusedPermissionsRecommendedStep"]
        yield ""
        yield f"{number}. {step['recommendedAction']} {in_words(step.get('existingPolicyId'))}".rstrip()
        if policy := step.get("recommendedPolicy"):
            yield from (f"   {in_words(line)}" for line in json.dumps(json.loads(policy), indent=2).splitlines())
    if answer.get("recommendedSteps"):
        yield ""
        yield "With commands, undo and proof:"
        yield f"  ringwall fix {finding_id} --analyzer {analyzer.rpartition('/')[2]}"


def remembered_advice(client: Client, analyzer: str, finding_id: str, *, despite_gaps: bool = False) -> Advice:
    """A remembered finding, and what is recommended, from the principal as it was analysed last.

    Raises:
        UsageError: the principal is not kept any more, or the finding no longer follows from it.
    """
    finding = client.call("GetFindingV2", analyzerArn=analyzer, id=finding_id, maxResults=1)
    access = principal_of(client, analyzer, finding["resource"])
    configuration = client.call("GetAnalyzer", analyzerName=analyzer.rpartition("/")[2])["analyzer"]["configuration"]
    judge = UnusedAccess(configuration["unusedAccess"]["unusedAccessAge"])
    now = finding["analyzedAt"]
    found = next((each for each in judge.findings_of(access, now) if _is_same(each, finding)), None)
    if found is None:
        raise UsageError(f"finding `{finding_id}` no longer follows from its principal: wait for the next scan")
    made = recommend(access, found, now, despite_gaps=despite_gaps)
    return Advice(found, access.principal, made, remembered_as=finding_id)


def _is_same(found: UnusedFinding, remembered: Item) -> bool:
    """Whether a finding is the remembered one, which has an id of its own: a principal has one of a type, or of a key."""
    details = remembered.get("findingDetails") or [{}]
    keys = {each.get("accessKeyId") for detail in details for each in detail.values()} - {None}
    return found.type.value == remembered["findingType"] and keys == {found.access_key_id} - {None}


def principal_of(client: Client, analyzer: str, arn: str) -> PrincipalAccess:
    """A principal as an analyzer of unused access saw it last."""
    answer = client.call("GetPrincipalAccess", analyzerArn=analyzer, resourceArn=arn)
    return principal_access_of(answer["principalAccess"])
