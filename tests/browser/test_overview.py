# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the page on all tenants in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from browser.conftest import Opened
    from playwright.sync_api import Page

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"

Open = Callable[..., "Opened"]


def overview(entries: list[dict[str, Any]], directory: Path, **arguments: Any) -> str:
    from ansible_collections.idops.sailpoint.plugins.plugin_utils._report import overview

    return str(overview.render_overview_html(overview.build_overview(entries, now=NOW, **arguments), str(directory)))


def tenants(number: int, directory: Path) -> list[dict[str, Any]]:
    """Return what there is to tell of tenants, every fifth of which could not be reached and every seventh failed."""
    return [
        {
            "tenant": f"tenant {place:03}",
            "kind": "clearing",
            "counts": {}
            if place % 5 == 4
            else {"pending_before": 3 * place, "selected": place, "updated": place, "failed": int(place % 7 == 6)}
            | {"pending_after": 2 * place},
            "problem": "It could not be reached: the connection was refused." if place % 5 == 4 else "",
            "reports": [] if place % 5 == 4 else [str(directory / "of tenants" / f"tenant {place:03}.html")],
        }
        for place in range(number)
    ]


def names(page: Page) -> list[str]:
    """Return the names of the tenants that are shown, in order."""
    found: list[str] = page.eval_on_selector_all(
        "#t-tenants tbody tr", "rows => rows.filter(row => row.checkVisibility()).map(row => row.cells[0].innerText)"
    )
    return found


@pytest.mark.parametrize("number", [0, 1, 250])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_opens(opened: Open, tmp_path: Path, number: int, scheme: str) -> None:
    page = opened(overview(tenants(number, tmp_path), tmp_path, check_mode=True), color_scheme=scheme).page
    assert page.title() == "SailPoint tenants"
    assert page.locator("#t-tenants tbody tr").count() == number
    assert page.get_by_text("Nothing was changed.").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(245, 246, 248)" if scheme == "light" else "rgb(14, 18, 23)"
    )
    if number:
        assert len(names(page)) == min(number, 100)
        assert page.inner_text("#t-tenants-status").startswith("Showing 1")


def test_the_worst_is_on_top_until_sorted_otherwise(opened: Open, tmp_path: Path) -> None:
    page = opened(overview(tenants(20, tmp_path), tmp_path)).page
    assert names(page)[:6] == ["tenant 004", "tenant 009", "tenant 014", "tenant 019", "tenant 013", "tenant 006"]
    assert page.locator("#t-tenants thead th[aria-sort]").count() == 0
    page.get_by_role("button", name="Pending now").click()
    assert names(page)[0] == "tenant 000"
    assert names(page)[-4:] == ["tenant 004", "tenant 009", "tenant 014", "tenant 019"]
    page.get_by_role("button", name="Pending now").click()
    assert names(page)[0] == "tenant 018"


def test_tenants_filter_by_state_and_words(opened: Open, tmp_path: Path) -> None:
    page = opened(overview(tenants(20, tmp_path), tmp_path)).page
    page.locator("select[data-for=t-tenants]").select_option("unread")
    assert len(names(page)) == 4
    page.locator("select[data-for=t-tenants]").select_option("")
    page.get_by_role("searchbox", name="Filter").fill("REFUSED")
    assert len(names(page)) == 4
    page.get_by_role("searchbox", name="Filter").fill("tenant 007")
    assert names(page) == ["tenant 007"]


def test_links_open_the_reports_beside_the_page(opened: Open, tmp_path: Path) -> None:
    page = opened(overview(tenants(9, tmp_path), tmp_path)).page
    for place in (0, 8):
        address = page.get_by_role("link", name=f"tenant {place:03}").evaluate("link => link.href")
        assert address == (tmp_path / "of tenants" / f"tenant {place:03}.html").as_uri()
    assert page.locator("#t-tenants a").count() == 8


def test_text_is_text(opened: Open, tmp_path: Path) -> None:
    entry = tenants(1, tmp_path)[0] | {"tenant": HOSTILE, "problem": HOSTILE, "reports": [f"/{HOSTILE}.html"]}
    page = opened(overview([entry], tmp_path, title=HOSTILE)).page
    assert page.evaluate("document.scripts.length") == 1
    assert page.locator("body :is(script, style, img, iframe, object, embed)").count() == 0
    assert page.locator("h1").inner_text() == HOSTILE
    assert names(page) == [HOSTILE]
    assert page.locator("#t-tenants a").evaluate("link => link.protocol") == "file:"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_speaks(opened: Open, tmp_path: Path, scheme: str) -> None:
    page = opened(overview(tenants(20, tmp_path), tmp_path), color_scheme=scheme).page
    for role in ("banner", "main", "contentinfo", "table"):
        assert page.get_by_role(role).count() == 1
    levels = page.eval_on_selector_all("h1, h2, h3", "heads => heads.map(head => head.tagName)")
    assert levels == ["H1", "H2", "H2"]
    assert page.locator("#t-tenants caption").inner_text() == "Each tenant, the worst first"
    for control in page.locator("main :is(input, select)").all():
        assert control.evaluate("control => control.labels.length") == 1
    assert page.locator("#t-tenants-status").get_attribute("aria-live") == "polite"
    headers = page.locator("#t-tenants thead th").count()
    assert {row.locator("th, td").count() for row in page.locator("#t-tenants tbody tr").all()} == {headers}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_background(opened: Open, tmp_path: Path, scheme: str) -> None:
    entries = tenants(20, tmp_path)
    entries[0]["problem"] = "Something is odd."
    entries[1]["counts"]["held"] = 3
    page = opened(overview(entries, tmp_path, check_mode=True), color_scheme=scheme)
    assert page.page.locator("#t-tenants .b").count() == 20
    assert page.weakest_contrast()[0] >= 4.5, page.weakest_contrast()


def test_page_reads_without_script_and_prints(opened: Open, tmp_path: Path) -> None:
    page = opened(overview(tenants(250, tmp_path), tmp_path), java_script_enabled=False).page
    assert page.locator("#t-tenants tbody tr:visible").count() == 250
    assert page.locator(".controls:visible").count() == 0
    page = opened(overview(tenants(250, tmp_path), tmp_path), color_scheme="dark").page
    page.emulate_media(media="print")
    assert len(names(page)) == 250
    assert page.locator(".controls:visible, thead button:visible").count() == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("width", [360, 800])
def test_page_fits_a_narrow_window(opened: Open, tmp_path: Path, width: int) -> None:
    entries = tenants(20, tmp_path)
    entries[0].update(tenant="W" * 900, problem="W" * 900)
    html = overview(entries, tmp_path, title="W" * 300)
    page = opened(html, viewport={"width": width, "height": 700}).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
