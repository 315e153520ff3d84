"""The recommendation of a finding about unused access: asked for, waited for, and shown beside what there is."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from starlette.responses import Response

from ringwall.console.found import Found, found_by
from ringwall.console.gate import Page
from ringwall.console.principal_use import access_in
from ringwall.console.recommended import file_names, recommended_of
from ringwall.console.unused_finding import subject_of
from ringwall.console.unused_words import entity_name
from ringwall.console.visit import Visit
from ringwall.errors import NotFoundError
from ringwall.findings.finding import FindingType
from ringwall.findings.recommendation import recommend, recommendation_as_json
from ringwall.findings.unused_finding_json import unused_finding_of
from ringwall.principals.principal import Principal
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.store import resources

_STEPS = 1000
_NOT_KEPT = "what is known of the user or role is not kept any more: wait for the next scan"
_STARTED = "The recommendation is being worked out."


def _show(visit: Visit) -> Response:
    found = found_by(visit)
    if not found.is_unused:
        return visit.render("recommendation_none.html", title="Recommendation", found=found)
    answer, remembered = _answer(visit, found), found.remembered
    shown = recommended_of(answer, _principal(visit, found)) if answer and answer["status"] == "SUCCEEDED" else None
    return visit.render(
        "recommendation.html",
        title=f"Recommendation: {entity_name(remembered.resource)}",
        **subject_of(found),
        answer=answer,
        state=answer["status"] if answer else "",
        error=answer.get("error") if answer else None,
        shown=shown,
        is_asked_for=remembered.type is FindingType.UNUSED_PERMISSION,
        has_files=shown is not None and any(change.recommended for change in shown.changes),
        command=f"ringwall fix {remembered.id} --analyzer {found.analyzer.arn}",
    )


def _answer(visit: Visit, found: Found) -> dict[str, Any] | None:
    """What `GetFindingRecommendation` says, with the steps of all of its pages; None where nobody has asked for one."""
    if found.remembered.type is not FindingType.UNUSED_PERMISSION:
        return _at_once(visit, found)
    try:
        answer = _page(visit, found, None)
    except NotFoundError:
        return None
    steps, token = list(answer.get("recommendedSteps") or ()), answer.get("nextToken")
    while token:
        following = _page(visit, found, token)
        steps += following.get("recommendedSteps") or ()
        token = following.get("nextToken")
    return {**answer, "recommendedSteps": steps}


def _at_once(visit: Visit, found: Found) -> dict[str, Any]:
    """What to do about a role, a key or a password: no operation says it, as nothing has to be worked out."""
    access = _access(visit, found)
    if access is None:
        return {"status": "FAILED", "error": {"code": "NOT_KEPT", "message": _NOT_KEPT}}
    made = recommend(access, unused_finding_of(found.remembered.detail), visit.ringwall.clock())
    if made.error is not None:
        return {"status": "FAILED", "error": dict(zip(("code", "message"), made.error, strict=True))}
    return {"status": "SUCCEEDED", "recommendation": recommendation_as_json(made)}


def _page(visit: Visit, found: Found, token: str | None) -> dict[str, Any]:
    request = {"analyzerArn": found.analyzer.arn, "id": found.remembered.id, "maxResults": _STEPS, "nextToken": token}
    return visit.call("GetFindingRecommendation", region=found.analyzer.region, **request)


def _principal(visit: Visit, found: Found) -> Principal | None:
    access = _access(visit, found)
    return access.principal if access else None


def _access(visit: Visit, found: Found) -> PrincipalAccess | None:
    """The principal as it was last seen; None where it is not kept any more."""
    with visit.ringwall.store.read() as connection:
        known = resources.find(connection, found.analyzer.key, found.remembered.resource)
        content = resources.configuration(connection, known[0].configuration_digest) if known else None
    return access_in(content)


def _generate(visit: Visit) -> Response:
    visit.authorize("GenerateFindingRecommendation")
    found = found_by(visit)
    visit.call(
        "GenerateFindingRecommendation",
        region=found.analyzer.region,
        analyzerArn=found.analyzer.arn,
        id=found.remembered.id,
    )
    return visit.redirect(f"/findings/{found.remembered.id}/recommendation", notice=_STARTED)


def _download(visit: Visit) -> Response:
    """The recommended policies, one file each."""
    found = found_by(visit)
    answer = _answer(visit, found) if found.is_unused else None
    files = dict(file_names(recommended_of(answer, _principal(visit, found)).changes)) if answer else {}
    if not files:
        raise NotFoundError("no policy is recommended", resource_id=found.remembered.id, resource_type="Recommendation")
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            # Without the time, so that the same policies are the same file.
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    headers = {"content-disposition": f'attachment; filename="recommended-policies-{found.remembered.id[:8]}.zip"'}
    return Response(written.getvalue(), headers=headers, media_type="application/zip")


PAGES = (
    Page("/findings/{id}/recommendation", _show),
    Page("/findings/{id}/recommendation", _generate, "POST"),
    Page("/findings/{id}/recommendation/policies", _download),
)
