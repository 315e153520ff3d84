from dataclasses import replace
from datetime import timedelta

import pytest

from ringwall.errors import ConflictError, ValidationError
from ringwall.findings.archive_rule import Criterion
from ringwall.findings.finding import FindingStatus, FindingType
from ringwall.findings.remembered import Cause, Change
from ringwall.store import findings, resources
from ringwall.store.finding_counts import Kind, by_kind
from ringwall.store.findings import Cursor, Depth, Sort
from tests.store.samples import ACCOUNT, BUCKET, LATER, NOON, a_detail, a_finding, keep, keep_analyzer

ACTIVE, ARCHIVED, RESOLVED = FindingStatus


def changed(store, analyzer, *changes, at=LATER, reason=None):
    with store.write() as connection:
        findings.apply(connection, analyzer, changes, {}, at, reason=reason)


def found(store, analyzer, id_="f-1"):
    with store.read() as connection:
        return findings.find(connection, analyzer, id_)


def test_a_finding_comes_back_as_it_was_written(store):
    """
    What was written is what is read, evidence and all.
    """
    analyzer = keep_analyzer(store)
    written = a_finding(detail=a_detail(condition={"aws:SourceVpc": "vpc-1"}, isPublic=True))

    keep(store, analyzer, written)

    assert found(store, analyzer) == written


def test_what_a_database_cannot_hold_stays_in_the_detail(store):
    """
    The character NUL and half a surrogate pair, in a policy of somebody hostile, stop no scan.
    """
    analyzer = keep_analyzer(store)
    written = a_finding(detail=a_detail(condition={"aws:Source\0Vpc": "a\0b\ud800"}, principal={"AWS": "\0"}))

    keep(store, analyzer, written)

    assert found(store, analyzer) == written


def test_a_finding_that_another_analyzer_has_is_not_found(store):
    """
    Findings belong to their analyzer.
    """
    analyzer, other = keep_analyzer(store), keep_analyzer(store, "other")
    keep(store, analyzer, a_finding())

    assert found(store, other) is None


def test_a_change_of_status_is_kept_with_its_time(store):
    """
    An archived finding says so, and when.
    """
    analyzer = keep_analyzer(store)
    keep(store, analyzer, a_finding())

    changed(store, analyzer, Change(a_finding(status=ARCHIVED, updated_at=LATER), ACTIVE, cause=Cause.USER))

    assert found(store, analyzer) == a_finding(status=ARCHIVED, updated_at=LATER)


def test_who_archives_does_not_change_what_is_said_about_the_access(store):
    """
    A finding that was read without its evidence can be archived, and keeps the evidence.
    """
    analyzer = keep_analyzer(store)
    keep(store, analyzer, a_finding())
    light = a_finding(detail={"resource": BUCKET}, status=ARCHIVED)

    changed(store, analyzer, Change(light, ACTIVE, cause=Cause.USER))

    assert found(store, analyzer).detail == a_detail()


def test_a_scan_renews_what_is_said_about_the_access(store):
    """
    The same access for other reasons: the evidence is new, the time of the status is not.
    """
    analyzer = keep_analyzer(store)
    keep(store, analyzer, a_finding())
    renewed = a_finding(detail=a_detail(allowedBy=[]), updated_at=LATER)

    changed(store, analyzer, Change(renewed, ACTIVE))

    assert found(store, analyzer) == replace(renewed, updated_at=NOON)


def test_what_only_renews_the_evidence_is_no_history(store):
    """
    The history is one of statuses.
    """
    analyzer = keep_analyzer(store)
    keep(store, analyzer, a_finding())

    changed(store, analyzer, Change(a_finding(detail=a_detail(allowedBy=[])), ACTIVE))

    with store.read() as connection:
        assert len(findings.history(connection, analyzer, "f-1", limit=10)) == 1


@pytest.mark.parametrize("previous", [ARCHIVED, RESOLVED])
def test_a_change_of_what_is_no_longer_so_is_refused(store, previous):
    """
    Whoever decided on an outdated state has to look again: nobody's decision is overwritten unseen.
    """
    analyzer = keep_analyzer(store)
    keep(store, analyzer, a_finding())

    with pytest.raises(ConflictError, match="changed by somebody else"):
        changed(store, analyzer, Change(a_finding(), previous))


