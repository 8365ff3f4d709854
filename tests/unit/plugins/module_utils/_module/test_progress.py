# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._module.progress import Progress
from ansible_collections.idops.sailpoint.plugins.module_utils._wording import count_of, first_of
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils._api.test_records import broken_tasks
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import Clock, Tenant, task
from hypothesis import example, given


def test_a_line_comes_every_interval_and_not_before() -> None:
    clock, lines = Clock(), []
    progress = Progress(lines.append, 5.0, clock)
    for second in range(16):
        progress.updating(100, second * 4, 1)
        clock.advance(1)
    assert lines == [
        "20 of 100 tasks done, 1 failed, 4.0 per second, about 20s left",
        "40 of 100 tasks done, 1 failed, 4.0 per second, about 15s left",
        "60 of 100 tasks done, 1 failed, 4.0 per second, about 10s left",
    ]


def test_the_pace_bounds_what_is_foretold() -> None:
    clock, lines = Clock(), []
    progress = Progress(lines.append, 5.0, clock)
    # A hundred go out at once, and all wait for the next window then.
    for done in (100, 100, 200, 200, 297):
        clock.advance(5)
        progress.updating(300, done, 0, rate_limit=100)
    assert [line.rpartition("about ")[2] for line in lines] == [f"{left}s left" for left in (25, 20, 15, 10, 5)]


def test_the_end_is_told_once_where_anything_was() -> None:
    clock, lines = Clock(), []
    progress = Progress(lines.append, 5.0, clock)
    progress.updated(44, 0)
    progress.waited(44)
    clock.advance(5)
    progress.updating(44, 20, 1)
    clock.advance(5)
    progress.updating(44, 44, 1)
    progress.updated(44, 1)
    assert lines == [
        "20 of 44 tasks done, 1 failed, 4.0 per second, about 6s left",
        "44 of 44 tasks done, 1 failed, after 10s",
    ]


def test_what_came_before_says_nothing_of_how_fast_the_next_is() -> None:
    clock, lines = Clock(), []
    progress = Progress(lines.append, 5.0, clock)
    clock.advance(100)
    progress.begin()
    clock.advance(5)
    progress.updating(20, 10, 0)
    assert lines == ["10 of 20 tasks done, 0 failed, 2.0 per second, about 5s left"]


def test_when_nothing_is_done_yet_nothing_is_foretold() -> None:
    clock, lines = Clock(), []
    progress = Progress(lines.append, 5.0, clock)
    clock.advance(5)
    progress.updating(1, 0, 0)
    assert lines == ["0 of 1 task done, 0 failed, 0.0 per second"]


@pytest.mark.parametrize("interval", [0.0, 5.0])
def test_with_interval_zero_or_nowhere_to_say_it_is_silent(interval: float) -> None:
    clock, lines = Clock(), []
    progress = Progress(lines.append if interval == 0 else None, interval, clock)
    clock.advance(1000)
    progress.updating(1, 0, 0)
    progress.waiting(1, [task("a")])
    assert lines == []


def test_waiting_names_the_first_few() -> None:
    clock, lines = Clock(), []
    progress = Progress(lines.append, 5.0, clock)
    clock.advance(61)
    running = [
        task("a", percentComplete=40, progress="x"),
        {"id": "b"},
        task("c", uniqueName=None),
        task("d"),
        task("e"),
    ]
    progress.waiting(9, running)
    told = "a (Cloud Account Aggregation, HR [source], x, 40 %); b; c (HR [source]) and 2 more"
    assert lines == [f"4 of 9 tasks completed after 1m1s, running: {told}"]


@given(broken_tasks)
@example({"id": "a", "uniqueName": "0\n0", "progress": "\x1b[2J"})
def test_no_answer_breaks_a_line(broken: dict) -> None:  # type: ignore[type-arg]
    clock, lines = Clock(), []
    progress = Progress(lines.append, 5.0, clock)
    clock.advance(5)
    progress.waiting(1, [broken])
    assert len(lines) == 1 and lines[0].isprintable()


def test_a_sleep_is_as_long_as_told_and_says_its_lines() -> None:
    clock, lines = Clock(), []
    client, _transport = Tenant([]).client(clock)
    progress = Progress(lines.append, 4.0, clock)
    progress.sleep(client, 10.0, lambda: progress.waiting(1, [task("a")]))
    assert clock.now == pytest.approx(1010.0)
    assert len(lines) == 2
    silent = Progress(None, 4.0, clock)
    clock.waits.clear()
    silent.sleep(client, 10.0, lambda: None)
    assert clock.waits == [10.0]


def test_wording() -> None:
    assert (count_of(0, "task"), count_of(1, "task"), count_of(2, "task")) == ("0 tasks", "1 task", "2 tasks")
    assert first_of([]) == ""
    assert first_of(["a", "b", "c"]) == "a, b, c"
    assert first_of(list("abcde"), "; ") == "a; b; c and 2 more"
