"""The map: who outside reaches which account, as a picture that needs no script, and as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection
from starlette.responses import Response

from ringwall.console import counts
from ringwall.console.access_graph import OTHERS, Edge, Graph, Inside, Reach, graph_of, width_of
from ringwall.console.chosen import chosen
from ringwall.console.downloads import download
from ringwall.console.gate import Page
from ringwall.console.kinds import other_kind
from ringwall.console.navigation import EXTERNAL
from ringwall.console.outsiders import Outsider, outsider_of
from ringwall.console.picture import TONES, WIDTH, Box, Picture, picture_of
from ringwall.console.recounts import Count, lately
from ringwall.console.resource import table_of
from ringwall.console.table import Cell, Column
from ringwall.console.visit import Visit
from ringwall.findings.finding import Exposure
from ringwall.findings.organization import Organization
from ringwall.reports.wording import EXPOSURES, counted
from ringwall.service.known_accounts import KnownAccount
from ringwall.service.zones import organization_seen_by
from ringwall.store import access_edges, finding_counts
from ringwall.store.access_edges import AccessCount
from ringwall.store.analyzers import AnalyzerRecord

_ROWS = 25
"""Of the table below the picture; all are in the downloads."""
_MANY = 5_000
"""Lines between outsiders and accounts, of which nobody should wait for the drawing."""
_FOCUSES = ("account", "unit", "outsider")
_PARTS = 100
_TITLES = {each.value: words.title for each, words in EXPOSURES.items()}


def _show(visit: Visit) -> Response:
    visit.authorize("ListFindings")
    if (other := other_kind(visit, "Map", EXTERNAL)) is not None:
        return other
    analyzer = chosen(visit)
    with visit.ringwall.store.read() as connection:
        errors = counts.errors(visit, connection, analyzer)
        organization = organization_seen_by(connection, analyzer)
    form = visit.query.get("format")
    drawn = lately(visit, _whole_map(visit, analyzer, organization), is_exact=bool(form))
    shown = _shown(visit, drawn.value, organization)
    reaches, graph, picture = shown.reaches, shown.graph, shown.picture
    if form:
        return download("map", form, _columns(visit, organization), reaches)
    return visit.render(
        "access_map.html",
        title="Map",
        width=WIDTH,
        picture=picture,
        boxes=[(box, _link_of_box(visit, box, graph)) for box in picture.boxes],
        lines=[(line, _link_of_edge(visit, line.edge), _words_of(line.edge)) for line in picture.lines],
        table=table_of("Who outside reaches whom", _columns(visit, organization), reaches[:_ROWS]),
        more=max(len(reaches) - _ROWS, 0),
        numbers=shown.numbers,
        counted_at=None if drawn.is_current else drawn.at,
        focus=_focus(visit, reaches),
        errors=errors,
        organization=organization,
    )


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The map, or a part of it."""

    reaches: Sequence[Reach]
    """One for each outsider, account and exposure, the widest first."""
    graph: Graph
    picture: Picture
    numbers: Mapping[str, int]
    parts: dict[tuple[str, ...], _Drawn] = field(default_factory=dict)
    """Of the whole map, those that were asked for, by what they are about."""


def _drawn(reaches: Sequence[Reach], accounts: Sequence[str], organization: Organization | None) -> _Drawn:
    graph = graph_of(reaches, organization, accounts)
    picture = picture_of(graph)
    return _Drawn(reaches, graph, picture, _numbers(reaches, accounts, picture))


def _shown(visit: Visit, whole: _Drawn, organization: Organization | None) -> _Drawn:
    """What the picture is about: all, a unit of the organization, one account, or one outsider."""
    about = tuple(visit.query.get(each) for each in _FOCUSES)
    if not any(about):
        return whole
    if about not in whole.parts:
        if len(whole.parts) >= _PARTS:
            whole.parts.clear()
        whole.parts[about] = _drawn(*_focused(visit, whole.reaches, organization), organization)
    return whole.parts[about]


def _whole_map(visit: Visit, analyzer: AnalyzerRecord, organization: Organization | None) -> Count[_Drawn]:
    """Drawn as a whole, also for a part of it: that is how the parts are found."""
    directory = visit.console.settings.known_accounts

    def draw(connection: Connection) -> _Drawn:
        reaches = _together(access_edges.counts(connection, analyzer.key), directory)
        return _drawn(reaches, [each.id for each in organization.accounts] if organization else [], organization)

    return Count(
        ("map", analyzer.key),
        lambda connection: (finding_counts.state_of(connection), analyzer.zone_digest),
        draw,
        lambda drawn: len(drawn.reaches) > _MANY,
    )


def _focused(
    visit: Visit, reaches: Sequence[Reach], organization: Organization | None
) -> tuple[Sequence[Reach], Sequence[str]]:
    """The part, and the accounts that are shown in it although nobody reaches them."""
    query = visit.query
    account, unit, outsider = query.get("account"), query.get("unit").strip("/"), query.get("outsider")
    members = {each.id: each.path.strip("/") for each in organization.accounts} if organization else {}
    known = [*members]
    if account:
        return [each for each in reaches if each.account == account], [account]
    if unit:
        known = [each for each in known if members[each] == unit or members[each].startswith(f"{unit}/")]
        inside = set(known)
        return [each for each in reaches if each.account in inside], known
    if outsider:
        return [each for each in reaches if each.outsider.key == outsider], ()
    return reaches, known


