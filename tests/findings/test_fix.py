"""Fixes: each kind of edit, what is said where there is none, and what a fix looks like."""

import json
from dataclasses import replace

import pytest

from ringwall.errors import UndecidedError
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.fix import Fix, NoFix, find_fix, finding_told
from ringwall.findings.fix_access import access_of
from ringwall.findings.fix_proof import Claim
from ringwall.findings.fix_search import Case
from ringwall.policy import evaluate
from ringwall.policy.ast import Effect, Pattern, Policy
from ringwall.policy.merging import with_denials
from ringwall.policy.parse import parse_policy
from ringwall.policy.request import Request, parse_caller
from ringwall.resources.base import ReadError, Resource
from tests.findings.fix_cases import ARNS, DOOR, OTHER, opened
from tests.findings.sharing_cases import (
    ACCOUNT,
    MEMBER,
    ORGANIZATION,
    OWNER,
    PARTNER,
    QUEUE,
    a_bucket,
    a_queue,
    document,
    statement,
    zone,
)

OWN = f"arn:aws:iam::{OWNER}:root"
SEND = {"Action": "sqs:SendMessage", "Resource": QUEUE}
EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"


def fixes_of(resource, within=None, **options):
    """The fix of every finding of the resource."""
    analyzer = ExternalAccess(within or zone(), **options)
    return [find_fix(analyzer, resource, finding) for finding in analyzer.findings_of(resource)]


def the_fix(resource, within=None, **options):
    """The fix of the resource's only finding."""
    [fix] = fixes_of(resource, within, **options)
    assert isinstance(fix, Fix), fix
    return fix


def statements_of(fix, place="queuePolicy"):
    """The statements of the changed policy."""
    return json.loads(fix.configuration[place])["Statement"]


# Taking away


def test_a_principal_is_taken_out_of_a_list():
    """
    The others stay.
    """
    fix = the_fix(a_queue(statement(Principal={"AWS": [OWN, PARTNER]}, **SEND)))

    assert (fix.is_exact, fix.losses) == (True, ())
    assert statements_of(fix) == [statement(Principal={"AWS": [OWN]}, **SEND)]
    assert fix.what == (f"takes `{PARTNER}` out of the principals of statement 1",)


def test_every_spelling_of_an_account_goes_with_it():
    """
    Its number, its root user, and the roles that were hidden behind them.
    """
    spellings = [PARTNER, f"arn:aws:iam::{PARTNER}:root", f"arn:aws:iam::{PARTNER}:role/r"]

    fix = the_fix(a_queue(statement(Principal={"AWS": [OWN, *spellings]}, **SEND)))

    assert fix.is_exact
    assert statements_of(fix) == [statement(Principal={"AWS": [OWN]}, **SEND)]


def test_a_statement_goes_that_is_needed_for_nothing_else():
    """
    As a whole, with its other elements.
    """
    kept = statement(Principal={"AWS": OWN}, **SEND)

    fix = the_fix(a_queue(kept, statement(Sid="P", Principal={"AWS": PARTNER}, **SEND)))

    assert fix.is_exact
    assert statements_of(fix) == [kept]
    assert fix.what == ("removes statement 2 (P)",)


def test_the_only_statement_takes_the_policy_along():
    """
    A queue can be without one.
    """
    fix = the_fix(a_queue(statement(Principal={"AWS": PARTNER}, **SEND)))

    assert (fix.is_exact, fix.configuration) == (True, {"queuePolicy": ""})


@pytest.mark.parametrize(
    ("name", "field", "action"),
    [
        ("AWS::IAM::Role", "trustPolicy", "sts:AssumeRole"),
        ("AWS::SNS::Topic", "topicPolicy", "sns:Publish"),
        ("AWS::EFS::FileSystem", "fileSystemPolicy", "elasticfilesystem:ClientMount"),
    ],
)
def test_where_a_policy_has_to_be_the_only_statement_denies(name, field, action):
    """
    An EFS file system without a policy would even be open to more.
    """
    only = statement(Principal={"AWS": PARTNER}, Action=action, Resource=None)
    resource = Resource(ARNS[name], name, OWNER, "us-east-1", {field: document(only)})

    fix = the_fix(resource)

    assert fix.is_exact
    assert statements_of(fix, field) == [{**only, "Effect": "Deny"}]


