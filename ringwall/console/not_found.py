"""What is said where there is no page."""

from __future__ import annotations

from starlette.responses import Response

from ringwall.console.gate import Page
from ringwall.console.visit import Visit


def _nothing(visit: Visit) -> Response:
    message = "There is no such page. It may have been moved, or the address is not complete."
    return visit.render("problem.html", title="Not found", status=404, message=message)


PAGES = (Page("/{path:path}", _nothing, is_public=True),)
