# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Managed nodes with each Python that this machine has, and task's ``timeout:`` on each ansible-core that runs on them.

Their environments are made from the package index at the first use.
"""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from faults.support import (
    catches,
    check_truth,
    connection,
    environment,
    playbook_command,
    process,
)
from simulator.server import Simulator
from tools import environments, pythons
from tools.limits import eventually

pytestmark = pytest.mark.thorough

PYTHONS = pythons.find()
CORES = pythons.cores(PYTHONS)
#: The Pythons of managed nodes that the newest ansible-core manages: oldest and newest minor version of Python 3.
TARGETS = [f"3.{minor}" for minor in range(9, 15)]
IDS = [f"t{number}" for number in range(8)]
A_DAY = 86_400


def kept(name: str, file: Path) -> dict[str, Any]:
    content = f"{{{{ {name} | to_json }}}}"
    return {"name": f"Keep {name}", "ansible.builtin.copy": {"dest": str(file), "content": content, "mode": "0600"}}


@pytest.mark.parametrize("version", TARGETS)
def test_the_modules_work_on_a_node_with_each_python(simulator: Simulator, tmp_path: Path, version: str) -> None:
    if version not in PYTHONS:
        pytest.skip(f"managed nodes with Python {version} are left out: it is not installed here")
    python = environments.interpreter(PYTHONS[version], *environments.LIBRARIES)
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    there = {"ansible_sailpoint_in_process": False}
    done, read = tmp_path / "done.json", tmp_path / "read.json"
    tasks: list[dict[str, Any]] = [
        {"name": "Update", "idops.sailpoint.task_status": {"id": IDS}, "register": "done", "vars": there},
        kept("done", done),
        {"name": "Read", "idops.sailpoint.task_status_info": {"pending": True}, "register": "read", "vars": there},
        kept("read", read),
        {
            "name": "Fail",
            "idops.sailpoint.task_status": {"id": IDS, "older_than": "24"},
            "vars": there,
            "register": "failed",
            "failed_when": "failed.msg is not search('older_than.*24.* has no unit')",
        },
        {"name": "Look", "ansible.builtin.command": f"{python} --version", "changed_when": False},
    ]
    defaults = {"module_defaults": {"group/idops.sailpoint.task_management": connection(simulator)}}
    command = playbook_command(tmp_path, tasks, "-v", **defaults)
    command[command.index("-e") + 1] = json.dumps({"ansible_python_interpreter": python})
    with process(command, environment(tmp_path)) as playbook:
        status, output = playbook.finished()
    assert status == 0, output
    assert f"Python {version}." in output
    assert "[DEPRECATION WARNING]" not in output and "too old" not in output, output
    assert check_truth(simulator, IDS, json.loads(done.read_text())) == {"updated": len(IDS)}
    assert json.loads(read.read_text())["tasks"] == []


@pytest.mark.parametrize("release", list(pythons.CORES))
@pytest.mark.parametrize("in_process", [True, False], ids=["here", "module"])
def test_the_timeout_keyword_ends_a_task_on_each_core(
    simulator: Simulator, tmp_path: Path, release: str, in_process: bool
) -> None:
    """In the controller's process the result tells what was done; a module's own process stops by itself."""
    found = [core for core in CORES if core.release == release]
    if not found:
        pytest.skip(f"ansible-core {release} is left out: no Python here runs it")
    python = environments.interpreter(PYTHONS[found[0].python], found[0].requirement, *environments.LIBRARIES)
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    later = list(range(3, len(IDS) + 1))
    simulator.arm({"match": {"kind": "update", "nth": later}, "action": {"kind": "stall", "seconds": A_DAY}})
    result_file = tmp_path / "result.json"
    task = {
        "name": "Update",
        "idops.sailpoint.task_status": connection(simulator, id=IDS, timeout=A_DAY, concurrency=2),
        "register": "result",
        "timeout": A_DAY,
        "ignore_errors": True,
        "vars": {"ansible_sailpoint_in_process": in_process},
    }
    command = playbook_command(tmp_path, [task, kept("result", result_file)])
    command[0] = python
    command[command.index("-e") + 1] = json.dumps({"ansible_python_interpreter": python})
    with process(command, environment(tmp_path)) as playbook:
        eventually(lambda: simulator.counters()["by_kind"].get("update") == 4, "updates that are not answered")
        at_work = playbook.look()
        (worker,) = [pid for pid in at_work if catches(pid, signal.SIGALRM)]
        os.kill(worker, signal.SIGALRM)  # as at the end of the day
        status, output = playbook.finished()
        assert status == 0, output
        eventually(lambda: not playbook.survivors(), "the end of all processes")
    assert simulator.counters()["by_kind"]["update"] == 4
    result = json.loads(result_file.read_text())
    assert result["failed"] is True
    if in_process:
        assert result["msg"].startswith("Interrupted (") and result["changed"] is True
        assert f"of {len(IDS)} tasks 2 updated" in result["msg"]
