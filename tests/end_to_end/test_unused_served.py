"""Unused access by a running server: `ringwall serve` as a process over a pretend AWS, and clients as people have them."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import update

from ringwall.collector.waiting import utc_now
from ringwall.notify.webhook import key_of, signature_of
from ringwall.store.database import open_store, sqlite_url
from ringwall.store.tables import job
from tests.api.serving import Key
from tests.end_to_end import unused_account as account
from tests.end_to_end.running import AWS_ENVIRONMENT
from tests.end_to_end.server_process import Server, until
from tests.end_to_end.strict_client import Strict
from tests.moto_accounts import empty_account
from tests.notify.receiver import Receiver

SIGNING_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ROLE, KEY, PERMISSION = "UnusedIAMRole", "UnusedIAMUserAccessKey", "UnusedPermission"
AT_90_DAYS = {
    (ROLE, account.IDLE): "ACTIVE",
    (ROLE, account.BREAK_GLASS): "ACTIVE",
    (KEY, account.ADA): "ACTIVE",
    (PERMISSION, account.DEPLOY): "ACTIVE",
}
"""What there is to tell in the end. The role that comes back every quarter is no part of it, nor is the young one."""


def unused_for(days, *exclusions):
    rule = {"analysisRule": {"exclusions": list(exclusions)}} if exclusions else {}
    return {"unusedAccess": {"unusedAccessAge": days, **rule}}


@pytest.fixture(scope="module", autouse=True)
def _aws():
    """Credentials that no AWS knows; and nothing is left in moto, which is in this process."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith("AWS_"):
                patch.delenv(name)
        for name, value in AWS_ENVIRONMENT.items():
            patch.setenv(name, value)
        with empty_account(account.ACCOUNT):
            yield


@pytest.fixture(scope="module")
def fake():
    with account.a_fake() as fake:
        fake.keys = account.plant(fake.url)
        yield fake


@pytest.fixture(scope="module")
def server(fake, tmp_path_factory):
    """A server that reads the account and its trail, and may send to this machine."""
    folder = tmp_path_factory.mktemp("served")
    account.write_trail(folder / "trail")
    running = Server(
        fake.url,
        folder,
        RINGWALL_UNUSED_TRAIL=str(folder / "trail"),
        RINGWALL_NOTIFICATIONS_ALLOWED_HOSTS="127.0.0.1",
        RINGWALL_QUOTAS_ACCOUNT_ANALYZERS="5",
    )
    yield running
    running.stop()


def client_of(server):
    """An unmodified client of AWS's SDK, whose answers are held against AWS's model."""
    return Strict(server.url, Key(server.key["accessKeyId"], server.key["secretAccessKey"]))


def unresolved(aws, arn):
    """The status of what is not resolved, by type and principal; one of each."""
    found = aws.list_findings_v2(analyzerArn=arn, filter={"status": {"neq": ["RESOLVED"]}})["findings"]
    told = {(each["findingType"], each["resource"]): each["status"] for each in found}
    assert len(told) == len(found)
    return told


def id_of(aws, arn, kind):
    """The id of the one active finding of a type."""
    criteria = {"findingType": {"eq": [kind]}, "status": {"eq": ["ACTIVE"]}}
    [found] = aws.list_findings_v2(analyzerArn=arn, filter=criteria)["findings"]
    return found["id"]


def test_an_analyzer_finds_what_is_unused_and_follows_its_configuration(server, fake):
    """
    From its creation to its last change, through boto3 alone; and a web server hears of everything, signed.
    """
    aws = client_of(server)
    with Receiver() as receiver:
        address = f"http://127.0.0.1:{receiver.server.server_port}/"
        destination = ("notify", "create", "team", "--kind", "webhook", "--set", f"url={address}", "--secret-stdin")
        server.locally(*destination, stdin=SIGNING_KEY)
        wanted = {"type": "ACCOUNT_UNUSED_ACCESS", "configuration": unused_for(90)}
        arn = aws.create_analyzer(analyzerName="unused", **wanted)["arn"]
        # Once the older days of the trail are known, too: only they show what comes back every quarter.
        until(lambda: unresolved(aws, arn) == AT_90_DAYS)
        check_details(aws, arn, fake.keys["ada"])
        check_recommendation(aws, arn)
        check_decided(aws, arn)
        check_changed(aws, arn)
        events = until(lambda: told_of(receiver, arn, 10))
        server.locally("notify", "delete", "team")

    check_events(events)
    check_signature(receiver.received[0])


