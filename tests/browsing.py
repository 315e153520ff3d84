"""Debian's Chromium for tests, and patience with it: a busy machine shows a page late, and that is no failure."""

import os
import shutil
from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright

CHROMIUM = os.environ.get("RINGWALL_TEST_CHROMIUM") or shutil.which("chromium")
# A container has little shared memory: pages that do not fit into it crash.
_OPTIONS = ["--no-sandbox", "--disable-dev-shm-usage"]
_PATIENCE = 120_000
"""Milliseconds after which a page will never come."""


@contextmanager
def a_browser():
    """A running browser; the test is skipped where there is none."""
    if CHROMIUM is None:
        pytest.skip("no chromium: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_OPTIONS, timeout=_PATIENCE)
        yield browser
        browser.close()


def a_context(browser, **options):
    """What one person sees: pages that are waited for."""
    context = browser.new_context(**options)
    context.set_default_timeout(_PATIENCE)
    return context


def follow(locator):
    """Clicks on what leads to another page, and waits until that is there."""
    with locator.page.expect_navigation():
        locator.click()
