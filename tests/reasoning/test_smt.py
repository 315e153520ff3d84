"""What the third reading writes, and how it understands a solver's answer."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwall.errors import UndecidedError
from ringwall.policy.ast import Condition, Effect, Only, Operator, Pattern, Policy, Quantifier, Statement
from ringwall.policy.request import ANONYMOUS, Request, parse_caller, with_derived_keys
from ringwall.reasoning import smt
from ringwall.reasoning.compare import access, new_access
from ringwall.reasoning.question import Answer, Question, answer_to, find_answer
from ringwall.reasoning.smt import Judgement, ask, ask_in_turn, opinion_of, script_of
from ringwall.reasoning.smt_answer import parsed, unescaped
from ringwall.reasoning.smt_terms import LAST_CHARACTER, literal
from ringwall.reasoning.solver import Status, Verdict


def a_policy(*conditions, resource="*", version="2012-10-17", effect=Effect.ALLOW):
    return Policy(
        (Statement(effect, Only((Pattern("*"),)), resources=Only((Pattern(resource),)), conditions=conditions),),
        version,
    )


def when(operator, key, *values):
    return Condition(Operator(operator), key, values)


class Answering:
    """A solver that says what it is told to."""

    def __init__(self, status, values=""):
        self.verdict = Verdict("told", status, values)

    def solve(self, script, symbols=()):
        return self.verdict


@given(st.text(st.characters(max_codepoint=LAST_CHARACTER)))
def test_a_literal_is_read_back_as_it_was(text):
    """
    Whatever characters a text has, its literal is printable ASCII and stands for the same text.
    """
    written = literal(text)

    assert written.isascii()
    assert written.isprintable()
    assert unescaped(written) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [('a"b', '"a""b"'), ("a\\u{41}", '"a\\u{5c}u{41}"'), ("\0", '"\\u{0}"'), ("é", '"\\u{e9}"'), ("${a}", '"${a}"')],
)
def test_what_would_be_misread_is_escaped(text, written):
    """
    Quotes are doubled, and a backslash never starts an escape of its own.
    """
    assert literal(text) == written


@pytest.mark.parametrize(
    "text", ['"', "\\u{0}", "\0", "\ud800", "\U0001f600", "\U000e0001", "\U0010ffff", "a\nb|c", "\u212a", "日本"]
)
def test_every_character_comes_back_from_a_solver(text, cvc5, z3):
    """
    Also control characters, halves of characters, and those that the strings of SMT-LIB do not have.
    """
    question = access(a_policy(when("StringEquals", "aws:Referer", f"x{text}y")))

    answers = [ask(question, solver) for solver in (cvc5, z3)]

    assert [answer.context["aws:referer"] for answer in answers] == [(f"x{text}y",)] * 2


def test_two_foreign_characters_are_told_apart(cvc5):
    """
    Characters beyond those of SMT-LIB are written as others, each as one of its own.
    """
    one, other = (when("StringEquals", "aws:Referer", character) for character in ("\U00100000", "\U00100001"))

    assert ask(access(a_policy(one, other)), cvc5) is None
    assert ask(access(a_policy(one, one)), cvc5) is not None


@pytest.mark.parametrize("given_", ["K", "k", "\u212a"])
def test_lower_case_is_pythons(given_, cvc5):
    """
    The Kelvin sign is a k, as it is to the evaluator.
    """
    policy = a_policy(when("StringEqualsIgnoreCase", "aws:Referer", "k"))
    request = with_derived_keys(Request(ANONYMOUS, "a:b", "c", {"aws:referer": (given_,)}))

    assert cvc5.solve(script_of(access(policy), request=request).text).status is Status.SAT


def test_a_letter_whose_case_hangs_on_its_neighbours_is_not_guessed():
    """
    A capital sigma has two lower cases: no script is written, rather than a wrong one.
    """
    with pytest.raises(UndecidedError, match="change their case"):
        script_of(access(a_policy(when("StringEqualsIgnoreCase", "aws:Referer", "ὈΔΥΣΣΕΎΣ"))))


def test_a_script_says_what_it_asks():
    """
    Title, statements by number and Sid, constants; the same question gives the same script.
    """
    policy = Policy((Statement(Effect.DENY, Only((Pattern("s3:*"),)), sid="Not|here\n"),), id="mine")
    question = Question((policy,), constants={"aws:resourceaccount": ("111111111111",)})

    script = script_of(question, title=["no access\nat all"])

    assert script.text.startswith("; no access?at all\n; Is there a request such that\n")
    assert "(define-fun |policy 1, statement 1 (Not?here?): Deny| () Bool" in script.text
    assert "; In all requests, aws:resourceaccount is 111111111111." in script.text
    assert script.text == script_of(question, title=["no access\nat all"]).text


@pytest.mark.parametrize("key", ["a|b", "a\\b", "a b", "root", "é", "request action", "caller kind"])
def test_no_key_is_mistaken_for_another(key, cvc5, z3):
    """
    Whatever a key is called, its symbol is its own.
    """
    policy = a_policy(when("StringEquals", key, "x"), when("StringEquals", "a?b", "y"))

    for solver in (cvc5, z3):
        assert ask(access(policy), solver).context[key] == ("x",)


def test_several_values_are_enough_for_all_conditions_on_a_key(cvc5):
    """
    Each condition that needs some value gets its own.
    """

    def some(*values):
        return Condition(Operator("StringEquals", Quantifier.FOR_ANY_VALUE), "aws:TagKeys", values)

    answer = ask(access(a_policy(some("a"), some("b"), some("c"))), cvc5)

    assert {"a", "b", "c"} <= set(answer.context["aws:tagkeys"])


def test_the_same_condition_allowed_and_not_denied_needs_two_values(cvc5):
    """
    Without a set operator one value is enough for an Allow, and a Deny needs them all: one more value spares the request.
    """
    tagged = when("StringEquals", "aws:TagKeys", "")
    statements = (*a_policy(tagged).statements, *a_policy(tagged, effect=Effect.DENY).statements)

    found = ask(access(Policy(statements)), cvc5)

    assert "" in found.context["aws:tagkeys"]
    assert len(found.context["aws:tagkeys"]) == 2


def test_a_policy_variable_is_the_keys_own_text(cvc5, z3):
    """
    `${aws:username}` is decided exactly, asked for and excluded; wildcards in the name stand for themselves.
    """
    own = a_policy(resource="arn:aws:s3:::a/${aws:username}/*")
    named = when("StringEquals", "aws:username", "ann")
    question = new_access(new=a_policy(named, resource="arn:aws:s3:::a/ann/*"), existing=own)
    other = new_access(new=a_policy(named, resource="arn:aws:s3:::a/bob/*"), existing=own)

    for solver in (cvc5, z3):
        assert ask(question, solver) is None
        assert ask(other, solver).resource.startswith("arn:aws:s3:::a/bob/")


ENTANGLED = a_policy(
    when("StringEquals", "aws:Referer", "${aws:UserAgent}"), when("StringNotLike", "aws:Referer", "${aws:UserAgent}*")
)
"""Nobody meets both conditions, which regions do not see."""


def test_a_question_that_regions_leave_open_goes_to_the_solver(cvc5):
    """
    Where boxes do not suffice and a solver is given, its answer counts.
    """
    question = access(ENTANGLED)

    with pytest.raises(UndecidedError):
        find_answer(question)
    assert answer_to(question, solver=partial(ask_in_turn, solvers=(cvc5,))) == Answer(None, "cvc5")


def test_a_solver_that_has_no_answer_leaves_the_question_open():
    """
    It is said why regions did not decide, and why the solver did not.
    """
    with pytest.raises(UndecidedError, match=r"no witness replayed: .*; the solver `told` gave no answer: timed out"):
        answer_to(access(ENTANGLED), solver=partial(ask_in_turn, solvers=(Answering(Status.TIMED_OUT),)))


def test_a_solver_is_not_asked_where_regions_decide():
    """
    A request that was replayed is not given up because a solver says that there is none.
    """
    question = access(a_policy(resource="arn:aws:s3:::a"))

    found = answer_to(question, solver=partial(ask_in_turn, solvers=(Answering(Status.UNSAT),)))

    assert found.decided_by is None
    assert found.request.resource == "arn:aws:s3:::a"


def test_solvers_are_asked_in_turn(cvc5):
    """
    Where the first gives up, the second is asked.
    """
    question = access(a_policy(resource="arn:aws:s3:::a"))

    assert ask_in_turn(question, (Answering(Status.UNKNOWN), cvc5)).decided_by == "cvc5"
    assert ask_in_turn(question, (Answering(Status.UNSAT), cvc5)).request is None


def test_a_request_that_does_not_replay_outweighs_the_word_that_there_is_none(cvc5):
    """
    One of two solvers is wrong then, and nobody knows which: only a request that replays decides.
    """
    question = access(a_policy(resource="arn:aws:s3:::a"))
    wrong = Answering(Status.SAT, '((|request action| "s3:getobject") (|request resource| "arn:aws:s3:::b"))')

    with pytest.raises(UndecidedError, match="does not replay; the solver `told` says that there is none"):
        ask_in_turn(question, (wrong, Answering(Status.UNSAT)))
    assert ask_in_turn(question, (wrong, cvc5)).request.resource == "arn:aws:s3:::a"


@pytest.mark.parametrize(
    ("status", "has_answer", "judgement"),
    [
        (Status.UNSAT, False, Judgement.CONFIRMED),
        (Status.UNSAT, True, Judgement.CONTRADICTED),
        (Status.UNKNOWN, True, Judgement.UNDECIDED),
        (Status.TIMED_OUT, False, Judgement.UNDECIDED),
        (Status.MISSING, False, Judgement.UNDECIDED),
        (Status.FAILED, True, Judgement.UNDECIDED),
    ],
)
def test_only_an_answer_confirms(status, has_answer, judgement):
    """
    Whoever gives up neither confirms nor contradicts.
    """
    assert opinion_of(access(a_policy()), Answering(status)).on(has_answer=has_answer) is judgement


def test_a_model_that_does_not_replay_is_a_disagreement():
    """
    It is never taken for a request, whatever we have said ourselves.
    """
    question = access(a_policy(resource="arn:aws:s3:::a"))
    wrong = Answering(Status.SAT, '((|request action| "s3:getobject") (|request resource| "arn:aws:s3:::b"))')

    opinion = opinion_of(question, wrong)

    assert {opinion.on(has_answer=True), opinion.on(has_answer=False)} == {Judgement.CONTRADICTED}
    with pytest.raises(UndecidedError, match="does not replay"):
        ask(question, wrong)


@pytest.mark.parametrize("status", [Status.UNKNOWN, Status.TIMED_OUT, Status.MISSING, Status.FAILED])
def test_a_solver_that_gives_up_has_not_said_that_there_is_none(status):
    """
    What it leaves open stays open.
    """
    with pytest.raises(UndecidedError, match="gave no answer"):
        ask(access(a_policy()), Answering(status))


def test_what_an_existing_deny_refuses_is_new_to_a_solver_too(cvc5):
    """
    A policy that must not allow the request may deny it; one that must not deny it may not.
    """
    denied = a_policy(when("StringEquals", "s3:prefix", "a"), effect=Effect.DENY)
    existing = Policy((*a_policy().statements, *denied.statements), "2012-10-17")

    assert ask(new_access(new=a_policy(), existing=existing), cvc5).context["s3:prefix"] == ("a",)
    assert ask(new_access(new=existing, existing=a_policy()), cvc5) is None
    assert ask(Question(allowed=(a_policy(),), not_denied=(a_policy(effect=Effect.DENY),)), cvc5) is None


def test_values_that_are_none_are_no_model():
    """
    An answer that cannot be read is a failure of the solver.
    """
    opinion = opinion_of(access(a_policy()), Answering(Status.SAT, "((nonsense"))

    assert opinion.verdict.status is Status.FAILED


def test_expressions_are_read_with_strings_and_symbols_in_them():
    """
    Parentheses in quotes are none.
    """
    assert parsed('((|a (b| "c"")") (d (- 5)))') == [["|a (b|", '"c"")"'], ["d", ["-", "5"]]]


def test_a_request_can_be_asked_about_that_does_not_exist(cvc5):
    """
    A pinned request is taken as it is: a user in an organization that its paths know nothing of.
    """
    caller = parse_caller("arn:aws:iam::111111111111:user/a")
    request = with_derived_keys(Request(caller, "a:b", "c", {"aws:principalorgid": ("o-a",)}))
    policy = a_policy(when("StringEquals", "aws:PrincipalOrgID", "o-a"), when("Null", "aws:PrincipalOrgPaths", "true"))

    assert cvc5.solve(smt.script_of(access(policy), request=request).text).status is Status.SAT
    assert ask(access(policy), cvc5) is None
