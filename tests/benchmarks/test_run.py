"""The benchmarks run and print tables. How fast anything is, is no matter for a test."""

from __future__ import annotations

import json

import pytest

from benchmarks.measure import growth, percentile
from benchmarks.run import main


def tables_of(tmp_path, *arguments):
    """The tables of a quick run, by title, as JSON."""
    path = tmp_path / "tables.json"
    main(["--quick", "--json", str(path), *arguments])
    return {table["title"]: table["rows"] for table in json.loads(path.read_text())["tables"]}


def test_the_estate_benchmark_measures_every_stage(tmp_path, capsys):
    """
    Every stage takes some time, everything that was planted is found, and the hot spots are named.
    """
    rates, stages, spots = tables_of(tmp_path, "--only", "estate").values()

    assert [row["estate"] for row in rates] == ["realistic", "unique", "repeating"]
    assert all(row["findings"] == row["planted"] and not row["errors"] for row in rates)
    assert all(row[stage] > 0 for row in stages for stage in ("read", "parse", "encode", "decide"))
    assert any(row["evidence"] > 0 for row in stages)
    assert len(spots) == 15
    assert "Estate: from a snapshot's lines to findings" in capsys.readouterr().out


def test_the_growth_benchmark_finds_all_that_was_planted(tmp_path):
    """
    Every question of the small sizes is decided.
    """
    [rows] = tables_of(tmp_path, "--only", "growth").values()

    assert {row["findings or errors"].isdigit() for row in rows} == {True}


def test_the_corpus_benchmark_says_what_became_of_every_policy(tmp_path):
    """
    A policy is read and written back to the same tree, or the reason is counted.
    """
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    policies = [
        {"kind": "identity", "policy": {"Version": "2012-10-17", "Statement": statement}},
        {"kind": "identity", "policy": {"Version": "2012-10-17", "Statement": {**statement, "Effect": "Maybe"}}},
    ]
    path = tmp_path / "policies.jsonl"
    path.write_text("".join(json.dumps(policy) + "\n" for policy in policies))
    fates, times = tables_of(tmp_path, "--only", "corpus", "--policies", str(path)).values()

    assert {row["outcome"]: row["policies"] for row in fates} == {
        "same tree": 1,
        "refused: unknown effect `…`: write `…` or `…`": 1,
        "": 2,
    }
    assert [row[""] for row in times] == ["us", "x json.loads", "characters"]


def test_a_line_without_a_policy_is_an_error(tmp_path):
    """
    A file of another shape is not passed over in silence.
    """
    path = tmp_path / "policies.jsonl"
    path.write_text('{"kind": "identity"}\n')

    with pytest.raises(ValueError, match="a line has none of policy"):
        main(["--only", "corpus", "--policies", str(path)])


def test_percentiles_are_values_that_were_seen():
    """
    The smallest value that at least that share does not exceed.
    """
    assert [percentile([4.0, 1.0, 3.0, 2.0], share) for share in (0.25, 0.5, 0.99, 1.0)] == [1.0, 2.0, 4.0, 4.0]


def test_growth_is_an_exponent():
    """
    Twice the size in four times the time is quadratic.
    """
    assert growth([(1, 1.0), (10, 1.0), (20, 4.0)]) == pytest.approx(2)
