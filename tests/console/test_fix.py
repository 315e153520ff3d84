"""The page of a fix: what it shows to whom, and that nothing is written without all that it takes."""

import json
from dataclasses import replace

import pytest

from ringwall.errors import CollectionError, ConflictError
from ringwall.findings.finding import FindingStatus
from ringwall.service.jobs import JOBS
from ringwall.store import audit
from tests.console.estate import all_findings


class Hand:
    """Writes to the estate in memory."""

    def __init__(self, source, error=None):
        self.source = source
        self.error = error
        self.written = []

    def write(self, resource, configuration):
        if self.error:
            raise self.error
        self.written.append((resource, configuration))
        kept = [each for each in self.source.resources if each.arn != resource.arn]
        changed = replace(resource, configuration=configuration)
        self.source.resources[:] = [*kept, changed]
        return changed


@pytest.fixture
def finding(service):
    """An active one about a bucket whose policy lets a stranger in."""
    return next(
        each
        for each in all_findings(service)
        if each.status is FindingStatus.ACTIVE and each.resource.endswith("project-xyz-downloads")
    )


@pytest.fixture
def hand(service):
    """The server may change AWS."""
    made = Hand(service.source)
    service.ringwall = replace(service.ringwall, writer=made)
    return made


def digest_in(page):
    """What the form says was shown."""
    return page.split('name="digest" value="', 1)[1].split('"', 1)[0]


def applied(visitor, finding, **fields):
    return visitor.post(f"/findings/{finding.id}/fix", fields)


def test_the_page_shows_the_edit_and_its_proof(service, visitor, finding):
    """
    Also to readers, who are not offered to apply it.
    """
    page = visitor(service, "rita").get(f"/findings/{finding.id}/fix").text

    assert "This edit removes exactly this access." in page
    assert '<div class="line del"><span class="sign">−</span>' in page
    assert page.count(">Proven</span>") == 4
    assert f"ringwall fix {finding.id} --analyzer arn:aws:access-analyzer:" in page
    assert "takes the role admin" in page
    assert 'name="confirm"' not in page


def test_the_new_document_can_be_downloaded(service, visitor, finding):
    """
    Whole, and without what let the stranger in; a place that the fix does not touch has none.
    """
    rita = visitor(service, "rita")
    answer = rita.get(f"/findings/{finding.id}/fix/document", place="/bucketPolicy")
    missing = rita.get(f"/findings/{finding.id}/fix/document", place="/other")

    assert answer.headers["content-disposition"] == 'attachment; filename="bucketPolicy.json"'
    assert json.loads(answer.text)["Statement"]
    assert missing.status_code == 404


def test_a_server_without_the_right_changes_nothing(service, visitor, finding):
    """
    Neither is it offered, nor done.
    """
    ada = visitor(service, "ada")
    page = ada.get(f"/findings/{finding.id}/fix").text

    answer = applied(ada, finding, confirm="apply", digest="0" * 64)

    assert "This server may not change AWS" in page
    assert 'name="confirm"' not in page
    assert answer.status_code == 403


def test_a_fix_is_applied_and_the_resource_is_looked_at_again(service, visitor, finding, hand):
    """
    The finding is resolved by the rescan, and the audit log says who did it.
    """
    ada = visitor(service, "ada")
    page = ada.get(f"/findings/{finding.id}/fix").text

    answer = applied(ada, finding, confirm="apply", digest=digest_in(page))
    told = ada.get(f"/findings/{finding.id}").text
    for kind, payload in service.take():
        JOBS[kind](service.work, payload)

    assert answer.status_code == 303
    assert "A rescan of the resource is under way" in told
    assert [resource.arn for resource, _ in hand.written] == [finding.resource]
    [now] = [each for each in all_findings(service) if each.id == finding.id]
    assert now.status is FindingStatus.RESOLVED
    with service.store.read() as connection:
        [event] = [each for each in audit.page(connection, limit=50) if each.operation == "ApplyFindingFix"]
    assert (event.actor, event.error) == ("user/ada", None)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"confirm": "yes"}, 400),
        ({"confirm": ""}, 400),
        ({"confirm": "apply", "digest": "0" * 64}, 409),
        ({"confirm": "apply", "digest": ""}, 409),
    ],
)
def test_nothing_is_written_that_was_not_confirmed(service, visitor, finding, hand, fields, status):
    """
    By the word, and by the digest of what was shown.
    """
    ada = visitor(service, "ada")
    shown = {"digest": digest_in(ada.get(f"/findings/{finding.id}/fix").text)}

    answer = applied(ada, finding, **{**shown, **fields})

    assert answer.status_code == status
    assert hand.written == []


def test_a_reader_cannot_apply(service, visitor, finding, hand):
    """
    The server refuses, whatever form was sent.
    """
    digest = digest_in(visitor(service, "ada").get(f"/findings/{finding.id}/fix").text)

    answer = applied(visitor(service, "rita"), finding, confirm="apply", digest=digest)

    assert answer.status_code == 403
    assert hand.written == []


def test_where_there_is_no_fix_the_page_says_why(service, visitor, finding, hand):
    """
    The finding is resolved: what it was about is gone.
    """
    ada = visitor(service, "ada")
    applied(ada, finding, confirm="apply", digest=digest_in(ada.get(f"/findings/{finding.id}/fix").text))
    for kind, payload in service.take():
        JOBS[kind](service.work, payload)

    page = ada.get(f"/findings/{finding.id}/fix").text

    assert "There is no fix" in page
    assert "The resource, as it was last seen, does not give this access." in page
    assert len(hand.written) == 1


@pytest.mark.parametrize(
    "error",
    [
        ConflictError("it has changed since", resource_id="one", resource_type="AWS::S3::Bucket"),
        CollectionError("ACCESS_DENIED", "AWS refused it"),
    ],
)
def test_what_fails_is_told_and_looked_at_again(service, visitor, finding, hand, error):
    """
    A part may have been written, or somebody else has changed the resource.
    """
    ada = visitor(service, "ada")
    digest = digest_in(ada.get(f"/findings/{finding.id}/fix").text)
    hand.error = error

    answer = applied(ada, finding, confirm="apply", digest=digest)

    assert answer.status_code == 409
    assert str(error) in answer.text
    assert service.waiting() == {"rescan": 1}