def test_a_statement_for_everybody_is_never_turned_into_a_deny():
    """
    It would bind the owner's own people, too, whatever else allows them.
    """
    topic = statement(Action="sns:Publish", Resource=ARNS["AWS::SNS::Topic"])
    resource = Resource(
        ARNS["AWS::SNS::Topic"], "AWS::SNS::Topic", OWNER, "us-east-1", {"topicPolicy": document(topic)}
    )

    fix = the_fix(resource)

    assert fix.is_exact
    assert statements_of(fix, "topicPolicy")[0] == topic


def test_a_value_is_taken_out_of_a_condition():
    """
    The source that belongs to the zone stays.
    """
    condition = {"StringEquals": {"aws:SourceAccount": [OWNER, PARTNER]}}

    fix = the_fix(a_queue(statement(Condition=condition, **SEND)))

    assert fix.is_exact
    assert statements_of(fix)[0]["Condition"] == {"StringEquals": {"aws:SourceAccount": [OWNER]}}


def test_an_action_is_taken_out_of_a_list():
    """
    Where another finding is about the rest of the statement.
    """
    resource = a_queue(
        statement(Principal={"AWS": PARTNER}, Action=["sqs:SendMessage", "sqs:ReceiveMessage"]),
        statement(
            Effect="Deny",
            Action="sqs:ReceiveMessage",
            Condition={"StringNotEquals": {"aws:SourceVpc": "vpc-1"}},
        ),
    )
    [send] = [fix for fix in fixes_of(resource) if fix.finding.action == ("sqs:SendMessage",)]

    assert send.is_exact
    assert statements_of(send)[0]["Action"] == ["sqs:ReceiveMessage"]


def test_what_was_hidden_goes_as_well():
    """
    A finding about an account hides one about its role, which would come to light.
    """
    resource = a_queue(
        statement(Principal={"AWS": PARTNER}, **SEND),
        statement(Principal={"AWS": f"arn:aws:iam::{PARTNER}:role/r"}, **SEND),
        statement(Principal={"AWS": OWN}, **SEND),
    )

    fix = the_fix(resource)

    assert fix.is_exact
    assert statements_of(fix) == [statement(Principal={"AWS": OWN}, **SEND)]


def test_another_finding_stays_as_it_is():
    """
    Each has its own fix.
    """
    resource = a_queue(statement(Principal={"AWS": [PARTNER, OTHER]}, **SEND))

    fixes = fixes_of(resource)

    assert [fix.is_exact for fix in fixes] == [True, True]
    assert sorted(statements_of(fix)[0]["Principal"]["AWS"][0] for fix in fixes) == [PARTNER, OTHER]


def test_an_entry_of_an_acl_is_taken_out():
    """
    The one of the finding.
    """
    grants = [{"permission": "READ", "grantee": {"id": each * 64}} for each in "cd"]

    fixes = fixes_of(a_bucket(bucketAclGrants=grants))

    assert [fix.is_exact for fix in fixes] == [True, True]
    assert sorted((fix.configuration["bucketAclGrants"] for fix in fixes), key=repr) == [[grants[0]], [grants[1]]]


def test_a_grant_of_a_key_is_revoked():
    """
    The others stay.
    """
    grants = [
        {"granteePrincipal": f"arn:aws:iam::{account}:role/r", "operations": ["Decrypt"]}
        for account in (OWNER, PARTNER)
    ]
    policy = document(statement(Principal={"AWS": OWN}, Action="kms:*"))
    key = Resource(
        ARNS["AWS::KMS::Key"],
        "AWS::KMS::Key",
        OWNER,
        "us-east-1",
        {"keyPolicies": {"default": policy}, "grants": grants},
    )

    fix = the_fix(key)

    assert fix.is_exact
    assert fix.configuration == {"keyPolicies": {"default": policy}, "grants": grants[:1]}


