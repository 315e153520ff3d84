"""The first page: how much is open, where, since when, and what could not be seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.responses import Response

from ringwall.console import counts, unused_summary
from ringwall.console.chosen import chosen
from ringwall.console.finding_columns import SEVERE
from ringwall.console.gate import Page
from ringwall.console.glance import Number, bars_of, lately
from ringwall.console.kinds import is_unused
from ringwall.console.visit import Visit
from ringwall.reports.wording import EXPOSURES, resource_noun
from ringwall.store.analyzers import AnalyzerRecord

_BARS = 8
_EXPOSURES = {exposure.value: words for exposure, words in EXPOSURES.items()}


def _show(visit: Visit) -> Response:
    analyzer = chosen(visit)
    visit.authorize("GetFindingsStatistics")
    if is_unused(analyzer):
        return unused_summary.show(visit, analyzer)
    return _show_external(visit, analyzer)


def _show_external(visit: Visit, analyzer: AnalyzerRecord) -> Response:
    with visit.ringwall.store.read() as connection:
        counted = {name: dict(counts.by_property(visit, connection, analyzer, name)) for name in counts.PROPERTIES}
        active = sum(counted["resourceType"].values())
        recent = lately(visit, connection, analyzer, active, visit.ringwall.clock())
    errors = counted["exposure"].pop(None, 0)
    return visit.render(
        "summary.html",
        title="Summary",
        analyzer=analyzer,
        active=active,
        errors=errors,
        errors_link=visit.link("/findings", f=["error~exists~true"]),
        exposures=list(_by_exposure(visit, counted["exposure"])),
        breakdowns=[
            ("By resource type", _bars(visit, "resourceType", counted["resourceType"])),
            ("By account", _bars(visit, "resourceOwnerAccount", counted["resourceOwnerAccount"])),
            ("By Region", _bars(visit, "region", counted["region"])),
        ],
        **recent,
    )


def _by_exposure(visit: Visit, numbers: Mapping[str | None, int]) -> Iterable[Number]:
    """Widest first; those that there are not are left out, but for public access, which is what everybody asks for."""
    for name, words in _EXPOSURES.items():
        number = numbers.get(name, 0)
        if number or name == "public":
            link = visit.link("/findings", f=[f"exposure~eq~{name}"])
            is_severe = bool(number) and name in SEVERE
            yield Number(words.title, number, link, meaning=words.meaning, is_severe=is_severe)


def _bars(visit: Visit, name: str, numbers: Mapping[str | None, int]) -> list[Number]:
    title = resource_noun if name == "resourceType" else str
    most = list(numbers.items())[:_BARS]
    return bars_of(
        [(title(value or ""), number, visit.link("/findings", f=[f"{name}~eq~{value}"])) for value, number in most]
    )


def _scan(visit: Visit) -> Response:
    visit.call("StartAnalyzerScan", analyzerArn=chosen(visit).arn)
    return visit.redirect("/", notice="A scan begins as soon as a worker has a hand free.")


PAGES = (Page("/", _show), Page("/scan", _scan, "POST"))
