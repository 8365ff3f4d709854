# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
import requests
from ansible_collections.idops.sailpoint.plugins.module_utils._api.task_status import TaskStatusApi
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks import clearing, reading
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.clearing import Clearing
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.outcomes import Outcome
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.patching import DesiredState
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.updating import Updater
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import (
    Clock,
    Request,
    Tenant,
    Transport,
    response,
    task,
)


def clear(
    tenant: Tenant, ids: list[str], clock: Clock | None = None, check_mode: bool = False, **connection: Any
) -> tuple[dict[str, Outcome], Transport]:
    client, transport = tenant.client(clock or Clock(), **connection)
    outcomes: dict[str, Outcome] = {}
    updater = Updater(TaskStatusApi(client), DesiredState("error"), check_mode)
    Clearing(updater, ids, 1, outcomes.__setitem__, lambda: None).run()
    return outcomes, transport


def rounds(transport: Transport) -> list[int]:
    """Return how many tasks were read in each round: how many updates lie between two bouts of reading, at the end."""
    reads = [[]] if not transport.api_requests else [[1]]
    for before, now in zip(transport.api_requests, transport.api_requests[1:]):
        if now.method == "GET":
            reads[-1:] = [[*reads[-1], 1]] if before.method == "GET" else [reads[-1], [1]]
    return [len(one) for one in reads]


def test_when_nobody_is_let_in_any_more_what_was_done_stays_done() -> None:
    """The first round is cleared, then reading the second meets a sign-in that is refused."""
    ids = [f"t{number:04d}" for number in range(1300)]
    tenant = Tenant(map(task, ids))

    def lock_out(request: Request) -> requests.Response | None:
        return response(401) if len(tenant.writes) >= 1000 else None

    tenant.before = lock_out
    outcomes, _transport = clear(tenant, ids)
    assert {outcomes[task_id].name for task_id in tenant.writes} == {"updated"}
    left = [outcomes[task_id] for task_id in ids if task_id not in tenant.writes]
    assert len(left) == 300
    for outcome in left:
        assert (outcome.name, outcome.patch, outcome.task) == ("failed", [], None)
        assert outcome.error is not None and outcome.error["status"] == 401


@pytest.mark.parametrize(("rate_limit", "pages"), [(0, 4), (1000, 4), (200, 3), (100, 2), (10, 1)])
def test_no_more_is_read_at_once_than_the_pace_lets_be_acted_on(rate_limit: int, pages: int) -> None:
    """A thousand at most, in half a minute of three windows."""
    ids = [f"t{number:04d}" for number in range(1100)]
    client, transport = Tenant(map(task, ids)).client(Clock(), rate_limit=rate_limit)
    api = TaskStatusApi(client)
    first: list[int] = []

    def note(*_outcome: Any) -> None:
        first.append(transport.count("GET"))

    Clearing(Updater(api, DesiredState("error"), False), ids, 1, note, lambda: None).run()
    assert first[0] == pages


@pytest.mark.parametrize("reading", [45.0])
def test_after_slow_reading_some_moments_are_left_to_act_and_one_task_always_is(reading: float) -> None:
    """What is old by then is read again one by one, but to read all of it again would take as long again."""
    ids = [f"t{number:02d}" for number in range(40)]
    tenant, clock = Tenant(map(task, ids)), Clock()
    lists: list[float] = []

    def take_time(request: Request) -> None:
        if request.path.endswith("pending-tasks"):
            clock.advance(reading)
            lists.append(clock.now)
        elif request.method == "PATCH":
            clock.advance(1.0)

    tenant.before = take_time
    outcomes, transport = clear(tenant, ids, clock)
    assert [outcomes[task_id].name for task_id in ids] == ["updated"] * 40
    # Ten seconds' worth of updates after each page.
    assert [round(after - before - reading) for before, after in zip(lists, lists[1:])] == [11, 11, 11]
    assert transport.count("PATCH") == 40


def test_the_next_round_is_no_longer_than_what_could_be_acted_on() -> None:
    ids = [f"t{number:04d}" for number in range(1500)]
    tenant, clock = Tenant(map(task, ids)), Clock()
    tenant.before = lambda request: clock.advance(0.1) if request.method == "PATCH" else None
    outcomes, transport = clear(tenant, ids, clock)
    assert {outcome.name for outcome in outcomes.values()} == {"updated"}
    # Three hundred in half a minute: the first round was four pages, the others are two.
    assert rounds(transport)[:4] == [4, 2, 2, 2]


@pytest.mark.parametrize(("check_mode", "threads"), [(False, 3), (True, 1)])
def test_an_interruption_reaches_the_client(check_mode: bool, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sends nothing further at once, and then breaks off what is under way; a prediction needs no threads."""
    given: list[tuple[Any, ...]] = []

    def noting(items: Any, work: Any, *rest: Any) -> None:
        given.append(rest)
        for item in items:
            work(item)

    monkeypatch.setattr(clearing, "work_side_by_side", noting)
    client, _transport = Tenant(map(task, "abcdef")).client(Clock())
    tick = list[None]().clear
    updater = Updater(TaskStatusApi(client), DesiredState("error"), check_mode)
    Clearing(updater, list("abcdef"), 3, lambda *one: None, tick).run()
    assert given == [(threads, client.cancel, tick, client.stop)]


def test_looking_again_at_what_moves_ends_when_nothing_does() -> None:
    clock = Clock()
    assert clear(Tenant([task("a")]), ["a"], clock)[0]["a"].name == "updated"
    assert clock.waits == []


def test_what_has_its_status_is_not_looked_at_any_longer() -> None:
    clock = Clock()
    tenant = Tenant([task("a") | {"completed": datetime.now(timezone.utc).isoformat()}])
    tenant.before = lambda request: tenant.finish("a") if clock.waits else None
    assert clear(tenant, ["a"], clock)[0]["a"].name == "unchanged"
    assert clock.waits == [1.0]


def test_what_no_list_shows_is_read_in_no_more_threads_than_told(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[tuple[Any, ...]] = []
    work_side_by_side = reading.work_side_by_side

    def noting(items: Any, work: Any, threads: int, *rest: Any) -> None:
        used.append((threads, *rest))
        work_side_by_side(items, work, threads, *rest)

    monkeypatch.setattr(reading, "work_side_by_side", noting)
    ids = [f"t{number}" for number in range(20)]
    tenant = Tenant(map(task, ids))
    tenant.before = lambda request: response(200, []) if request.path.endswith(("-tasks", "-status")) else None
    client, _transport = tenant.client(Clock())
    updater = Updater(TaskStatusApi(client), DesiredState("error"), False)
    Clearing(updater, ids, 3, lambda *one: None, lambda: None).run()
    assert tenant.writes == dict.fromkeys(ids, 1) and set(used) == {(3, client.cancel)}, (
        "and an interruption breaks it off"
    )
