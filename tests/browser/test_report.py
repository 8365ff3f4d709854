# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the HTML report in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from simulator.seed import seeded_tasks
from tools.limits import eventually

if TYPE_CHECKING:
    from browser.conftest import Opened
    from playwright.sync_api import Page

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)

Open = Callable[..., "Opened"]


def report(tasks: list[dict[str, Any]], **arguments: Any) -> str:
    from ansible_collections.idops.sailpoint.plugins.filter.task_report import task_report

    return str(task_report(tasks, now=NOW.isoformat(), tenant="acme", **arguments))


def seeded(number: int) -> list[dict[str, Any]]:
    return seeded_tasks(number, number // 4, seed=7, now=NOW)


def cleared(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return results of the module task_status for the pending ones among the tasks."""
    patch = [
        {"op": "replace", "path": "/completionStatus", "value": "Error"},
        {"op": "replace", "path": "/completed", "value": "2026-11-23T12:00:00.000Z"},
    ]
    pending = [task for task in tasks if task["completionStatus"] is None]
    return [
        {
            "id": task["id"],
            "outcome": "failed" if number % 5 == 4 else "updated",
            "patch": patch,
            "task": task,
            "error": {"status": 403, "detail_code": "403 Forbidden", "tracking_id": "b21b", "message": "Forbidden"}
            if number % 5 == 4
            else None,
        }
        for number, task in enumerate(pending)
    ]


def rows(page: Page, table: str) -> list[str]:
    """Return the text of the rows that are shown, in order."""
    texts: list[str] = page.eval_on_selector_all(
        f"#{table} tbody tr", "rows => rows.filter(row => row.checkVisibility()).map(row => row.innerText)"
    )
    return texts


def values(page: Page, table: str, column: int) -> list[str]:
    """Return what a column is sorted by, in the rows that are shown."""
    found: list[str] = page.eval_on_selector_all(
        f"#{table} tbody tr",
        f"rows => rows.filter(row => row.checkVisibility()).map(row => row.cells[{column}].dataset.v)",
    )
    return found


def said(page: Page, table: str) -> str:
    return page.inner_text(f"#{table}-status")


@pytest.mark.parametrize("number", [0, 30, 5000])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_opens(opened: Open, number: int, scheme: str, record_property: Callable[[str, object], None]) -> None:
    tasks = seeded(number)
    page = opened(report(tasks, items=cleared(tasks), check_mode=True), color_scheme=scheme).page
    timing = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    record_property("milliseconds_to_load", timing)
    assert page.title() == "Clearing of pending SailPoint tasks – acme"
    assert page.locator("#bars rect").count() == number
    assert page.locator("#t-tasks tbody tr").count() == number
    assert page.locator("#t-items tbody tr").count() == number // 4
    assert page.get_by_text("Nothing was changed.").is_visible()
    if number == 0:
        assert page.get_by_text("No pending tasks").is_visible()
    else:
        shown = min(number, 100)
        assert len(rows(page, "t-tasks")) == shown
        assert said(page, "t-tasks").startswith("Showing 100 of 5,000 tasks" if number > 100 else "Showing 30 tasks")


def test_colours_follow_the_reader(opened: Open) -> None:
    light, dark = (
        opened(report(seeded(30)), color_scheme=scheme).page.evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    )
    assert light == "rgb(245, 246, 248)"
    assert dark == "rgb(14, 18, 23)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_background(opened: Open, scheme: str) -> None:
    tasks = seeded(400)
    items = cleared(tasks)
    tasks[0]["completed"] = NOW.isoformat()
    items[0].update(outcome="moving", patch=[])
    page = opened(report(tasks, items=items, check_mode=True, notice="Note"), color_scheme=scheme)
    assert page.weakest_contrast()[0] >= 4.5, page.weakest_contrast()


def test_page_tells_kind_source_and_who_started_it(opened: Open) -> None:
    source = {"id": "ab12", "type": "APPLICATION", "name": "[EMEA] Payroll [source]"}
    known = {"launcher": "System", "launched": "2026-11-20T08:00:00+00:00", "completed": None, "completionStatus": None}
    tasks = [
        {**known, "id": "target", "uniqueName": "Cloud Account Aggregation", "target": source},
        {**known, "id": "attributes", "uniqueName": "Cloud Account Aggregation", "target": None}
        | {"attributes": {"appId": "cd34", "applications": "Workday [source]"}, "launcher": "John Doe"},
        {**known, "id": "numbered", "uniqueName": "AI Agent Aggregation - ID123", "launched": None},
        {**known, "id": "race", "uniqueName": "Cloud Group Aggregation", "completed": "2026-11-23T11:59:59Z"},
    ]
    page = opened(report(tasks, items=[{"id": "race", "outcome": "moving", "patch": []}])).page
    kinds = page.locator("#t-kinds tbody th").all_inner_texts()
    assert kinds == [
        "Cloud Account Aggregation\nCLOUD_ACCOUNT_AGGREGATION",
        "AI Agent Aggregation\nAI_AGENT_AGGREGATION",
    ]
    cells = [row.split("\t")[1:4] for row in rows(page, "t-tasks")]
    assert cells == [
        ["[EMEA] Payroll [source]", "System", "Pending"],
        ["Workday [source]", "John Doe", "Pending"],
        ["–", "System", "Pending"],
        ["–", "System", "Completing"],
    ]
    assert "Moving" in rows(page, "t-items")[0]


def test_table_sorts_by_click(opened: Open) -> None:
    page = opened(report(seeded(300))).page
    head = page.locator("#t-tasks thead th").nth(6)
    button = head.get_by_role("button")
    assert head.get_attribute("aria-sort") is None
    button.click()
    assert head.get_attribute("aria-sort") == "ascending"
    ascending = [float(value) for value in values(page, "t-tasks", 6)]
    assert ascending == sorted(ascending)
    button.click()
    assert head.get_attribute("aria-sort") == "descending"
    descending = [float(value) for value in values(page, "t-tasks", 6)]
    assert descending == sorted(descending, reverse=True)
    assert descending[0] > ascending[-1]
    assert said(page, "t-tasks") == "Showing 100 of 300 tasks, sorted by Lasted, descending."
    page.get_by_role("button", name="Started by").last.click()
    assert page.locator("#t-tasks thead th[aria-sort]").count() == 1
    launchers = page.locator("#t-tasks tbody tr:visible td:nth-child(3)").all_inner_texts()
    assert launchers == sorted(launchers, key=str.casefold)
    assert len(set(launchers)) > 1


def test_what_is_missing_is_sorted_last(opened: Open) -> None:
    page = opened(report(seeded(80))).page
    button = page.locator("#t-tasks thead th").nth(5).get_by_role("button")  # completed, which pending tasks are not
    for _direction in ("ascending", "descending"):
        button.click()
        completed = values(page, "t-tasks", 5)
        assert completed[-20:] == [""] * 20
        assert "" not in completed[:60]


def test_table_sorts_and_filters_by_keyboard(opened: Open) -> None:
    page = opened(report(seeded(300))).page
    page.get_by_role("searchbox", name="Filter").last.focus()
    page.keyboard.type("cloud GROUP")
    page.keyboard.press("Tab")
    page.keyboard.press("P")  # in the choice of statuses: pending
    page.keyboard.press("Tab")  # the table's frame, to scroll it
    page.keyboard.press("Tab")  # its first head
    page.keyboard.press("Enter")
    assert page.locator("#t-tasks thead th").nth(0).get_attribute("aria-sort") == "ascending"
    found = rows(page, "t-tasks")
    assert found
    assert all("cloud group" in row.lower() and "Pending" in row for row in found)
    assert said(page, "t-tasks").startswith(f"Showing {len(found)} matching task")
    assert "(300 in all), sorted by Task, ascending" in said(page, "t-tasks")


def test_filter_that_nothing_matches(opened: Open) -> None:
    page = opened(report(seeded(30))).page
    search = page.locator("input[data-for=t-tasks]")
    search.fill("no task is called like that")
    assert rows(page, "t-tasks") == []
    assert said(page, "t-tasks") == "No task matches (30 in all)."
    search.fill("")
    assert len(rows(page, "t-tasks")) == 30


def test_more_rows_on_demand(opened: Open) -> None:
    page = opened(report(seeded(5000))).page
    page.locator("[data-more=t-tasks]").click()
    assert len(rows(page, "t-tasks")) == 200
    page.locator("select[data-for=t-tasks]").select_option("warning")
    assert page.locator("[data-all=t-tasks]").inner_text().startswith("Show all ")
    page.locator("[data-all=t-tasks]").click()
    found = rows(page, "t-tasks")
    assert len(found) > 100
    assert all("Warning" in row for row in found)
    assert not page.locator("[data-more=t-tasks]").is_visible()


def test_outcomes_filter(opened: Open) -> None:
    tasks = seeded(200)
    page = opened(report(tasks, items=cleared(tasks))).page
    page.locator("select[data-for=t-items]").select_option("failed")
    found = rows(page, "t-items")
    assert len(found) == 10
    assert all("Forbidden" in row and "/completionStatus" in row for row in found)


def test_timeline_zooms(opened: Open) -> None:
    page = opened(report(seeded(300))).page
    bars = "bars => bars.map(bar => [Number(bar.getAttribute('x')), Number(bar.getAttribute('width'))])"
    ticks = "#ticks text"
    whole, labels = page.eval_on_selector_all("#bars rect", bars), page.locator(ticks).all_inner_texts()
    page.get_by_role("button", name="24 hours").click()
    assert page.get_by_role("button", name="24 hours").get_attribute("aria-pressed") == "true"
    assert page.get_by_role("button", name="All", exact=True).get_attribute("aria-pressed") == "false"
    assert page.eval_on_selector_all("#bars rect", bars) != whole
    assert any(":" in label for label in page.locator(ticks).all_text_contents())
    page.get_by_role("button", name="All", exact=True).click()
    assert page.locator(ticks).all_inner_texts() == labels
    back = page.eval_on_selector_all("#bars rect", bars)
    assert [pair[0] for pair in back] == pytest.approx([pair[0] for pair in whole], abs=0.02)
    assert [pair[1] for pair in back] == pytest.approx([pair[1] for pair in whole], abs=0.02)


def of_clearing(number: int, **told: Any) -> str:
    """Return the page that is made of a result of the module alone."""
    from ansible_collections.idops.sailpoint.plugins.plugin_utils._report import as_html, data

    items = [
        {
            "id": f"task {place}",
            "outcome": "moving" if place % 4 == 3 else "updated",
            "name": "Cloud Account Aggregation",
            "kind": "CLOUD_ACCOUNT_AGGREGATION",
            "source": {"id": f"source {place}", "name": f"Source {place} [source]"},
            "launcher": "System",
            "launched": f"2026-11-{1 + place % 22:02}T08:00:00Z",
            "age_seconds": 86400.0,
            "patch": [{"op": "replace", "path": "/completionStatus", "value": "Error"}],
            "moved": ["progress"] if place % 4 == 3 else [],
        }
        for place in range(number)
    ]
    excluded = {f"pattern {place}": place for place in range(12)}
    left_out = {"unusable": 1, "type": 0, "excluded": 30, "age": 4}
    counts = {"pending_before": number + 35, "pending_after": 35, "selected": number}
    result = {"tasks": items, **counts, "left_out": left_out, "excluded_by": excluded, "stopped": None, **told}
    return as_html.render_html(data.build_clearing_report(result, now=NOW, settings={"observe": "30s"}))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_was_left_out_and_what_moved_is_shown(opened: Open, scheme: str) -> None:
    there = opened(of_clearing(8), color_scheme=scheme)
    page = there.page
    assert page.get_by_text("Watched for 30s before anything was sent: 2 tasks moved and were left alone.").is_visible()
    assert sum("moved: progress" in row for row in rows(page, "t-items")) == 2
    page.get_by_role("link", name="Left out").click()
    reasons = page.locator("section#left-out table").first.locator("tbody tr").all_inner_texts()
    assert [reason.split("\t")[:2] for reason in reasons] == [
        ["Without a usable id", "1"],
        ["Of another type", "0"],
        ["Excluded", "30"],
        ["Younger or older than asked for", "4"],
    ]
    assert rows(page, "t-excluded")[0].split("\t") == ["pattern 0", "None\nit may be misspelt"]
    page.locator("input[data-for=t-excluded]").fill("misspelt")
    assert len(rows(page, "t-excluded")) == 1
    assert page.locator("#bars rect").count() == 8
    assert there.weakest_contrast()[0] >= 4.5, there.weakest_contrast()


def test_page_of_a_clearing_that_knows_nothing(opened: Open) -> None:
    page = opened(of_clearing(0, tasks=None, failed=True, msg="It is away.", pending_before=None, selected=None)).page
    assert page.get_by_text("It is away.").is_visible()
    assert page.locator(".cards dd").all_inner_texts() == ["–", "–", "–", "35"]


HOSTILE = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "</title></textarea></option></select><iframe src=javascript:alert(1)>",
    "javascript:alert(1)",
    "<a href='https://example.com/'>name</a>",
)


def test_text_of_the_api_is_text(opened: Open) -> None:
    tasks = seeded(40)
    for number, task in enumerate(tasks):
        name = HOSTILE[number % len(HOSTILE)]
        task.update(uniqueName=name, launcher=name, description=name, progress=name, completionStatus=name)
        task["target"] = {"id": name, "type": "APPLICATION", "name": name}
        task["messages"] = [{"type": "ERROR", "key": "k", "localizedText": {"locale": "en", "message": name}}]
    items = [
        {
            "id": name,
            "outcome": name,
            "patch": [{"op": name, "path": name, "value": name}],
            "error": {"message": name, "tracking_id": name},
        }
        for name in HOSTILE
    ]
    hostile = HOSTILE[1]
    arguments = {"title": hostile, "notice": hostile, "settings": {hostile: hostile}, "items": items}
    page = opened(report(tasks, **arguments)).page
    page.locator("input[data-for=t-tasks]").fill("alert")
    page.locator("#t-tasks thead button").first.click()
    assert rows(page, "t-tasks")
    assert all("alert" in row for row in rows(page, "t-tasks"))
    assert page.evaluate("document.scripts.length") == 1
    assert page.locator("body :is(script, style, img, iframe, object, embed)").count() == 0
    assert page.locator("a:not([href^='#'])").count() == 0
    assert page.locator("h1").inner_text() == hostile
    for name in HOSTILE:
        assert page.locator("#t-items tbody td").get_by_text(name, exact=True).count() > 0


def test_policy_stops_a_script_that_got_in(opened: Open) -> None:
    there = opened(report(seeded(3)))
    there.page.evaluate(
        """() => {
          const script = document.createElement('script');
          script.textContent = 'window.ran = true';
          document.body.append(script);
          document.body.insertAdjacentHTML('beforeend', '<img src="https://example.com/x" onerror="window.ran = 1">');
        }"""
    )
    # Of the script, the picture, and what the picture was to run. Waiting in the page lets its events in.
    eventually(lambda: there.page.wait_for_timeout(10) or len(there.complaints) >= 3, "complaints")
    assert there.page.evaluate("window.ran") is None
    assert all("Content Security Policy" in complaint for complaint in there.complaints)
    # The browser announces the request that it did not make, too.
    assert there.requests[1:] == ["https://example.com/x"]
    there.complaints.clear()
    there.requests[1:] = []


def test_page_reads_without_script(opened: Open) -> None:
    page = opened(report(seeded(250)), java_script_enabled=False).page
    assert page.locator("#t-tasks tbody tr:visible").count() == 250
    assert page.locator(".controls:visible").count() == 0
    assert page.locator("#t-tasks thead button:not([disabled])").count() == 0
    assert page.locator("#bars rect").count() == 250


def test_page_prints_all_rows_and_no_controls(opened: Open) -> None:
    page = opened(report(seeded(250)), color_scheme="dark").page
    page.locator("input[data-for=t-tasks]").fill("cloud")
    page.emulate_media(media="print")
    assert len(rows(page, "t-tasks")) == 250
    assert page.locator(".controls:visible, nav:visible, thead button:visible").count() == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_page_speaks(opened: Open) -> None:
    tasks = seeded(60)
    page = opened(report(tasks, items=cleared(tasks))).page
    for role in ("banner", "navigation", "main", "contentinfo"):
        assert page.get_by_role(role).count() == 1
    assert page.get_by_role("heading", level=1).count() == 1
    levels = page.eval_on_selector_all("h1, h2, h3", "heads => heads.map(head => head.tagName)")
    assert levels[0] == "H1"
    assert set(levels[1:]) == {"H2"}
    image = page.get_by_role("img", name="Timeline of 60 tasks")
    assert image.count() == 1
    assert "15 pending" in (page.locator("#chart-desc").text_content() or "")
    for table in page.get_by_role("table").all():
        assert table.locator("caption").inner_text()
    for control in page.locator("main :is(input, select)").all():
        assert control.evaluate("control => control.labels.length") == 1
    assert page.locator("#t-tasks-status").get_attribute("aria-live") == "polite"


@pytest.mark.parametrize("width", [360, 800])
def test_page_fits_a_narrow_window(opened: Open, width: int) -> None:
    tasks = seeded(60)
    tasks[0]["uniqueName"] = "W" * 900
    html = report(tasks, items=cleared(tasks), title="W" * 300, settings={"W" * 90: "W" * 300})
    page = opened(html, viewport={"width": width, "height": 700}).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
