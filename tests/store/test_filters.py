import pytest
from hypothesis import HealthCheck, given, settings, target
from hypothesis import strategies as st
from sqlalchemy import event

from ringwall.findings.archive_rule import LISTING_KEYS, Criterion, facts_of, matches, parse_filter
from ringwall.findings.finding import FindingStatus, FindingType
from ringwall.findings.remembered import Change
from ringwall.store import analyzers, findings, resources
from ringwall.store.column_types import storable
from ringwall.store.findings import Sort
from tests.store.samples import NOON, a_detail, a_finding, a_resource, an_analyzer, keep, keep_analyzer

# Few, so that they meet: in two cases of letters, part of each other, special to SQL, special to JSON, and impossible.
TEXTS = st.sampled_from(
    ["a", "A", "ab", "aB", "b%", "b_", "%", "_", "\\", "'", '"', "é", "É", "", "a\0", "\ud800a", "1"]
)
KEYS = st.sampled_from(["aws:SourceVpc", "aws:sourcevpc", "AWS:SourceVPC", "aws:SourceIp", "kms:CallerAccount", "é:É"])
PLAIN = [*sorted(LISTING_KEYS.names - {"isPublic"}), "changeType"]
NAMES = st.sampled_from(PLAIN) | KEYS.map("condition.{}".format)
LISTS = st.lists(TEXTS | st.sampled_from(["ACTIVE", "RESOLVED", "ExternalAccess"]), max_size=3).map(tuple)
EXISTS = st.sampled_from([True, False])
CRITERIA = st.builds(Criterion, LISTS, LISTS, LISTS, st.none() | EXISTS)
# Mostly one operator: of several at once hardly any finding meets all.
SINGLE = [
    *(st.builds(Criterion, **{name: LISTS}) for name in ("eq", "neq", "contains")),
    st.builds(Criterion, exists=EXISTS),
]
ONE = st.one_of(*SINGLE, CRITERIA)
BOOLEANS = st.lists(st.sampled_from(["true", "false", "True", ""]), max_size=2).map(tuple)
PUBLIC = st.builds(Criterion, BOOLEANS, BOOLEANS, BOOLEANS, st.sampled_from([None, True, False]))
FILTERS = st.one_of(
    st.dictionaries(NAMES, ONE, max_size=2),
    st.dictionaries(KEYS.map("condition.{}".format), ONE, min_size=1, max_size=1),
    st.dictionaries(st.just("isPublic"), PUBLIC),
)
PRINCIPALS = st.dictionaries(st.sampled_from(["AWS", "Federated", "CanonicalUser"]), TEXTS, max_size=1)


@st.composite
def details(draw):
    """A finding's detail, and with it an error where there is one."""
    maybe = st.none() | TEXTS
    return a_detail(
        resource=draw(TEXTS),
        resourceType=draw(TEXTS),
        resourceOwnerAccount=draw(TEXTS),
        region=draw(TEXTS),
        principal=draw(PRINCIPALS),
        condition=draw(st.dictionaries(KEYS, TEXTS, max_size=3)),
        isPublic=draw(st.sampled_from([True, False, None])),
        resourceControlPolicyRestriction=draw(maybe),
        error=draw(maybe),
    )


FINDINGS = st.lists(
    st.builds(
        lambda number, detail, status, type_: a_finding(f"{number}a", detail, status=status, type=type_),
        st.integers(0, 9),
        details(),
        st.sampled_from(FindingStatus),
        st.sampled_from(FindingType),
    ),
    min_size=1,
    max_size=4,
    unique_by=(lambda each: each.id, lambda each: storable(each.resource)),
)


