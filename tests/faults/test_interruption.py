# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is interrupted stops sending within a second and tells what was done, where there is anybody to tell."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from faults.support import (
    check_log,
    connection,
    environment,
    eventually,
    is_by,
    module_command,
    module_input,
    playbook_command,
    process,
    update,
)
from simulator.server import Simulator

IDS = [f"t{number:04d}" for number in range(600)]
LATENCY = 0.03  # seconds: 600 updates take more than two seconds
BOUND = 1.0  # seconds after which nothing is sent any more


@pytest.fixture
def busy(simulator: Simulator) -> Simulator:
    """A tenant with more tasks than a test waits for."""
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    simulator.settings(latency=LATENCY)
    return simulator


def under_way(simulator: Simulator) -> None:
    """Wait until updates are under way."""
    eventually(lambda: simulator.counters()["by_kind"].get("update", 0) >= 25, "25 updates")


def check_stopped(simulator: Simulator, interrupted_at: float) -> None:
    """Assert that no request was sent later than a second after the interruption, nor is any now."""
    time.sleep(max(0.0, interrupted_at + BOUND - time.monotonic()))
    total = simulator.counters()["total"]
    time.sleep(0.2)
    log = simulator.log()
    assert len(log) == total
    # The clock is the system's, the same for all processes.
    assert log[-1]["monotonic"] < interrupted_at + BOUND
    assert len(simulator.log(kind="update")) < len(IDS)
    check_log(simulator)


def check_told(simulator: Simulator, result: dict[str, Any], reason: str) -> None:
    """Assert that an interrupted run told the truth about every task."""
    held = simulator.tasks()
    sent = {entry["task_id"] for entry in simulator.log(kind="update")}
    assert result["failed"] is True
    assert result["msg"].startswith(f"Interrupted ({reason}")
    assert [item["id"] for item in result["tasks"]] == IDS
    for item in result["tasks"]:
        ours = is_by(item["patch"], held[item["id"]])
        if item["outcome"] == "updated":
            assert ours
            continue
        assert item["outcome"] == "failed"
        if item["id"] not in sent:
            assert held[item["id"]]["completionStatus"] is None
        elif ours:
            assert "is not known" in item["error"]["message"]
        if "before this task was updated" in item["error"]["message"]:
            assert item["id"] not in sent
    done = result["summary"]["updated"]
    assert 20 <= done < len(IDS) and result["changed"] is True
    assert f"of {len(IDS)} tasks {done} updated" in result["msg"]
    # What was under way gets a moment to end: hardly anything is left in doubt.
    assert sum("is not known" in item.get("error", {}).get("message", "") for item in result["tasks"]) <= 8


@pytest.mark.parametrize(("number", "concurrency"), [(signal.SIGTERM, 8), (signal.SIGINT, 1)])
def test_a_module_process_tells_what_was_done(
    busy: Simulator, tmp_path: Path, number: signal.Signals, concurrency: int
) -> None:
    options = connection(busy, id=IDS, return_tasks=False, concurrency=concurrency)
    with process(module_command("task_status"), environment(tmp_path), module_input(options)) as module:
        under_way(busy)
        interrupted_at = time.monotonic()
        os.kill(module.pid, number)
        _status, output = module.finished()
    check_stopped(busy, interrupted_at)
    check_told(busy, json.loads(output), "SIGTERM" if number == signal.SIGTERM else "KeyboardInterrupt")


@pytest.mark.parametrize("kind", ["pending", "sign_in"])
def test_an_interruption_before_anything_was_updated_is_told(simulator: Simulator, tmp_path: Path, kind: str) -> None:
    simulator.put_tasks({"id": task_id} for task_id in IDS[:10])
    simulator.arm({"match": {"kind": kind}, "action": {"kind": "stall", "seconds": 60}})
    options = connection(simulator, id=IDS[:10], timeout=60)
    with process(module_command("task_status"), environment(tmp_path), module_input(options)) as module:
        eventually(lambda: simulator.counters()["by_kind"].get(kind), f"a {kind}")
        os.kill(module.pid, signal.SIGTERM)
        _status, output = module.finished()
    result = json.loads(output)
    assert result["failed"] and not result["changed"] and result["summary"]["failed"] == 10
    assert result["msg"].startswith("Interrupted (SIGTERM): of 10 tasks 0 updated, 10 failed")
    assert all("before this task was updated" in item["error"]["message"] for item in result["tasks"])
    assert simulator.log(kind="update") == []


