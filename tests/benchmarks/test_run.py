"""The benchmarks run and print tables. How fast anything is, is no matter for a test."""

from __future__ import annotations

import json

import pytest

from benchmarks.against_solvers import solver_tables
from benchmarks.measure import growth, percentile
from benchmarks.question_sets import Scale
from benchmarks.run import main
from benchmarks.synthetic import SHAPES


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
    findings, questions = tables_of(tmp_path, "--only", "growth").values()

    assert {row["findings or errors"].isdigit() for row in findings} == {True}
    assert {row["verdict"] for row in questions} == {"sat", "unsat"}


def test_the_questions_benchmark_finds_no_disagreement(tmp_path):
    """
    Every set of questions is answered, the slowest are named, and nothing contradicts a construction.
    """
    path = tmp_path / "tables.json"
    main(["--quick", "--json", str(path), "--only", "questions"])
    times, slowest, _ = json.loads(path.read_text())["tables"]

    assert len(times["rows"]) == 15
    assert slowest["rows"]
    assert [note for note in times["notes"] if "DISAGREEMENT" in note] == []


def test_the_mining_benchmark_counts_the_cubes_that_were_published(tmp_path):
    """
    n x n in aws mode, n in concise mode. In Markdown there is a heading, and the table as it is printed.
    """
    path = tmp_path / "tables.md"
    [rows] = tables_of(tmp_path, "--only", "mining", "--markdown", str(path)).values()

    assert len(rows) == 8
    assert all(row["cubes"] == row["expected"] for row in rows)
    assert "### Mining: overlapping statements, warm process\n\n```\nkeys" in path.read_text()


def test_the_unused_access_benchmark_analyses_every_principal(tmp_path):
    """
    In other processes, and none is left undecided.
    """
    path = tmp_path / "tables.json"
    main(["--quick", "--json", str(path), "--only", "unused"])
    speed, spots = json.loads(path.read_text())["tables"]

    [row] = speed["rows"]
    counted = dict(part.split(": ") for part in speed["notes"][0].split(", ") if ": " in part)
    assert row["principals"] == 60
    assert (counted["principals"], counted.get("undecided", "0")) == ("60", "0")
    assert len(spots["rows"]) == 12


def test_the_solvers_benchmark_compares_what_it_can_ask():
    """
    Every engine has a row for every set of questions, ours among them, and nobody disagrees.
    """
    scale = Scale(real=1, random=3, synthetic={1: 1}, managed=3)
    *families, cold, managed, aims = solver_tables(scale, None, limit=0.5, patience=0.1)

    assert [table.title.split()[1] for table in families] == ["stand-in", "random", *SHAPES]
    assert {row[1] for row in families[0].rows} >= {"ringwall", "ringwall, cold caches"}
    assert [note for table in families for note in table.notes if note.startswith("DISAGREEMENT")] == []
    assert cold.rows
    assert managed.rows
    assert len(aims.rows) == sum(len({row[0] for row in table.rows}) for table in families)


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
