# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tenant whose clock is not that of this machine, whichever of the two is wrong: ages are by the tenant's."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._instants import parse_instant
from faults.support import check_truth, info, outcomes, update
from faults.test_pending import clear
from simulator.server import Simulator

MINUTES, DAY = 600.0, 86400.0
AHEAD = [MINUTES, -MINUTES, DAY, -DAY]
LIMIT = "24h"
NEAR = 120.0  # seconds that tasks are younger or older than the limit: any of those clocks judges one of them falsely


def dated(task_id: str, age: float, now: datetime, **changes: Any) -> dict[str, Any]:
    instant = (now - timedelta(seconds=age)).isoformat()
    return {"id": task_id, "created": instant, "launched": instant, **changes}


def completing(task_id: str, minutes: float, now: datetime) -> dict[str, Any]:
    ended = (now - timedelta(minutes=minutes)).isoformat(timespec="milliseconds")
    return dated(task_id, 2 * DAY, now, completed=ended, completionStatus=None)


def tenant_is_ahead(simulator: Simulator, seconds: float) -> datetime:
    """Put the tenant's clock forward; fill it with tasks about the limits; return what time it is there."""
    simulator.settings(clock_ahead=seconds)
    now = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    simulator.put_tasks(
        [
            dated("young", DAY - NEAR, now),
            dated("old", DAY + NEAR, now),
            completing("ending", 13, now),
            completing("stuck", 17, now),
        ]
    )
    return now


def of_the_clock(result: dict[str, Any]) -> list[str]:
    """Return the warnings of the clock."""
    return [warning for warning in result["warnings"] if "clock" in warning]


def told_of(result: dict[str, Any], ahead: float) -> bool:
    """Whether the clock is warned of once, with which of them is behind."""
    (warning,) = of_the_clock(result)
    beside = "behind" if ahead > 0 else "ahead of"
    return f" {beside} the tenant's, by the date of its answers; ages and the time of completion go by" in warning


def completed_at(simulator: Simulator, task_id: str) -> datetime:
    completed = parse_instant(simulator.task(task_id)["completed"])
    assert completed is not None
    return completed


@pytest.mark.parametrize("ahead", AHEAD)
def test_what_is_selected_and_cleared_goes_by_the_tenants_clock(simulator: Simulator, ahead: float) -> None:
    now = tenant_is_ahead(simulator, ahead)
    result = clear(simulator, older_than=LIMIT)
    assert outcomes(result) == {"old": "updated", "ending": "moving", "stuck": "updated"}
    check_truth(simulator, ["old", "ending", "stuck"], result)
    assert (result["left_out"]["age"], told_of(result, ahead)) == (1, True)
    assert abs((completed_at(simulator, "old") - now).total_seconds()) < MINUTES / 2
    ages = {item["id"]: item["age_seconds"] for item in result["tasks"]}
    assert abs(ages["old"] - DAY - NEAR) < MINUTES / 2


@pytest.mark.parametrize("ahead", AHEAD)
def test_so_it_is_with_tasks_that_are_named_by_id(simulator: Simulator, ahead: float) -> None:
    tenant_is_ahead(simulator, ahead)
    result = update(simulator, ["young", "old", "ending", "stuck"], older_than=LIMIT)
    assert outcomes(result) == {"young": "too_young", "old": "updated", "ending": "moving", "stuck": "updated"}
    assert told_of(result, ahead)


@pytest.mark.parametrize("ahead", AHEAD)
@pytest.mark.parametrize("ids", [None, ["young", "old"]], ids=["list", "ids"])
def test_so_it_is_with_tasks_that_are_read(simulator: Simulator, ahead: float, ids: list[str] | None) -> None:
    tenant_is_ahead(simulator, ahead)
    simulator.delete_tasks(["ending", "stuck"])
    which: dict[str, Any] = {"id": ids} if ids else {"pending": True}
    for option, wanted in (("older_than", "old"), ("newer_than", "young")):
        result = info(simulator, **which, **{option: LIMIT})
        assert [task["id"] for task in result["tasks"]] == [wanted]
        assert told_of(result, ahead)


@pytest.mark.parametrize(("ahead", "outcome"), [(DAY, {}), (-DAY, {"old": "updated"})])
def test_one_answer_is_not_enough_to_clear_more_than_by_this_machines_clock(
    simulator: Simulator, ahead: float, outcome: dict[str, str]
) -> None:
    """A given token and one page are one answer."""
    tenant_is_ahead(simulator, ahead)
    simulator.delete_tasks(["ending", "stuck"])
    token = {"access_token": simulator.token(), "client_id": None, "client_secret": None}
    result = clear(simulator, older_than=LIMIT, **token)
    assert (outcomes(result), told_of(result, ahead)) == (outcome, True)


@pytest.mark.parametrize("ahead", [-30.0, 30.0])
def test_less_than_a_minute_makes_no_difference_and_no_warning(simulator: Simulator, ahead: float) -> None:
    tenant_is_ahead(simulator, ahead)
    result = clear(simulator, older_than=LIMIT)
    assert outcomes(result) == {"old": "updated", "ending": "moving", "stuck": "updated"}
    assert of_the_clock(result) == []


@pytest.mark.parametrize("kind", ["sign_in", "pending"])
@pytest.mark.parametrize("ahead", [DAY, 1000 * DAY])
def test_one_false_date_clears_no_young_task(simulator: Simulator, kind: str, ahead: float) -> None:
    tenant_is_ahead(simulator, 0.0)
    false = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=ahead), usegmt=True)
    body = None
    if kind == "sign_in":
        body = {"access_token": simulator.token(), "token_type": "bearer", "expires_in": 749}
    else:
        body = list(simulator.pending().values())
    simulator.arm(
        {
            "match": {"kind": kind, "nth": 1},
            "action": {"kind": "status", "status": 200, "body": body, "headers": {"Date": false}},
        }
    )
    result = clear(simulator, older_than=LIMIT)
    assert outcomes(result) == {"old": "updated", "ending": "moving", "stuck": "updated"}
    assert simulator.faults()[0]["fired"] == 1
    assert "young" in simulator.pending() and len(of_the_clock(result)) == 1
