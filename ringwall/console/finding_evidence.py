"""What stands behind a finding, for its page: the policies, the witness, and what did not stop it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from ringwall.errors import ConfigurationError, PolicyError
from ringwall.findings.finding import Finding, StatementReference
from ringwall.policy.ast import Effect, Policy
from ringwall.policy.explain_request import StatementFate, statement_fate
from ringwall.policy.parse import parse_policy, position
from ringwall.policy.request import Request
from ringwall.reports.policies.simulation import reasons
from ringwall.reports.wording import document_name, restriction
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import Resource
from ringwall.store import resources


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one statement when the witness came."""

    name: str
    applies: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stopper:
    """What might have stopped the witness, and why it did not."""

    title: str
    told: tuple[str, ...]


def configuration_of(connection: Connection, analyzer_key: int, found: Finding) -> Resource | None:
    """The resource as it was last seen; None where that is not kept any more."""
    records = resources.find(connection, analyzer_key, found.resource)
    record = next((each for each in records if each.type == found.resource_type), None)
    content = resources.configuration(connection, record.configuration_digest) if record else None
    if record is None or content is None:
        return None
    return Resource(record.arn, record.type, record.owner_account, record.region, json.loads(content))


def documents_of(resource: Resource | None) -> Mapping[str, str]:
    """The texts of a resource's policies, by JSON pointer."""
    if resource is None:
        return {}
    try:
        sources = RESOURCE_TYPES[resource.type].sources(resource)
    except (KeyError, PolicyError, ConfigurationError):
        # Whoever analysed the resource has reported this; here it costs the highlighting only.
        return {}
    return {source.place: source.text for source in sources if source.text is not None}


def placed(found: Finding, documents: Mapping[str, str]) -> Finding:
    """The finding with its statements where they stand in these documents, which may be laid out anew since."""
    policies = {place: policy for place, text in documents.items() if (policy := _parsed(text)) is not None}

    def moved(reference: StatementReference) -> StatementReference:
        policy = policies.get(reference.place)
        if policy is None or reference.index >= len(policy.statements) or reference.start is None:
            return reference
        text, span = documents[reference.place], policy.statements[reference.index].span
        return replace(reference, start=position(text, span.start), end=position(text, span.end))

    return replace(
        found,
        allowed_by=tuple(map(moved, found.allowed_by)),
        narrowed_by=tuple(replace(each, statement=moved(each.statement)) for each in found.narrowed_by),
    )


def _parsed(text: str) -> Policy | None:
    try:
        return parse_policy(text)
    except PolicyError:
        return None


def allowing(found: Finding, documents: Mapping[str, str]) -> list[Fate]:
    """The statements that allow the witness, with the conditions that it meets."""
    places = {(each.place, each.index) for each in found.allowed_by}
    return [
        _fate(place, fate)
        for place, fate in _fates(found.witness, documents)
        if (place, fate.index) in places and fate.applies
    ]


def stoppers(found: Finding, documents: Mapping[str, str], resource: Resource | None) -> list[Stopper]:
    """Denies, Block Public Access, resource control policies: each with what it had to say."""
    denies = [
        _words(_fate(place, fate))
        for place, fate in _fates(found.witness, documents)
        if fate.statement.effect is Effect.DENY
    ]
    looked = [Stopper("Deny statements", tuple(denies) or ("The resource's policies have none.",))]
    if found.resource_type == "AWS::S3::Bucket":
        looked.append(Stopper("Block Public Access", tuple(_blocks(resource))))
    told = restriction(found)
    words = f"{told[0].upper()}{told[1:]}." if told else "None applies to this resource."
    return [*looked, Stopper("Resource control policies", (words,))]


def _words(fate: Fate) -> str:
    if fate.applies:
        return f"{fate.name} refuses it."
    return f"{fate.name} does not apply: {'; '.join(fate.reasons)}"


def _fates(witness: Request | None, documents: Mapping[str, str]) -> Iterator[tuple[str, StatementFate]]:
    if witness is None:
        return
    for place, text in documents.items():
        policy = _parsed(text)
        if policy is not None:
            for index, statement in enumerate(policy.statements):
                yield place, statement_fate(policy, index, statement, witness)


def _fate(place: str, fate: StatementFate) -> Fate:
    sid = f" ({fate.statement.sid})" if fate.statement.sid else ""
    name = f"{document_name(place)}, statement {fate.index + 1}{sid}"
    return Fate(f"{name[0].upper()}{name[1:]}", fate.applies, tuple(reasons(fate)))


_BLOCKS = {"bucketPublicAccessBlock": "Of the bucket", "accountPublicAccessBlock": "Of the account"}
_SWITCHES = {"ignorePublicAcls": "public ACLs are ignored", "restrictPublicBuckets": "public policies are restricted"}


def _blocks(resource: Resource | None) -> Iterator[str]:
    """What is on, of the bucket and of its account."""
    if resource is None:
        yield "The configuration is not kept any more."
        return
    for name, words in _BLOCKS.items():
        switches = resource.configuration.get(name) or {}
        on = [told for each, told in _SWITCHES.items() if switches.get(each)]
        yield f"{words}: {' and '.join(on)}, which does not concern this access." if on else f"{words}: switched off."