def test_an_interruption_while_all_is_being_paused_is_obeyed(simulator: Simulator, monkeypatch: Any) -> None:
    """A pause for Retry-After, or for the pace, holds nobody back who is to stop."""
    monkeypatch.undo()  # real waits
    simulator.put_tasks({"id": task_id} for task_id in IDS[:50])
    simulator.arm(
        {"match": {"kind": "update"}, "action": {"kind": "status", "status": 429, "headers": {"Retry-After": "59"}}}
    )

    def interrupt() -> None:
        eventually(lambda: simulator.counters()["by_kind"].get("update"), "an update")
        time.sleep(0.2)
        signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    began = time.monotonic()
    result = update(simulator, IDS[:50])
    thread.join()
    assert time.monotonic() - began < 30
    assert result["msg"].startswith("Interrupted (KeyboardInterrupt): of 50 tasks 0 updated, 50 failed")
    assert simulator.counters()["by_kind"]["update"] <= 8
    assert simulator.pending().keys() == set(IDS[:50])


# A whole ansible-playbook

UPDATE = {
    "name": "Update",
    "idops.sailpoint.task_status": {"id": IDS, "return_tasks": False, "progress_interval": "0"},
    "register": "result",
}


def with_connection(simulator: Simulator) -> dict[str, Any]:
    return {"module_defaults": {"group/idops.sailpoint.task_management": connection(simulator)}}


@pytest.mark.parametrize("in_process", [True, False])
def test_the_timeout_keyword_ends_the_task_and_what_was_done_is_told(
    busy: Simulator, tmp_path: Path, in_process: bool
) -> None:
    """Ansible lets go of a module's process, so that only a run in the controller's own process can tell."""
    result_file = tmp_path / "result.json"
    tasks: list[dict[str, Any]] = [
        {**UPDATE, "timeout": 1, "ignore_errors": True, "vars": {"ansible_sailpoint_in_process": in_process}},
        {
            "name": "Keep the result",
            "ansible.builtin.copy": {"dest": str(result_file), "content": "{{ result | to_json }}", "mode": "0600"},
        },
        {"name": "Go on", "ansible.builtin.pause": {"seconds": 1}},
    ]
    command = playbook_command(tmp_path, tasks, **with_connection(busy))
    with process(command, environment(tmp_path)) as playbook:
        eventually(result_file.exists, "the result")
        kept_at = time.monotonic()
        playbook.look()
        status, output = playbook.finished()
        check_stopped(busy, kept_at)
        assert playbook.survivors() == []
    assert status == 0, output
    result = json.loads(result_file.read_text())
    if in_process:
        check_told(busy, result, "")
    else:
        assert result["failed"] is True


@pytest.mark.parametrize(
    ("number", "to", "in_process"),
    [
        (signal.SIGINT, "the group", True),
        (signal.SIGKILL, "the group", True),
        (signal.SIGTERM, "ansible-playbook alone", True),
        (signal.SIGKILL, "ansible-playbook alone", False),
    ],
)
def test_an_interrupted_playbook_stops_sending_and_leaves_no_process(
    busy: Simulator, tmp_path: Path, number: signal.Signals, to: str, in_process: bool
) -> None:
    """Ctrl-C in a terminal reaches the group; AWX kills it; a service manager may reach one process only."""
    task = {**UPDATE, "vars": {"ansible_sailpoint_in_process": in_process}}
    command = playbook_command(tmp_path, [task], **with_connection(busy))
    with process(command, environment(tmp_path)) as playbook:
        under_way(busy)
        assert playbook.look()
        interrupted_at = time.monotonic()
        if to == "the group":
            os.killpg(playbook.pid, number)
        else:
            os.kill(playbook.pid, number)
        status, _output = playbook.finished()
        assert status != 0
        check_stopped(busy, interrupted_at)
        eventually(lambda: not playbook.survivors(), "the end of all processes")
    # What was done stays, and the next run does the rest.
    busy.settings(latency=0)
    done = len(IDS) - len(busy.pending())
    rest = update(busy, IDS, return_tasks=False)
    assert rest["summary"]["updated"] == len(IDS) - done and rest["summary"]["unchanged"] == done