def test_many_grants_go_together():
    """
    From the last to the first, the tenth before the ninth: each is found where it stood.
    """
    kept = {"granteePrincipal": f"arn:aws:iam::{OWNER}:role/r", "operations": ["Decrypt"]}
    gone = {"granteePrincipal": f"arn:aws:iam::{PARTNER}:role/r", "operations": ["Decrypt"]}
    policy = document(statement(Principal={"AWS": OWN}, Action="kms:*"))
    grants = [{**each, "issuingAccount": str(number)} for number in range(7) for each in (kept, gone)]
    configuration = {"keyPolicies": {"default": policy}, "grants": grants}

    fix = the_fix(Resource(ARNS["AWS::KMS::Key"], "AWS::KMS::Key", OWNER, "us-east-1", configuration))

    assert fix.is_exact
    assert fix.configuration["grants"] == grants[::2]


def test_a_snapshot_is_no_longer_shared_with_an_account():
    """
    For both kinds of lists.
    """
    arn = ARNS["AWS::EC2::Snapshot"]
    volume = Resource(arn, "AWS::EC2::Snapshot", OWNER, "us-east-1", {"userIds": [PARTNER, OTHER], "groups": []})
    ids = {"attributes": {"restore": {"accountIds": [PARTNER]}}, "kmsKeyId": ""}
    database = Resource(ARNS["AWS::RDS::DBSnapshot"], "AWS::RDS::DBSnapshot", OWNER, "us-east-1", ids)

    assert [fix.configuration["userIds"] for fix in fixes_of(volume)] in ([[OTHER], [PARTNER]], [[PARTNER], [OTHER]])
    assert the_fix(database).configuration["attributes"] == {"restore": {"accountIds": []}}


def test_the_policy_of_an_access_point_is_edited():
    """
    And the bucket's, which is needed by others, is not.
    """
    block = {"ignorePublicAcls": False, "restrictPublicBuckets": False}
    through = [
        {"Effect": "Allow", "Principal": {"AWS": who}, "Action": "s3:GetObject", "Resource": f"{DOOR}/object/*"}
        for who in (OWN, PARTNER)
    ]
    delegated = statement(Condition={"StringEquals": {"s3:DataAccessPointAccount": OWNER}}, Action="s3:GetObject")
    bucket = a_bucket(
        {**delegated, "Resource": "arn:aws:s3:::b/*"},
        accessPoints={DOOR: {"accessPointPolicy": document(*through), "publicAccessBlock": block}},
    )

    fix = the_fix(bucket)

    assert fix.is_exact
    assert fix.configuration["bucketPolicy"] == bucket.configuration["bucketPolicy"]
    assert json.loads(fix.configuration["accessPoints"][DOOR]["accessPointPolicy"])["Statement"] == through[:1]


# Refusing


