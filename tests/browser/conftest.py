# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the browser tests run on: the checkout as a collection, and a real Chromium without a window.

They are skipped, saying why, where there is no Chromium or no playwright. ``CHROMIUM`` names another executable;
``SCREENSHOTS`` names a folder to leave pictures of the pages in.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tools.checkout import make_importable
from tools.limits import HANGS_AFTER

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

make_importable()

_PATIENCE = 1000 * HANGS_AFTER  # milliseconds
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# The text that stands out least from its background, and by how much: WCAG 2.2, 1.4.3, wants 4.5 to 1.
_WEAKEST_CONTRAST = """() => {
  const parse = text => text.match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, n) => sum + c * [.2126, .7152, .0722][n], 0);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) { return colour; }
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll('body *:not(svg *)')) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!own || !element.checkVisibility() || element.closest('.quiet')) { continue; }
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    found.push([(Math.max(a, b) + .05) / (Math.min(a, b) + .05), element.outerHTML.slice(0, 120)]);
  }
  return found.sort((one, other) => one[0] - other[0])[0];
}
"""


class Opened:
    """A page in the browser, and what went on in it: requests, errors and dialogs."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("dialog", self._dialog)

    def weakest_contrast(self) -> tuple[float, str]:
        """Return the weakest contrast of a text that is shown, and the element that has it."""
        contrast, element = self.page.evaluate(_WEAKEST_CONTRAST)
        return contrast, element

    def _dialog(self, dialog: Any) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium without a window."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the Python package playwright")
    executable = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if executable is None:
        pytest.skip("needs Chromium on PATH, or named by CHROMIUM; on Debian: apt-get install chromium")
    with playwright.sync_playwright() as started:
        # Each launch has a user data directory of its own.
        running = started.chromium.launch(executable_path=executable, args=_FLAGS, timeout=_PATIENCE)
        yield running
        running.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Opened]]:
    """Opens a page from a file, and fails the test if the page did anything but show itself.

    ``opened(html, **context)``: the second part is what ``Browser.new_context`` takes, such as ``color_scheme``.
    """
    pages: list[Opened] = []

    def open_page(html: str, **context: Any) -> Opened:
        file = tmp_path / f"report{len(pages)}.html"
        file.write_text(html, encoding="utf-8")
        context = {"viewport": {"width": 1280, "height": 900}, **context}
        made = browser.new_context(**context)
        made.set_default_timeout(_PATIENCE)
        page = Opened(made.new_page())
        pages.append(page)
        page.page.goto(file.as_uri(), wait_until="load")
        return page

    with _pictures(request.node.name, pages):
        yield open_page
    for page in pages:
        page.page.context.close()
        assert page.complaints == []
        assert [url for url in page.requests if not url.startswith("data:")] == [page.requests[0]]
        assert page.requests[0].startswith("file:")


@contextmanager
def _pictures(name: str, pages: list[Opened]) -> Iterator[None]:
    yield
    folder = os.environ.get("SCREENSHOTS")
    for number, page in enumerate(pages if folder else ()):
        Path(str(folder)).mkdir(parents=True, exist_ok=True)
        page.page.screenshot(path=f"{folder}/{name}-{number}.png")
