# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's other clients drive the simulator unchanged: its Python SDK 1.x, and its TypeScript SDK.

They live in folders of their own and run as processes; what they do is in the folder ``clients``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tools import clients
from tools.limits import HANGS_AFTER

pytestmark = pytest.mark.thorough  # what it installs takes long

SCRIPTS = Path(__file__).resolve().parent / "clients"


@pytest.fixture(scope="session")
def python_1() -> dict[str, str]:
    return {"PYTHONPATH": str(clients.python_packages("vendor-python-1.txt"))}


@pytest.fixture(scope="session")
def typescript() -> dict[str, str]:
    if reason := clients.why_no_npm():
        pytest.skip(reason)
    return {"NODE_PATH": str(clients.npm_packages("vendor-typescript.txt"))}


def drive(
    simulator: Any, command: list[str], version: str, env: dict[str, str], folder: Path, **settings: Any
) -> dict[str, Any]:
    """Let a client do its work, and compare what it tells with what the tenant knows. Returns the rest."""
    simulator.reset(tasks=330, stuck=25, seed=11, settings={"shape": "schema", **settings})
    tasks, pending = simulator.tasks(), simulator.pending()
    listed = set(tasks) - set(pending) if version in ("beta", "v2024") else set(tasks)
    task_id = next(iter(pending))
    source_id = next(task["target"]["id"] for task in tasks.values() if task["target"] and task["completed"])
    # No proxy, and no measuring of coverage: there is nothing of the collection in there.
    plain = {name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY")}
    plain.pop("COVERAGE_PROCESS_START", None)
    done = subprocess.run(
        [*command, version, task_id, source_id], env={**plain, **env, **simulator.environment, "HOME": str(folder)},
        cwd=folder, capture_output=True, text=True, timeout=HANGS_AFTER, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert sorted(told.pop("listed")) == sorted(listed)
    assert told.pop("pending") == list(pending)
    assert told.pop("count") == len(pending)
    assert told.pop("names") == ["Cloud Account Aggregation"]
    assert told.pop("sources") == [source_id]
    assert told.pop("updated")[:2] == [task_id, "ERROR"]
    assert told.pop("read") == simulator.task(task_id)["completionStatus"] == "ERROR"
    assert simulator.task(task_id)["completed"] == "2026-05-17T19:33:16.470Z"
    assert {entry["status"] for entry in simulator.log()} <= {200, 202}
    return told


STARTED = {
    "started": ["Cloud Account Aggregation", "System"],
    "status": "ACCOUNTS_COLLECTED",
    "entitlements": ["Cloud Group Aggregation", "slpt.services"],
}


@pytest.mark.parametrize("version", ["beta", "v2024", "v2025", "v2026"])
def test_python_1(version: str, simulator: Any, python_1: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPTS / "python_1.py")]
    told = drive(simulator, command, version, python_1, tmp_path)
    assert told == ({} if version == "v2026" else STARTED)


@pytest.mark.parametrize("version", ["beta", "v2024"])
def test_typescript(version: str, simulator: Any, typescript: dict[str, str], tmp_path: Path) -> None:
    command = ["node", str(SCRIPTS / "typescript.js")]
    told = drive(simulator, command, version, typescript, tmp_path, experimental=["v2024"])
    assert told == {key: value for key, value in STARTED.items() if version == "beta" or key != "entitlements"}
    sign_in = simulator.log(kind="sign_in")[0]
    assert sign_in["headers"]["content-type"].startswith("multipart/form-data; boundary=")
    assert sign_in["leaks"] == []
