# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeded tasks: the same from the same number, and like a tenant's."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from simulator.kinds import ALREADY_RUNNING, KINDS
from simulator.seed import seeded_tasks
from simulator.taskstatus import STATUSES, kind_of, parse_instant, source_of, status_of

NOW = datetime(2026, 11, 1, 8, tzinfo=timezone.utc)
NAMES = {kind.name for kind in KINDS}


def test_same_seed_and_instant_make_the_same_tasks() -> None:
    assert seeded_tasks(50, 5, 1, NOW) == seeded_tasks(50, 5, 1, NOW)
    assert seeded_tasks(50, 5, 1, NOW) != seeded_tasks(50, 5, 2, NOW)
    assert [task["id"] for task in seeded_tasks(50, 5, 1, NOW, "schema")] == [
        task["id"] for task in seeded_tasks(50, 5, 1, NOW)
    ]


@pytest.mark.parametrize("shape", ["real", "schema"])
def test_like_a_tenant(shape: str) -> None:
    tasks = seeded_tasks(2000, 60, 3, NOW, shape)
    assert len({task["id"] for task in tasks}) == 2000
    assert all(len(task["id"]) == 32 and int(task["id"], 16) >= 0 for task in tasks)
    pending = [task for task in tasks if task["completionStatus"] is None]
    assert len(pending) == 60
    assert all(task["completed"] is None for task in pending)
    ages = sorted(NOW - parse_instant(task["created"]) for task in pending)
    assert ages[0] < timedelta(hours=1)
    assert ages[-1] > timedelta(weeks=3)
    assert {status_of(task) for task in tasks} == {None, *STATUSES.values()}
    for task in tasks:
        assert NOW - parse_instant(task["created"]) < timedelta(days=90)
        if task["launched"] is not None:
            assert parse_instant(task["created"]) <= parse_instant(task["launched"]) <= NOW
        if task["completed"] is not None:
            assert parse_instant(task["launched"]) <= parse_instant(task["completed"]) <= NOW
    assert any(message["type"] == "ERROR" for task in tasks for message in task["messages"])


def test_what_a_task_is_and_who_started_it() -> None:
    tasks = seeded_tasks(2000, 60, 3, NOW)
    assert {task["type"] for task in tasks} == {"QUARTZ"}
    for task in tasks:
        name, number = re.fullmatch(r"(.+?)( - ID\d+)?", task["uniqueName"]).groups()
        assert name in NAMES
        assert kind_of(task) == name.upper().replace(" ", "_")
        if "taskDefinitionSummary" in task:
            assert task["taskDefinitionSummary"]["uniqueName"] == name
    assert {"System", "slpt.services", "sweep", "John Doe"} <= {task["launcher"] for task in tasks}
    assert not {launcher.upper().replace(" ", "_") for launcher in (task["launcher"] for task in tasks)} & {
        name.upper().replace(" ", "_") for name in NAMES
    }
    numbered = {kind_of(task) for task in tasks if " - " in task["uniqueName"]}
    assert {"AI_AGENT_AGGREGATION", "CLOUD_GROUP_AGGREGATION"} <= numbered
    assert "CLOUD_ACCOUNT_AGGREGATION" not in numbered


def test_where_a_task_tells_its_source() -> None:
    tasks = seeded_tasks(2000, 60, 3, NOW)
    targets = [task["target"] for task in tasks if task["target"]]
    assert all(re.fullmatch(r"(\[.+\] )?.+ \[source\]", target["name"]) for target in targets)
    assert any(target["name"].startswith("[") for target in targets)
    assert all(source_of(task) == task["target"]["id"] for task in tasks if task["target"])
    alone = [set(task["attributes"]) & {"appId", "applications"} for task in tasks if task["target"] is None]
    for told in ({"appId"}, {"applications"}, {"appId", "applications"}, set()):
        assert told in alone
    assert len(targets) > len(tasks) / 3


def test_peculiarities_of_real_tenants() -> None:
    tasks = seeded_tasks(2000, 200, 3, NOW)

    def some(matches: Any, of: Any = tasks) -> bool:
        """Some tasks, but not most."""
        return bool(0 < sum(map(bool, map(matches, of))) < 0.6 * len(of))

    pending, completed = tasks[:200], tasks[200:]
    assert some(lambda task: "taskDefinitionSummary" not in task)
    assert some(lambda task: task.get("taskDefinitionSummary", {"description": ""})["description"] is None)
    assert some(lambda task: "percentComplete" not in task)
    assert {task.get("percentComplete", 0) for task in tasks} == {0}
    assert some(lambda task: task["launched"] is None, pending)
    assert some(lambda task: task["modified"] is None, pending)
    assert not any(task["launched"] is None or task["modified"] is None for task in completed)
    assert some(lambda task: task["created"].endswith("+00:00"))
    assert some(lambda task: task["completionStatus"] == "TEMP_ERROR", completed)
    assert some(lambda task: any(message["key"] == ALREADY_RUNNING for message in task["messages"]))
    assert {(task["parentName"], task["progress"]) for task in tasks} == {(None, None)}
    assert all(set(item) == {"displayLabel", "attributeName"} for task in tasks for item in task["returns"])
    assert max(len(task["returns"]) for task in tasks) > 25


def test_all_stuck_none_stuck_none() -> None:
    assert all(task["completionStatus"] is None for task in seeded_tasks(4, 4, 0, NOW))
    assert all(task["completionStatus"] for task in seeded_tasks(4, 0, 0, NOW))
    assert seeded_tasks(0, 0, 0, NOW) == []
