"""The database knows how much there is in its indices."""

from sqlalchemy import inspect

from ringwall.store.statistics import take_stock


def test_sqlite_counts_its_indices_and_postgresql_is_left_to_itself(store):
    with store.write() as connection:
        take_stock(connection)

    with store.read() as connection:
        assert inspect(connection).has_table("sqlite_stat1") is store.is_sqlite
