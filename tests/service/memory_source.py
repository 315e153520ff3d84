"""An estate in memory: accounts, Regions and resources that a test changes, and faults that it plants."""

from dataclasses import dataclass, field

from ringwall.errors import CollectionError
from ringwall.findings.report import Gap
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import Scope
from ringwall.service.sources import GLOBAL


@dataclass(frozen=True)
class MemoryEstate:
    """What a plan is told."""

    organization: object = None
    accounts: tuple = ()
    gaps: tuple = ()


@dataclass
class MemorySource:
    """Resources by account and Region."""

    accounts: tuple = ("111122223333",)
    enabled: tuple = ("eu-west-1",)
    organization: object = None
    estate_gaps: tuple = ()
    resources: list = field(default_factory=list)
    principals: list = field(default_factory=list)
    """`PrincipalAccess`, of all accounts."""
    gaps: list = field(default_factory=list)
    """Each hides what it covers."""
    refuse_estate: CollectionError | None = None
    refuse_regions: CollectionError | None = None
    refuse_principals: set = field(default_factory=set)
    """Accounts that let nobody read them."""
    reads: list = field(default_factory=list)

    def estate(self, scope, _type):
        if self.refuse_estate:
            raise self.refuse_estate
        accounts = tuple(each for each in self.accounts if not scope.accounts or each in scope.accounts)
        return MemoryEstate(self.organization, accounts, self.estate_gaps)

    def regions(self, _account):
        if self.refuse_regions:
            raise self.refuse_regions
        return self.enabled

    def read(self, account, region, types):
        self.reads.append((account, region, tuple(types)))
        yield from (gap for gap in self.gaps if gap.account in {"", account} and gap.region in {"", region})
        yield from (each for each in self.resources if _is_at(each, account, region, types) and not self._hidden(each))

    def read_one(self, account, region, resource_type, arn):
        found = [each for each in self.resources if _is_at(each, account, region, (resource_type,)) and each.arn == arn]
        hidden = [gap for gap in self.gaps if gap.resource == arn]
        return hidden[0] if hidden else found[0] if found else None

    def read_principals(self, account, _reports):
        self.reads.append((account, GLOBAL, ("principals",)))
        if account in self.refuse_principals:
            raise CollectionError("ACCESS_DENIED", "iam:GetAccountAuthorizationDetails was denied")
        gaps = [gap for gap in self.gaps if gap.account in {"", account} and gap.region in {"", GLOBAL}]
        yield from gaps
        hidden = {gap.resource for gap in gaps}
        own = (each for each in self.principals if each.principal.account == account)
        yield from (each for each in own if each.principal.arn not in hidden)

    def _hidden(self, resource):
        return any(_covers(gap, resource) for gap in self.gaps)


def _is_at(resource, account, region, types):
    return (resource.owner_account, resource.region) == (account, region) and resource.type in types


def _covers(gap: Gap, resource):
    said = (gap.account, gap.region, gap.resource_type, gap.resource)
    known = (resource.owner_account, resource.region, resource.type, resource.arn)
    return all(not each or each == value for each, value in zip(said, known, strict=True))


def region_of(resource_type, region="eu-west-1"):
    """Where a resource of the type lives."""
    return GLOBAL if RESOURCE_TYPES[resource_type].scope is Scope.GLOBAL else region
