# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs demo.yml against a simulated tenant, and tells how the tenant looked before and after.

The collection is built and installed as a user would, into a temporary folder; everything that was started or made is
gone at the end. Exits with ansible-playbook's code.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from simulator.server import running  # noqa: E402
from tools import collection  # noqa: E402

SHOWN = 15
REPORTS = HERE.parents[1] / "demo-report"
Tasks = Mapping[str, Mapping[str, Any]]


def _launched(task: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(str(task.get("launched") or task["created"]).replace("Z", "+00:00"))


def _name(task: Mapping[str, Any]) -> str:
    """What the task is, and the source that it works on."""
    source = (task.get("target") or {}).get("name") or task["attributes"].get("applications")
    return f"{task['uniqueName']}: {source.removesuffix(' [source]')}" if source else str(task["uniqueName"])


def _is_stuck(task: Mapping[str, Any]) -> bool:
    return task["completionStatus"] is None and datetime.now(timezone.utc) - _launched(task) > timedelta(days=1)


def _counts(tasks: Tasks) -> dict[str, int]:
    pending = [task for task in tasks.values() if task["completionStatus"] is None]
    return {
        "pending": len(pending),
        "of them for over a day": sum(map(_is_stuck, pending)),
        "completed": len(tasks) - len(pending),
    }


def _table(before: Tasks, after: Tasks) -> str:
    """What the tenant itself says, not what the playbook claims: counts, then the tasks that changed."""
    then, now = _counts(before), _counts(after)
    lines = [f"{'':24}{'before':>8}{'after':>8}"]
    lines += [f"{name:24}{then[name]:>8}{now[name]:>8}" for name in then]
    changed = sorted(
        (task_id for task_id in before if before[task_id]["completionStatus"] != after[task_id]["completionStatus"]),
        key=lambda task_id: _launched(before[task_id]),
    )
    lines += ["", f"{'changed task':52}{'pending for':>12}  {'before':8}after"]
    for task_id in changed[:SHOWN]:
        age = datetime.now(timezone.utc) - _launched(before[task_id])
        days, hours = age.days, age.seconds // 3600
        name = _name(before[task_id])[:50]
        lines.append(f"{name:52}{f'{days} d {hours:2} h':>12}  {'pending':8}{after[task_id]['completionStatus']}")
    if len(changed) > SHOWN:
        lines.append(f"and {len(changed) - SHOWN} more")
    return "\n".join(lines)


def main() -> int:
    """Runs the demonstration; returns the exit code."""
    with TemporaryDirectory(prefix="idops-sailpoint-demo-") as folder:
        collections, home = Path(folder) / "collections", Path(folder) / "home"
        home.mkdir()
        print("Building the collection and installing it into a temporary folder ...", flush=True)
        collection.build_and_install(collections)
        print("Starting a simulated tenant with 80 tasks ...", flush=True)
        with running(tasks=80, stuck=12, seed=2026) as simulator:
            print(f"It listens at {simulator.base_url}; running {HERE.name}/demo.yml against it.", flush=True)
            before = simulator.tasks()
            environment = {
                **{name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "SAIL_"))},
                **simulator.environment,
                "ANSIBLE_COLLECTIONS_PATH": str(collections),
                "ANSIBLE_HOME": str(home),
                "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "False",
                "ANSIBLE_LOCALHOST_WARNING": "False",
                "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
                "ANSIBLE_FORCE_COLOR": str(sys.stdout.isatty()),
            }
            command = [
                sys.executable,
                "-m",
                "ansible",
                "playbook",
                str(HERE / "demo.yml"),
                "-e",
                f"report_dir={REPORTS}",
            ]
            command += sys.argv[1:]
            status = subprocess.run(command, check=False, env=environment, stdin=subprocess.DEVNULL).returncode
            after = simulator.tasks()
        print(_table(before, after), "", sep="\n")
        for report in sorted(REPORTS.glob("*.html"))[-1:]:
            print(f"The report, to be opened in a browser: {report}")
        print(f"The simulated tenant is stopped. To try playbooks of your own: {sys.executable} tests/simulator --help")
    return status


if __name__ == "__main__":
    sys.exit(main())
