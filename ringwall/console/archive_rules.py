"""Archive rules: the list, and the editor, which shows what a rule would archive while it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from ringwall.api.errors import RequestError
from ringwall.console.chosen import chosen, require_word
from ringwall.console.downloads import download
from ringwall.console.gate import Page
from ringwall.console.listing import OPERATORS
from ringwall.console.paged import everything
from ringwall.console.resource import table_of
from ringwall.console.rule_form import (
    RuleForm,
    form_of_rule,
    rows_of_filter,
    rows_of_finding,
    rule_form,
    words_of_filter,
)
from ringwall.console.table import Cell, Column, time_member
from ringwall.console.visit import Visit
from ringwall.errors import NotFoundError, RingwallError, ServiceError, UsageError
from ringwall.findings.archive_rule import ARCHIVE_RULE_KEYS
from ringwall.reports.wording import resource_name, resource_noun
from ringwall.store import findings

_SHOWN = 20
_CONDITIONS = (
    "aws:PrincipalOrgID",
    "aws:PrincipalArn",
    "aws:PrincipalOrgPaths",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:userid",
    "kms:CallerAccount",
)
PROPERTIES = (*sorted(ARCHIVE_RULE_KEYS.names), *(f"condition.{key}" for key in _CONDITIONS))


def _columns(visit: Visit) -> tuple[Column[Mapping[str, Any]], ...]:
    return (
        Column(
            "ruleName",
            "Name",
            lambda each: Cell(each["ruleName"], link=visit.link("/archive-rules/edit", rule=each["ruleName"])),
        ),
        Column(
            "filter",
            "Criteria",
            lambda each: Cell("; ".join(words_of_filter(each["filter"]))),
            value=lambda each: each["filter"],
        ),
        Column("reason", "Reason", lambda each: Cell(each.get("reason") or "")),
        Column("owner", "Owner", lambda each: Cell(each.get("owner") or "")),
        Column(
            "expiresAt",
            "Expires",
            lambda each: _expiry(visit, each),
            value=lambda each: each.get("expiresAt"),
        ),
        time_member("updatedAt", "Updated"),
    )


def _expiry(visit: Visit, rule: Mapping[str, Any]) -> Cell:
    at = rule.get("expiresAt")
    if at is None:
        return Cell("")
    return Cell("Expired", chip="mild") if at <= visit.ringwall.clock() else Cell(f"{at:%Y-%m-%d}")


def _list(visit: Visit) -> Response:
    rules = everything(visit, "ListArchiveRules", "archiveRules", analyzerName=chosen(visit).name)
    columns = _columns(visit)
    if form := visit.query.get("format"):
        return download("archive-rules", form, columns, rules)
    return visit.render(
        "archive_rules.html", title="Archive rules", table=table_of("Archive rules", columns, list(rules))
    )


def _edit(visit: Visit) -> Response:
    """The editor: of a rule (`rule`), or of a new one, which a finding or the query string fills in."""
    visit.authorize("DryRunArchiveRule")
    analyzer, name = chosen(visit), visit.query.get("rule")
    written = rule_form(visit.query)
    if name and not visit.query.all("property") and not written.rows:
        answer = visit.call("GetArchiveRule", analyzerName=analyzer.name, ruleName=name)
        written = form_of_rule(answer["archiveRule"])
    if finding := visit.query.get("finding"):
        written = _filled(visit, written, finding)
    return _editor(visit, written, name)


def _filled(visit: Visit, written: RuleForm, finding_id: str) -> RuleForm:
    with visit.ringwall.store.read() as connection:
        found = findings.find(connection, chosen(visit).key, finding_id)
    if found is None:
        message = f"the analyzer has no finding `{finding_id}`"
        raise NotFoundError(message, resource_id=finding_id, resource_type="Finding")
    rows = rows_of_finding(found.detail)
    return RuleForm(written.name or f"intended-{found.id[:8]}", rows, written.reason, written.owner, written.expires)


def _editor(visit: Visit, written: RuleForm, name: str, *, problem: str = "", status: int = 200) -> Response:
    results, refused = _results(visit, written)
    return visit.render(
        "archive_rule.html",
        status=status,
        title=f"Archive rule {name}" if name else "New archive rule",
        rule=name,
        form=written,
        properties=PROPERTIES,
        operators=OPERATORS,
        results=results,
        problem=problem,
        refused=refused,
        today=f"{visit.ringwall.clock():%Y-%m-%d}",
    )


def _results(visit: Visit, written: RuleForm) -> tuple[dict[str, Any] | None, str]:
    """What the rule would archive, or why that cannot be said."""
    if not written.rows:
        return None, ""
    try:
        answer = visit.call(
            "DryRunArchiveRule", analyzerArn=chosen(visit).arn, filter=written.criteria(), maxResults=_SHOWN
        )
    except (RequestError, ServiceError, UsageError) as error:
        return None, str(error)
    chips = [
        f"{row.property}~{row.operator}~{value}" for row in rows_of_filter(written.criteria()) for value in row.values
    ]
    table = table_of("Active findings that it would archive", _found(visit), answer["findings"])
    return {**answer, "table": table, "listed": visit.link("/findings", f=chips)}, ""


def _found(visit: Visit) -> tuple[Column[Mapping[str, Any]], ...]:
    return (
        Column(
            "resource",
            "Resource",
            lambda each: Cell(
                resource_name(each["resource"]), link=visit.link(f"/findings/{each['id']}"), note=each["resource"]
            ),
        ),
        Column("resourceType", "Type", lambda each: Cell(resource_noun(each["resourceType"]))),
        Column("resourceOwnerAccount", "Owner", lambda each: Cell(each["resourceOwnerAccount"])),
    )


def _create(visit: Visit) -> Response:
    return _write(visit, "CreateArchiveRule", "The rule is there.")


def _create_and_archive(visit: Visit) -> Response:
    return _write(visit, "CreateArchiveRule", "The rule is there.", is_applied=True)


def _save(visit: Visit) -> Response:
    return _write(visit, "UpdateArchiveRule", "The rule was changed.")


def _save_and_archive(visit: Visit) -> Response:
    return _write(visit, "UpdateArchiveRule", "The rule was changed.", is_applied=True)


def _write(visit: Visit, operation: str, done: str, *, is_applied: bool = False) -> Response:
    """Writes the rule, and applies it to what was found before, if that was asked for; else shows the form again."""
    written, analyzer = rule_form(visit.form), chosen(visit)
    known = visit.form.get("rule")
    name = known or written.name
    try:
        members = written.changes() if known else written.members()
        answer = visit.call(operation, analyzerName=analyzer.name, **{**members, "ruleName": name})
    except (RequestError, UsageError) as error:
        return _editor(visit, written, known, problem=_sentence(error), status=400)
    if is_applied:
        visit.call("ApplyArchiveRule", analyzerArn=analyzer.arn, ruleName=name)
        done += " The active findings that it means were archived."
    warned = "".join(f" {each}" for each in answer.get("warnings", ()))
    return visit.redirect("/archive-rules", notice=f"{done}{warned}")


def _sentence(error: RingwallError) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def _delete(visit: Visit) -> Response:
    require_word(visit)
    name = visit.form.get("rule")
    visit.call("DeleteArchiveRule", analyzerName=chosen(visit).name, ruleName=name)
    return visit.redirect("/archive-rules", notice=f"The rule {name} is gone. What it archived stays archived.")


PAGES = (
    Page("/archive-rules", _list),
    Page("/archive-rules/edit", _edit),
    Page("/archive-rules/create", _create, "POST"),
    Page("/archive-rules/create-and-archive", _create_and_archive, "POST"),
    Page("/archive-rules/save", _save, "POST"),
    Page("/archive-rules/save-and-archive", _save_and_archive, "POST"),
    Page("/archive-rules/delete", _delete, "POST"),
)
