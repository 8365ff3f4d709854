# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Races: tasks that change by themselves, or by somebody else, while a run is at work."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._http.client import Client
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks import updating
from faults.support import (
    Clock,
    Result,
    check_log,
    check_truth,
    connection,
    environment,
    info,
    is_by,
    module_command,
    module_input,
    outcomes,
    process,
    update,
)
from simulator.server import Simulator
from tools.limits import HANGS_AFTER

IDS = [f"t{number:03d}" for number in range(60)]


# A task that finishes by itself between read and update


@pytest.mark.parametrize("api_version", ["beta", "v2024", "v2025", "v2026", "v1"])
@pytest.mark.parametrize("refused", [400, 409, 412])
def test_with_a_precondition_a_task_that_finished_meanwhile_stays_as_it_is(
    simulator: Simulator, api_version: str, refused: int
) -> None:
    simulator.settings(test_refused=refused)
    simulator.put_tasks({"id": task_id} for task_id in IDS[:10])
    simulator.complete_after_read(IDS[:4], "WARNING")
    result = update(simulator, IDS[:10], precondition=True, api_version=api_version)
    assert check_truth(simulator, IDS[:10], result) == {"conflict": 4, "updated": 6}
    assert [simulator.task(task_id)["completionStatus"] for task_id in IDS[:4]] == ["WARNING"] * 4
    assert not result.get("failed")


def test_without_a_precondition_a_task_that_finishes_in_the_window_is_overwritten(simulator: Simulator) -> None:
    """The window is documented; with a task read alone it is as long as the way of one answer and one request."""
    simulator.put_tasks([{"id": "t1"}])
    simulator.complete_after_read(["t1"])
    result = update(simulator, ["t1"])
    assert check_truth(simulator, ["t1"], result) == {"updated": 1}
    log = simulator.log()
    assert [entry["kind"] for entry in log] == ["sign_in", "get", "update"], "nothing comes between read and update"


@pytest.mark.parametrize("precondition", [False, True])
def test_a_task_that_finished_before_it_is_read_is_left_alone(simulator: Simulator, precondition: bool) -> None:
    simulator.put_tasks({"id": task_id} for task_id in IDS[:4])
    simulator.complete(IDS[:2], "SUCCESS")
    result = update(simulator, IDS[:4], precondition=precondition)
    assert check_truth(simulator, IDS[:4], result) == {"unchanged": 2, "updated": 2}


def test_a_task_that_goes_away_between_read_and_update_is_missing(simulator: Simulator) -> None:
    simulator.put_tasks({"id": task_id} for task_id in IDS[:4])
    simulator.race({"after": "read", "remove": ["t001"]})
    result = update(simulator, IDS[:4])
    assert outcomes(result)["t001"] == "missing"
    assert check_truth(simulator, IDS[:4], result) == {"updated": 3, "missing": 1}


def test_a_tenant_that_ignores_preconditions_is_no_worse_than_without_them(simulator: Simulator) -> None:
    simulator.settings(test_op="ignore")
    simulator.put_tasks({"id": task_id} for task_id in IDS[:4])
    simulator.complete_after_read(["t001"])
    result = update(simulator, IDS[:4], precondition=True)
    assert check_truth(simulator, IDS[:4], result) == {"updated": 4}


def test_a_tenant_that_refuses_preconditions_updates_nothing(simulator: Simulator) -> None:
    simulator.settings(test_op="reject")
    simulator.put_tasks({"id": task_id} for task_id in IDS[:4])
    result = update(simulator, IDS[:4], precondition=True)
    assert check_truth(simulator, IDS[:4], result) == {"failed": 4}
    assert "400" in result["msg"]


def test_a_tenant_that_takes_no_null_in_a_test_takes_that_of_the_modification(simulator: Simulator) -> None:
    simulator.settings(test_op="reject_null")
    simulator.put_tasks({"id": task_id} for task_id in IDS[:4])
    simulator.complete_after_read(["t001"])
    result = update(simulator, IDS[:4], precondition=True)
    assert check_truth(simulator, IDS[:4], result) == {"updated": 3, "conflict": 1}
    simulator.clear_log()
    simulator.put_tasks({"id": task_id, "modified": None} for task_id in IDS[:4])
    result = update(simulator, IDS[:4], precondition=True)
    assert check_truth(simulator, IDS[:4], result) == {"failed": 4}
    assert "null" in result["msg"] and "precondition" in result["msg"]


# A task that is just being completed: it has its completion date, but no status yet


