# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wall clock that is wrong, and one that jumps in mid-run, by faketime: processes that go by it, tenants that do not.

Ages, and the instant that an update sets, are by the tenant's clock, which its answers tell. Whatever waits, for the
pace, for Retry-After, for an answer, for tasks to end, goes by the monotonic clock, which does not jump.
"""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._instants import parse_instant
from faults.support import (
    check_truth,
    connection,
    environment,
    module_command,
    module_input,
    playbook_command,
    process,
)
from simulator.server import Simulator
from surroundings.support import library
from tools.limits import eventually

IDS = [f"t{number:02d}" for number in range(20)]
A_DAY = timedelta(days=1)
_CACHED = 1  # seconds after which faketime reads its file again
DAYS = (3 * A_DAY, -3 * A_DAY)
MINUTES = (timedelta(minutes=10), -timedelta(minutes=10))


def launched(task_id: str, ago: timedelta) -> dict[str, Any]:
    """Return a pending task that was launched so long ago, as everybody's clock has it but the module's."""
    began = (datetime.now(timezone.utc) - ago).isoformat()
    return {"id": task_id, "created": began, "launched": began}


def warned_of(ahead: timedelta) -> str:
    """Return what a warning of the clock has where it is ahead, or behind."""
    return f" {'ahead of' if ahead > timedelta() else 'behind'} the tenant's, by the date of its answers"


class FakeClock:
    """The wall clock of processes that are started with its environment; the monotonic one stays as it is."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.set(timedelta())

    def set(self, ahead: timedelta) -> None:
        """Let it be so far ahead from now on; returns when whoever goes by it will see that."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{ahead.total_seconds():+.0f}\n", encoding="ascii")
        fresh.replace(self._file)
        # faketime compares whole seconds, and more than so many have to lie between two of them.
        time.sleep(_CACHED + 1.5)

    @property
    def environment(self) -> dict[str, str]:
        """What a process has to be given."""
        return {
            "LD_PRELOAD": library("libfaketimeMT.so.1", "faketime"),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": str(_CACHED),  # without a cache its threads block each other
            # Either name, by the version of faketime. A jump is one of the wall clock alone.
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            # Files keep their times, by which Python tells whether what it has compiled is current.
            "NO_FAKE_STAT": "1",
        }


@pytest.fixture
def clock(tmp_path: Path) -> FakeClock:
    return FakeClock(tmp_path)


def module(tmp_path: Path, clock: FakeClock, options: dict[str, Any], name: str = "task_status") -> Any:
    return process(module_command(name), environment(tmp_path, **clock.environment), module_input(options))


@pytest.mark.parametrize("ahead", [*DAYS, *MINUTES], ids=str)
def test_ages_and_completed_go_by_the_tenants_clock_where_this_machines_is_wrong(
    simulator: Simulator, tmp_path: Path, clock: FakeClock, ahead: timedelta
) -> None:
    """By the machine's clock both would be old enough, or neither."""
    near = min(abs(ahead) / 2, A_DAY / 2)
    simulator.put_tasks([launched("young", A_DAY - near), launched("old", A_DAY + near)])
    clock.set(ahead)
    with module(tmp_path, clock, connection(simulator, id=["young", "old"], older_than="24h")) as run:
        status, output = run.finished()
    assert status == 0, output
    result = json.loads(output)
    assert check_truth(simulator, ["young", "old"], result) == {"too_young": 1, "updated": 1}
    completed = parse_instant(simulator.task("old")["completed"])
    assert completed is not None
    assert abs(completed - datetime.now(timezone.utc)) < abs(ahead) / 2
    assert warned_of(ahead) in output


