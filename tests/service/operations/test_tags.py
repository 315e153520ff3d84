import pytest

from ringwall.errors import NotFoundError, ValidationError
from ringwall.service.operations.tags import list_tags_for_resource, tag_resource, untag_resource
from tests.service.service_for_tests import ACCOUNT, CALLER, REGION, analyzer_in

ELSEWHERE = f"arn:aws:access-analyzer:us-west-2:{ACCOUNT}:analyzer/watch"


def tags(ringwall, arn):
    return list_tags_for_resource(ringwall, CALLER, {"resourceArn": arn})["tags"]


def test_tags_are_added_and_replaced(ringwall):
    """Others stay."""
    arn = analyzer_in(ringwall, tags={"a": "1", "b": "2"})

    tag_resource(ringwall, CALLER, {"resourceArn": arn, "tags": {"b": "3", "größe": "sehr groß + _./=-"}})

    assert tags(ringwall, arn) == {"a": "1", "b": "3", "größe": "sehr groß + _./=-"}


def test_tags_are_taken_away(ringwall):
    """A key that is not there is no fault."""
    arn = analyzer_in(ringwall, tags={"a": "1", "b": "2"})

    untag_resource(ringwall, CALLER, {"resourceArn": arn, "tagKeys": ["a", "missing"]})

    assert tags(ringwall, arn) == {"b": "2"}


def test_fifty_tags_are_the_most(ringwall):
    """Those that are there count."""
    arn = analyzer_in(ringwall, tags={f"k{number}": "" for number in range(50)})

    with pytest.raises(ValidationError, match="51"):
        tag_resource(ringwall, CALLER, {"resourceArn": arn, "tags": {"one-more": ""}})
    assert len(tags(ringwall, arn)) == 50


@pytest.mark.parametrize(
    ("operation", "more"),
    [(list_tags_for_resource, {}), (tag_resource, {"tags": {"a": "b"}}), (untag_resource, {"tagKeys": ["a"]})],
)
@pytest.mark.parametrize(
    ("arn", "error"),
    [
        (f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer/missing", NotFoundError),
        (ELSEWHERE, NotFoundError),
        (f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer/watch/archive-rule/r", ValidationError),
        ("arn:aws:s3:::photos", ValidationError),
        ("watch", ValidationError),
    ],
)
def test_only_analyzers_have_tags(ringwall, operation, more, arn, error):
    """The caller's own; what is no analyzer's ARN cannot be one."""
    analyzer_in(ringwall)

    with pytest.raises(error):
        operation(ringwall, CALLER, {"resourceArn": arn, **more})
