"""A recommendation as text and as JSON: each step with the policies side by side, its calls and its undo, and the proof."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from ringwall.findings.recommendation import CallStep, Recommendation, RecommendedAction, RecommendedStep
from ringwall.findings.unused_finding import UnusedFinding
from ringwall.principals.principal import IdentityPolicy, Principal
from ringwall.reports.base import View
from ringwall.reports.terminal import Terminal, terminal_of
from ringwall.reports.unused.words import confidence, sentence
from ringwall.reports.wording import clean, counted

TITLES = {
    RecommendedAction.CREATE_POLICY: "Create a smaller policy",
    RecommendedAction.DETACH_POLICY: "Detach a policy",
    RecommendedAction.REPLACE_POLICY: "Replace a policy",
    RecommendedAction.REMOVE_FROM_GROUP: "Remove from a group",
    RecommendedAction.DEACTIVATE_KEY: "Deactivate an access key",
    RecommendedAction.DELETE_PASSWORD: "Delete a password",
    RecommendedAction.DELETE_ROLE: "Delete a role",
}
_DIFF_STYLES = {"+": "green", "-": "red", "@": "dim"}


@dataclass(frozen=True, slots=True)
class AdviceOutcome:
    """What was done."""

    done: tuple[CallStep, ...]
    undo: tuple[CallStep, ...]
    """Of what was done."""
    failed: str | None = None
    """The operation that AWS refused, or that was interrupted; nothing was done after it."""
    error: str | None = None
    """What AWS said, or that it was interrupted."""


@dataclass(frozen=True, slots=True)
class Advice:
    """A finding, what to do about it, and what was done."""

    finding: UnusedFinding
    principal: Principal
    recommendation: Recommendation
    outcome: AdviceOutcome | None = None
    """None: nothing was to be done."""
    remembered_as: str | None = None
    """The id by which a server knows the finding."""

    @property
    def id(self) -> str:
        """Of the finding, as whoever asked knows it."""
        return self.remembered_as or self.finding.id

    def existing(self, step: RecommendedStep) -> IdentityPolicy | None:
        """The policy that a step is about, as it is now."""
        policies = (policy for policy, _ in self.principal.granting)
        return next((each for each in policies if each.id == step.existing_policy_id), None)


def render_text(advice: Advice, view: View) -> str:
    return "".join(f"{line}\n" for line in _text(advice, terminal_of(view)))


def _text(advice: Advice, terminal: Terminal) -> Iterator[str]:
    if advice.outcome:
        yield from _outcome(advice.outcome, terminal)
        return
    finding, recommendation = advice.finding, advice.recommendation
    yield from terminal.lines(f"Finding {advice.id}: {sentence(finding)}", "bold")
    yield from terminal.labelled("confidence", confidence(finding), indent=2, column=12)
    for missing in finding.evidence.missing if finding.evidence else ():
        yield from terminal.labelled("not seen", clean(missing), indent=2, column=12)
    if recommendation.error:
        code, message = recommendation.error
        yield ""
        yield from terminal.lines(f"No recommendation: {clean(code)}: {clean(message)}", "bold red")
    for number, step in enumerate(recommendation.steps, 1):
        yield ""
        yield from _step(number, step, advice, terminal)
    if recommendation.proof:
        yield ""
        yield from terminal.lines("Proof", "bold")
        for each in recommendation.proof:
            yield from terminal.labelled("-", clean(each), indent=2, column=2)
    if recommendation.steps and not recommendation.is_of_aws:
        yield ""
        yield from terminal.lines(
            "AWS's service has no recommendation for such a finding; this one is Ringwall's.", "dim"
        )


def _outcome(outcome: AdviceOutcome, terminal: Terminal) -> Iterator[str]:
    if outcome.error:
        yield from terminal.lines(f"Stopped at {outcome.failed}: {clean(outcome.error)}", "bold red")
        yield from terminal.lines(f"Done before that: {counted(len(outcome.done), 'call')}.")
    else:
        done = (
            f"Applied, in {counted(len(outcome.done), 'call')}. The finding goes when the principal is looked at again."
        )
        yield from terminal.lines(done, "green")
    yield from _commands("To undo it:", outcome.undo, terminal)


def _step(number: int, step: RecommendedStep, advice: Advice, terminal: Terminal) -> Iterator[str]:
    about = f": {clean(step.existing_policy_id)}" if step.existing_policy_id else ""
    yield from terminal.lines(f"Step {number}. {TITLES[step.action]}{about}", "bold")
    yield from terminal.lines(clean(step.explanation), indent=2)
    if step.warning:
        yield from terminal.lines(f"Warning: {clean(step.warning)}", "bold yellow", indent=2)
    if step.recommended_policy:
        yield ""
        yield from _diff(advice.existing(step), step.recommended_policy, terminal)
    yield ""
    yield from _commands("To do it:", step.calls, terminal)
    if step.undo:
        yield from _commands("To undo it:", step.undo, terminal)
    elif step.calls:
        yield from terminal.lines("Nothing undoes it.", "bold yellow", indent=2)


def _diff(existing: IdentityPolicy | None, recommended: str, terminal: Terminal) -> Iterator[str]:
    old = laid_out(existing.document) if existing else []
    lines = unified_diff(old, laid_out(recommended), "existing", "recommended", n=3, lineterm="")
    for line in lines:
        yield terminal.styled(clean(line), _DIFF_STYLES.get(line[:1], ""))


def laid_out(document: str) -> list[str]:
    """The lines of a policy, one member a line, so that two of them can be compared."""
    try:
        return json.dumps(json.loads(document), indent=2).splitlines()
    except ValueError:
        return document.splitlines()


def _commands(label: str, calls: Sequence[CallStep], terminal: Terminal) -> Iterator[str]:
    if calls:
        yield from terminal.lines(label, "dim", indent=2)
    for call in calls:
        # Not folded: whoever copies it wants it whole.
        whole = " ".join(_joined(call))
        yield from (f"    {line}" for line in ([whole] if len(whole) <= terminal.width - 4 else command_line(call)))


def command_line(call: CallStep) -> Iterator[str]:
    """The call as a command of the AWS CLI, for a shell, an option a line."""
    service, _, operation = call.operation.partition(":")
    options = [f"--{_dashed(name)} {_argument(value)}" for name, value in call.parameters.items()]
    parts = [f"aws {service} {_dashed(operation)}", *(f"    {option}" for option in options)]
    for number, part in enumerate(parts, 1):
        yield clean(part) + (" \\" if number < len(parts) else "")


def _dashed(name: str) -> str:
    """`PutRolePolicy` as `put-role-policy`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def _argument(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    return shlex.quote(_compact(text))


def _compact(text: str) -> str:
    """A policy in one line; anything else as it is."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        return json.dumps(json.loads(text), separators=(",", ":"))
    except ValueError:
        return text


def render_json(advice: Advice, view: View) -> str:  # noqa: ARG001 - reads the same everywhere
    recommendation = advice.recommendation
    error = recommendation.error
    written = {
        "finding": {**advice.finding.as_json(), "id": advice.id},
        "resourceArn": recommendation.resource,
        "error": {"code": error[0], "message": error[1]} if error else None,
        "steps": [_step_as_json(each, advice) for each in recommendation.steps],
        "proof": list(recommendation.proof),
        "isOfAws": recommendation.is_of_aws,
        "applied": _outcome_as_json(advice.outcome) if advice.outcome else None,
    }
    return json.dumps(written, indent=2) + "\n"


def _outcome_as_json(outcome: AdviceOutcome) -> dict[str, Any]:
    return {
        "done": [_call(each) for each in outcome.done],
        "undo": [_call(each) for each in outcome.undo],
        "failed": outcome.failed,
        "error": outcome.error,
    }


def _step_as_json(step: RecommendedStep, advice: Advice) -> dict[str, Any]:
    existing = advice.existing(step)
    return {
        "recommendedAction": step.action.value,
        "existingPolicyId": step.existing_policy_id,
        "existingPolicy": existing.document if existing else None,
        "recommendedPolicy": step.recommended_policy,
        "policyUpdatedAt": step.policy_updated_at.isoformat() if step.policy_updated_at else None,
        "explanation": step.explanation,
        "warning": step.warning,
        "calls": [_call(each) for each in step.calls],
        "undo": [_call(each) for each in step.undo],
    }


def _call(call: CallStep) -> dict[str, Any]:
    return {"operation": call.operation, "parameters": call.parameters, "command": " ".join(_joined(call))}


def _joined(call: CallStep) -> Iterator[str]:
    return (line.removesuffix(" \\").strip() for line in command_line(call))


ADVICE_FORMATS: Mapping[str, Callable[[Advice, View], str]] = {"text": render_text, "json": render_json}
