# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Machines that lack what is mostly there: a home that can be written to, shared memory, space on a disk.

The mounts are those of the command's own namespace, so that nothing else on this machine sees them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
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
from surroundings.support import unshare

IDS = [f"t{number}" for number in range(8)]
LAID = 'mount -t tmpfs -o "$1" tmpfs "$2" && shift 2 && exec "$@"'
#: A disk of 64 KiB with no room left but for a name.
FULL = (
    'mount -t tmpfs -o size=64k,mode=0777 tmpfs "$1" && { cat /dev/zero > "$1/fill" 2>/dev/null; } ; shift && exec "$@"'
)
BOTH_WAYS = pytest.mark.parametrize(
    "in_process", [pytest.param(True, id="here", marks=pytest.mark.thorough), pytest.param(False, id="module")]
)


def on_read_only(folder: Path, command: Sequence[str]) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    return [*unshare(), "sh", "-c", LAID, "sh", "ro", str(folder), *command]


def on_full(folder: Path, command: Sequence[str]) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    return [*unshare(), "sh", "-c", FULL, "sh", str(folder), *command]


def without_shared_memory(command: Sequence[str]) -> list[str]:
    if not Path("/dev/shm").is_dir():
        pytest.skip("there is no /dev/shm on this machine that could be missing")
    # Read-only: so is a file system that has no such folder, whatever of it is mounted.
    return [*unshare(), "sh", "-c", LAID, "sh", "ro", "/dev/shm", *command]


def update(simulator: Simulator, in_process: bool) -> dict[str, Any]:
    task = {"name": "Update", "idops.sailpoint.task_status": connection(simulator, id=IDS)}
    return {**task, "vars": {"ansible_sailpoint_in_process": in_process}}


@pytest.fixture
def tenant(simulator: Simulator) -> Simulator:
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    return simulator


def test_a_module_needs_neither_a_home_nor_shared_memory(tenant: Simulator, tmp_path: Path) -> None:
    env = environment(tmp_path)
    command = without_shared_memory(on_read_only(Path(env["HOME"]), module_command("task_status")))
    with process(command, env, module_input(connection(tenant, id=IDS))) as module:
        status, output = module.finished()
    assert status == 0, output
    assert check_truth(tenant, IDS, json.loads(output)) == {"updated": len(IDS)}


@BOTH_WAYS
def test_a_playbook_works_with_a_home_that_is_read_only(tenant: Simulator, tmp_path: Path, in_process: bool) -> None:
    """As in a container, where Ansible is told to keep its own files elsewhere."""
    elsewhere = tmp_path / "elsewhere"
    env = environment(tmp_path, ANSIBLE_HOME=str(elsewhere), ANSIBLE_REMOTE_TMP=str(elsewhere / "tmp"))
    command = on_read_only(Path(env["HOME"]), playbook_command(tmp_path, [update(tenant, in_process)]))
    with process(command, env) as playbook:
        status, output = playbook.finished()
    assert status == 0, output
    assert not tenant.pending()


def test_ansible_playbook_itself_needs_shared_memory_and_says_so_before_anything_is_sent(
    tenant: Simulator, tmp_path: Path
) -> None:
    """Its queues are made of semaphores, which lie there: the module is not even asked."""
    with process(
        without_shared_memory(playbook_command(tmp_path, [update(tenant, True)])), environment(tmp_path)
    ) as playbook:
        status, output = playbook.finished()
    assert status != 0 and "/dev/shm" in output, output
    assert tenant.counters()["total"] == 0


def test_where_the_disk_is_full_the_role_says_which_report_is_missing_and_what_was_cleared_stands(
    tenant: Simulator, tmp_path: Path
) -> None:
    reports, facts = tmp_path / "reports", tmp_path / "facts.json"
    role = {
        "name": "Clear",
        "ansible.builtin.include_role": {"name": "idops.sailpoint.clear_pending_tasks"},
        "vars": {
            "clear_pending_tasks_older_than": "0",
            "clear_pending_tasks_observe": "0",
            "clear_pending_tasks_max_fraction": 1,
            "clear_pending_tasks_report_dir": str(reports),
            **{f"sailpoint_{name}": value for name, value in connection(tenant).items() if name != "timeout"},
        },
    }
    content = {"dest": str(facts), "content": "{{ clear_pending_tasks_result | to_json }}", "mode": "0600"}
    tasks = [{"name": "Try", "block": [role], "rescue": [{"name": "Keep", "ansible.builtin.copy": content}]}]
    with process(on_full(reports, playbook_command(tmp_path, tasks)), environment(tmp_path)) as playbook:
        status, output = playbook.finished()
    assert status == 0, output
    for name in ("html", "json"):
        assert re.search(rf"The report clear_pending_tasks-\S+ was not written as {name}: No space left", output)
    assert f"{len(IDS)} updated" in output and "Traceback" not in output
    assert not tenant.pending()
    assert json.loads(facts.read_text())["updated"] == len(IDS)


@BOTH_WAYS
def test_where_ansible_cannot_keep_its_own_files_the_tasks_are_updated_or_nothing_is_sent(
    tenant: Simulator, tmp_path: Path, in_process: bool
) -> None:
    full = tmp_path / "full"
    env = environment(tmp_path, ANSIBLE_HOME=str(full), ANSIBLE_REMOTE_TMP=str(full / "tmp"), TMPDIR=str(full))
    with process(on_full(full, playbook_command(tmp_path, [update(tenant, in_process)])), env) as playbook:
        status, output = playbook.finished()
    sent = tenant.counters()["total"]
    assert (status == 0 and not tenant.pending()) if sent else (status != 0 and "space" in output.lower()), output
