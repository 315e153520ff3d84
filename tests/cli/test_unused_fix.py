"""`ringwall fix --unused`: what is recommended for findings of the example."""

import json
import shlex
from pathlib import Path

import click
import pytest

from ringwall.cli import unused_fix
from ringwall.findings.recommendation import CallStep, Recommendation, RecommendedAction, RecommendedStep
from ringwall.principals.principal import Principal, PrincipalKind
from ringwall.reports.base import View
from ringwall.reports.unused.recommended import Advice, AdviceOutcome, command_line, render_json, render_text
from tests.cli.running import ringwall
from tests.unused_reports import NOW, ONE, ROLE, UNUSED_ROLE

SAMPLE = str(Path(__file__).parents[2] / "examples" / "unused-access.jsonl")


@pytest.fixture(scope="module")
def ids():
    """The ids of the findings, by type and name."""
    report = json.loads(ringwall("unused", SAMPLE, "--format", "json").stdout)
    return {(each["findingType"], each["resource"].rsplit("/", 1)[-1]): each["id"] for each in report["findings"]}


def fix(id_, *arguments):
    return ringwall("fix", id_, "--unused", "--snapshot", SAMPLE, *arguments)


def test_a_policy_is_shown_beside_its_smaller_self(ids):
    """
    As a diff, with explanation, commands, undo and proof.
    """
    run = fix(ids["UnusedPermission", "build-bot"])

    assert run.code == 0
    assert '\n-        "ecr:CompleteLayerUpload",\n-        "ecr:DeleteRepository"\n+' in run.stdout
    assert "  To do it:\n    aws iam put-user-policy \\\n        --user-name build-bot \\\n" in run.stdout
    assert "  To undo it:\n" in run.stdout
    assert "\nProof\n" in run.stdout
    assert "not seen    No log of CloudTrail was read.\n" in run.stdout


def test_the_beginning_of_an_id_will_do(ids):
    """
    Eight characters, where no other id begins so.
    """
    whole = ids["UnusedIAMUserAccessKey", "ada"]

    assert fix(whole[:8]).stdout == fix(whole).stdout
    assert "--status Inactive" in fix(whole).stdout
    assert fix(whole[:7]).code == 2


def test_a_role_says_who_may_assume_it(ids):
    """
    Before anybody deletes it; and the undo makes it again.
    """
    text = fix(ids["UnusedIAMRole", "BreakGlass"]).stdout

    assert "Warning: " in text
    assert "111122223333" in text
    assert "aws iam create-role" in text.partition("To undo it:")[2]


def test_json_has_both_policies_and_every_call(ids):
    """
    The existing and the recommended document, calls and undo with their parameters.
    """
    written = json.loads(fix(ids["UnusedPermission", "build-bot"], "--format", "json").stdout)
    [step] = written["steps"]

    assert step["recommendedAction"] == "REPLACE_POLICY"
    assert "ecr:DeleteRepository" in step["existingPolicy"]
    assert "ecr:DeleteRepository" not in step["recommendedPolicy"]
    assert step["calls"][0]["operation"] == "iam:PutUserPolicy"
    assert step["undo"][0]["parameters"]["PolicyDocument"] == step["existingPolicy"]
    assert written["applied"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("0" * 36, "--unused", "--snapshot", SAMPLE), "there is no finding"),
        (("0" * 36, "--unused", "--snapshot", SAMPLE, "--apply"), "--apply writes to AWS"),
        (("0" * 36, "--snapshot", SAMPLE, "--trail", "x"), "it belongs to --unused"),
        (("0" * 36, "--snapshot", SAMPLE), "add --unused"),
        (
            ("0" * 36, "--unused", "--snapshot", SAMPLE, "--trail", "no/such/folder"),
            "`no/such/folder` is no folder",
        ),
        (
            ("0" * 36, "--unused", "--snapshot", SAMPLE, "--verify", "--zone", "account"),
            "leave out --zone, --verify",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, message):
    """
    In a sentence, with exit code 2.
    """
    run = ringwall("fix", *arguments)

    assert run.code == 2
    assert message in run.stderr


