# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeded tasks: the same from the same number, and like a tenant's."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from simulator.seed import seeded_tasks
from simulator.taskstatus import STATUSES, parse_instant

NOW = datetime(2026, 11, 1, 8, tzinfo=timezone.utc)


def test_same_seed_and_instant_make_the_same_tasks() -> None:
    assert seeded_tasks(50, 5, 1, NOW) == seeded_tasks(50, 5, 1, NOW)
    assert seeded_tasks(50, 5, 1, NOW) != seeded_tasks(50, 5, 2, NOW)


def test_like_a_tenant() -> None:
    tasks = seeded_tasks(2000, 60, 3, NOW)
    assert len({task["id"] for task in tasks}) == 2000
    assert all(len(task["id"]) == 32 and int(task["id"], 16) >= 0 for task in tasks)
    pending = [task for task in tasks if task["completionStatus"] is None]
    assert len(pending) == 60
    assert all(task["completed"] is None for task in pending)
    ages = sorted(NOW - parse_instant(task["created"]) for task in pending)
    assert ages[0] < timedelta(hours=1)
    assert ages[-1] > timedelta(weeks=3)
    assert {task["completionStatus"] for task in tasks} == {None, *STATUSES.values()}
    for task in tasks:
        assert NOW - parse_instant(task["created"]) < timedelta(days=90)
        assert parse_instant(task["created"]) <= parse_instant(task["launched"]) <= NOW
        if task["completed"] is not None:
            assert parse_instant(task["launched"]) <= parse_instant(task["completed"]) <= NOW
        assert 0 <= task["percentComplete"] <= 100
    assert any(task["percentComplete"] == 0 and task["completed"] for task in tasks)
    assert any(message["type"] == "ERROR" for task in tasks for message in task["messages"])


def test_all_stuck_none_stuck_none() -> None:
    assert all(task["completionStatus"] is None for task in seeded_tasks(4, 4, 0, NOW))
    assert all(task["completionStatus"] for task in seeded_tasks(4, 0, 0, NOW))
    assert seeded_tasks(0, 0, 0, NOW) == []
