"""The fix of a finding: what would be edited, what is proven of that, and having it written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from ringwall.console.found import Found, found_by
from ringwall.console.gate import Page
from ringwall.console.visit import Visit
from ringwall.errors import NotFoundError, ValidationError
from ringwall.findings.finding_json import request_from
from ringwall.reports.wording import document_name, request_line, resource_name, sentence

CONFIRMED = "apply"
"""What whoever wants the fix to be written has to type."""
_KINDS = {"+": "add", "-": "del"}
_NOTICE = "The fix is written to AWS. A rescan of the resource is under way: load the page anew to see what it found."


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a diff: in words for those who do not see colours."""

    sign: str
    text: str

    @property
    def kind(self) -> str:
        return _KINDS.get(self.sign, "")


@dataclass(frozen=True, slots=True)
class EditShown:
    """What changes at one place of the configuration."""

    title: str
    lines: tuple[DiffLine, ...]
    place: str
    new: str
    """The whole of it as it is to be; empty where nothing is left."""


def _edit(members: Mapping[str, Any]) -> EditShown:
    lines = tuple(DiffLine(line[:1], line[1:]) for line in members["diff"].splitlines()[2:])
    name = document_name(members["place"])
    return EditShown(f"{name[:1].upper()}{name[1:]}", lines, members["place"], members["new"])


def _losses(fix: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What does not hold, a request that shows it, or why nobody knows."""
    for loss in fix["losses"]:
        request = request_line(request_from(loss["request"])) if loss["request"] else ""
        yield loss["claim"], request, loss["undecided"] or ""


def _proof(fix: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The colour, the verdict and the claim."""
    for step in fix["proof"]:
        if step["holds"]:
            yield "ok", "Proven", step["claim"]
        elif step["counterexample"]:
            yield "severe", "Not so", step["claim"]
        else:
            yield "mild", "Open", step["claim"]


def _answer(visit: Visit, found: Found) -> dict[str, Any]:
    return visit.call(
        "GetFindingFix", region=found.analyzer.region, analyzerArn=found.analyzer.arn, id=found.remembered.id
    )


def _show(visit: Visit) -> Response:
    found = found_by(visit)
    if found.is_unused:
        return visit.redirect(f"/findings/{found.remembered.id}/recommendation")
    answer = _answer(visit, found)
    fix = answer.get("fix")
    smaller = fix["smaller"] if fix else None
    return visit.render(
        "fix.html",
        title=f"The fix: {resource_name(found.remembered.resource)}",
        found=found,
        finding=found.finding,
        sentence=sentence(found.finding),
        fix=fix,
        reason=answer.get("reason", ""),
        edits=[_edit(each) for each in fix["edits"]] if fix else [],
        losses=list(_losses(fix)) if fix else [],
        proof=list(_proof(fix)) if fix else [],
        smaller=smaller,
        smaller_edits=[_edit(each) for each in smaller["edits"]] if smaller else [],
        smaller_losses=list(_losses(smaller)) if smaller else [],
        digest=answer.get("digest", ""),
        can_be_applied=answer["canBeApplied"],
        command=f"ringwall fix {found.remembered.id} --analyzer {found.analyzer.arn}",
        confirmed=CONFIRMED,
    )


def _download(visit: Visit) -> Response:
    """One document as it is to be."""
    found = found_by(visit)
    place = visit.query.get("place")
    edits = (_answer(visit, found).get("fix") or {"edits": ()})["edits"]
    new = next((each["new"] for each in edits if each["place"] == place), "")
    if not new:
        raise NotFoundError(f"the fix has no document `{place}`", resource_id=place, resource_type="Document")
    name = "".join(each for each in place if each.isascii() and each.isalnum()) or "fix"
    headers = {"content-disposition": f'attachment; filename="{name}.json"'}
    return Response(new, headers=headers, media_type="application/json")


def _apply(visit: Visit) -> Response:
    visit.authorize("ApplyFindingFix")
    found = found_by(visit)
    if visit.form.get("confirm").strip().lower() != CONFIRMED:
        raise ValidationError(f"to have this written to AWS, type `{CONFIRMED}`: nothing was written", field="confirm")
    visit.call(
        "ApplyFindingFix",
        region=found.analyzer.region,
        analyzerArn=found.analyzer.arn,
        id=found.remembered.id,
        digest=visit.form.get("digest"),
        nearest=True if visit.form.get("nearest") else None,
    )
    return visit.redirect(f"/findings/{found.remembered.id}", notice=_NOTICE)


PAGES = (
    Page("/findings/{id}/fix", _show),
    Page("/findings/{id}/fix/document", _download),
    Page("/findings/{id}/fix", _apply, "POST"),
)