def test_a_finding_cannot_be_new_twice(store):
    """
    Two scans that find the same access at once: the second has to look again.
    """
    analyzer = keep_analyzer(store)
    keep(store, analyzer, a_finding())

    with pytest.raises(ConflictError):
        keep(store, analyzer, a_finding())


def test_a_refused_change_leaves_nothing(store):
    """
    Of several changes with one that is refused none is written.
    """
    analyzer = keep_analyzer(store)
    keep(store, analyzer, a_finding())

    with pytest.raises(ConflictError):
        keep(store, analyzer, a_finding("f-2"), a_finding())

    assert found(store, analyzer, "f-2") is None


def test_a_deleted_finding_is_gone(store):
    """
    What retention deletes is no longer found.
    """
    analyzer = keep_analyzer(store)
    keep(store, analyzer, a_finding())

    changed(store, analyzer, Change(a_finding(), ACTIVE, is_deleted=True, cause=Cause.RETENTION))

    assert found(store, analyzer) is None


def test_the_history_outlives_the_finding(store):
    """
    Every change is told in order, with who, when and why, also of a finding that is gone.
    """
    analyzer = keep_analyzer(store)
    keep(store, analyzer, a_finding())
    by_user = Change(a_finding(status=ARCHIVED), ACTIVE, cause=Cause.USER, actor="KEY")
    changed(store, analyzer, by_user, reason="known")
    changed(store, analyzer, Change(a_finding(status=ARCHIVED), ARCHIVED, is_deleted=True, cause=Cause.RETENTION))

    with store.read() as connection:
        told = findings.history(connection, analyzer, "f-1", limit=10)

    assert [(each.previous_status, each.status, each.cause, each.actor, each.reason, each.at) for each in told] == [
        (None, ACTIVE, Cause.SCAN, "", None, NOON),
        (ACTIVE, ARCHIVED, Cause.USER, "KEY", "known", LATER),
        (ARCHIVED, None, Cause.RETENTION, "", None, LATER),
    ]


def test_the_history_comes_in_pages(store):
    """
    A page starts behind the entry that is named.
    """
    analyzer = keep_analyzer(store)
    keep(store, analyzer, a_finding())
    changed(store, analyzer, Change(a_finding(status=RESOLVED), ACTIVE))
    with store.read() as connection:
        [first] = findings.history(connection, analyzer, "f-1", limit=1)

        rest = findings.history(connection, analyzer, "f-1", after=first.key, limit=10)

    assert [each.status for each in rest] == [RESOLVED]


def test_findings_are_found_by_the_rule_that_archived_them(store):
    """
    Only those that the rule archived, not those that a person archived, and not when they are active again.
    """
    analyzer = keep_analyzer(store)
    keep(store, analyzer, *(a_finding(f"f-{number}") for number in range(3)))
    for id_, cause in (("f-0", Cause.ARCHIVE_RULE), ("f-1", Cause.USER), ("f-2", Cause.ARCHIVE_RULE)):
        changed(store, analyzer, Change(a_finding(id_, status=ARCHIVED), ACTIVE, cause=cause, actor="known"))
    changed(store, analyzer, Change(a_finding("f-2"), ARCHIVED, cause=Cause.USER))

    with store.read() as connection:
        assert [each.id for each in findings.archived_by(connection, analyzer, "known")] == ["f-0"]


def test_resolved_findings_are_found_by_age_for_every_analyzer(store):
    """
    The oldest come first; a finding that is not resolved is never too old.
    """
    one, other = keep_analyzer(store), keep_analyzer(store, "other")
    keep(store, one, a_finding("new", status=RESOLVED, updated_at=LATER), a_finding("active"))
    keep(store, other, a_finding("old", status=RESOLVED))

    with store.read() as connection:
        old = findings.resolved_before(connection, LATER, 10)

    assert {key: [each.id for each in group] for key, group in old.items()} == {other: ["old"]}


def test_findings_are_grouped_by_their_resources(store):
    """
    A scan asks once for the findings of all its resources.
    """
    analyzer = keep_analyzer(store)
    keep(store, analyzer, a_finding("f-1"), a_finding("f-2"), a_finding("f-3", a_detail("arn:aws:s3:::other")))
    with store.read() as connection:
        [key] = [each.key for each in resources.find(connection, analyzer, BUCKET)]

        of_bucket = findings.of_resources(connection, [key])

    assert {key: [each.id for each in group] for key, group in of_bucket.items()} == {key: ["f-1", "f-2"]}


