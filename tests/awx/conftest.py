# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of AWX and of scheduling run on: the built and installed collection, simulated tenants, real tools."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from awx import api_stand_in
from awx.api_stand_in import Awx
from awx.support import CONFIGURATION, DOCS, EXAMPLE_VAULT_PASSWORD, SITES, TENANTS, Run, search_path, task, tool
from simulator.server import Simulator, running
from tools import collection
from tools.fixtures import server

__all__ = ["server"]  # fixtures of the tests below

#: The site with several tenants has somebody to tell, too.
ADDRESSES = {
    "sailpoint_awx_webhook_url": "https://chat.example.com/hook",
    "sailpoint_awx_mail_to": ["identity@example.com"],
}

#: What the test process itself is told must not reach what it starts.
_OWN_PREFIXES = ("ANSIBLE_", "SAIL_", "CONTROLLER_", "TOWER_", "AWX_", "RUNNER_")
_OWN_NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "PYTHONPATH")

_RESOLVE = """
- hosts: localhost
  gather_facts: false
  tasks:
    - include_vars: {dir: %(configuration)s, extensions: [yml]}
    - copy:
        content: "{{ dict(names | zip(query('vars', *names))) | to_json }}"
        dest: %(output)s
        mode: "0600"
      vars:
        names: "{{ query('varnames', '^controller_') }}"
"""


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if (name.startswith(_OWN_PREFIXES) and name != "AWX_COLLECTION") or name.upper() in _OWN_NAMES:
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def collections_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the built artifact is installed below, for ANSIBLE_COLLECTIONS_PATH."""
    parent = tmp_path_factory.mktemp("collections")
    collection.build_and_install(parent, env={"PATH": search_path()})
    return parent


@pytest.fixture(scope="session")
def awx_collection() -> Path:
    """The folder that holds ansible_collections/awx/awx."""
    folder = collection.named("AWX_COLLECTION", "awx.awx")
    if folder is None:
        pytest.skip("AWX_COLLECTION names no folder with awx.awx; tests/awx/fetch_awx_collection.py fetches it")
    return folder


@pytest.fixture
def awx() -> Iterator[tuple[str, Awx]]:
    """An AWX that has nothing yet: its address and its objects."""
    with api_stand_in.running() as stand_in:
        yield stand_in


@pytest.fixture
def environment(collections_path: Path, tmp_path: Path) -> dict[str, str]:
    """What Ansible needs to find the collection, and to leave nothing outside of the test's folder."""
    return {
        "ANSIBLE_COLLECTIONS_PATH": str(collections_path),
        "ANSIBLE_HOME": str(tmp_path / "ansible-home"),
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
        "PATH": search_path(),
    }


@pytest.fixture
def run(environment: Mapping[str, str]) -> Run:
    """Runs a command with `environment` and what `env` adds; returns how it ended, with all its output as `stdout`."""

    def run(command: Sequence[str], env: Mapping[str, str] | None = None, **options: Any) -> Any:
        return subprocess.run(
            [tool(command[0]), *command[1:]],
            env={**os.environ, **environment, **(env or {})},
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            **options,
        )

    return run


@pytest.fixture(scope="session")
def configurations(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What docs/awx/configuration says for each example site, as Ansible itself resolves it: variable name -> value."""
    resolved = {}
    for site in SITES:
        folder = tmp_path_factory.mktemp(site)
        playbook, output = folder / "resolve.yml", folder / "resolved.json"
        playbook.write_text(_RESOLVE % {"configuration": CONFIGURATION, "output": output}, encoding="utf-8")
        command = [sys.executable, "-m", "ansible", "playbook", str(playbook), "-e", f"@{DOCS}/awx/sites/{site}.yml"]
        if site == "tenants":
            command += ["-e", json.dumps(ADDRESSES)]
        environment = {
            "PATH": search_path(),
            "HOME": str(folder),
            "SAIL_CLIENT_SECRET": "resolved-secret",
            "CONTROLLER_HOST": "https://awx.example.com",
            "SAILPOINT_AWX_TOKEN": "resolved-token",
            "SAILPOINT_VAULT_PASSWORD": EXAMPLE_VAULT_PASSWORD,
        }
        done = subprocess.run(
            command, env=environment, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert done.returncode == 0, done.stdout
        resolved[site] = json.loads(output.read_text(encoding="utf-8"))
    return resolved


@pytest.fixture
def simulator(server: Simulator) -> Simulator:
    """A simulated tenant with three tasks: `old` and `older` are stuck for over a day, `young` is not."""
    server.reset()
    server.put_tasks([task("old", 30), task("older", 300), task("young", 2)])
    return server


@pytest.fixture(scope="session")
def _servers() -> Iterator[dict[str, Simulator]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(running()) for name in TENANTS}


@pytest.fixture
def tenants(_servers: dict[str, Simulator]) -> dict[str, Simulator]:
    """Five simulated tenants by name, each with one stuck task, `stuck-<name>`, and one young one."""
    for name, tenant in _servers.items():
        tenant.reset()
        tenant.put_tasks([task(f"stuck-{name}", 48), task(f"young-{name}", 1)])
    return _servers
