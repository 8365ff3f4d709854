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
from tools.limits import eventually

_HERE = Path(__file__).resolve().parent
_OWN_PREFIXES = ("ANSIBLE_", "SAIL_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "PYTHON")
_NAME = "Wait for them"
_LINE = re.compile(r"^(\w+): \d of 8 tasks completed after .*, running: (\w+)-", re.MULTILINE)


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
    """Run a play whose one task waits for those of its host or item, which end once a line was said about them; return
    what the play says.

    :param merged: whether both outputs go into one place, as in a log
    """
    groups = (task or {}).get("loop", ["one", "two"])
    simulator.put_tasks({"id": task_id} for group in groups for task_id in _ids(group))
    template = "{{ range(8) | map('regex_replace', '^', (item | default(inventory_hostname)) ~ '-') }}"
    wait = {"id": template, "wait": True, "wait_timeout": 3600, "wait_interval": 0.3, "progress_interval": 0.3}
    tasks = [{"name": _NAME, "idops.sailpoint.task_status_info": wait, **(task or {})}]
    content = {"name": "Test", "hosts": "all", "gather_facts": False, **(play or {}), "tasks": tasks}
    playbook = folder / "play.yml"
    playbook.write_text(json.dumps([content]), encoding="utf-8")
    inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith(_OWN_PREFIXES)}
    variables = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    said = {name: folder / f"{name}.txt" for name in ("output", "errors")}
    with said["output"].open("w") as output, said["errors"].open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "ansible", "playbook", "-i", "one,two,", "-e", json.dumps(variables), str(playbook)],
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
            stdout=output,
            stderr=output if merged else errors,
        )
    running = set(groups)

    def over() -> bool:
        for _host, group in _LINE.findall(said["output" if merged else "errors"].read_text()):
            if group in running:
                simulator.complete(_ids(group))
                running.remove(group)
        return process.poll() is not None

    try:
        eventually(over, "the end of the play")
    finally:
        process.kill()
        process.wait()
    told = {name: path.read_text() for name, path in said.items()}
    assert process.returncode == 0, told
    return told["output"], told["errors"]


def _ids(group: str) -> list[str]:
    return [f"{group}-{number}" for number in range(8)]


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
    assert set(_LINE.findall(stderr)) == {("one", "one"), ("two", "two")}


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
        task={"loop": ["first", "second"]},
        merged=False,
    )
    assert stderr.count(f"TASK [{_NAME}] ***") == 1
    assert set(_LINE.findall(stderr)) == {("one", "first"), ("one", "second")}
