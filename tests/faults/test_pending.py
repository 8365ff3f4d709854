# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One call over all pending tasks: what it claims is what the tenant holds, whatever goes wrong on the way."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._module import task_status
from faults.support import HANGS_AFTER, Clock, Result, check_log, check_truth, connection, outcomes, run
from faults.test_partial_failure import faults, mixture
from simulator.server import Simulator

GENERATIONS = ["beta", "v2024", "v2025", "v2026", "v1"]


def clear(tenant: Simulator, check_mode: bool = False, host: dict[str, Any] | None = None, **options: Any) -> Result:
    given = {**connection(tenant), "pending": True, "missing_ok": True, **options}
    return run(task_status, given, check_mode, **(host or {}))


@pytest.mark.parametrize("seed", range(10))
def test_every_claim_agrees_with_the_tenant_whatever_fails(simulator: Simulator, seed: int) -> None:
    chance = random.Random(seed)
    tasks = mixture(chance)
    simulator.reset(seed=seed, tasks=0, settings={"test_refused": chance.choice([400, 409, 412])})
    simulator.put_tasks(tasks)
    before = len(simulator.pending())
    due = [task["id"] for task in tasks if task["completionStatus"] is None]
    racing = chance.sample(due, 9)
    simulator.complete_after_read(racing[:6], "WARNING")
    simulator.race({"after": "read", "remove": racing[6:]})
    simulator.arm(*faults(chance))
    options: dict[str, Any] = {
        "api_version": chance.choice(GENERATIONS),
        "concurrency": chance.choice([1, 4, 8]),
        "older_than": chance.choice([None, "1h"]),
        "precondition": True,
        "retries": chance.choice([1, 3]),
        "among": chance.choice([None, due[::2]]),
    }
    result = clear(simulator, **options)
    ids = [item["id"] for item in result["tasks"]]
    assert check_truth(simulator, ids, result, missing_ok=True)["updated"] > 0
    assert result["pending_before"] == result["selected"] + sum(result["left_out"].values())
    # Those that race leave the list while it is read, where that takes more than a request.
    assert result["pending_before"] in (before, before - len(racing))
    assert result["pending_after"] in (None, len(simulator.pending()))
    simulator.disarm()
    simulator.clear_log()
    again = clear(simulator, **options)
    assert check_truth(simulator, [item["id"] for item in again["tasks"]], again, missing_ok=True)["failed"] == 0
    assert again["pending_after"] == len(simulator.pending()) == sum(again["left_out"].values())


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_check_mode_says_what_is_then_sent(simulator: Simulator, api_version: str) -> None:
    simulator.put_tasks(mixture(random.Random(7)))
    options = {"api_version": api_version, "older_than": "1h", "completed": "2026-05-17T19:33:16Z"}
    predicted = clear(simulator, check_mode=True, **options)
    assert simulator.log(kind="update") == []
    result = clear(simulator, **options)
    assert outcomes(result) == outcomes(predicted)
    sent = {entry["task_id"]: entry["body"] for entry in simulator.log(kind="update")}
    assert sent == {item["id"]: item["patch"] for item in predicted["tasks"]}
    for key in ("pending_before", "pending_after", "selected", "left_out", "excluded_by", "summary"):
        assert result[key] == predicted[key], key


@pytest.mark.parametrize("api_version", ["v2024", "v1"])
def test_two_calls_at_once_end_without_a_failure(simulator: Simulator, api_version: str) -> None:
    ids = simulator.put_tasks({"id": f"t{number:03d}"} for number in range(60))
    simulator.settings(latency=0.005)
    ready = threading.Barrier(2)
    results: list[Result] = []

    def one_run(client_id: str, client_secret: str) -> None:
        host = {"on_client": lambda client: ready.wait(HANGS_AFTER)}
        given = {"client_id": client_id, "client_secret": client_secret, "api_version": api_version}
        results.append(clear(simulator, host=host, precondition=True, **given))

    threads = [
        threading.Thread(target=one_run, args=(simulator.client_id, simulator.client_secret)),
        threading.Thread(target=one_run, args=(simulator.second_client_id, simulator.second_client_secret)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not any(result.get("failed") for result in results)
    claimed = [one for result in results for one, outcome in outcomes(result).items() if outcome == "updated"]
    assert sorted(claimed) == sorted(ids), "each task is updated once, and claimed once"
    assert simulator.pending() == {} and [result["pending_after"] for result in results][-1] == 0
    check_log(simulator)


def test_what_ends_while_it_is_observed_is_not_overwritten(simulator: Simulator) -> None:
    simulator.put_tasks({"id": f"t{number}"} for number in range(6))
    simulator.race({"after": "list", "n": 1, "complete": ["t1", "t2"], "status": "SUCCESS"})
    simulator.race({"after": "list", "n": 1, "put": [{"id": "t3", "progress": "halfway"}]})
    result = clear(simulator, host={"clock": Clock()}, observe="0.01")
    found = outcomes(result)
    assert {one: found[one] for one in ("t0", "t1", "t2", "t3")} == {
        "t0": "updated",
        "t1": "unchanged",
        "t2": "unchanged",
        "t3": "moving",
    }
    assert simulator.tasks()["t1"]["completionStatus"] == "SUCCESS"
    assert [*simulator.pending()] == ["t3"] and result["pending_after"] == 1
    check_log(simulator)
