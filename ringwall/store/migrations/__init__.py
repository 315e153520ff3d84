"""Alembic migrations, one after another; `store.migrate` runs them."""
