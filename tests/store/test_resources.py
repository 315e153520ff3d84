from dataclasses import replace

from ringwall.store import resources
from tests.store.samples import ACCOUNT, BUCKET, LATER, a_resource, keep_analyzer

TYPE = "AWS::S3::Bucket"


def saved(store, *records):
    with store.write() as connection:
        return resources.save(connection, records)


def test_a_saved_resource_is_known(store):
    """
    By ARN and type, with the key that it got.
    """
    written = a_resource(keep_analyzer(store), error="ACCESS_DENIED", is_public=True)
    keys = saved(store, written)

    with store.read() as connection:
        known = resources.known(connection, written.analyzer_key, ACCOUNT, "us-east-1", [TYPE])

    assert known == {(BUCKET, TYPE): replace(written, key=keys[BUCKET, TYPE])}


def test_what_is_known_is_of_one_account_region_and_some_types(store):
    """
    A scan of one place is told of that place.
    """
    analyzer = keep_analyzer(store)
    saved(
        store,
        a_resource(analyzer, "a", region="eu-west-1"),
        a_resource(analyzer, "b", owner_account="1"),
        a_resource(analyzer, "c", type="AWS::IAM::Role"),
        a_resource(analyzer, "d"),
    )

    with store.read() as connection:
        assert list(resources.known(connection, analyzer, ACCOUNT, "us-east-1", [TYPE])) == [("d", TYPE)]


def test_a_resource_that_is_saved_again_keeps_its_key_and_its_birthday(store):
    """
    All else is as it was written last.
    """
    first = a_resource(keep_analyzer(store))
    again = replace(first, created_at=LATER, updated_at=LATER, configuration_digest="c1")
    keys = saved(store, first)

    assert saved(store, again, replace(first, arn="other"))[BUCKET, TYPE] == keys[BUCKET, TYPE]
    with store.read() as connection:
        [found] = resources.find(connection, first.analyzer_key, BUCKET)
        assert found == replace(again, created_at=first.created_at, key=keys[BUCKET, TYPE])


def test_of_two_records_of_one_resource_the_last_is_kept(store):
    """
    A listing of AWS may show one twice.
    """
    first = a_resource(keep_analyzer(store))
    saved(store, first, replace(first, configuration_digest="c1"))

    with store.read() as connection:
        [found] = resources.find(connection, first.analyzer_key, BUCKET)
        assert found.configuration_digest == "c1"


def test_a_touched_resource_has_a_new_time_and_nothing_else(store):
    """
    Only those that are named.
    """
    analyzer = keep_analyzer(store)
    written = [a_resource(analyzer, str(number)) for number in range(3)]
    keys = saved(store, *written)
    with store.write() as connection:
        resources.touch(connection, [keys["0", TYPE], keys["2", TYPE]], LATER)

    with store.read() as connection:
        found = resources.page(connection, analyzer, limit=9)
    assert [(each.arn, each.analyzed_at == LATER, each.updated_at == LATER) for each in found] == [
        ("0", True, False),
        ("1", False, False),
        ("2", True, False),
    ]


def test_deleted_resources_are_gone(store):
    """
    Only those that are named.
    """
    analyzer = keep_analyzer(store)
    keys = saved(store, a_resource(analyzer, "a"), a_resource(analyzer, "b"))
    with store.write() as connection:
        resources.delete(connection, [keys["a", TYPE]])

    with store.read() as connection:
        assert [each.arn for each in resources.page(connection, analyzer, limit=9)] == ["b"]


def test_resources_come_in_pages(store):
    """
    Behind the last one of the page before, of one type where one is asked for.
    """
    analyzer = keep_analyzer(store)
    keys = saved(store, *(a_resource(analyzer, arn, type=arn) for arn in "abc"))

    with store.read() as connection:
        pages = [
            resources.page(connection, analyzer, limit=2),
            resources.page(connection, analyzer, after=keys["b", "b"], limit=2),
            resources.page(connection, analyzer, "b", limit=2),
        ]

    assert [[each.arn for each in page] for page in pages] == [["a", "b"], ["c"], ["b"]]


def test_a_configuration_comes_back_as_it_was_given(store):
    """
    Each is kept once, whoever gives it again.
    """
    with store.write() as connection:
        resources.put_configurations(connection, {"d1": b"{}", "d2": b"[]"})
        resources.put_configurations(connection, {"d1": b"{}"})

    with store.read() as connection:
        assert [resources.configuration(connection, each) for each in ("d1", "d2", "d3")] == [b"{}", b"[]", None]


def test_configurations_that_nobody_has_are_forgotten(store):
    """
    Those in use stay.
    """
    saved(store, a_resource(keep_analyzer(store), configuration_digest="used"))
    with store.write() as connection:
        resources.put_configurations(connection, {"used": b"{}", "unused": b"[]"})
        forgotten = resources.forget_configurations(connection)

    with store.read() as connection:
        left = [resources.configuration(connection, each) for each in ("used", "unused")]
    assert (forgotten, left) == (1, [b"{}", None])