def test_everybody_but_the_zone_is_denied():
    """
    Taking the statement away would take access from the zone's own people, so they are spared by a Deny.
    """
    fix = the_fix(a_queue(statement(**SEND)), ORGANIZATION)

    allow, deny = statements_of(fix)
    assert (fix.is_exact, allow) == (True, statement(**SEND))
    assert deny == {
        "Sid": f"DenyUnintended{fix.finding.id[:8]}",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:SendMessage",
        "Resource": QUEUE,
        "Condition": {
            "StringNotEquals": {"aws:PrincipalOrgID": "o-own"},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    }


def test_a_smaller_edit_is_told_with_what_it_takes_away():
    """
    For a queue that nobody of the zone uses that way.
    """
    fix = the_fix(a_queue(statement(Principal={"AWS": OWN}, Action="sqs:ReceiveMessage"), statement(**SEND)))

    assert fix.smaller.what == ("removes statement 2",)
    assert [loss.claim for loss in fix.smaller.losses] == [Claim.ZONE_KEEPS]
    assert fix.smaller.losses[0].request.action == "sqs:SendMessage"


@pytest.mark.parametrize(
    ("within", "spared"),
    [
        (ACCOUNT, {"aws:PrincipalAccount": OWNER}),
        (zone(f"account:{PARTNER}"), {"aws:PrincipalAccount": [OWNER, PARTNER]}),
        (zone("org:o-theirs"), {"aws:PrincipalAccount": OWNER, "aws:PrincipalOrgID": "o-theirs"}),
        (zone("vpc:vpc-0abc1234"), {"aws:PrincipalAccount": OWNER, "aws:SourceVpc": "vpc-0abc1234"}),
    ],
)
def test_partners_and_networks_are_spared_as_well(within, spared):
    """
    Whoever is trusted keeps access.
    """
    fix = the_fix(a_queue(statement(**SEND)), within)

    assert fix.is_exact
    assert statements_of(fix)[1]["Condition"]["StringNotEquals"] == spared


def test_a_path_and_an_address_are_spared_by_their_own_operators():
    """
    Which hold where the key is absent, too.
    """
    fix = the_fix(a_queue(statement(**SEND)), zone("path:o-exampleorgid/r-ab12/ou-ab12-11111111/", "cidr:10.0.0.0/8"))

    condition = statements_of(fix)[1]["Condition"]
    assert fix.is_exact
    assert condition["ForAllValues:StringNotLike"] == {
        "aws:PrincipalOrgPaths": "o-exampleorgid/r-ab12/ou-ab12-11111111/*"
    }
    assert condition["NotIpAddress"] == {"aws:SourceIp": "10.0.0.0/8"}


def test_a_service_is_denied_what_it_does_for_others():
    """
    Confused deputies: what it does for the zone stays.
    """
    resource = a_queue(statement(Principal={"Service": "sns.amazonaws.com"}, **SEND))

    fix = the_fix(resource, include=frozenset({"confused-deputy"}))

    deny = statements_of(fix)[1]
    assert (fix.is_exact, deny["Principal"]) == (True, {"Service": "sns.amazonaws.com"})
    assert deny["Condition"]["StringNotEquals"]["aws:SourceAccount"] == OWNER


def test_a_condition_is_added_where_that_is_exact():
    """
    Services bring no ARN of a principal, so that the pattern leaves them out already.
    """
    condition = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}

    fix = the_fix(a_queue(statement(Condition=condition, **SEND)))

    assert fix.is_exact
    assert statements_of(fix)[0]["Condition"] == {**condition, "StringEquals": {"aws:PrincipalAccount": OWNER}}


def test_a_bucket_without_a_policy_is_given_one():
    """
    A Deny of the bucket policy binds ACLs, too.
    """
    fix = the_fix(a_bucket(bucketAclGrants=[{"permission": "READ_ACP", "grantee": {"uri": EVERYBODY}}]))

    [deny] = statements_of(fix, "bucketPolicy")
    assert (fix.is_exact, deny["Effect"], deny["Action"]) == (True, "Deny", "s3:GetBucketAcl")
    assert fix.smaller.configuration["bucketAclGrants"] == []


def test_not_principal_is_no_list_to_take_from():
    """
    Of whom the statement is about, AWS services alone are to keep access.
    """
    fix = the_fix(a_queue(statement(Principal=None, NotPrincipal={"AWS": OWNER}, **SEND)))

    [left] = statements_of(fix)
    assert (fix.is_exact, left["NotPrincipal"]) == (True, {"AWS": OWNER})
    assert left["Condition"] == {"Bool": {"aws:PrincipalIsAWSService": "true"}}


