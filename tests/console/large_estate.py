"""An organization of 200 accounts with 5,000 findings, for the map."""

from __future__ import annotations

from ringwall.findings.finding import Exposure, Finding, FindingStatus
from ringwall.findings.organization import Account, Organization
from ringwall.findings.remembered import Change, RememberedFinding, remembered_id
from ringwall.service import zones
from ringwall.store import analyzers, findings, resources
from ringwall.store.resources import ResourceRecord
from tests.service.service_for_tests import analyzer_in

_PARTNERS = ("464622532012", "754728514883", "414351767826")


def large_estate(ringwall, accounts: int = 200, number: int = 5000, name: str = "large") -> str:
    """The analyzer's ARN."""
    arn, now = analyzer_in(ringwall, name, type="ORGANIZATION"), ringwall.clock()
    organization = large_organization(accounts)
    with ringwall.store.write() as connection:
        analyzer = analyzers.find(connection, arn)
        digest = zones.keep(connection, organization, now)
        analyzers.update(connection, analyzer.key, zone_digest=digest, status="ACTIVE")
        found = [_finding(index, organization.accounts[index * 7 % accounts].id) for index in range(number)]
        records = [_record(analyzer.key, each, now) for each in found]
        keys = resources.save(connection, records)
        changes = [
            Change(RememberedFinding(remembered_id(arn, each), each.as_json(), FindingStatus.ACTIVE, now, now, now))
            for each in found
        ]
        by_arn = {record.arn: keys[record.arn, record.type] for record in records}
        findings.apply(connection, analyzer.key, changes, by_arn, now)
    return arn


def large_organization(accounts: int) -> Organization:
    """Accounts in twelve organizational units."""
    members = tuple(
        Account(f"{100000000000 + number}", f"team-{number:03}", f"o-large12345/r-ab12/ou-ab12-{number % 12:08}/")
        for number in range(accounts)
    )
    return Organization("o-large12345", "100000000000", members)


def _finding(index: int, account: str) -> Finding:
    principal, condition, exposure = _who(index)
    return Finding(
        resource=f"arn:aws:sqs:eu-west-1:{account}:queue-{index}",
        resource_type="AWS::SQS::Queue",
        resource_owner_account=account,
        region="eu-west-1",
        principal=principal,
        condition=condition,
        action=("sqs:SendMessage",),
        is_public=exposure in {Exposure.PUBLIC, Exposure.ANY_AWS_PRINCIPAL},
        exposure=exposure,
        access_levels={"Write": ("sqs:SendMessage",)},
    )


def _who(index: int):
    match index % 10:
        case 0 if index % 50 == 0:
            return {"AWS": "*"}, {}, Exposure.PUBLIC
        case 1 if index % 30 == 1:
            return {"AWS": "*"}, {}, Exposure.ANY_AWS_PRINCIPAL
        case 2:
            return {"AWS": "*"}, {"aws:PrincipalOrgID": f"o-partner{index % 30:03}"}, Exposure.ORGANIZATION
        case 3:
            provider = f"arn:aws:iam::111122223333:oidc-provider/token{index % 3}.actions.example.com"
            return {"Federated": provider}, {}, Exposure.FEDERATED
        case 4 | 5:
            return {"AWS": f"arn:aws:iam::{_PARTNERS[index % 3]}:role/collector"}, {}, Exposure.CROSS_ACCOUNT
        case _:
            return {"AWS": f"{900000000000 + index % 60}"}, {}, Exposure.CROSS_ACCOUNT


def _record(analyzer_key, finding, now) -> ResourceRecord:
    return ResourceRecord(
        analyzer_key=analyzer_key,
        arn=finding.resource,
        type=finding.resource_type,
        owner_account=finding.resource_owner_account,
        region=finding.region,
        configuration_digest="c",
        analysis_digest="a",
        created_at=now,
        analyzed_at=now,
        updated_at=now,
        is_public=bool(finding.is_public),
    )
