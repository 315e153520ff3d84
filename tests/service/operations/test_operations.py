import pytest
from botocore import xform_name

from ringwall.api.model import extended_model
from ringwall.errors import DeniedError, NotSupportedError
from ringwall.service.operations import OPERATIONS, unsupported
from tests.service.service_for_tests import CALLER

NOT_SUPPORTED = sorted(
    name
    for name in OPERATIONS
    if OPERATIONS[name].__module__ == unsupported.__name__ and not name.endswith("service_linked_analyzer")
)


def test_every_operation_of_the_model_has_a_function():
    """AWS's 39, and ours."""
    of_the_model = {xform_name(each) for each in extended_model().operation_names}

    assert of_the_model - OPERATIONS.keys() == set()


def test_every_function_is_an_operation():
    """What only helps stands elsewhere."""
    of_the_model = {xform_name(each) for each in extended_model().operation_names}

    assert OPERATIONS.keys() - of_the_model == set()


@pytest.mark.parametrize("name", NOT_SUPPORTED)
def test_what_is_not_there_yet_says_so(name):
    """In a sentence that names it."""
    with pytest.raises(NotSupportedError, match="cannot be had from this service yet"):
        OPERATIONS[name](None, CALLER, {})


def test_service_linked_analyzers_are_not_for_customers():
    """As with AWS."""
    with pytest.raises(DeniedError):
        OPERATIONS["create_service_linked_analyzer"](None, CALLER, {"type": "ACCOUNT_UNUSED_ACCESS"})
