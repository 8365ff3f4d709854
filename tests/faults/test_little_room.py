# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module in a small container: few threads or none to be had, memory that runs out. What was done is told."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from faults.support import check_truth, connection, environment, module_command, module_input, process
from simulator.server import Simulator

MIB = 2**20
IDS = [f"t{number:02d}" for number in range(40)]
# The kernel gives a thread its stack as address space, so few of a large one fit below a limit.
LIMITED = """
import resource, runpy, sys, threading
path, limit, stack = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
sys.argv = [path]
if stack:
    threading.stack_size(stack)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
import ansible.module_utils.basic, requests, jsonpatch
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + limit, used + limit))
runpy.run_path(path, run_name="__main__")
"""


def run_limited(tenant: Simulator, home: Path, limit: int, stack: int = 0, **options: Any) -> dict[str, Any]:
    """Run the module task_status with so many bytes of address space besides what it begins with; return its result."""
    command = [sys.executable, "-c", LIMITED, module_command("task_status")[1], str(limit), str(stack)]
    given = {**connection(tenant), "id": IDS, **options}
    with process(command, environment(home), module_input(given)) as running:
        _status, output = running.finished()
    # Behind it Python may say what it ignored.
    result: dict[str, Any] = json.JSONDecoder().raw_decode(output.lstrip())[0]
    return result


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_fewer_threads_do(simulator: Simulator, tmp_path: Path, threads: int) -> None:
    """Where a container's limit of processes is reached; with none at all the main thread does it."""
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    # One more is the look-out, which is begun first.
    stack = 1024 * MIB
    room = threads + 1 if threads else 0
    result = run_limited(simulator, tmp_path, room * stack + 256 * MIB, stack)
    assert check_truth(simulator, IDS, result) == {"updated": 40}


@pytest.mark.parametrize("room", [10, 18, 24, 34])
def test_memory_that_runs_out_hides_nothing(simulator: Simulator, tmp_path: Path, room: int) -> None:
    """Each task is some hundred thousand bytes, and some of them are what fits: while they are read, or updated."""
    simulator.put_tasks({"id": task_id, "attributes": {"text": "x" * 300_000}} for task_id in IDS)
    # By no list, which takes more at once than all that follows.
    simulator.arm({"match": {"kind": "pending"}, "action": {"kind": "status", "status": 500}})
    result = run_limited(simulator, tmp_path, room * MIB, 256 * 1024, concurrency=2)
    check_truth(simulator, IDS, result, may_end_early=True)
