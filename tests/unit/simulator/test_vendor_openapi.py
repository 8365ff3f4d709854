# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's OpenAPI files and the simulator agree, as far as schemathesis finds out.

The files are the vendor's and not part of the project: ``SAILPOINT_OPENAPI`` names a folder with them, one for each
generation (``task-status-v2024.yaml``, ``aggregation-v2024.yaml`` and so on). Without it these tests are skipped.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from tools import clients
from tools.limits import HANGS_AFTER

FOLDER = Path(os.environ.get("SAILPOINT_OPENAPI") or "nowhere")
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="SAILPOINT_OPENAPI names no folder with the vendor's OpenAPI files"
)

GENERATIONS = ["beta", "v2024", "v2025", "v2026", "v1"]
#: The ids in the files' examples: there is a task, or a source, of each.
TASKS = ("00eebcf881994e419d72e757fd30dc0e", "2c91808477a6b0c60177a81146b8110b", "id12345")
SOURCE = "ef38f94347e94562b5bb8424a56397d8"

#: Answers that the files leave out, by the last part of the path: to another media type, and of unknown sources.
LEFT_OUT = {
    "task-status/{id}": ("415",),
    "v1/{id}": ("415",),
    "load-accounts": ("404", "415"),
    "load-entitlements": ("404",),
}

#: What schemathesis cannot know, by method and path: of free text only filters and sorters are taken, of patches only
#: those of two members, and real tenants answer 500 to a form without a boundary.
OFF = {
    ("GET", "task-status(/v1)?$"): ("positive_data_acceptance",),
    ("PATCH", ""): ("positive_data_acceptance",),
    ("POST", ""): ("not_a_server_error", "positive_data_acceptance", "negative_data_rejection"),
}


def described(path: Path) -> dict[str, Any]:
    """The vendor's description, with what it leaves out, of the paths that the simulator has."""
    described: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    described["paths"] = {path: item for path, item in described["paths"].items() if "source-health" not in path}
    for path, item in described["paths"].items():
        statuses = next((statuses for end, statuses in LEFT_OUT.items() if path.endswith(end)), ())
        for operation in item.values():
            operation["responses"].update({status: {"description": "Left out."} for status in statuses})
    return described


@pytest.fixture(scope="module")
def schemathesis() -> dict[str, str]:
    return {"PYTHONPATH": str(clients.python_packages("vendor-openapi.txt"))}


@pytest.mark.parametrize("version", GENERATIONS)
@pytest.mark.parametrize("part", ["task-status", "aggregation"])
def test_the_vendors_description_is_kept(
    part: str, version: str, simulator: Any, schemathesis: dict[str, str], tmp_path: Path
) -> None:
    simulator.reset(tasks=60, stuck=10, seed=3, settings={"shape": "schema", "token_lifetime": 3600.0})
    simulator.put_tasks({"id": task_id} for task_id in TASKS)
    simulator.put_tasks([{"target": {"id": SOURCE, "type": "APPLICATION", "name": "HR [source]"}}])
    description = described(FOLDER / f"{part}-{version}.yaml")
    (tmp_path / "openapi.json").write_text(json.dumps(description), encoding="utf-8")
    settings = ""
    for (method, path), checks in OFF.items():
        settings += f'[[operations]]\ninclude-method = "{method}"\ninclude-path-regex = "{path}"\n'
        settings += "".join(f"checks.{check}.enabled = false\n" for check in checks)
    (tmp_path / "schemathesis.toml").write_text(settings, encoding="utf-8")
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", "openapi.json", "--no-color",
        f"--url={simulator.base_url}{urlsplit(description['servers'][0]['url']).path.rstrip('/')}",
        f"--header=Authorization: Bearer {simulator.token()}", "--phases=examples,coverage,fuzzing",
        "--max-examples=30", "--seed=1", "--continue-on-failure", "--warnings=off",
    ]  # fmt: skip
    env = {**os.environ, **schemathesis, "NO_PROXY": "127.0.0.1"}
    env.pop("COVERAGE_PROCESS_START", None)
    done = subprocess.run(
        command, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=HANGS_AFTER, check=False
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr
    assert simulator.counters()["by_status"]["202" if part == "aggregation" else "200"] > 0