@pytest.mark.parametrize("api_version", ["beta", "v2024", "v2025", "v2026", "v1"])
@pytest.mark.parametrize("precondition", [False, True])
@pytest.mark.parametrize("many", [False, True])
def test_what_is_just_being_completed_is_left_alone(
    simulator: Simulator, api_version: str, precondition: bool, many: bool
) -> None:
    ids = IDS[: 12 if many else 2]
    simulator.put_tasks({"id": task_id} for task_id in ids)
    simulator.complete(["t000"], "SUCCESS", completing=3600)
    before = simulator.task("t000")
    assert (before["completed"] is not None, before["completionStatus"]) == (True, None)
    result = update(simulator, ids, precondition=precondition, api_version=api_version)
    assert check_truth(simulator, ids, result) == {"moving": 1, "updated": len(ids) - 1}
    assert not result.get("failed")
    assert simulator.task("t000") == before
    assert "t000" not in {entry["task_id"] for entry in simulator.log(kind="update")}


def test_what_gets_its_status_shortly_is_told_as_it_is_then(simulator: Simulator) -> None:
    simulator.put_tasks({"id": task_id} for task_id in IDS[:2])
    simulator.complete(["t000"], "SUCCESS", completing=3600)
    simulator.complete_after_read(["t000"])
    result = update(simulator, IDS[:2])
    assert check_truth(simulator, IDS[:2], result) == {"unchanged": 1, "updated": 1}


def test_what_has_been_completing_for_long_gets_the_status_alone(simulator: Simulator) -> None:
    ended = (datetime.now(timezone.utc) - timedelta(minutes=16)).isoformat(timespec="milliseconds")
    simulator.put_tasks([{"id": "t000", "completed": ended}])
    result = update(simulator, ["t000"])
    assert outcomes(result) == {"t000": "updated"}
    assert (simulator.task("t000")["completed"], simulator.task("t000")["completionStatus"]) == (ended, "ERROR")


# How old a state may be when it is acted on


class Ages:
    """How old states are when they are acted on, by a clock on which each request takes a second."""

    def __init__(self, after_update: Callable[[int], None] = lambda number: None) -> None:
        self.of_updates: list[float] = []
        self.reads: list[float] = []
        self.clock = Clock(stands_still=True)
        self._after_update = after_update

    def watch(self, client: Client) -> None:
        """Look at a client's requests; all reads are of the pending list."""
        request = client.request

        def timed(method: str, *arguments: Any, **options: Any) -> Any:
            if method == "PATCH":
                self.of_updates.append(self.clock() - self.reads[-1])
            else:
                self.reads.append(self.clock())
            answer = request(method, *arguments, **options)
            self.clock.forward(1)
            if method == "PATCH":
                self._after_update(len(self.of_updates))
            return answer

        client.request = timed  # type: ignore[method-assign]


def test_states_older_than_the_bound_are_read_again(simulator: Simulator) -> None:
    ids = [f"t{number:03d}" for number in range(100)]
    simulator.put_tasks({"id": task_id} for task_id in ids)
    ages = Ages()
    result = update(simulator, ids, concurrency=1, on_client=ages.watch, clock=ages.clock)
    assert check_truth(simulator, ids, result) == {"updated": 100}
    assert len(ages.of_updates) == 100
    assert 20 < max(ages.of_updates) <= 30
    assert len(ages.reads) == 4, "100 updates take over three times as long as the bound, and no more reads are needed"


def test_tasks_that_finish_during_a_long_run_are_seen_in_time(simulator: Simulator) -> None:
    """What finished more than the bound ago is never overwritten, even without a precondition."""
    ids = [f"t{number:03d}" for number in range(150)]
    simulator.put_tasks({"id": task_id} for task_id in ids)
    # The pending list shows the newest first: the oldest are the last to be acted on.
    last = list(simulator.pending())[-30:]

    def finish(number: int) -> None:
        if number == 120 - 30:
            assert simulator.complete(last) == last

    ages = Ages(finish)
    result = update(simulator, ids, concurrency=1, on_client=ages.watch, clock=ages.clock)
    assert check_truth(simulator, ids, result) == {"updated": 120, "unchanged": 30}


def test_a_round_is_bounded_in_number_too(simulator: Simulator) -> None:
    ids = [f"t{number:04d}" for number in range(1100)]
    simulator.put_tasks({"id": task_id} for task_id in ids)
    result = update(simulator, ids, return_tasks=False)
    assert check_truth(simulator, ids, result) == {"updated": 1100}
    since_read = most = 0
    kinds = [entry["kind"] for entry in simulator.log()]
    for position, kind in enumerate(kinds):
        since_read = since_read + 1 if kind == "update" else 0
        most = max(most, since_read)
        assert kind in ("sign_in", "pending", "update"), position
    assert most <= 1000


# Two runs at once


def applied(simulator: Simulator) -> Counter[str]:
    """Return how many updates of each task the tenant applied."""
    return Counter(entry["task_id"] for entry in simulator.log(kind="update", status=200))