def test_a_public_snapshot_is_shared_with_the_organization_instead():
    """
    In an account's own zone nobody else needs it.
    """
    arn = ARNS["AWS::EC2::Snapshot"]
    snapshot = Resource(arn, "AWS::EC2::Snapshot", OWNER, "us-east-1", {"userIds": [], "groups": ["all"]})

    for_all, alone = the_fix(snapshot, ORGANIZATION), the_fix(snapshot, ACCOUNT)

    assert (for_all.is_exact, for_all.configuration) == (True, {"userIds": [MEMBER], "groups": []})
    assert (alone.is_exact, alone.configuration) == (True, {"userIds": [], "groups": []})


# The nearest, and none


def test_of_a_layer_only_statements_can_be_taken():
    """
    So that where the zone uses the same statement there is no exact fix, and the nearest says what it takes away.
    """
    name = "AWS::Lambda::LayerVersion"
    policy = document(statement(Sid="s", Action="lambda:GetLayerVersion", Resource=ARNS[name]))

    fix = the_fix(Resource(ARNS[name], name, OWNER, "us-east-1", {"layerVersionPolicy": policy}), ORGANIZATION)

    assert (fix.is_exact, fix.configuration) == (False, {"layerVersionPolicy": ""})
    assert [loss.claim for loss in fix.losses] == [Claim.ZONE_KEEPS]
    assert fix.losses[0].request.context["aws:principalorgid"] == ("o-own",)


def test_a_grant_that_two_findings_need_cannot_be_revoked_alone():
    """
    The key policy denies the one.
    """
    grant = {
        "granteePrincipal": f"arn:aws:iam::{PARTNER}:role/r",
        "retiringPrincipal": f"arn:aws:iam::{OTHER}:role/r",
        "operations": ["Decrypt"],
    }
    policy = document(statement(Principal={"AWS": OWN}, Action="kms:*"))
    key = Resource(
        ARNS["AWS::KMS::Key"],
        "AWS::KMS::Key",
        OWNER,
        "us-east-1",
        {"keyPolicies": {"default": policy}, "grants": [grant]},
    )

    fixes = fixes_of(key)

    assert [fix.is_exact for fix in fixes] == [True, True]
    assert all(fix.configuration["grants"] == [grant] for fix in fixes)


def test_an_error_finding_has_no_fix():
    """
    Nothing is known about the resource.
    """
    resource = Resource(QUEUE, "AWS::SQS::Queue", OWNER, "us-east-1", error=ReadError("ACCESS_DENIED", "refused"))

    [fix] = fixes_of(resource)

    assert fix == NoFix(fix.finding, "the resource could not be analyzed: refused")


def test_a_finding_that_is_gone_has_no_fix():
    """
    The resource is not as it was when it was found.
    """
    resource = a_queue(statement(Principal={"AWS": PARTNER}, **SEND))
    analyzer = ExternalAccess(zone())
    [finding] = analyzer.findings_of(resource)

    fix = find_fix(analyzer, a_queue(statement(Principal={"AWS": OTHER}, **SEND)), finding)

    assert isinstance(fix, NoFix)
    assert "not there any more" in fix.reason


def test_a_label_with_a_variable_has_no_fix():
    """
    What it means cannot be written down exactly.
    """
    condition = {"StringLike": {"aws:SourceArn": "arn:aws:s3:::${aws:PrincipalTag/team}*"}}

    fixes = fixes_of(a_queue(statement(Condition=condition, **SEND)))

    assert fixes
    assert all(isinstance(fix, NoFix) or fix.is_exact for fix in fixes)


