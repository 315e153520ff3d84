"""How the configuration has all analyzers look: in which mode, and whom they trust besides their own."""

import pytest

from ringwall.findings.zone_of_trust import parse_trusted
from ringwall.service.zones import Zones
from ringwall.store.analyzers import find
from tests.service.service_for_tests import ACCOUNT, PARTNER, analyzer_in, service_over


@pytest.fixture
def analysis(store):
    """The analysis of an analyzer that zones like these give."""
    ringwall = service_over(store)
    arn = analyzer_in(ringwall)

    def of(zones):
        with ringwall.store.read() as connection:
            return zones.analysis_of(connection, find(connection, arn), ACCOUNT)

    return of


def test_a_partner_is_trusted_by_all_analyzers(analysis):
    """
    Whom the configuration names is inside, and what was found before is analysed again.
    """
    plain = analysis(Zones())
    trusting = analysis(Zones(trusted=(parse_trusted(f"account:{PARTNER}"),)))

    assert [str(each) for each in trusting.external_access.zone.trusted] == [f"account:{PARTNER}"]
    assert trusting.digest != plain.digest


def test_the_mode_is_the_configured_one(analysis):
    """
    In another mode there are other findings, so everything is analysed again.
    """
    concise, as_aws = analysis(Zones()), analysis(Zones(mode="aws"))

    assert as_aws.external_access.mode.value == "aws"
    assert as_aws.digest != concise.digest
