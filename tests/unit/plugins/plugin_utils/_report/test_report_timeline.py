# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of where the timeline's bars lie."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.plugin_utils._report.data import build_report
from ansible_collections.idops.sailpoint.plugins.plugin_utils._report.timeline import PLOT, Timeline, lay_out

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


def task(begun: float, ended: float | None, kind: str = "Cloud Refresh Role", now: datetime = NOW) -> dict[str, Any]:
    """Return a TaskStatus that was launched and completed so many hours ago, or is pending."""
    return {
        "uniqueName": kind,
        "launcher": "System",
        "launched": (now - timedelta(hours=begun)).isoformat(),
        "completed": None if ended is None else (now - timedelta(hours=ended)).isoformat(),
        "completionStatus": None if ended is None else "SUCCESS",
    }


def drawn(*tasks: dict[str, Any], days: float = 7) -> Timeline | None:
    return lay_out(build_report(tasks, now=NOW)["tasks"], NOW, days)


def test_nothing_to_draw() -> None:
    assert drawn() is None
    assert drawn({"completionStatus": None}) is None


def test_bar_goes_from_launch_to_completion_or_now() -> None:
    drawing = drawn(task(10, 5), task(4, None))
    assert drawing is not None
    completed, pending = drawing.lanes[0].bars
    assert (completed.x, completed.width) == (0, pytest.approx(PLOT / 2))
    assert (pending.x, pending.x + pending.width) == (pytest.approx(PLOT * 0.6), pytest.approx(PLOT))


def test_every_dated_task_has_a_bar_and_none_overlaps_another() -> None:
    tasks = [task(n % 97 + n / 100, None if n % 5 == 0 else (n % 97) * 0.8, f"kind {n % 4}") for n in range(1, 800)]
    drawing = drawn(*tasks, {"completionStatus": "ERROR"})
    assert drawing is not None
    bars = [mark for _status, bars in drawing.painted for mark in bars]
    assert len(bars) == 799
    assert drawing.undated == 1
    rows: dict[float, list[tuple[float, float]]] = {}
    for mark in bars:
        assert mark.x >= 0
        assert mark.x + mark.width <= PLOT + 1e-6
        assert 0 <= mark.y <= drawing.height
        rows.setdefault(round(mark.y, 6), []).append((mark.x, mark.x + mark.width))
    for row in rows.values():
        row.sort()
        assert all(left[1] <= right[0] for left, right in zip(row, row[1:]))


def test_short_task_is_drawn_wide_enough_to_be_seen() -> None:
    drawing = drawn(task(100, 99.99), task(0.001, 0.0005))
    assert drawing is not None
    assert all(mark.widened and mark.width >= 3 and mark.x + mark.width <= PLOT for mark in drawing.lanes[0].bars)


def test_many_pending_tasks_keep_a_bearable_height() -> None:
    drawing = drawn(*(task(n / 10, None) for n in range(1, 5000)))
    assert drawing is not None
    assert drawing.height < 2000


def test_one_unlikely_date_squeezes_no_other() -> None:
    drawing = drawn(*(task(n, 0) for n in range(1, 48)), task(24 * 365 * 50, None))
    assert drawing is not None
    assert drawing.start == NOW - timedelta(days=90)
    assert drawing.cut == 1


def test_future_ends_now() -> None:
    drawing = drawn(task(2, -24 * 365 * 7000), task(-5, None))
    assert drawing is not None
    assert drawing.end == NOW


def test_task_that_is_just_being_completed_is_drawn_to_its_completion() -> None:
    drawing = drawn({**task(10, 5), "completionStatus": None}, task(10, None))
    assert drawing is not None
    assert drawing.counts["completing"] == 1
    assert [(status, bars[0].width) for status, bars in drawing.painted] == [
        ("completing", pytest.approx(PLOT / 2)),
        ("pending", pytest.approx(PLOT)),
    ]


def test_lanes_are_kinds_and_named_as_the_tenant_names_them() -> None:
    drawing = drawn(
        task(9, None, "AI Agent Aggregation - ID123"), task(8, 1, "AI Agent Aggregation"), task(7, None, "Refresh")
    )
    assert drawing is not None
    assert [(lane.name, len(lane.bars)) for lane in drawing.lanes] == [("AI Agent Aggregation", 2), ("Refresh", 1)]


def test_rare_kinds_share_a_lane() -> None:
    drawing = drawn(*(task(5, 1, f"kind {n}") for n in range(30)))
    assert drawing is not None
    assert len(drawing.lanes) == 12
    assert drawing.lanes[-1].name == "Others (19 kinds)"
    assert sum(len(lane.bars) for lane in drawing.lanes) == 30


@pytest.mark.parametrize("hours", [0.01, 1, 5, 24, 24 * 7, 24 * 90, 24 * 365 * 3, 24 * 365 * 1900])
def test_axis_has_a_few_ticks_in_order(hours: float) -> None:
    drawing = drawn(*[task(hours, None)] * 3)
    assert drawing is not None
    places = [x for x, _label, _midnight in drawing.ticks]
    assert len(places) <= 10
    assert places == sorted(places)
    assert all(0 <= x <= PLOT for x in places)


def test_axis_of_a_week_names_the_days() -> None:
    drawing = drawn(task(24 * 7, None))
    assert drawing is not None
    labels = [label for _x, label, midnight in drawing.ticks if midnight]
    assert labels == ["17 Nov", "18 Nov", "19 Nov", "20 Nov", "21 Nov", "22 Nov", "23 Nov"]