@given(
    found=FINDINGS,
    criteria=st.lists(FILTERS, min_size=3, max_size=8),
    sort=st.sampled_from(["", "updatedAt", "analyzedAt", "resource"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_sql_means_what_the_filters_mean(store, found, criteria, sort):
    """
    For random findings and filters, a query finds those that `matches` says.
    """
    expected = [[each.id for each in found if matches(one, facts_of(each))] for one in criteria]

    with store.engine.connect() as connection:
        analyzer = analyzers.insert(connection, an_analyzer())
        records = [
            a_resource(
                analyzer.key,
                each.resource,
                type=each.detail["resourceType"],
                owner_account=each.detail["resourceOwnerAccount"],
                region=each.detail["region"],
            )
            for each in found
        ]
        keys = resources.save(connection, records)
        for each in found:
            # A key of another text may be taken for it: what the database cannot hold is the same for it.
            key = keys[storable(each.resource), storable(each.detail["resourceType"])]
            findings.apply(connection, analyzer.key, [Change(each)], {each.resource: key}, NOON)
        pages = [findings.page(connection, analyzer.key, one, sort=Sort(sort), limit=100).findings for one in criteria]
        connection.rollback()
    assert [{each.id for each in page} for page in pages] == [set(ids) for ids in expected]
    target(float(sum(0 < len(each) < len(found) for each in expected)))


def test_a_database_takes_the_longest_filter_that_there_can_be(store):
    """
    As many operators as are allowed, each with as many values.
    """
    analyzer = keep_analyzer(store)
    keep(store, analyzer, a_finding("f-1"))
    values = {name: [f"{name}-{number}" for number in range(20)] for name in ("eq", "neq")}
    raw = {f"condition.k{number}": values for number in range(25)}

    with store.read() as connection:
        page = findings.page(connection, analyzer, parse_filter(raw, LISTING_KEYS), limit=10)

    assert page.findings == ()


def test_the_random_filters_tell_findings_apart(store):
    """
    A column for every key: a filter that the store does not know would take every finding for one without a value.
    """
    analyzer = keep_analyzer(store)
    restricted = {"resourceControlPolicyRestriction": "x", "allowedBy": [{"statement": "{}"}]}
    full = a_detail(error="x", condition={"aws:SourceVpc": "x"}, **restricted)
    principals = [{"AWS": "x"}, {"Federated": "x"}, {"CanonicalUser": "x"}]
    keep(store, analyzer, *(a_finding(f"f-{n}", {**full, "principal": each}) for n, each in enumerate(principals)))
    # No finding of external access has it: it comes with the findings of internal access.
    asked = [*sorted(LISTING_KEYS.names - {"serviceControlPolicyRestriction"}), "condition.aws:SourceVpc"]

    with store.read() as connection:
        found = {key: findings.count(connection, analyzer, {key: Criterion(exists=True)}) for key in asked}

    assert found == {key: 1 if key.startswith("principal.") else 3 for key in asked}


def plan_of(store, criteria, **options) -> str:
    """How SQLite finds a page."""
    asked = []

    @event.listens_for(store.engine, "before_cursor_execute")
    def listen(connection, cursor, statement, parameters, *rest):
        asked.append((statement, parameters))

    with store.read() as connection:
        findings.page(connection, 1, criteria, limit=10, **options)
        statement, parameters = asked[-1]
        return "\n".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters))


@pytest.mark.parametrize(
    ("key", "value", "index"),
    [
        ("error", "x", "with_error"),
        ("isPublic", "true", "by_is_public"),
        ("principal.AWS", "x", "with_principal_aws"),
        ("principal.CanonicalUser", "x", "with_principal_canonical_user"),
        ("principal.Federated", "x", "with_principal_federated"),
        ("resource", "x", "by_resource"),
        ("resourceOwnerAccount", "x", "by_resource_owner_account"),
        ("resourceType", "x", "by_resource_type"),
        ("status", "ACTIVE", "by_status"),
    ],
)
def test_findings_of_one_value_are_found_in_an_index(sqlite_store, key, value, index):
    """
    In the order of their keys, nothing but the page is sorted, and nothing but the index is read to find it.
    """
    plan = plan_of(sqlite_store, {key: Criterion(eq=(value,))})

    assert f"COVERING INDEX ix_finding_{index} " in plan
    assert plan.count("TEMP B-TREE") == 1


@pytest.mark.parametrize(
    ("sort", "index"), [("updatedAt", "updated_at"), ("createdAt", "created_at"), ("resource", "resource")]
)
def test_findings_that_are_frequent_are_found_in_order(sqlite_store, sort, index):
    """
    Where nothing that is asked for is rare, the index gives the order, and says what meets the filter.
    """
    plan = plan_of(
        sqlite_store,
        {"region": Criterion(neq=("x",)), "findingType": Criterion(eq=("ExternalAccess",))},
        sort=Sort(sort),
    )

    assert f"COVERING INDEX ix_finding_by_{index} " in plan


def test_few_findings_are_sorted(sqlite_store):
    """
    Where what is asked for is rare, its index is used, whatever the order.
    """
    plan = plan_of(sqlite_store, {"resourceType": Criterion(eq=("x",))}, sort=Sort("updatedAt"))

    assert "COVERING INDEX ix_finding_by_resource_type " in plan
