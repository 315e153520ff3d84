"""The questions that engines are asked are the same every time, and what their construction says of them is true."""

from __future__ import annotations

import pytest

from benchmarks.engines import OURS, Answer, ask, disagreements
from benchmarks.policy_files import documents
from benchmarks.question_sets import QUICK, Case, external_access, question_sets, tightened
from benchmarks.random_policies import random_policies
from benchmarks.stand_in import stand_in
from benchmarks.synthetic import SHAPES, synthetic_policy
from ringwall.policy.ast import Effect
from ringwall.policy.parse import parse_policy
from ringwall.policy.render import render_policy
from ringwall.reasoning.question import find_answer


def said(question):
    return "unsat" if find_answer(question) is None else "sat"


def test_the_same_seed_gives_the_same_policies():
    """
    Whatever is generated depends on its seed alone.
    """
    random = [random_policies(20, seed=seed, has_variables=True) for seed in (1, 1, 2)]
    synthetic = [synthetic_policy(10, seed, leaks=True) for seed in (1, 1, 2)]
    standing_in = [stand_in(20, 5, seed=seed) for seed in (1, 1, 2)]

    assert random[0] == random[1] != random[2]
    assert synthetic[0] == synthetic[1] != synthetic[2]
    assert standing_in[0] == standing_in[1] != standing_in[2]


def test_policies_of_the_stand_in_are_valid_and_of_all_kinds():
    """
    Each is read; there are resource, trust and identity policies, and versions of the same one.
    """
    given = stand_in(60, 20)
    policies = [parse_policy(document.text) for document in given]
    names = [document.name for document in given if document.version]

    assert {document.kind for document in given} == {"resource", "trust", "identity"}
    assert len(set(names)) == 20 < len(names)
    assert len(set(policies)) > 0.9 * len(policies)


@pytest.mark.parametrize("shape", SHAPES)
def test_synthetic_policies_have_their_size_and_survive_being_written(shape):
    """
    A fifth of the statements are Deny, and the text of the policy is read as the same policy.
    """
    policy = synthetic_policy(100, 7, shape=shape, leaks=True).policy
    effects = [statement.effect for statement in policy.statements]

    assert (len(effects), effects.count(Effect.DENY)) == (100, 20)
    assert parse_policy(render_policy(policy)) == policy


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("statements", [1, 5, 20])
@pytest.mark.parametrize("leaks", [True, False])
def test_a_synthetic_policy_leaks_through_the_one_statement_that_it_says(shape, statements, leaks):
    """
    With the statement that lets outsiders in, there is external access; without it, there is none.
    """
    made = synthetic_policy(statements, 3, shape=shape, leaks=leaks)

    assert said(external_access(made.policy)) == ("sat" if leaks else "unsat")
    assert (made.leak is not None) == leaks


def test_a_tightened_policy_is_no_more_permissive():
    """
    One direction is unsatisfiable by construction; the other is left open.
    """
    made = synthetic_policy(10, 3, leaks=False)
    narrower, wider = tightened("ten", made.policy, made.plain)

    assert (narrower.expected, said(narrower.question)) == ("unsat", "unsat")
    assert wider.expected == ""


def test_sets_have_names_of_their_own_and_questions_with_ids_of_their_own():
    """
    Nothing is asked twice under one name.
    """
    sets = [*question_sets(QUICK, None)]
    names = [each.name for each in sets]

    assert len(set(names)) == len(names)
    assert {each.family for each in sets} == {"stand-in", "random", *SHAPES}
    assert all(len({case.id for case in each.cases}) == len(each.cases) > 0 for each in sets)


def test_policies_that_cannot_be_read_are_counted(tmp_path):
    """
    A file's invalid policies are left out, and the first set says how many.
    """
    path = tmp_path / "policies.jsonl"
    valid = '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}}'
    path.write_text(f'{{"id": "a", "kind": "resource", "policy": {valid}}}\n{{"kind": "resource", "policy": "no"}}\n')
    first, *_ = question_sets(QUICK, path)

    assert [document.id for document in documents(path)] == ["a", "line 2"]
    assert [case.id for case in first.cases] == ["a"]
    assert first.notes == ["real: 2 policies, of which 1 are no valid policies and were left out"]


def test_an_engine_answers_in_a_process_of_its_own():
    """
    One answer a question, in order.
    """
    cases = [
        Case(f"{leaks}", external_access(synthetic_policy(5, 1, leaks=leaks).policy)) for leaks in (True, False, True)
    ]
    answers = ask(OURS, cases, limit=60, patience=60)

    assert [answer.verdict for answer in answers] == ["sat", "unsat", "sat"]


def test_a_question_beyond_the_limit_is_a_time_out_and_the_next_is_asked():
    """
    The limit ends the process, and another one goes on behind the question.
    """
    large = Case("large", external_access(synthetic_policy(1_000, 1, shape="wildcards", leaks=False).policy))
    small = Case("small", external_access(synthetic_policy(1, 1, leaks=True).policy))
    answers = ask(OURS, [large, small], limit=0.1, patience=60)

    assert [answer.verdict for answer in answers] == ["time-out", "sat"]
    assert answers[0].seconds == 0.1


def test_an_engine_that_does_not_exist_fails_and_is_not_silent():
    """
    What ends a process otherwise is an answer of its own.
    """
    [answer] = ask(
        "abacus", [Case("one", external_access(synthetic_policy(1, 1, leaks=True).policy))], limit=60, patience=60
    )

    assert answer.verdict == "failed: KeyError: 'abacus'"


def test_engines_that_decide_otherwise_disagree():
    """
    Two verdicts, or one against the construction; what is undecided agrees with everything.
    """
    question = external_access(synthetic_policy(1, 1, leaks=True).policy)
    cases = [Case("a", question), Case("b", question), Case("c", question, "unsat")]
    answers = {
        "one": [Answer(verdict, 0.0) for verdict in ("sat", "undecided", "sat")],
        "other": [Answer(verdict, 0.0) for verdict in ("unsat", "sat")],
    }

    assert [*disagreements(cases, answers)] == [
        "a: one says sat, other says unsat",
        "c: one says sat, by construction says unsat",
    ]