def test_findings_are_found_by_ids_and_by_arn(store):
    """
    Ids that there are not are left out.
    """
    analyzer = keep_analyzer(store)
    keep(store, analyzer, a_finding("f-1"), a_finding("f-2", a_detail("arn:aws:s3:::other")))

    with store.read() as connection:
        by_ids = findings.by_ids(connection, analyzer, ["f-1", "none"])
        of_arn = findings.of_arn(connection, analyzer, "arn:aws:s3:::other")

    assert (list(by_ids), [each.id for each in of_arn]) == (["f-1"], ["f-2"])


def test_when_a_finding_was_analysed_is_when_its_resource_was(store):
    """
    A scan that finds nothing new writes the time once for each resource, and every finding of it has it.
    """
    analyzer = keep_analyzer(store)
    keep(store, analyzer, a_finding())
    with store.write() as connection:
        [resource] = resources.find(connection, analyzer, BUCKET)
        resources.touch(connection, [resource.key], LATER)

    assert found(store, analyzer).analyzed_at == LATER


def test_findings_are_counted_by_kind(store):
    """
    The statistics keep apart what the API counts apart.
    """
    analyzer = keep_analyzer(store)
    failed = a_detail(error="ACCESS_DENIED", isPublic=None)
    keep(store, analyzer, a_finding("f-1"), a_finding("f-2"), a_finding("f-3", failed))

    with store.read() as connection:
        kinds = by_kind(connection, analyzer)

    assert set(kinds) == {
        Kind(ACTIVE, FindingType.EXTERNAL_ACCESS, "AWS::S3::Bucket", "us-east-1", False, None, 2),
        Kind(ACTIVE, FindingType.EXTERNAL_ACCESS, "AWS::S3::Bucket", "us-east-1", None, "ACCESS_DENIED", 1),
    }


@pytest.mark.parametrize("depth", Depth)
def test_a_page_reads_as_much_as_is_asked(store, depth):
    """
    A summary has no JSON to parse, the fields have no evidence, and the rest is the same.
    """
    expected = {Depth.SUMMARY: 6, Depth.FIELDS: 12, Depth.FULL: 14}
    analyzer = keep_analyzer(store)
    keep(store, analyzer, a_finding())

    with store.read() as connection:
        [read] = findings.page(connection, analyzer, {}, limit=10, depth=depth).findings

    assert (len(read.detail), read.id, read.resource) == (expected[depth], "f-1", BUCKET)


ORDERS = [findings.Sort(name, is_descending=down) for name in ("", *findings.SORT_ATTRIBUTES) for down in (False, True)]


@pytest.mark.parametrize("sort", ORDERS, ids=lambda each: f"{each.attribute or 'none'}-{each.is_descending}")
def test_summaries_are_the_same_findings_in_the_same_order(store, many, sort):
    """
    Their way to the database is a shorter one from the second time on; an error of access comes along.
    """
    keep(store, many, a_finding("f-error", a_detail(BUCKET, error="ACCESS_DENIED")))
    [whole] = pages(store, many, sort, 10)

    for _ in range(3):
        after, seen = None, []
        for _ in range(4):
            with store.read() as connection:
                page = findings.summaries(connection, many, {}, sort=sort, after=after, limit=2)
            seen += page.findings
            after = page.next
        assert [each["id"] for each in seen] == whole
        assert {each["id"]: each["error"] for each in seen if "error" in each} == {"f-error": "ACCESS_DENIED"}
        assert all(each["updatedAt"].tzinfo is not None for each in seen)


def test_a_place_that_no_database_can_hold(store, many):
    """
    Half a surrogate pair is replaced on the shorter way, too.
    """
    cursor, sort = findings.Cursor(("f-3\ud800", 1)), findings.Sort("id")

    for _ in range(2):
        with store.read() as connection:
            found = findings.summaries(connection, many, {}, sort=sort, after=cursor, limit=10).findings
        assert [each["id"] for each in found] == ["f-4", "f-5", "f-6"]


def pages(store, analyzer, sort, limit, criteria=None):
    """All pages, one after another."""
    cursor, seen = None, []
    while True:
        with store.read() as connection:
            page = findings.page(connection, analyzer, criteria or {}, sort=sort, after=cursor, limit=limit)
        seen.append([each.id for each in page.findings])
        if page.next is None:
            return seen
        cursor = page.next


