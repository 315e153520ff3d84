"""The routes of the console, for the server that answers the API as well."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from ringwall.api.limits import Limits
from ringwall.console import (
    access_map,
    analyzers,
    archive_rules,
    buckets,
    finding,
    findings,
    fix,
    keys,
    not_found,
    notifications,
    oidc,
    playground,
    preview,
    previews,
    principal,
    principals,
    recommendation,
    resource,
    resources,
    settings_page,
    sign_in,
    summary,
    theme,
    users,
)
from ringwall.console.attempts import Attempts
from ringwall.console.gate import Gate, Page
from ringwall.console.sessions import Sessions
from ringwall.console.settings import ConsoleSettings
from ringwall.console.visit import ROOT, Console
from ringwall.service.context import Ringwall

PAGES: tuple[Page, ...] = (
    *sign_in.PAGES,
    *oidc.PAGES,
    *theme.PAGES,
    *summary.PAGES,
    *findings.PAGES,
    *finding.PAGES,
    *fix.PAGES,
    *recommendation.PAGES,
    *principals.PAGES,
    *principal.PAGES,
    *resources.PAGES,
    *buckets.PAGES,
    *resource.PAGES,
    *archive_rules.PAGES,
    *previews.PAGES,
    *preview.PAGES,
    *access_map.PAGES,
    *analyzers.PAGES,
    *notifications.PAGES,
    *keys.PAGES,
    *users.PAGES,
    *settings_page.PAGES,
    *playground.PAGES,
    *not_found.PAGES,
)
"""All pages: each module lists its own. The last one takes what no other does."""


def create_pages(
    ringwall: Ringwall, settings: ConsoleSettings | None = None, limits: Limits | None = None
) -> Sequence[BaseRoute]:
    """The routes of all pages.

    Args:
        ringwall: the service.
        settings: of the console.
        limits: what one request may cost.
    """
    settings, limits = settings or ConsoleSettings(), limits or Limits()
    console = Console(ringwall, settings, Sessions(ringwall, settings), Attempts(ringwall.clock))
    threads = ThreadPoolExecutor(limits.threads, "console")
    pages = [
        Route(ROOT + each.path, Gate(console, each, limits, threads), methods=[each.method], name=each.path)
        for each in PAGES
    ]
    return [
        Route("/", _to_console, methods=["GET"]),
        Route(ROOT, _to_console, methods=["GET"]),
        Mount(f"{ROOT}/static", _KeptFiles(packages=[("ringwall.console", "static")])),
        *pages,
    ]


async def _to_console(request: Request) -> Response:  # noqa: ARG001 - a route's signature
    return RedirectResponse(f"{ROOT}/", 303)


class _KeptFiles(StaticFiles):
    """Their addresses carry the digest of their content, so that browsers may keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["x-content-type-options"] = "nosniff"
        if response.status_code == 200 and scope["query_string"]:
            response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response
