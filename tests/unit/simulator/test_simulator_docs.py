# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/simulator.md: its examples are run from its own text, and it leaves nothing out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from simulator import faults, races
from simulator.control import ENDPOINTS
from simulator.generations import GENERATIONS
from simulator.settings import Settings
from simulator.signin import CLIENTS
from tools.limits import HANGS_AFTER

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "simulator.md"
if not PAGE.exists():
    pytest.skip("docs/ is not part of this copy", allow_module_level=True)
TEXT = PAGE.read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def environment(simulator: Any) -> dict[str, str]:
    return {**os.environ, **simulator.environment, "LC_ALL": "C.UTF-8", "ANSIBLE_LOCALHOST_WARNING": "false"}


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("number", range(len(blocks("shell"))))
def test_shell_examples(number: int, simulator: Any) -> None:
    script = "set -e\n" + blocks("shell")[number].replace("http://127.0.0.1:8080", simulator.base_url)
    done = subprocess.run(
        ["bash", "-c", script],
        env=environment(simulator),
        capture_output=True,
        text=True,
        timeout=HANGS_AFTER,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("number", range(len(blocks("yaml"))))
def test_plays(number: int, simulator: Any, tmp_path: Path) -> None:
    pytest.importorskip("ansible", reason="ansible-core is not installed")
    play = blocks("yaml")[number]
    if "idops.sailpoint" in play:
        pytest.importorskip("ansible_collections.idops.sailpoint", reason="the collection cannot be found")
    simulator.reset(tasks=20, stuck=6)
    (tmp_path / "play.yml").write_text(play, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-c", "local", "play.yml"],
        cwd=tmp_path, env={**environment(simulator), "ANSIBLE_PYTHON_INTERPRETER": sys.executable},
        capture_output=True, text=True, timeout=HANGS_AFTER, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert simulator.log(kind="update", status=200)


def test_python_example() -> None:
    (example,) = blocks("python")
    path = str(ROOT / "tests")
    done = subprocess.run(
        [sys.executable, "-c", example], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True,
        timeout=HANGS_AFTER, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_nothing_is_left_out() -> None:
    for setting in fields(Settings):
        assert f"`{setting.name}`" in TEXT
    for endpoint in ENDPOINTS:
        assert endpoint.split()[1] in TEXT
    for kind in faults.ACTION_KEYS:
        assert f'"{kind}"' in TEXT
    for key in faults.MATCH_KEYS | (races.KEYS - {"n"}):
        assert f"`{key}`" in TEXT
    for client in CLIENTS.values():
        assert f"| `{client.client_id}` | `{client.client_secret}` |" in TEXT
    for generation in GENERATIONS:
        assert f"`{generation}`" in TEXT
