"""Analyzers, resources, findings, archive rules, scans, jobs and messages, in SQL: SQLite or PostgreSQL."""
