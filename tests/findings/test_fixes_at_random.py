"""Two hundred findings of all types, and their fixes: what is proven holds in all three readings.

The evaluator decides request by request whether anything is new or lost; a solver is asked the questions of the proof;
and an analysis says that the finding is gone. None of that shares code with the search for the fix.
"""

from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.fix import Fix, NoFix, find_fix
from ringwall.findings.fix_access import access_of
from ringwall.findings.zone_of_trust import TrustedKind
from ringwall.policy import evaluate
from ringwall.policy.ast import Effect
from ringwall.proving import prove_fix
from ringwall.reasoning.smt import Judgement
from ringwall.resources import RESOURCE_TYPES
from tests.findings.fix_cases import ARNS, resources, words_of
from tests.findings.sharing_cases import QUEUE_WORDS, holds
from tests.neighbours import requests_near, zones
from tests.strategies import ONE, TWO

OF_EVERY_TYPE = pytest.mark.parametrize("name", ARNS)
FINDINGS_OF_A_TYPE = 13
"""Times sixteen types: 208 findings."""
REQUESTS = 5
MOSTLY = 0.8
"""How many fixes are exact at least. Nearly all are; of policies that nobody would write, now and then one is not."""

EXAMPLES = settings(
    max_examples=FINDINGS_OF_A_TYPE, phases=[Phase.generate], suppress_health_check=list(HealthCheck), deadline=None
)
FEWER = settings(EXAMPLES, max_examples=2)


@st.composite
def fixes(draw, name):
    """An analyzer, a shared resource of a type, one of its findings with its fix, and all of them."""
    resource, zone = draw(resources(name)), draw(zones())
    analyzer = ExternalAccess(zone)
    findings = analyzer.findings_of(resource)
    assume(findings and not any(finding.error for finding in findings))
    finding = draw(st.sampled_from(findings))
    return analyzer, resource, finding, find_fix(analyzer, resource, finding), findings


def is_let_in(resource, request):
    """Whether the evaluator lets the request through one of the sources."""
    return any(
        all(evaluate.is_allowed(policy, request) for policy in (source.policy, *source.requires))
        and not any(evaluate.applying_statements(Effect.DENY, policy, request) for policy in source.denied_by)
        for source in sources_of(resource)
    )


def belongs(zone, request):
    """Whether the caller is of the zone, or a service: none of these may lose anything to a fix for everybody.

    Requests are drawn in which an account of the organization calls as one of another: such there are none.
    """
    account = request.caller.account
    if zone.type != "ORGANIZATION":
        is_member = account == ONE
    else:
        is_member = account in zone.accounts(ONE) and request.context.get("aws:principalorgid") == (
            zone.organization.id,
        )
    is_partner = any(each.kind is TrustedKind.ACCOUNT and each.value == account for each in zone.trusted)
    return is_member or is_partner or request.caller.service is not None


def is_about(finding, request):
    """Whether the finding's principal and conditions fit; the action is one of its own, or nobody outside can use it."""
    groups = RESOURCE_TYPES[finding.resource_type].action_groups
    can_use = {action.lower() for group in groups for action in group.actions}
    action = request.action.lower()
    is_action = action in {each.lower() for each in finding.action} or action not in can_use
    return is_action and holds(finding, replace(request, action=finding.action[0]))


@OF_EVERY_TYPE
def test_a_fix_takes_away_the_finding_and_nothing_else(name):
    """
    In the regions, by the proof; in the evaluator, by requests near the old policy and the new one; and the analysis
    finds all findings as they were but this one.
    """
    ends = []

    @EXAMPLES
    @given(fixes(name), st.data())
    def check(case, data):
        analyzer, resource, finding, fix, findings = case
        has_networks = bool(analyzer.zone.networks().statements)
        is_limited = name in LIMITED and (has_networks or finding.principal == {"AWS": "*"} or name.endswith("Version"))
        ends.append(is_limited or (isinstance(fix, Fix) and fix.is_exact))
        if isinstance(fix, NoFix):
            return
        words = words_of(name)
        policies = [drawable(source.policy, words) for each in (resource, fix.fixed) for source in sources_of(each)]
        access = access_of(analyzer, resource, finding)
        for _ in range(REQUESTS):
            request = data.draw(requests_near(data.draw(st.sampled_from(policies)), words))
            before, after = is_let_in(resource, request), is_let_in(fix.fixed, request)
            assert before or not after, "something is new"
            if fix.is_exact and before and not after:
                assert is_about(finding, request), "somebody else has lost access"
                is_sparing = finding.principal == {"AWS": "*"} and not access.names_outsider
                free = evaluate.is_allowed(access.free, request)
                assert free or not (is_sparing and belongs(analyzer.zone, request)), "the zone has lost access"
        if fix.is_exact:
            left = {(str(each.principal), str(each.condition), each.action) for each in analyzer.findings_of(fix.fixed)}
            were = {(str(each.principal), str(each.condition), each.action) for each in findings}
            assert left == were - {(str(finding.principal), str(finding.condition), finding.action)}

    check()

    assert len(ends) >= FINDINGS_OF_A_TYPE
    assert sum(ends) >= MOSTLY * len(ends), f"{sum(ends)} of {len(ends)} fixes are exact, or cannot be"


LIMITED = frozenset(
    {"AWS::Lambda::LayerVersion", "AWS::EC2::Snapshot", "AWS::RDS::DBSnapshot", "AWS::RDS::DBClusterSnapshot"}
)
"""Of a layer's policy only whole statements can be taken, and no list of accounts says "all of that organization" or
"from that network": where everybody is let in there, or networks are trusted, a fix takes something from the zone as well."""


def sources_of(resource):
    return RESOURCE_TYPES[resource.type].sources(resource)


def drawable(policy, words):
    """The policy as far as the vocabulary goes: a fix asks for keys, and an access point for others, that it lacks."""
    known = {key.name.lower() for key in words.keys}
    statements = (
        replace(each, conditions=tuple(one for one in each.conditions if one.key.lower() in known))
        for each in policy.statements
    )
    return replace(policy, statements=tuple(statements))


@OF_EVERY_TYPE
def test_a_solver_says_the_same(name, cvc5):
    """
    Every question of the proof is put to it; it never contradicts, and confirms most.
    """
    judgements = []

    @FEWER
    @given(fixes(name))
    def check(case):
        analyzer, _, _, fix, _ = case
        assume(isinstance(fix, Fix) and fix.is_exact)
        proofs = prove_fix(fix, analyzer, [cvc5], lambda *_: None)
        judgements.extend(chain.from_iterable(each.judgements for each in proofs.proven))

    check()

    assert Judgement.CONTRADICTED not in judgements
    assert judgements.count(Judgement.CONFIRMED) * 2 > len(judgements)


def test_the_vocabulary_has_outsiders():
    """
    Otherwise nothing would be found.
    """
    assert any(each.value == TWO for each in QUEUE_WORDS.principals)