def check_details(aws, arn, key):
    """As AWS's answers have them."""
    got = {kind: aws.get_finding_v2(analyzerArn=arn, id=id_of(aws, arn, kind)) for kind in (KEY, PERMISSION)}
    [of_key] = got[KEY]["findingDetails"]
    assert of_key["unusedIamUserAccessKeyDetails"]["accessKeyId"] == key
    assert services_of(got[PERMISSION]) == [("dynamodb", []), ("sns", []), ("sqs", ["DeleteQueue", "SendMessage"])]
    [statistics] = aws.get_findings_statistics(analyzerArn=arn)["findingsStatistics"]
    counted = statistics["unusedAccessFindingsStatistics"]
    assert counted["totalActiveFindings"] == 4
    assert {each["unusedAccessType"]: each["total"] for each in counted["unusedAccessTypeStatistics"]} == {
        ROLE: 2,
        KEY: 1,
        PERMISSION: 1,
    }


def services_of(finding):
    """Every service that is not used as it might be, with the actions where it is in use."""
    details = [each["unusedPermissionDetails"] for each in finding["findingDetails"]]
    return [(each["serviceNamespace"], [action["action"] for action in each.get("actions", ())]) for each in details]


def check_recommendation(aws, arn):
    """It is made by the server's worker: what was used stays, and the rest goes."""
    request = {"analyzerArn": arn, "id": id_of(aws, arn, PERMISSION)}
    aws.generate_finding_recommendation(**request)
    answer = until(lambda: finished(aws.get_finding_recommendation(**request)))
    first, second = [each["unusedPermissionsRecommendedStep"] for each in answer["recommendedSteps"]]
    [statement] = json.loads(first["recommendedPolicy"])["Statement"]

    assert (answer["status"], answer["resourceArn"]) == ("SUCCEEDED", account.DEPLOY)
    assert (first["recommendedAction"], second["recommendedAction"]) == ("CREATE_POLICY", "DETACH_POLICY")
    assert "sqs:CreateQueue" in statement["Action"]
    assert not {"sqs:*", "sqs:SendMessage", "sns:Publish", "dynamodb:*"} & set(statement["Action"])


def finished(answer):
    return None if answer["status"] == "IN_PROGRESS" else answer


def check_decided(aws, arn):
    """A rule archives what it is about, once it is applied."""
    aws.create_archive_rule(analyzerName="unused", ruleName="keys", filter={"findingType": {"eq": [KEY]}})
    aws.apply_archive_rule(analyzerArn=arn, ruleName="keys")
    assert unresolved(aws, arn) == AT_90_DAYS | {(KEY, account.ADA): "ARCHIVED"}


def check_changed(aws, arn):
    """What was used within a year goes, and what is excluded; another set of permissions is another finding."""
    before = id_of(aws, arn, PERMISSION)
    aws.update_analyzer(analyzerName="unused", configuration=unused_for(365))
    left = {(ROLE, account.BREAK_GLASS): "ACTIVE", (PERMISSION, account.DEPLOY): "ACTIVE"}
    until(lambda: unresolved(aws, arn) == left)
    after = aws.get_finding_v2(analyzerArn=arn, id=id_of(aws, arn, PERMISSION))
    assert aws.get_finding_v2(analyzerArn=arn, id=before)["status"] == "RESOLVED"
    assert services_of(after) == [("sns", []), ("sqs", ["SendMessage"])]
    excluded = unused_for(365, {"resourceTags": [{"purpose": "break-glass"}]})
    aws.update_analyzer(analyzerName="unused", configuration=excluded)
    until(lambda: unresolved(aws, arn) == {(PERMISSION, account.DEPLOY): "ACTIVE"})
    assert aws.get_analyzer(analyzerName="unused")["analyzer"]["configuration"] == excluded


def told_of(receiver, arn, number):
    """The events about an analyzer, once there are so many of what is found in the end."""
    events = [json.loads(each.body) for each in receiver.received]
    own = [each for each in events if each["analyzerArn"] == arn and each["detail"]["resource"] != account.QUARTERLY]
    return own if len(own) >= number else None


def check_events(events):
    """Each change once, and those of a finding in their order."""
    by_finding = {}
    for each in events:
        told = by_finding.setdefault(each["detail"]["id"], [each["detail"]["resource"]])
        told += [each["previousStatus"], each["detail"]["status"]]
    of_permissions = next(each["detail"] for each in events if each["detail"]["findingType"] == PERMISSION)

    assert sorted(by_finding.values()) == sorted(
        [
            [account.IDLE, None, "ACTIVE", "ACTIVE", "RESOLVED"],
            [account.BREAK_GLASS, None, "ACTIVE", "ACTIVE", "RESOLVED"],
            [account.ADA, None, "ACTIVE", "ACTIVE", "ARCHIVED", "ARCHIVED", "RESOLVED"],
            [account.DEPLOY, None, "ACTIVE", "ACTIVE", "RESOLVED"],
            [account.DEPLOY, None, "ACTIVE"],
        ]
    )
    assert (of_permissions["numberOfUnusedServices"], of_permissions["numberOfUnusedActions"]) == (2, 2)


