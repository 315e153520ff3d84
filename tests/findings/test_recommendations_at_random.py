"""Random identity policies, and random actions of theirs that nobody used: what is recommended is right by the evaluator.

The evaluator decides request by request; it shares no code with the edits, nor with the proof.
"""

from dataclasses import dataclass, replace

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ringwall.findings.recommendation import recommend
from ringwall.findings.recommendation_plan import plan_of
from ringwall.findings.recommendation_proof import lost_uses
from ringwall.findings.recommended_policy_actions import unused_of
from ringwall.findings.unused_finding import UnusedAction, UnusedService
from ringwall.policy import evaluate
from ringwall.policy.merging import merged
from ringwall.policy.parse import parse_policy
from ringwall.policy.render import render_policy
from ringwall.policy.service_reference import known_actions, services
from ringwall.principals.principal import IdentityPolicy, PolicyKind
from tests.findings.recommendation_cases import NOW, access, finding, group, role, user
from tests.neighbours import requests_near
from tests.strategies import SMALL, policies

NAMESPACES = ("s3", "sqs", "sts")
ACTIONS = tuple(name for namespace in NAMESPACES for name in known_actions(namespace))
WORDS = replace(
    SMALL,
    actions=(
        *("*", "*:*", "s*:*", "*:Get*", "s3:*", "S3:get*", "s3:Get*Acl", "s3:?etObject", "s3:*Object*", "s3:GetObject"),
        *("s3:PutObject", "sqs:*", "sqs:Send*", "sqs:SendMessage", "sts:*", "sts:AssumeRole*", "s3:Future"),
    ),
    requested_actions=("s3:GetObject", "s3:GetObjectAcl", "s3:PutObject", "sqs:SendMessage", "sqs:SendMessageBatch", "sts:AssumeRole"),
)  # fmt: skip
EXAMPLES = settings(
    max_examples=40,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    deadline=None,
)
REQUESTS = 6


@dataclass(frozen=True)
class Drawn:
    """What is unused: all services but some, or a few, and some actions of those."""

    used: frozenset[str]
    names: frozenset[str]
    most: bool

    @property
    def services(self):
        candidates = services() if self.most else NAMESPACES
        whole = [UnusedService(name) for name in candidates if name not in self.used]
        some = {}
        for name in sorted(self.names):
            namespace, _, action = name.partition(":")
            if namespace in self.used:
                some.setdefault(namespace, []).append(UnusedAction(action))
        return (*whole, *(UnusedService(namespace, tuple(actions)) for namespace, actions in some.items()))


def unused():
    """Mostly of services that policies name."""
    names = st.one_of(st.sampled_from(ACTIONS), st.sampled_from(WORDS.requested_actions))
    some = st.frozensets(names, max_size=12)
    return st.builds(Drawn, st.frozensets(st.sampled_from(NAMESPACES)), some, st.booleans())


@st.composite
def principals(draw):
    """A role, or a user with policies of its own and of groups."""
    some = policies(WORDS, with_principals=False)
    documents = [render_policy(each) for each in draw(st.lists(some, min_size=1, max_size=3))]
    kinds = draw(st.lists(st.sampled_from(PolicyKind), min_size=3, max_size=3))
    names = {
        PolicyKind.AWS_MANAGED: "arn:aws:iam::aws:policy/",
        PolicyKind.CUSTOMER_MANAGED: "arn:aws:iam::111122223333:policy/",
    }
    made = [
        IdentityPolicy(f"{names.get(kind, '')}p{index}", kind, text)
        for index, (kind, text) in enumerate(zip(kinds, documents, strict=False))
    ]
    if draw(st.booleans()):
        return role(*made)
    return user(made[0], groups=(group("dev", *made[1:], members=draw(st.integers(1, 2))),))


@EXAMPLES
@given(principals(), unused(), st.data())
def test_a_plan_takes_away_what_is_unused_and_nothing_else(principal, found, data):
    """
    Whatever is allowed after was allowed before, nothing unused is, and all else that is known still is.
    """
    gone = unused_of(found.services)
    before = [parse_policy(policy.document) for policy, _ in principal.granting]
    plan = plan_of(principal, gone, NOW)

    after = [parse_policy(each) for each in plan.after]

    old, new = merged(before), merged(after)
    for _ in range(REQUESTS):
        near = data.draw(requests_near(data.draw(st.sampled_from(before)), WORDS))
        request = replace(near, action=data.draw(st.one_of(st.just(near.action), st.sampled_from(ACTIONS))))
        was, stays = evaluate.is_allowed(old, request), evaluate.is_allowed(new, request)
        assert was or not stays, "something is new"
        if gone.takes(request.action):
            assert not stays, "it was unused"
        elif request.action.lower() in KNOWN:
            assert stays is was, "something is lost"


KNOWN = frozenset(each.lower() for each in ACTIONS)


def test_most_are_proven():
    """
    And of none the proof says that it is wrong; what is not decided has no steps.
    """
    ends = []

    @settings(EXAMPLES, max_examples=40)
    @given(principals(), unused())
    def check(principal, found):
        made = recommend(access(principal), finding(principal, unused=found.services), NOW)
        reason = made.error[1] if made.error else ""
        assert "it is not so" not in reason
        assert "would be lost" not in reason
        assert bool(made.steps) == (made.error is None)
        if "no policy grants any of it" not in reason:
            ends.append(made.error is None)

    check()

    assert len(ends) >= 20
    assert sum(ends) >= 0.9 * len(ends)


def test_what_is_lost_is_named():
    """
    Only what was allowed before can be lost.
    """
    before = [render_policy(parse_policy('{"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}'))]
    after = ['{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}']

    lost = lost_uses(before, after, ["s3:GetObject", "s3:GetBucketAcl", "sqs:SendMessage"])

    assert lost == ("s3:GetBucketAcl",)