def an_advice(*steps, **changes):
    principal = Principal(arn=ROLE, kind=PrincipalKind.ROLE, account=ONE, id="AROAEXAMPLE", created_at=NOW)
    return Advice(UNUSED_ROLE, principal, Recommendation(ROLE, steps), **changes)


DELETION = RecommendedStep(
    RecommendedAction.DELETE_ROLE,
    explanation="Nobody used it.",
    calls=(CallStep("iam:DeleteRole", {"RoleName": "deploy"}),),
)
DEACTIVATION = RecommendedStep(RecommendedAction.DEACTIVATE_KEY)


@pytest.mark.parametrize("is_sure", [True, False])
@pytest.mark.parametrize(("typed", "is_deleted"), [("deploy", True), ("y", False), ("", False), ("Deploy", False)])
def test_a_role_is_deleted_by_whoever_types_its_name(monkeypatch, typed, is_deleted, is_sure):
    """
    Whatever else was said: `--yes` does not delete a role.
    """
    monkeypatch.setattr(click, "prompt", lambda *_, **__: typed)
    if is_deleted:
        unused_fix.confirm(an_advice(DELETION), is_sure=is_sure)
        return
    with pytest.raises(click.Abort):
        unused_fix.confirm(an_advice(DELETION), is_sure=is_sure)


def test_anything_else_is_confirmed_unless_that_was_said_before(monkeypatch):
    """
    With `--yes` nobody asks; without it, no means no.
    """
    monkeypatch.setattr(click, "confirm", lambda *_, **__: (_ for _ in ()).throw(click.Abort))

    unused_fix.confirm(an_advice(DEACTIVATION), is_sure=True)
    with pytest.raises(click.Abort):
        unused_fix.confirm(an_advice(DEACTIVATION), is_sure=False)


def test_what_was_done_is_told_with_its_undo():
    """
    In full; or which call AWS refused, and what was done before it.
    """
    undo = (CallStep("iam:CreateRole", {"RoleName": "deploy"}),)
    done = AdviceOutcome(DELETION.calls, undo)
    half = AdviceOutcome((), (), "iam:DeleteRole", "AccessDenied: not you")

    text = render_text(an_advice(DELETION, outcome=done), View())
    assert text.startswith("Applied, in 1 call.")
    assert "    aws iam create-role --role-name deploy\n" in text
    assert render_text(an_advice(DELETION, outcome=half), View()).startswith(
        "Stopped at iam:DeleteRole: AccessDenied: not you\n"
    )
    assert json.loads(render_json(an_advice(DELETION, outcome=half), View()))["applied"]["failed"] == "iam:DeleteRole"
    assert unused_fix.code_of(an_advice(DELETION, outcome=done)) == 0
    assert unused_fix.code_of(an_advice(DELETION, outcome=half)) == 3


def test_no_recommendation_says_why():
    """
    Exit code 1, and the reason.
    """
    advice = Advice(UNUSED_ROLE, an_advice().principal, Recommendation(ROLE, error=("SERVICE_ERROR", "it is shared")))

    assert "No recommendation: SERVICE_ERROR: it is shared" in render_text(advice, View())
    assert unused_fix.code_of(advice) == 1


def test_commands_say_to_a_shell_what_the_call_says():
    """
    Quotes, dollars and line breaks in a policy survive the shell.
    """
    document = '{"Statement": [{"Sid": "it\'s $HOME", "Resource": "${aws:username}"}]}'
    call = CallStep("iam:PutRolePolicy", {"RoleName": "deploy", "PolicyDocument": document, "Tags": [{"Key": "a"}]})
    # A shell reads on where a line ends with a backslash; shlex does not know that.
    words = shlex.split(" ".join(line.removesuffix(" \\") for line in command_line(call)))

    assert words[:5] == ["aws", "iam", "put-role-policy", "--role-name", "deploy"]
    assert json.loads(words[6]) == json.loads(document)
    assert json.loads(words[8]) == [{"Key": "a"}]