def test_where_something_is_undecided_there_is_no_fix():
    """
    Access that nobody knows of could be lost.
    """
    resource = a_queue(
        statement(Principal={"AWS": PARTNER}, **SEND),
        statement(
            Action="sqs:ReceiveMessage", Condition={"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}
        ),
    )

    fixes = fixes_of(resource)

    assert all(isinstance(fix, NoFix) for fix in fixes)
    assert any("not all access to the resource is known" in fix.reason for fix in fixes)


def test_an_undecided_proof_is_not_exact():
    """
    Even where the edit is the right one.
    """

    def gives_up(_):
        raise UndecidedError("no time")

    condition = {"StringLike": {"s3:prefix": "${aws:username}*"}}
    resource = a_bucket(
        statement(Principal={"AWS": [OWN, PARTNER]}, Action="s3:ListBucket", Condition=condition),
        statement(Effect="Deny", Action="s3:ListBucket", Condition={"StringLike": {"aws:userid": "${s3:prefix}*"}}),
    )

    for fix in fixes_of(resource, solver=gives_up):
        assert isinstance(fix, NoFix) or fix.is_exact or fix.losses


# What a fix looks like


def test_the_difference_of_a_policy_in_one_line_is_laid_out():
    """
    One line that is replaced by another would show nothing.
    """
    fix = the_fix(a_queue(statement(Principal={"AWS": [OWN, PARTNER]}, **SEND)))

    [edit] = fix.edits
    assert "\n" not in edit.old + edit.new
    assert [line for line in edit.diff.splitlines() if line.startswith(("+ ", "- "))] == [
        f'-          "{OWN}",',
        f'-          "{PARTNER}"',
        f'+          "{OWN}"',
    ]


def test_the_layout_is_kept():
    """
    Indentation, order of elements, spelling of names.
    """
    text = json.dumps(
        {"statement": [{"action": ["sqs:SendMessage"], "effect": "Allow", "principal": {"AWS": [PARTNER, OWN]}}]},
        indent=3,
    )
    resource = replace(a_queue(), configuration={"queuePolicy": text})

    fix = the_fix(resource)

    assert fix.configuration["queuePolicy"] == text.replace(f'"{PARTNER}",\n{" " * 15}', "")
    assert fix.is_exact


def test_a_byte_order_mark_stays_where_it_is():
    """
    Nor does it keep the difference from being shown.
    """
    resource = a_queue(statement(Principal={"AWS": [OWN, PARTNER]}, **SEND))
    text = "\ufeff" + resource.configuration["queuePolicy"]

    fix = the_fix(replace(resource, configuration={"queuePolicy": text}))

    assert fix.configuration["queuePolicy"].startswith("\ufeff{")
    assert fix.edits[0].diff.startswith("--- a/queuePolicy\n")


def test_a_policy_that_came_as_an_object_is_written_as_text():
    """
    The configuration stays one that the type reads.
    """
    resource = a_queue(statement(Principal={"AWS": [OWN, PARTNER]}, **SEND))

    fix = the_fix(replace(resource, configuration=opened(resource.configuration)))

    assert fix.is_exact
    assert statements_of(fix) == [statement(Principal={"AWS": [OWN]}, **SEND)]


def test_a_fix_is_json():
    """
    With its edits, its proof, and the configuration to write.
    """
    fix = the_fix(a_queue(statement(**SEND)), ORGANIZATION)

    written = json.loads(json.dumps(fix.as_json()))

    assert written["isExact"] is True
    assert [step["holds"] for step in written["proof"]] == [True, True, True, True]
    assert written["configuration"] == fix.configuration
    assert written["smaller"]["losses"][0]["request"]["action"] == "sqs:SendMessage"


def test_a_remembered_finding_is_found_again():
    """
    By what it says, since it is kept under another id.
    """
    resource = a_queue(statement(Principal={"AWS": [PARTNER, OTHER]}, **SEND))
    findings = ExternalAccess(zone()).findings_of(resource)

    assert [finding_told(findings, {**each.as_json(), "id": "another"}) for each in findings] == list(findings)
    assert finding_told(findings[:1], findings[1].as_json()) is None


# Hostile input


@pytest.mark.parametrize("sid", ["<script>alert(1)</script>", "{permission}", "%s", "\u202e", "`"])
def test_a_name_is_only_text(sid):
    """
    Whatever a statement calls itself.
    """
    fix = the_fix(
        a_queue(statement(Principal={"AWS": OWN}, **SEND), statement(Sid=sid, Principal={"AWS": PARTNER}, **SEND))
    )

    assert fix.is_exact
    assert fix.what == (f"removes statement 2 ({sid})",)


def test_a_grantee_is_only_text():
    """
    Names in curly braces are not filled in.
    """
    principal = f"arn:aws:iam::{PARTNER}:role/{{entry}}"
    policy = document(statement(Principal={"AWS": OWN}, Action="kms:*"))
    grants = [{"granteePrincipal": principal, "operations": ["Decrypt"]}]
    configuration = {"keyPolicies": {"default": policy}, "grants": grants}

    fix = the_fix(Resource(ARNS["AWS::KMS::Key"], "AWS::KMS::Key", OWNER, "us-east-1", configuration))

    assert fix.what == (f"revokes the grant to {principal}",)


def test_many_principals_are_no_hurdle():
    """
    One of hundreds goes.
    """
    accounts = [str(number) for number in range(100000000000, 100000000300)]
    resource = a_queue(statement(Principal={"AWS": accounts}, **SEND))
    analyzer = ExternalAccess(zone())
    finding = analyzer.findings_of(resource)[150]

    fix = find_fix(analyzer, resource, finding)

    assert fix.is_exact
    assert len(statements_of(fix)[0]["Principal"]["AWS"]) == 299


# The proof


def proof_of(resource, changed):
    """What is proven of a configuration that somebody else has made."""
    analyzer = ExternalAccess(zone())
    known = analyzer.findings_of(resource)
    case = Case(analyzer, resource, access_of(analyzer, resource, known[0]), known)
    return case.judge(changed.configuration)


def test_what_makes_something_new_is_no_fix():
    """
    However well the finding is gone.
    """
    before = a_queue(statement(Principal={"AWS": PARTNER}, **SEND))
    after = a_queue(statement(Principal={"AWS": OWN}, **SEND))

    judged = proof_of(before, after)

    assert (judged.removes, judged.is_narrower, judged.is_exact) == (True, False, False)
    assert judged.step(Claim.NOTHING_NEW).answer.caller.account == OWNER


def test_what_comes_to_light_is_no_fix():
    """
    The role that the account's finding has hidden is still let in.
    """
    role = statement(Principal={"AWS": f"arn:aws:iam::{PARTNER}:role/r"}, **SEND)

    judged = proof_of(a_queue(statement(Principal={"AWS": PARTNER}, **SEND), role), a_queue(role))

    assert (judged.removes, judged.is_narrower, judged.is_exact) == (False, True, False)


def test_access_that_another_way_gives_is_not_lost():
    """
    The bucket's policy lets in whom the access control list no longer does.
    """
    reader = {"id": "c" * 64}
    both = statement(Principal={"CanonicalUser": reader["id"]}, Action="s3:GetBucketAcl", Resource="arn:aws:s3:::b")
    before = a_bucket(both, bucketAclGrants=[{"permission": "READ_ACP", "grantee": reader}])

    judged = proof_of(before, a_bucket(both, bucketAclGrants=[]))

    assert [step.holds for step in judged.steps[:3]] == [True, True, True]
    assert judged.removes is False


def test_a_dollar_sign_that_is_no_variable_stays_one():
    """
    Policies of different versions are put together for a question, and mean what they meant.
    """
    request = Request(parse_caller(OWNER), "sqs:SendMessage", "${a}", {})
    old = parse_policy('{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "${a}"}]}')
    new = parse_policy('{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "b"}]}')

    both = with_denials(old, [new])

    assert both.has_variables
    assert evaluate.is_allowed(old, request)
    assert evaluate.is_allowed(both, request)
    assert not evaluate.is_allowed(both, replace(request, resource="b"))
    assert with_denials(old, [Policy(())]) == old
    assert both.statements[1].effect is Effect.DENY
    assert both.statements[1].resources.members == (Pattern("b"),)
