import base64
import json

import pytest

from ringwall.errors import ValidationError
from ringwall.service.context import Caller
from ringwall.service.paging import paging_of
from tests.service.service_for_tests import CALLER

QUESTION = {"analyzerArn": "a", "filter": {"isPublic": {"eq": ["true"]}}}


def paging(request, caller=CALLER, operation="ListFindings", kind=int):
    return paging_of(caller, operation, request, kind)


def test_a_token_leads_back_to_its_place():
    """Whatever the size of the page is."""
    token = paging(QUESTION).token(7)

    assert paging({**QUESTION, "nextToken": token, "maxResults": 3}).after == 7


@pytest.mark.parametrize(
    ("request_", "caller", "operation"),
    [
        ({**QUESTION, "filter": {}}, CALLER, "ListFindings"),
        (QUESTION, Caller(account=CALLER.account, region="us-west-2"), "ListFindings"),
        (QUESTION, Caller(account="444455556666", region=CALLER.region), "ListFindings"),
        (QUESTION, CALLER, "ListFindingsV2"),
    ],
)
def test_a_token_is_of_no_use_for_another_question(request_, caller, operation):
    """Another filter, Region, account or operation."""
    token = paging(QUESTION).token(7)

    with pytest.raises(ValidationError, match="another request") as caught:
        paging({**request_, "nextToken": token}, caller, operation)
    assert caught.value.field == "nextToken"


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "token", ["", "x", "!!", "é", encoded(7), encoded([]), encoded(["a", "b", "c"]), encoded(["a", "text"])]
)
def test_a_damaged_token_is_refused(token):
    """It is the caller's to begin again."""
    with pytest.raises(ValidationError) as caught:
        paging({**QUESTION, "nextToken": token})
    assert caught.value.field == "nextToken"


def test_a_place_is_of_its_kind():
    """A number is no place in an order by texts."""
    token = paging(QUESTION).token(7)

    with pytest.raises(ValidationError, match="damaged"):
        paging({**QUESTION, "nextToken": token}, kind=list)


@pytest.mark.parametrize("place", [2**63, True, None, 1.5, {}, [2**64], [[1]], [None], [{"a": 1}]])
def test_a_place_is_what_a_listing_could_have_written(place):
    """What the database could not hold is refused before it is asked."""
    kind = list if isinstance(place, list) else int
    token = paging(QUESTION).token(place)

    with pytest.raises(ValidationError, match="damaged"):
        paging({**QUESTION, "nextToken": token}, kind=kind)


@pytest.mark.parametrize(("asked", "limit"), [({}, 100), ({"maxResults": 1}, 1), ({"maxResults": 5000}, 1000)])
def test_a_page_has_a_size(asked, limit):
    """A hundred where nothing is said, and a thousand at most, as a page may always be shorter than was asked for."""
    assert paging(asked).limit == limit


@pytest.mark.parametrize("asked", [0, -1])
def test_a_page_has_entries(asked):
    """One at least."""
    with pytest.raises(ValidationError) as caught:
        paging({"maxResults": asked})
    assert caught.value.field == "maxResults"
