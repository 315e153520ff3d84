"""What is granted in classes of actions, held against the engine action by action, and against the evaluator."""

from dataclasses import replace

import msgspec
from hypothesis import event, given, settings
from hypothesis import strategies as st

from ringwall.errors import UndecidedError
from ringwall.policy.ast import Effect, Only, Pattern
from ringwall.policy.evaluate import applying_statements
from ringwall.policy.parse import parse_policy
from ringwall.policy.render import render_policy
from ringwall.policy.request import parse_caller, with_derived_keys
from ringwall.policy.service_reference import expand_action
from ringwall.policy.wildcard import matches
from ringwall.principals.granted import granted_to
from ringwall.principals.granted_index import actions_of, named
from ringwall.principals.granted_question import who_is
from ringwall.principals.principal import IdentityPolicy, PolicyKind, PrincipalKind
from ringwall.reasoning.compare import scope
from ringwall.reasoning.question import Question, find_answer
from tests.neighbours import requests_near
from tests.principals.made import principal
from tests.strategies import ONE, SMALL, policies, scopes

ACTIONS = ("s3:GetObject", "s3:PutObject", "sqs:SendMessage", "sqs:ReceiveMessage", "iam:GetUser", "kms:Decrypt")
WORDS = replace(
    SMALL,
    actions=(*SMALL.actions, "s3:*Object*", "*:*Message", "iam:Get?ser", "kms:*", "*:G*", "s3:GetObject", "none:*"),
    requested_actions=ACTIONS,
    is_closed=True,
    # Whether a key that nobody knows holds several values follows from all the statements that there are.
    keys=tuple(key for key in SMALL.keys if key.name != "x:unknown"),
)
CALLERS = {
    PrincipalKind.USER: parse_caller(f"arn:aws:iam::{ONE}:user/a"),
    PrincipalKind.ROLE: parse_caller(f"arn:aws:iam::{ONE}:role/a"),
}


@st.composite
def principals(draw):
    """A user or role with up to three policies and, often, a boundary."""
    some = policies(WORDS, with_principals=False)
    documents = draw(st.lists(some, min_size=1, max_size=3))
    boundary = draw(st.one_of(st.none(), some))
    kind = draw(st.sampled_from(PrincipalKind))
    made = principal(*map(_attached, documents), kind=kind, boundary=boundary and _attached(boundary))
    return msgspec.structs.replace(made, arn=CALLERS[kind].arn, account=ONE)


def _attached(policy):
    return IdentityPolicy("p", PolicyKind.INLINE, render_policy(policy))


def documents_of(made):
    return [parse_policy(policy.document) for policy, _ in made.granting]


def boundary_of(made):
    return (parse_policy(made.boundary.document),) if made.boundary else ()


def is_granted_by_brute_force(made, action):
    """Whether the engine finds a request for just this action, with all statements as they were written."""
    who = who_is(made)
    identity, boundary = documents_of(made), boundary_of(made)
    known = who.constants(("aws:principalarn", "aws:principalaccount", "aws:username"))
    questions = (
        Question(allowed=(policy, scope([action]), who.scope, *boundary), not_denied=tuple(identity), constants=known)
        for policy in identity
    )
    return any(find_answer(question) is not None for question in questions)


@given(principals(), st.sampled_from(ACTIONS))
@settings(max_examples=300, deadline=None)
def test_classes_of_actions_are_granted_as_each_action_is(made, action):
    """
    What the engine says of one action is what is said of it in its class.
    """
    granted = granted_to(made)
    try:
        expected = is_granted_by_brute_force(made, action)
    except UndecidedError:
        event("undecided by brute force")
        return
    event(f"granted: {expected}, undecided: {action in granted.undecided}")

    if action not in granted.undecided:
        assert (action in granted.actions.get(action.partition(":")[0], ())) is expected


@st.composite
def requests_of_principals(draw):
    """A principal, and a request of its own that mostly meets one of its policies."""
    made = draw(principals())
    near = draw(st.sampled_from([*documents_of(made), *boundary_of(made)]))
    caller = CALLERS[made.kind]
    request = draw(requests_near(near, replace(WORDS, callers=(caller,))))
    return made, with_derived_keys(request)


@given(requests_of_principals())
@settings(max_examples=500, deadline=None)
def test_whatever_the_evaluator_lets_through_is_granted(case):
    """
    A request that a policy allows, none denies and the boundary allows proves that its action is granted.
    """
    made, request = case
    identity, boundary = documents_of(made), boundary_of(made)
    is_allowed = any(applying_statements(Effect.ALLOW, policy, request) for policy in identity)
    is_bounded = not boundary or bool(applying_statements(Effect.ALLOW, boundary[0], request))
    is_denied = any(applying_statements(Effect.DENY, policy, request) for policy in (*identity, *boundary))

    event(f"let through: {is_allowed and is_bounded and not is_denied}")
    if is_allowed and is_bounded and not is_denied:
        granted = granted_to(made)
        service = request.action.partition(":")[0]
        assert request.action in granted.actions.get(service, ()) or request.action in granted.undecided


PATTERNS = st.text(alphabet="*?:sqSQend3GetM", max_size=12) | st.sampled_from((*WORDS.actions, "s*", "*:*", "", ":"))


@given(scopes(PATTERNS.map(Pattern)))
@settings(max_examples=100, deadline=None)
def test_sets_of_actions_are_what_patterns_match(some):
    """
    As the service reference expands them.
    """
    matched = {action for member in some.members for action in expand_action(member.text)}
    expected = matched if isinstance(some, Only) else {*expand_action("*")} - matched

    found = named(actions_of(some))

    assert {action for actions in found.values() for action in actions} == expected
    assert all(matches(f"{service}:*", action) for service, actions in found.items() for action in actions)
