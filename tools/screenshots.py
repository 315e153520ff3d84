"""Take the pictures of the console that README.md and docs/console.md show, over the packaged example organization.

Usage:
    python tools/screenshots.py               write docs/images/console-*.png
    python tools/screenshots.py --all FOLDER  every page in both themes and two widths, to be looked at
    … --only unused                           those of them whose name has this in it
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, sync_playwright  # noqa: E402 - the path comes first

from ringwall.api.local import call_locally  # noqa: E402 - the path comes first
from ringwall.console.sessions import Sessions  # noqa: E402
from ringwall.console.settings import ConsoleSettings  # noqa: E402
from ringwall.service.configuration import Configuration  # noqa: E402
from ringwall.service.configuration_file import in_force  # noqa: E402
from ringwall.service.context import Caller  # noqa: E402
from tests.api.serving import served  # noqa: E402
from tests.console.estate import add_user, all_findings, application, example_service, opened_again, scanned  # noqa: E402
from tests.console.idle_estate import (  # noqa: E402
    ADA,
    APP,
    ERROR,
    PERMISSION,
    ROLE,
    SCOPE,
    idle_estate,
    with_recommendation,
)
from tests.service.work_for_tests import ACCOUNT, REGION  # noqa: E402

IMAGES = ROOT / "docs" / "images"
WIDE, NARROW = 1200, 390
_SHARED = "project-xyz-downloads"
_FIXED = "project-xyz-orders"
_IDLE = {"unused-permission": PERMISSION, "unused-role": ROLE, "unused-error": ERROR}


@dataclass(frozen=True, slots=True)
class Picture:
    """One file of docs/images."""

    name: str
    path: str
    theme: str = "light"
    width: int = WIDE
    height: int = 800


def pictures(ids: dict[str, str]) -> Iterator[Picture]:
    """Those of the documentation. `ids` are findings by the name of their resource."""
    finding = f"/findings/{ids[_SHARED]}"
    yield Picture("summary", "/", height=860)
    yield Picture("summary-dark", "/", "dark", height=860)
    yield Picture("map", "/map", height=900)
    yield Picture("findings", "/findings", width=1440)
    yield Picture("findings-narrow", "/findings", width=NARROW)
    yield Picture("finding", finding, height=1100)
    fix = f"/findings/{ids[_FIXED]}/fix"
    yield Picture("fix", fix, height=940)
    yield Picture("fix-dark", fix, "dark", height=940)
    yield Picture("rule", "/archive-rules/edit?property=resource&operator=contains&values=xyz")
    yield Picture("s3", "/resources/s3")
    yield Picture("playground", "/playground", height=700)
    yield Picture("unused-summary", f"/?analyzer={SCOPE}", height=1000)
    yield Picture("unused-finding", f"/findings/{ids['unused-permission']}", height=1000)
    yield Picture("recommendation", f"/findings/{ids['unused-permission']}/recommendation", height=900)
    yield Picture("principal", f"/principals/detail?analyzer={SCOPE}&arn={APP.arn}", height=1000)


PATHS = (
    "/",
    "/findings",
    "/findings?group=cause",
    "/map",
    "/resources",
    "/resources/detail?arn=arn:aws:s3:::project-xyz-downloads",
    "/resources/s3",
    "/archive-rules",
    "/archive-rules/edit?property=resource&operator=contains&values=xyz",
    "/previews",
    "/analyzers",
    "/analyzers/new",
    "/analyzers/detail",
    "/notifications",
    "/notifications/new?kind=webhook",
    "/keys",
    "/users",
    "/settings",
    "/settings/audit",
    "/playground",
)
IDLE_PATHS = {
    "unused-summary": "/",
    "unused-findings": "/findings?status=ALL",
    "unused-other-kind": "/map",
    "unused-analyzer": "/analyzers/detail",
    "principals": "/principals",
    "principal": f"/principals/detail?arn={APP.arn}",
    "principal-user": f"/principals/detail?arn={ADA.arn}",
    "principal-service": f"/principals/detail?arn={APP.arn}&service=s3",
}
"""Pages of the analyzer of unused access, by the names of their pictures."""


class _NoHand:
    """Lets the page of a fix offer to apply it: nobody does."""

    def write(self, resource: Any, configuration: Any) -> Any:
        raise AssertionError((resource, configuration))


@contextmanager
def console() -> Iterator[tuple[str, str, dict[str, str]]]:
    """The address of a console over the example, the cookie of somebody signed in, and findings by resource."""
    settings = ConsoleSettings(configuration=in_force(Configuration()))
    with tempfile.TemporaryDirectory() as folder:
        file = scanned(Path(folder), "example", example_service)
        again = Path(folder, "again")
        again.mkdir()
        with opened_again(file, again) as service:
            service.ringwall = replace(service.ringwall, writer=_NoHand())
            ids = {each.resource.rpartition(":")[2]: each.id for each in all_findings(service)}
            idle = idle_estate(service)
            with_recommendation(service, idle)
            ids |= {name: idle.ids[each.id] for name, each in _IDLE.items()}
            _decide(service, ids)
            token = Sessions(service.ringwall, settings).start(add_user(service, "grace", "admin").key)
            with served(application(service, settings)) as url:
                yield url, token, ids


def _decide(service: Any, ids: dict[str, str]) -> None:
    """A rule, and a finding that was archived by hand."""
    caller = Caller(ACCOUNT, REGION, key_id="user/grace")
    call_locally(
        service.ringwall,
        caller,
        "CreateArchiveRule",
        {
            "analyzerName": "one",
            "ruleName": "press-material",
            "filter": {"resource": {"contains": ["press"]}, "isPublic": {"eq": ["true"]}},
            "reason": "made to be read by everybody",
            "owner": "communications",
        },
    )
    arn = f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer/one"
    archived = {"analyzerArn": arn, "ids": [ids["project-xyz-reports"]], "status": "ARCHIVED", "reason": "our auditors"}
    call_locally(service.ringwall, caller, "UpdateFindings", archived)


def take(browser: Browser, at: tuple[str, str], picture: Picture, file: Path, *, whole: bool = False) -> None:
    """One picture."""
    url, token = at
    size = {"width": picture.width, "height": picture.height}
    context = browser.new_context(base_url=url, color_scheme=picture.theme, viewport=size)
    context.add_cookies([{"name": "ringwall-session", "value": token, "url": url}])
    page = context.new_page()
    page.goto(f"/console{picture.path}", wait_until="networkidle")
    page.screenshot(path=file, full_page=whole, animations="disabled")
    context.close()


def everything(ids: dict[str, str]) -> Iterator[Picture]:
    """Every page, in both themes and widths."""
    paths = (*PATHS, f"/findings/{ids[_SHARED]}", f"/findings/{ids[_SHARED]}/fix", f"/findings/{ids[_SHARED]}/rule")
    for path in paths:
        name = (
            "-".join(
                path.split("&")[0]
                .replace("?group=", "/")
                .split("?")[0]
                .replace(ids[_SHARED], "one")
                .strip("/")
                .split("/")
            )
            or "summary"
        )
        yield from _each_way(name, path)
    for name, path in IDLE_PATHS.items():
        yield from _each_way(name, f"{path}{'&' if '?' in path else '?'}analyzer={SCOPE}")
    for name in _IDLE:
        yield from _each_way(name, f"/findings/{ids[name]}")
    yield from _each_way("recommendation", f"/findings/{ids['unused-permission']}/recommendation")
    yield from _each_way("recommendation-role", f"/findings/{ids['unused-role']}/recommendation")
    yield from _each_way("unused-rule", f"/findings/{ids['unused-permission']}/rule")


def _each_way(name: str, path: str) -> Iterator[Picture]:
    for theme in ("light", "dark"):
        yield from (Picture(f"{name}-{theme}-{width}", path, theme, width) for width in (1440, NARROW))


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", type=Path, metavar="FOLDER")
    parser.add_argument("--only", default="", metavar="PART")
    given = parser.parse_args()
    folder = given.all
    chromium = os.environ.get("RINGWALL_TEST_CHROMIUM") or shutil.which("chromium")
    with console() as (url, token, ids), sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            for each in (each for each in everything(ids) if given.only in each.name):
                take(browser, (url, token), each, folder / f"{each.name}.png", whole=True)
        else:
            for each in (each for each in pictures(ids) if given.only in each.name):
                take(browser, (url, token), each, IMAGES / f"console-{each.name}.png")
        browser.close()


if __name__ == "__main__":
    main()
