# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the lines about work under way go, and that they stand below the header of their task."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from simulator.server import Simulator

_HERE = Path(__file__).resolve().parent
_OWN_PREFIXES = ("ANSIBLE_", "SAIL_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "PYTHON")
_IDS = [f"t{number}" for number in range(8)]
_NAME = "Wait for them"
_LINE = re.compile(r"^(\w+): \d of 8 tasks completed after", re.MULTILINE)
_PATIENCE = 120  # seconds


def played(
    simulator: Simulator,
    collections_path: Path,
    folder: Path,
    *,
    play: dict[str, Any] | None = None,
    task: dict[str, Any] | None = None,
    merged: bool = True,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> tuple[str, str]:
    """Run a play whose one task gives up in vain after long enough to say where it stands; return what it says.

    :param merged: whether both outputs go into one pipe, as in a log
    """
    simulator.put_tasks({"id": task_id} for task_id in _IDS)
    wait = {"id": _IDS, "wait": True, "wait_timeout": 2, "wait_interval": 0.3, "progress_interval": 0.3}
    tasks = [{"name": _NAME, "idops.sailpoint.task_status_info": wait, "failed_when": False, **(task or {})}]
    content = {"name": "Test", "hosts": "all", "gather_facts": False, **(play or {}), "tasks": tasks}
    playbook = folder / "play.yml"
    playbook.write_text(json.dumps([content]), encoding="utf-8")
    inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith(_OWN_PREFIXES)}
    variables = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", "one,two,", "-e", json.dumps(variables), str(playbook)],
        check=True,
        cwd=folder,
        env={
            **inherited,
            **simulator.environment,
            "ANSIBLE_COLLECTIONS_PATH": str(collections_path),
            "ANSIBLE_HOME": str(folder / "home"),
            "ANSIBLE_NOCOLOR": "True",
            **environment,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if merged else subprocess.PIPE,
        text=True,
        timeout=_PATIENCE,
    )
    return done.stdout, done.stderr


def test_what_is_data_on_standard_output_stays_so(simulator: Simulator, collections_path: Path, tmp_path: Path) -> None:
    stdout, stderr = played(
        simulator,
        collections_path,
        tmp_path,
        merged=False,
        environment={
            "ANSIBLE_STDOUT_CALLBACK": "print_json",
            "ANSIBLE_CALLBACK_PLUGINS": str(_HERE / "callback_plugins"),
        },
    )
    assert [result["task"] for result in json.loads(stdout)] == [_NAME] * 2
    assert set(_LINE.findall(stderr)) == {"one", "two"}


@pytest.mark.parametrize("hidden", [{}, {"ANSIBLE_DISPLAY_OK_HOSTS": "False"}, {"ANSIBLE_DISPLAY_SKIPPED_HOSTS": "no"}])
@pytest.mark.parametrize(
    "strategy",
    [
        "linear",
        "free",
        pytest.param("ansible.builtin.free", marks=pytest.mark.thorough),
        pytest.param("host_pinned", marks=pytest.mark.thorough),
    ],
)
def test_a_line_stands_below_the_header_of_its_task(
    simulator: Simulator, collections_path: Path, tmp_path: Path, strategy: str, hidden: dict[str, str]
) -> None:
    output, _none = played(simulator, collections_path, tmp_path, play={"strategy": strategy}, environment=hidden)
    header = f"TASK [{_NAME}] ***"
    first = _LINE.search(output)
    assert first, output
    assert header in output[: first.start()], output
    # Whoever is shown the header when the task begins is not shown it once more.
    if strategy == "linear" and not hidden:
        assert output.count(header) == 1, output


@pytest.mark.core
def test_the_header_is_said_once_for_all_items_of_a_loop(
    simulator: Simulator, collections_path: Path, tmp_path: Path
) -> None:
    _stdout, stderr = played(
        simulator,
        collections_path,
        tmp_path,
        play={"strategy": "free", "hosts": "one"},
        task={"loop": ["1s", "2s"], **_impatient()},
        merged=False,
    )
    assert stderr.count(f"TASK [{_NAME}] ***") == 1 and len(_LINE.findall(stderr)) >= 2


def _impatient() -> dict[str, Any]:
    """A wait of a loop, both items of which have something to say before they give up."""
    wait = {"id": _IDS, "wait": True, "wait_interval": 0.3, "progress_interval": 0.3, "wait_timeout": "{{ item }}"}
    return {"idops.sailpoint.task_status_info": wait}