def check_signature(request):
    headers = request.headers
    signed = signature_of(key_of(SIGNING_KEY), headers["webhook-id"], headers["webhook-timestamp"], request.body)
    assert headers["webhook-signature"] == signed


def test_the_aws_cli_asks_for_it_as_it_asks_aws(server):
    """
    With nothing but the endpoint changed.
    """
    configuration = ("--configuration", json.dumps(unused_for(90)))
    made = server.aws("create-analyzer", "--analyzer-name", "cli", "--type", "ACCOUNT_UNUSED_ACCESS", *configuration)
    analyzer = ("--analyzer-arn", made["arn"])
    of_permissions = ("--filter", json.dumps({"findingType": {"eq": [PERMISSION]}}))
    [found] = until(lambda: server.aws("list-findings-v2", *analyzer, *of_permissions)["findings"])
    this = (*analyzer, "--id", found["id"])
    details = server.aws("get-finding-v2", *this)["findingDetails"]
    server.aws("generate-finding-recommendation", *this)
    answer = until(lambda: finished(server.aws("get-finding-recommendation", *this)))

    assert (found["resource"], found["status"]) == (account.DEPLOY, "ACTIVE")
    assert [each["unusedPermissionDetails"]["serviceNamespace"] for each in details] == ["dynamodb", "sns", "sqs"]
    assert (answer["status"], answer["recommendationType"]) == ("SUCCEEDED", "UnusedPermissionRecommendation")


def test_ringwalls_own_commands_are_readable_in_a_terminal(server):
    """
    Made, listed, shown, recommended, and the commands to do it: at 80 columns, but for a policy that is to be pasted.
    """
    created = server.remotely("analyzer", "create", "own", "--type", "ACCOUNT_UNUSED_ACCESS", "--unused-age", "90")
    aws, of_own = client_of(server), ("--analyzer", "own")
    [arn] = [each["arn"] for each in aws.list_analyzers()["analyzers"] if each["name"] == "own"]
    until(lambda: unresolved(aws, arn) == AT_90_DAYS)
    id_ = id_of(aws, arn, PERMISSION)
    runs = [
        server.remotely("findings", "list", *of_own),
        server.remotely("findings", "get", id_, *of_own),
        server.remotely("findings", "recommendation", id_, *of_own),
        server.remotely("fix", id_, *of_own),
    ]
    listed, shown, recommended, fix = (each.out for each in runs)

    assert [(each.code, each.err) for each in (created, *runs)] == [(0, "")] * 5
    assert created.out == f"Created {arn}\n"
    assert [listed.count(kind) for kind in (ROLE, KEY, PERMISSION)] == [2, 1, 1]
    assert "sqs: DeleteQueue, SendMessage" in shown
    assert f"  ringwall fix {id_} --analyzer own\n" in recommended
    assert f"Finding {id_}: The IAM role deploy does not use" in fix
    assert "aws iam detach-role-policy" in fix
    lines = [line for each in runs for line in each.out.splitlines() if "--policy-document" not in line]
    assert max(map(len, lines)) <= 80


@pytest.mark.usefixtures("fake")
def test_killed_while_iam_makes_its_reports_it_goes_on_with_the_same_jobs(tmp_path):
    """
    No report is asked for twice, and every finding appears once.
    """
    with account.a_fake(faults=dict.fromkeys(account.PRINCIPALS, "never-ends")) as fake, ExitStack() as stack:
        first = Server(fake.url, tmp_path)
        stack.callback(first.stop)
        arn = client_of(first).create_analyzer(analyzerName="unused", type="ACCOUNT_UNUSED_ACCESS")["arn"]
        # A job that was asked about is written down.
        until(lambda: sum(each.polls > 0 for each in list(fake.jobs.values())) == len(account.PRINCIPALS))
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
        end_leases(first.data)
        fake.faults.clear()
        second = Server(fake.url, tmp_path)
        stack.callback(second.stop)
        aws = client_of(second)
        expected = AT_90_DAYS | {(ROLE, account.QUARTERLY): "ACTIVE"}
        until(lambda: unresolved(aws, arn) == expected)
        history = json.loads(second.remotely("findings", "history", "--format", "json").out)["events"]

    generated = {arn: fake.calls[f"Generate {arn}"] for arn in account.PRINCIPALS}
    assert generated == dict.fromkeys(account.PRINCIPALS, 1)
    assert set(Counter(each["findingId"] for each in history).values()) == {1}
    assert len(history) == len(expected)


def end_leases(folder):
    """Half a minute goes by: until then nobody takes over what the killed process was doing."""
    store = open_store(sqlite_url(folder))
    with store.write() as connection:
        connection.execute(update(job).values(lease_until=utc_now() - timedelta(seconds=1)))
    store.close()
