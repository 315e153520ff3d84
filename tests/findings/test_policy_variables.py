"""Policies whose variables relate two keys: decided by pinning one of them, or said to be undecided."""

import pytest

from ringwall.policy.parse import parse_policy
from ringwall.policy.request import ANONYMOUS, Request
from ringwall.reasoning.pinning import pinned_settings
from ringwall.reasoning.variables import Setting
from tests.findings.sharing_cases import BUCKET, OWNER, PARTNER, a_bucket, a_queue, document, findings_of, statement


@pytest.mark.parametrize(
    ("allow", "deny"),
    [
        ({"StringEquals": {"aws:SourceVpc": "${aws:PrincipalTag/vpc}"}}, None),
        ({"StringLike": {"aws:PrincipalTag/team": "${aws:PrincipalTag/unit}-*"}}, None),
        ({"StringNotEquals": {"aws:PrincipalTag/a": "${aws:PrincipalTag/b}"}}, None),
        ({"StringEquals": {"aws:PrincipalTag/a": "${aws:username}"}}, None),
        ({"StringEquals": {"aws:PrincipalTag/a": "${aws:PrincipalTag/b, 'none'}"}}, None),
        (None, {"StringEquals": {"aws:PrincipalTag/a": "${aws:PrincipalTag/b}"}}),
        (None, {"StringNotEquals": {"aws:PrincipalTag/a": "${aws:PrincipalTag/b}"}}),
    ],
)
def test_a_relation_between_two_keys_that_can_be_met_has_a_witness(allow, deny):
    """
    Everybody who meets the relation gets in: a finding with a proof, and nothing undecided.
    """
    statements = [statement(Principal={"AWS": PARTNER}, Condition=allow)]
    statements += [statement(Effect="Deny", Condition=deny)] if deny else []

    [found] = findings_of(a_queue(*statements))

    assert found.error is None
    assert found.witness.caller.account == PARTNER


def test_a_relation_that_nobody_outside_can_meet_is_never_access():
    """
    The account of the caller has to be that of the resource, whatever way round it is written. What was not decided
    is said; access that does not exist is not made up.
    """
    condition = {"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}

    found = findings_of(a_queue(statement(Condition=condition)))

    assert all(each.error for each in found)


def test_a_folder_for_each_user_is_shared_with_a_user_of_that_name():
    """
    A variable in the resource, as in policies for home folders.
    """
    folder = statement(Principal={"AWS": PARTNER}, Action="s3:GetObject", Resource=f"{BUCKET}/home/${{aws:username}}/*")

    [found] = findings_of(a_bucket(folder))

    assert found.error is None
    [name] = found.witness.context["aws:username"]
    assert found.witness.resource.startswith(f"{BUCKET}/home/{name}/")


@pytest.mark.parametrize(
    "statements",
    [
        [statement(Resource=f"arn:aws:sqs:us-east-1:{OWNER}:${{aws:username}}")],
        [
            statement(Condition={"StringEquals": {"aws:PrincipalTag/a": "${aws:PrincipalTag/b}"}}),
            statement(Effect="Deny", Condition={"StringEquals": {"aws:PrincipalTag/b": "example"}}),
        ],
        [
            statement(Condition={"StringEquals": {"aws:PrincipalTag/a": "x${aws:PrincipalTag/b}"}}),
            statement(Effect="Deny", Condition={"StringNotEquals": {"aws:PrincipalTag/b": "${aws:PrincipalTag/c}y"}}),
        ],
    ],
)
def test_access_that_hangs_on_an_entangled_relation_is_never_silence(statements):
    """
    Somebody gets in: there is a finding with a witness, or one that says that it was not decided.
    """
    assert findings_of(a_queue(*statements))


def test_every_setting_gives_each_variable_a_value_and_is_true_of_its_box():
    """
    First the values of the request that failed, then an example for each key, then none.
    """
    policy = parse_policy(document(statement(Condition={"StringEquals": {"aws:SourceVpc": "${aws:PrincipalTag/v}"}})))
    tried = Request(ANONYMOUS, "sqs:SendMessage", "q", {"aws:principaltag/v": ("vpc-1",)})

    found = list(pinned_settings([policy], Setting(), tried))

    tried_values = [setting.variables["aws:principaltag/v"] for setting, _ in found]
    assert (tried_values[0], tried_values[-1]) == (("vpc-1",), ())
    for setting, box in found:
        assert {key: list(values) for key, values in setting.variables.items()} == {
            key: list(box.keys[key].pick(key)) for key in setting.variables
        }


def test_a_policy_without_variables_has_nothing_to_pin():
    """
    No setting is tried in vain.
    """
    policy = parse_policy(document(statement()))

    assert list(pinned_settings([policy], Setting(), Request(ANONYMOUS, "a", "r"))) == []