@pytest.mark.parametrize("jump", DAYS, ids=["ahead", "behind"])
def test_a_jump_of_the_clock_in_mid_run_makes_nothing_wait_and_nothing_end(
    simulator: Simulator, tmp_path: Path, clock: FakeClock, jump: timedelta
) -> None:
    """Neither the wait for Retry-After, nor the time limit of an answer, nor the life of a token goes by it."""
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    simulator.arm(
        {
            "match": {"kind": "update", "nth": 3},
            "action": {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}},
        },
        {"match": {"kind": "update", "nth": [5, 6]}, "action": {"kind": "stall", "seconds": 86_400}},
    )
    with module(tmp_path, clock, connection(simulator, id=IDS, timeout=3600, concurrency=2)) as run:
        eventually(lambda: simulator.faults()[1]["fired"] == 2, "updates that are not answered")
        clock.set(jump)
        simulator.release()
        status, output = run.finished()
    assert status == 0, output
    result = json.loads(output)
    assert check_truth(simulator, IDS, result) == {"updated": len(IDS)}
    assert simulator.counters()["by_kind"]["sign_in"] == 1
    assert warned_of(jump) in output, "it did jump in between"
    now = datetime.now(timezone.utc)
    for task in simulator.tasks().values():
        completed = parse_instant(task["completed"])
        assert completed is not None and abs(completed - now) < A_DAY


@pytest.mark.parametrize("jump", DAYS, ids=["ahead", "behind"])
def test_waiting_for_tasks_does_not_end_by_a_jump_of_the_clock(
    simulator: Simulator, tmp_path: Path, clock: FakeClock, jump: timedelta
) -> None:
    simulator.put_tasks([{"id": "t1"}])
    options = connection(simulator, id=["t1"], wait=True, wait_timeout="1h", wait_interval="1s")
    with module(tmp_path, clock, options, "task_status_info") as run:
        eventually(lambda: len(simulator.log(kind="get")) >= 1, "a look at the task")
        clock.set(jump)
        seen = len(simulator.log(kind="get"))
        eventually(lambda: len(simulator.log(kind="get")) > seen + 1, "another look")
        simulator.complete(["t1"])
        status, output = run.finished()
    assert status == 0, output
    (task,) = json.loads(output)["tasks"]
    assert task["completionStatus"] == "SUCCESS"


@pytest.mark.thorough
@pytest.mark.parametrize("jump", DAYS, ids=["ahead", "behind"])
def test_a_jump_does_not_lift_the_pace(simulator: Simulator, tmp_path: Path, clock: FakeClock, jump: timedelta) -> None:
    """The tenant refuses what is too fast, by a clock that does not jump."""
    simulator.settings(rate_limit=8)
    simulator.put_tasks({"id": task_id} for task_id in IDS[:12])
    options = connection(simulator, id=IDS[:12], rate_limit=8, concurrency=1)
    with module(tmp_path, clock, options) as run:
        eventually(lambda: simulator.counters()["total"] >= 7, "the limit of what may be sent at once")
        clock.set(jump)
        status, output = run.finished()
    assert status == 0, output
    assert check_truth(simulator, IDS[:12], json.loads(output)) == {"updated": 12}
    assert "429" not in {str(entry["status"]) for entry in simulator.log()}


@pytest.mark.thorough
@pytest.mark.parametrize("ahead", DAYS, ids=["ahead", "behind"])
def test_a_playbook_on_a_machine_whose_clock_is_wrong_goes_by_the_tenants(
    simulator: Simulator, tmp_path: Path, clock: FakeClock, ahead: timedelta
) -> None:
    """In the controller's process. All clocks are off by the same: time.sleep, which Ansible uses, knows no other."""
    simulator.put_tasks([launched("young", timedelta(hours=2)), launched("old", 2 * A_DAY)])
    options = connection(simulator, pending=True, older_than="24h")
    command = playbook_command(tmp_path, [{"name": "Update", "idops.sailpoint.task_status": options}])
    off = {"LD_PRELOAD": clock.environment["LD_PRELOAD"], "FAKETIME": f"{ahead.total_seconds():+.0f}"}
    with process(command, environment(tmp_path, NO_FAKE_STAT="1", **off)) as playbook:
        status, output = playbook.finished()
    assert status == 0, output
    assert set(simulator.pending()) == {"young"}
    assert warned_of(ahead) in " ".join(output.split())
