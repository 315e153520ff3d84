"""Words for people about unused access, the same in every format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from ringwall.findings.finding import FindingType
from ringwall.findings.unused_finding import UnusedFinding
from ringwall.findings.unused_report import UnusedReport
from ringwall.principals.evidence import Evidence, RecurringUse, SourceCoverage
from ringwall.principals.usage import UsageSource
from ringwall.reports.wording import clean, counted, listed

TITLES = {
    FindingType.UNUSED_IAM_ROLE: "Unused role",
    FindingType.UNUSED_IAM_USER_ACCESS_KEY: "Unused access key",
    FindingType.UNUSED_IAM_USER_PASSWORD: "Unused password",
    FindingType.UNUSED_PERMISSION: "Unused permissions",
}
"""As the console of AWS calls the types."""
_COUNTED = {
    FindingType.UNUSED_IAM_ROLE: ("unused role", "unused roles"),
    FindingType.UNUSED_IAM_USER_ACCESS_KEY: ("unused access key", "unused access keys"),
    FindingType.UNUSED_IAM_USER_PASSWORD: ("unused password", "unused passwords"),
    FindingType.UNUSED_PERMISSION: ("principal with unused permissions", "principals with unused permissions"),
}
_NOUNS = {"AWS::IAM::Role": "IAM role", "AWS::IAM::User": "IAM user"}
_SOURCES = {
    "last-accessed": "last-accessed report",
    "cloudtrail": "CloudTrail",
    "credential-report": "credential report",
    "iam": "IAM",
}
_MISSING = 4
"""How many of the sentences about what was not seen the coverage shows."""


def noun(kind: str) -> str:
    """`IAM role` for `AWS::IAM::Role`."""
    return _NOUNS.get(kind, clean(kind))


def name_of(arn: str) -> str:
    """What people call the principal: its name without path."""
    return clean(arn.rsplit("/", 1)[-1])


def day(at: datetime | None) -> str:
    """`2026-03-01`, or `never`: within the time that evidence reaches back."""
    return at.strftime("%Y-%m-%d") if at else "never"


def bar(share: float, width: int = 10) -> str:
    """A bar of `width` cells. Only nothing is empty, and only all is full."""
    full = round(share * width)
    full = max(full, 1) if share > 0 else 0
    full = min(full, width - 1) if share < 1 else width
    return "█" * full + "░" * (width - full)


def percent(share: float) -> str:
    """`37 %`; never 0 or 100 for what is only nearly so."""
    whole = round(share * 100)
    return f"{min(max(whole, 1 if share > 0 else 0), 99 if share < 1 else 100)} %"


def headline(report: UnusedReport) -> str:
    """What the report says in one line; never that all is well when nobody knows."""
    if report.unused:
        numbers = [f"{number:,} {_COUNTED[kind][number != 1]}" for kind, number in report.found.items() if number]
        return f"{counted(len(report.unused), 'finding')}: {listed(numbers)}"
    if not report.coverage.is_complete:
        return "Nothing unused was found in what could be judged"
    if not report.coverage.resources:
        return "There was no principal to judge"
    if report.unsure:
        return f"No finding is as sure as was asked for; {report.unsure:,} are less so"
    return f"Nothing was unused for {counted(report.age, 'day')}"


def title(finding: UnusedFinding) -> str:
    return TITLES[finding.type]


def sentence(finding: UnusedFinding) -> str:
    """The finding in one sentence, for somebody who does not read policies."""
    who = f"the {noun(finding.resource_type)} {name_of(finding.resource)}"
    if finding.error:
        return f"It is not known what {who} uses: {clean(finding.error_message or finding.error)}"
    last = f"last used {day(finding.last_accessed)}" if finding.last_accessed else "never used, as far as is known"
    match finding.type:
        case FindingType.UNUSED_IAM_ROLE:
            return f"Nobody uses {who}: {last}."
        case FindingType.UNUSED_IAM_USER_ACCESS_KEY:
            return f"Nobody uses access key {clean(finding.access_key_id or '')} of {who}: {last}."
        case FindingType.UNUSED_IAM_USER_PASSWORD:
            return f"Nobody signs in with the password of {who}: {last}."
        case _:
            return f"{who[0].upper()}{who[1:]} does not use {permissions(finding)} that it is granted."


def permissions(finding: UnusedFinding) -> str:
    """`3 services and 12 actions of others`."""
    whole = sum(not each.actions for each in finding.services)
    actions = sum(len(each.actions) for each in finding.services)
    parts = [counted(whole, "service")] if whole else []
    parts += [f"{counted(actions, 'action')}{' of others' if whole else ''}"] if actions else []
    return listed(parts) if parts else "nothing"


def last_use(finding: UnusedFinding) -> str:
    """When it was last used, for a column; what is unused of permissions."""
    return permissions(finding) if finding.type is FindingType.UNUSED_PERMISSION else day(finding.last_accessed)


def whole_services(finding: UnusedFinding) -> list[str]:
    """The services of which nothing is used, with their last use: `sqs (2025-03-01)`, `ec2 (never)`."""
    return [f"{clean(each.namespace)} ({day(each.last_accessed)})" for each in finding.services if not each.actions]


def by_service(finding: UnusedFinding) -> Mapping[str, list[str]]:
    """The unused actions of services in use; with their last use, where there was one."""
    return {
        clean(each.namespace): [
            f"{clean(action.name)} ({day(action.last_accessed)})" if action.last_accessed else clean(action.name)
            for action in each.actions
        ]
        for each in finding.services
        if each.actions
    }


def confidence(finding: UnusedFinding) -> str:
    """`high`, `medium` or `low`; the last where nothing is known of the evidence."""
    return finding.evidence.confidence.value.lower() if finding.evidence else "low"


def evidence_lines(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """What the finding rests on, and what was missing: a label and a sentence each."""
    if evidence.sources:
        yield "evidence", "; ".join(map(source, evidence.sources))
    for use in evidence.recurring:
        yield "comes back", recurring(use)
    for sentence_ in evidence.missing:
        yield "not seen", clean(sentence_)


def source(coverage: SourceCoverage) -> str:
    """`last-accessed report by action, 2025-01-01 to 2026-03-01`."""
    name = _SOURCES[coverage.source.value]
    unit = f" by {coverage.granularity}" if coverage.source is UsageSource.LAST_ACCESSED else ""
    since = f"{day(coverage.since)} to " if coverage.since else "until "
    return f"{name}{unit}, {since}{day(coverage.until)}"


def recurring(use: RecurringUse) -> str:
    """`s3:PutObject quarterly: 2025-12, 2026-03`; any use at all where no action is named."""
    what = "" if use.action == "*" else f"{clean(use.action)}, "
    return f"{what}{use.interval}: used in {', '.join(map(clean, use.months))}"


def coverage_line(report: UnusedReport) -> str:
    """What was judged, in one line."""
    kinds = [
        counted(number, "user" if kind.endswith("User") else "role")
        for kind, number in report.coverage.analyzed.items()
    ]
    judged = listed(kinds) if kinds else "no principal"
    line = f"{judged} in {counted(len(report.coverage.accounts), 'account')}"
    return f"{line}; evidence until {report.seen_at:%Y-%m-%d %H:%M} UTC, unused for {counted(report.age, 'day')}"


def coverage_notes(report: UnusedReport) -> Iterator[str]:
    """What the evidence was, and what was not told, each as a sentence."""
    principals = sum(each.principals for each in report.accounts)
    for name, words in (("last-accessed", "IAM's last-accessed reports"), ("cloudtrail", "CloudTrail")):
        yield f"{words}: of {report.sources.get(name, 0):,} of {counted(principals, 'principal')}."
    for what, number in list(report.missing.items())[:_MISSING]:
        yield f"Not seen, for {counted(number, 'principal')}: {clean(what)}"
    if (more := len(report.missing) - _MISSING) > 0:
        yield f"Not seen besides: {counted(more, 'thing')}, told with the findings."
    if report.left_out:
        yield f"Not judged: {counted(report.left_out, 'principal')}, service-linked or excluded."
    if report.unsure:
        yield f"Not shown: {counted(report.unsure, 'finding')} of lower confidence."
