"""AWS::Lambda::Function and AWS::Lambda::LayerVersion."""

import pytest

from ringwall.errors import ConfigurationError
from tests.resources.sharing import a_policy, a_request, a_statement, lets_through, sources_of

FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:report"
LAYER = "arn:aws:lambda:eu-west-1:111122223333:layer:tools:1"
THROUGH_URL = a_policy(
    a_statement(Action="lambda:InvokeFunctionUrl", Condition={"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}})
)


def calls_url(configuration):
    [source] = sources_of("AWS::Lambda::Function", FUNCTION, configuration)
    request = a_request("lambda:InvokeFunctionUrl", FUNCTION, "*", lambda__FunctionUrlAuthType="NONE")
    return lets_through(source, request)


@pytest.mark.parametrize(("auth_type", "is_open"), [("NONE", True), ("AWS_IAM", False), (None, True)])
def test_a_function_url_is_called_with_the_authentication_it_has(auth_type, is_open):
    """
    A statement for another authentication is of no use; where it is unknown, it may be either.
    """
    assert calls_url({"functionPolicy": THROUGH_URL, "functionUrlAuthType": auth_type}) is is_open


def test_the_authentication_of_a_url_does_not_touch_other_calls():
    """
    InvokeFunction comes without it.
    """
    policy = a_policy(a_statement(Action="lambda:InvokeFunction"), *[a_statement(Action="lambda:Get*")])

    [source] = sources_of(
        "AWS::Lambda::Function", FUNCTION, {"functionPolicy": policy, "functionUrlAuthType": "AWS_IAM"}
    )

    assert lets_through(source, a_request("lambda:InvokeFunction", FUNCTION))


@pytest.mark.parametrize("name", ["functionPolicy", "policy", "resourcePolicy"])
def test_a_function_policy_has_several_names(name):
    """
    The API has no name for it.
    """
    [source] = sources_of("AWS::Lambda::Function", FUNCTION, {name: a_policy()})

    assert source.place == f"/{name}"


@pytest.mark.parametrize("name", ["layerVersionPolicy", "policy", "layerPolicy", "layerVersionPolicyDocument"])
def test_a_layer_policy_has_several_names(name):
    """
    The API has no name for it.
    """
    [source] = sources_of("AWS::Lambda::LayerVersion", LAYER, {name: a_policy()})

    assert source.place == f"/{name}"


@pytest.mark.parametrize(
    "configuration",
    [{"functionPolicy": a_policy(), "policy": a_policy()}, {"functionUrlAuthType": "none"}],
)
def test_what_a_function_cannot_have_is_an_error(configuration):
    """
    Two policies, or an authentication that does not exist.
    """
    with pytest.raises(ConfigurationError):
        sources_of("AWS::Lambda::Function", FUNCTION, configuration)
