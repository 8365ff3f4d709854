# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the tenant does meanwhile, no update is sent that is built on an old state."""

from __future__ import annotations

import pytest
import requests
from ansible_collections.idops.sailpoint.plugins.module_utils._api.task_status import TaskStatusApi
from ansible_collections.idops.sailpoint.plugins.module_utils._http.pace import WINDOW
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.clearing import Clearing
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.outcomes import Outcome
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.patching import DesiredState
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.updating import (
    FRESH_FOR,
    Updater,
    is_fresh,
    latest_sending,
)
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import (
    Clock,
    Request,
    Tenant,
    response,
    task,
)

DESIRED = DesiredState("error", None, False, None, False)


def test_a_state_is_fresh_for_half_a_minute() -> None:
    assert FRESH_FOR == 30
    assert is_fresh(1000, 1000) and is_fresh(1000, 1030) and not is_fresh(1000, 1030.1)


@pytest.mark.parametrize(("taken_up", "latest"), [(0, 30), (10, 30), (15, 30), (20, 35), (30, 45), (31, 30), (99, 30)])
def test_an_update_that_was_taken_up_in_time_may_wait_for_its_place(taken_up: float, latest: float) -> None:
    assert latest_sending(1000, 1000 + taken_up) == 1000 + latest
    assert latest_sending(1000, 1000 + taken_up) - 1000 <= FRESH_FOR + 1.5 * WINDOW


def clear(tenant: Tenant, clock: Clock, ids: list[str], **connection: object) -> dict[str, str]:
    client, _transport = tenant.client(clock, **connection)
    outcomes: dict[str, Outcome] = {}
    updater = Updater(TaskStatusApi(client), DESIRED, False)
    Clearing(updater, ids, 1, outcomes.__setitem__, lambda: None).run()
    return {task_id: outcome.name for task_id, outcome in outcomes.items()}


@pytest.mark.parametrize("reading", [5.0, 25.0, 40.0, 100.0])
@pytest.mark.parametrize("updating", [0.1, 4.0])
def test_no_update_is_built_on_an_old_state_however_slowly_states_are_read(reading: float, updating: float) -> None:
    ids = [f"t{number:02d}" for number in range(20)]
    tenant, clock = Tenant(map(task, ids)), Clock()
    read_at: dict[str, float] = {}

    def take_time(request: Request) -> requests.Response | None:
        asked_at = clock.now
        last = request.path.rpartition("/")[2]
        if request.path.endswith("pending-tasks"):
            clock.advance(reading)
            read_at.update(dict.fromkeys(ids, asked_at))
        elif request.method == "PATCH":
            assert asked_at - read_at[last] <= FRESH_FOR + 1.5 * WINDOW
            clock.advance(updating)
        elif last in tenant.tasks:
            read_at[last] = asked_at
        return None

    tenant.before = take_time
    assert clear(tenant, clock, ids) == dict.fromkeys(ids, "updated")
    assert tenant.writes == dict.fromkeys(ids, 1)


def test_what_finished_while_states_were_read_slowly_is_not_overwritten() -> None:
    tenant, clock = Tenant([task("a"), task("b")]), Clock()

    def finish(request: Request, answer: requests.Response) -> requests.Response:
        if request.path.endswith("pending-tasks"):
            clock.advance(60)
            tenant.finish("a")
        return answer

    tenant.after = finish
    assert clear(tenant, clock, ["a", "b"]) == {"a": "unchanged", "b": "updated"}
    assert tenant.tasks["a"]["completionStatus"] == "SUCCESS" and tenant.writes == {"b": 1}


def test_tries_that_take_long_are_built_on_a_state_that_is_read_again() -> None:
    """Gateway errors with growing pauses, then the task ends by itself."""
    tenant, clock = Tenant([task("a")]), Clock()
    refused: list[float] = []

    def fail(request: Request) -> requests.Response | None:
        if clock.now - 1000 > 20:
            tenant.finish("a")
        if request.method != "PATCH":
            return None
        refused.append(clock.now)
        return response(503)

    tenant.before = fail
    assert clear(tenant, clock, ["a"], retries=20) == {"a": "unchanged"}
    assert tenant.writes == {} and max(refused) - 1000 <= FRESH_FOR
