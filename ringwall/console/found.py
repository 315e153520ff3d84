"""The finding that an address names, for every page that is about one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ringwall.console.kinds import is_unused
from ringwall.console.visit import Visit
from ringwall.errors import NotFoundError
from ringwall.findings.finding import Finding
from ringwall.findings.finding_json import finding_of
from ringwall.findings.remembered import RememberedFinding
from ringwall.store import findings
from ringwall.store.analyzers import AnalyzerRecord

_HISTORY = 100


@dataclass(frozen=True, slots=True)
class Found:
    """A finding with the analyzer that has it."""

    analyzer: AnalyzerRecord
    remembered: RememberedFinding

    @property
    def finding(self) -> Finding:
        """Of external access."""
        return finding_of(self.remembered.detail, self.remembered.status)

    @property
    def is_unused(self) -> bool:
        """Whether it is about unused access, and so no `finding`."""
        return is_unused(self.analyzer)


def found_by(visit: Visit) -> Found:
    """The finding that the address names; no two analyzers have one of the same id.

    Raises:
        NotFoundError: no analyzer has it.
    """
    visit.authorize("GetFinding")
    wanted = visit.path_parameters["id"]
    with visit.ringwall.store.read() as connection:
        for analyzer in visit.analyzers:
            remembered = findings.find(connection, analyzer.key, wanted)
            if remembered is not None:
                _tell(visit, analyzer)
                return Found(analyzer, remembered)
    raise NotFoundError(f"there is no finding `{wanted}`", resource_id=wanted, resource_type="Finding")


def _tell(visit: Visit, analyzer: AnalyzerRecord) -> None:
    """What stands around the page is about the analyzer of the finding, too."""
    if visit.chosen is None or visit.chosen.key != analyzer.key:
        visit.about = analyzer


def history_of(visit: Visit, found: Found) -> list[dict[str, Any]]:
    """What became of it, the newest first."""
    request = {"analyzerArn": found.analyzer.arn, "id": found.remembered.id, "maxResults": _HISTORY}
    answer = visit.call("ListFindingEvents", region=found.analyzer.region, **request)
    events: list[dict[str, Any]] = answer["events"]
    return events[::-1]