@pytest.fixture
def many(store):
    """Seven findings on three resources; two have the same time."""
    analyzer = keep_analyzer(store)
    at = [NOON + timedelta(seconds=number // 2) for number in range(7)]
    statuses = [ACTIVE, RESOLVED, ARCHIVED, ACTIVE, ACTIVE, RESOLVED, ARCHIVED]
    keep(
        store,
        analyzer,
        *(
            a_finding(
                f"f-{number * 3 % 7}",
                a_detail(f"arn:aws:s3:::bucket-{number % 3}", resourceOwnerAccount=f"{number % 2}{ACCOUNT[1:]}"),
                status=statuses[number],
                created_at=at[number],
                updated_at=at[6 - number],
            )
            for number in range(7)
        ),
    )
    with store.write() as connection:
        for number in range(3):
            [resource] = resources.find(connection, analyzer, f"arn:aws:s3:::bucket-{number}")
            resources.touch(connection, [resource.key], NOON - timedelta(seconds=number // 2))
    return analyzer


VALUES = {
    "": lambda _: 0,
    "analyzedAt": lambda each: each.analyzed_at,
    "createdAt": lambda each: each.created_at,
    "id": lambda each: each.id,
    "resource": lambda each: each.resource,
    "resourceOwnerAccount": lambda each: each.detail["resourceOwnerAccount"],
    "resourceType": lambda each: each.detail["resourceType"],
    "status": lambda each: each.status.value,
    "updatedAt": lambda each: each.updated_at,
}


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("attribute", ["", *findings.SORT_ATTRIBUTES])
def test_pages_in_any_order_have_every_finding_once(store, many, attribute, descending):
    """
    Pages of two, put together, are all findings in the order that was asked for.
    """
    seen = pages(store, many, Sort(attribute, descending), 2)

    with store.read() as connection:
        everything = findings.by_ids(connection, many, [f"f-{number}" for number in range(7)])
    values = [VALUES[attribute](everything[id_]) for page in seen for id_ in page]
    assert ([len(page) for page in seen], len({id_ for page in seen for id_ in page})) == ([2, 2, 2, 1], 7)
    assert values == sorted(values, reverse=descending)


def test_a_page_that_ends_with_the_last_finding_is_the_last_page(store, many):
    """
    No empty page follows.
    """
    assert [len(page) for page in pages(store, many, Sort(), 7)] == [7]


def test_a_finding_that_is_gone_does_not_shift_the_pages(store, many):
    """
    The next page starts behind where the last finding stood, whatever became of it.
    """
    with store.read() as connection:
        first = findings.page(connection, many, {}, limit=2)
    last = first.findings[-1]
    changed(store, many, Change(last, last.status, is_deleted=True))

    with store.read() as connection:
        second = findings.page(connection, many, {}, after=first.next, limit=10)

    assert not {each.id for each in first.findings} & {each.id for each in second.findings}
    assert len(second.findings) == 5


def test_pages_of_filtered_findings_have_what_meets_the_filter(store, many):
    """
    Filter and order go together.
    """
    seen = pages(store, many, Sort("updatedAt", is_descending=True), 1, {"status": Criterion(eq=("RESOLVED",))})

    assert [len(page) for page in seen] == [1, 1]


def test_each_reads_all_in_batches(store, many):
    """
    An archive rule that is applied sees every finding, however many there are.
    """
    with store.read() as connection:
        assert len(list(findings.each(connection, many, {}, batch=2))) == 7


def test_an_unknown_order_is_refused(store):
    """
    The error names the member of the request, and what there is.
    """
    with store.read() as connection, pytest.raises(ValidationError, match=r"sorted by `size`.*updatedAt"):
        findings.page(connection, 1, {}, sort=Sort("size"), limit=1)


@pytest.mark.parametrize("position", [(), ("x",), (1, 2), ("x", 2, 3), (True, "x"), ("x", 2**64)])
def test_a_place_of_another_order_is_refused(store, position):
    """
    A cursor that does not fit is the caller's mistake and no failure of the database.
    """
    with store.read() as connection, pytest.raises(ValidationError, match="no place in this order"):
        findings.page(connection, 1, {}, sort=Sort("id"), after=Cursor(position), limit=1)
