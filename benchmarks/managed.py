"""All AWS managed policies against one reference policy: does any allow what escalates privileges?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from benchmarks.engines import OURS, Answer, ask, disagreements
from benchmarks.measure import Table, percentile
from benchmarks.policy_files import documents
from benchmarks.question_sets import Case, Parsed, Scale, parsed
from benchmarks.stand_in import stand_in
from ringwall.policy.ast import Effect, Only, Pattern, Policy, Statement
from ringwall.reasoning.compare import new_access

AIM = 3.0
"""Seconds for all of them."""
ESCALATION = (
    "cloudformation:CreateStack",
    "ec2:RunInstances",
    "glue:CreateDevEndpoint",
    "glue:UpdateDevEndpoint",
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:PassRole",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
    "lambda:CreateFunction",
    "lambda:UpdateFunctionCode",
)
"""Actions by which somebody can get more rights than they were given."""
_EVERYTHING = Only((Pattern("*"),))
REFERENCE = Policy(
    (
        Statement(Effect.ALLOW, _EVERYTHING, resources=_EVERYTHING),
        Statement(Effect.DENY, Only(tuple(map(Pattern, ESCALATION))), resources=_EVERYTHING),
    ),
    version="2012-10-17",
)


def managed_table(path: Path | None, engines: Iterable[str], scale: Scale, *, limit: float, patience: float) -> Table:
    """Seconds for the newest version of each policy, and for all versions, ours alone."""
    read, _ = parsed([*documents(path)] if path else stand_in())
    managed = sorted((each for each in read if each.document.version), key=lambda each: each.document.place)
    newest = [[*group][-1] for _, group in groupby(managed, key=lambda each: each.document.name)]
    columns = ("policies", "engine", "of", "asked", "sum s", "p50 ms", "p99 ms", "max ms", "x sum", "aim s", "verdicts")
    table = Table("Solvers: AWS managed policies against one reference policy", columns)
    base: list[float] = []
    for name, group, asking in (("newest versions", newest, engines), ("all versions", managed, (OURS,))):
        cases = _cases(group[: scale.managed])
        said: dict[str, list[Answer]] = {}
        for engine in asking:
            said[engine] = answers = ask(engine, cases, limit=limit, patience=1e9 if engine == OURS else patience)
            seconds = [answer.seconds for answer in answers]
            base = seconds if engine == OURS else base
            times = (percentile(seconds, share) * 1_000 for share in (0.5, 0.99, 1.0))
            ratio = sum(seconds) / sum(base[: len(seconds)])
            verdicts = ", ".join(f"{n} {v}" for v, n in sorted(Counter(each.verdict for each in answers).items()))
            aim = AIM if engine == OURS and name == "newest versions" else ""
            table.rows.append((name, engine, len(cases), len(seconds), sum(seconds), *times, ratio, aim, verdicts))
        table.notes += (f"DISAGREEMENT: {line}" for line in disagreements(cases, said))
    table.notes.append(f"The reference allows everything but {len(ESCALATION)} actions that escalate privileges.")
    return table


def _cases(group: Iterable[Parsed]) -> list[Case]:
    return [Case(each.document.id, new_access(new=each.policy, existing=REFERENCE)) for each in group]