@pytest.mark.parametrize("precondition", [True, False])
def test_two_runs_over_the_same_ids_end_without_a_failure(simulator: Simulator, precondition: bool) -> None:
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    simulator.settings(latency=0.005)
    ready = threading.Barrier(2)
    results: dict[str, Result] = {}

    def one_run(client_id: str, client_secret: str, status: str) -> None:
        results[status] = update(
            simulator,
            IDS,
            client_id=client_id,
            client_secret=client_secret,
            completion_status=status,
            precondition=precondition,
            on_client=lambda client: ready.wait(HANGS_AFTER),
        )

    threads = [
        threading.Thread(target=one_run, args=(simulator.client_id, simulator.client_secret, "error")),
        threading.Thread(target=one_run, args=(simulator.second_client_id, simulator.second_client_secret, "warning")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = simulator.tasks()
    assert not any(result.get("failed") for result in results.values())
    assert simulator.pending() == {}
    check_log(simulator)
    if not precondition:
        return  # who writes last has written, which is the documented window
    assert applied(simulator) == dict.fromkeys(IDS, 1), "each task is updated once"
    for status, result in results.items():
        for item in result["tasks"]:
            ours = held[item["id"]]["completionStatus"] == status.upper()
            assert item["outcome"] == "updated" if ours else item["outcome"] in ("unchanged", "conflict")
            assert is_by(item["patch"], held[item["id"]]) is ours


@pytest.mark.parametrize(
    "lost", ["reset_after", {"kind": "status", "status": 502, "apply": True}], ids=["reset", "502"]
)
def test_an_update_is_claimed_by_one_run_alone_however_many_answers_are_lost(
    simulator: Simulator, lost: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four runs that want the same, so that only the instant tells whose update it was, and a third of all answers.

    Each has its own millisecond, as runs have that do not begin at the very same.
    """
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    simulator.arm({"match": {"kind": "update", "probability": 0.3}, "action": lost})
    ready = threading.Barrier(4)
    results: list[Result] = []

    marks = iter([10, 110, 210, 310])
    initialize = updating.Updater.__init__

    def begin(updater: updating.Updater, *given: Any) -> None:
        initialize(updater, *given)
        updater._mark -= timedelta(milliseconds=next(marks))

    monkeypatch.setattr(updating.Updater, "__init__", begin)

    def one_run() -> None:
        def on_client(client: Client) -> None:
            ready.wait(HANGS_AFTER)

        results.append(update(simulator, IDS, retries=6, precondition=True, on_client=on_client))

    threads = [threading.Thread(target=one_run) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = simulator.tasks()
    claimed = Counter(item["id"] for result in results for item in result["tasks"] if item["outcome"] == "updated")
    assert claimed == dict.fromkeys(IDS, 1)
    for result in results:
        for item in result["tasks"]:
            assert is_by(item["patch"], held[item["id"]]) is (item["outcome"] == "updated"), item


def test_two_processes_over_the_same_ids_with_faults_end_without_a_failure(simulator: Simulator, tmp_path: Any) -> None:
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    simulator.settings(latency=0.005)
    faults: list[Any] = [
        {"kind": "status", "status": 502, "apply": True},
        {"kind": "status", "status": 503},
        "reset_after",
        "reset_before",
        "truncate",
    ]
    simulator.arm(*({"match": {"kind": "update", "probability": 0.04}, "action": fault} for fault in faults))
    options = connection(simulator, id=IDS, precondition=True, return_tasks=False, retries=8)
    env, command = environment(tmp_path), module_command("task_status")
    inputs = [module_input({**options, "completion_status": status}) for status in ("error", "warning")]
    with process(command, env, inputs[0]) as first, process(command, env, inputs[1]) as second:
        outputs = [each.finished()[1] for each in (first, second)]
    held = simulator.tasks()
    for status, output in zip(("ERROR", "WARNING"), outputs):
        result = json.loads(output)
        assert not result.get("failed"), result["msg"]
        for item in result["tasks"]:
            assert (item["outcome"] == "updated") is (held[item["id"]]["completionStatus"] == status)
    assert simulator.pending() == {}


# Lists that move


def test_a_list_that_shrinks_while_it_is_read_skips_nobody(simulator: Simulator) -> None:
    ids = [f"t{number:03d}" for number in range(60)]
    simulator.put_tasks({"id": task_id} for task_id in ids)
    first = list(simulator.pending())
    simulator.finish_after_list(first[:15], lists=2)
    result = info(simulator, pending=True, page_size=10)
    shown = [task["id"] for task in result["tasks"]]
    assert len(shown) == len(set(shown)), "nobody twice"
    assert set(first[15:]) <= set(shown)