def _focus(visit: Visit, reaches: Sequence[Reach]) -> dict[str, str] | None:
    """What is said of a part of the picture, and where its findings are."""
    query = visit.query
    if account := query.get("account"):
        chips = [f"resourceOwnerAccount~eq~{account}"]
        resources = visit.link("/resources", account=account)
        return {"title": f"Account {account}", "findings": visit.link("/findings", f=chips), "resources": resources}
    if unit := query.get("unit"):
        return {"title": f"Unit {unit.rsplit('/', 1)[-1]}", "findings": "", "resources": ""}
    if query.get("outsider"):
        found = next((each.outsider for each in reaches), None)
        title = found.name if found else "Nobody"
        link = visit.link("/findings", f=found.filters) if found else ""
        return {"title": title, "findings": link, "resources": ""}
    return None


def _numbers(reaches: Sequence[Reach], accounts: Iterable[str], picture: Picture) -> dict[str, int]:
    return {
        "findings": sum(each.number for each in reaches),
        "outsiders": len({each.outsider.key for each in reaches}),
        "reached": len({each.account for each in reaches}),
        "accounts": len({*accounts, *(each.account for each in reaches)}),
        "lines": len(picture.lines),
    }


def _together(found: Iterable[AccessCount], directory: Mapping[str, KnownAccount]) -> list[Reach]:
    """One for each outsider, account and exposure, the widest first."""
    known: dict[tuple[str | None, ...], Outsider] = {}
    sums = Counter[tuple[str, str, str]]()
    for each in found:
        who = (each.aws, each.federated, each.canonical_user, each.condition, each.exposure)
        outsider = known.get(who) or known.setdefault(who, outsider_of(each, directory))
        sums[outsider.key, each.account, each.exposure or ""] += each.number
    outsiders = {each.key: each for each in known.values()}
    reaches = [Reach(outsiders[key], account, exposure, number) for (key, account, exposure), number in sums.items()]
    return sorted(reaches, key=lambda each: (width_of(each.exposure), -each.number, each.outsider.key))


def _columns(visit: Visit, organization: Organization | None) -> tuple[Column[Reach], ...]:
    names = {each.id: each.name for each in organization.accounts} if organization else {}
    return (
        Column(
            "outsider",
            "Outsider",
            lambda each: Cell(
                each.outsider.name, link=visit.link("/map", outsider=each.outsider.key), note=each.outsider.note
            ),
        ),
        Column(
            "account",
            "Reaches account",
            lambda each: Cell(
                each.account, link=visit.link("/map", account=each.account), note=names.get(each.account, "")
            ),
        ),
        Column(
            "exposure",
            "Exposure",
            lambda each: Cell(_TITLES.get(each.exposure, each.exposure), chip=TONES.get(each.exposure, "calm")),
            value=lambda each: each.exposure,
        ),
        Column(
            "findings",
            "Findings",
            lambda each: Cell(
                f"{each.number:,}",
                link=visit.link("/findings", f=[*_with_exposure(each), f"resourceOwnerAccount~eq~{each.account}"]),
                is_number=True,
            ),
            value=lambda each: each.number,
        ),
    )


def _with_exposure(reach: Reach) -> list[str]:
    is_said = any(each.startswith("exposure~") for each in reach.outsider.filters)
    return [*reach.outsider.filters, *([] if is_said else [f"exposure~eq~{reach.exposure}"])]


def _link_of_edge(visit: Visit, edge: Edge) -> str:
    """The findings behind a line; where no filter can name them, a part of the picture in which one can."""
    if edge.outside.key != OTHERS and edge.inside.filters:
        return visit.link("/findings", f=[*edge.outside.filters, *edge.inside.filters])
    if edge.outside.key != OTHERS:
        return visit.link("/map", outsider=edge.outside.key)
    return _link_of_inside(visit, edge.inside)


def _link_of_inside(visit: Visit, inside: Inside) -> str:
    if len(inside.accounts) == 1:
        return visit.link("/map", account=inside.accounts[0])
    return "#table" if inside.key in {OTHERS, "elsewhere"} else visit.link("/map", unit=inside.key)


def _link_of_box(visit: Visit, box: Box, graph: Graph) -> str:
    inside = next((each for each in graph.insiders if each.key == box.key), None)
    if inside is not None:
        return _link_of_inside(visit, inside)
    return "#table" if box.key == OTHERS else visit.link("/map", outsider=box.key)


def _words_of(edge: Edge) -> str:
    exposure = EXPOSURES[Exposure(edge.exposure)].title if edge.exposure in _TITLES else "access"
    return f"{edge.outside.name} → {edge.inside.name}: {counted(edge.number, 'finding')}, at most {exposure.lower()}"


PAGES = (Page("/map", _show),)
