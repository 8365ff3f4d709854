# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the event source run on: the built and installed collection, a simulated tenant, the real tool."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from eda.support import Rulebook, search_path, why_no_rulebook
from simulator.server import Simulator
from tools import collection
from tools.fixtures import server, simulator

__all__ = ["server", "simulator"]  # fixtures of the tests below

#: What the test process itself is told must not reach what it starts.
_OWN_PREFIXES = ("ANSIBLE_", "SAIL_", "EDA_", "RUNNER_")
_OWN_NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "PYTHONPATH")


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(_OWN_PREFIXES) or name.upper() in _OWN_NAMES:
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def collections_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the built artifact is installed below, for ANSIBLE_COLLECTIONS_PATH."""
    parent = tmp_path_factory.mktemp("collections")
    collection.build_and_install(parent, env={"PATH": search_path()})
    return parent


@pytest.fixture(scope="session")
def source_path(collections_path: Path) -> Path:
    """The installed event source."""
    place = collections_path / "ansible_collections" / "idops" / "sailpoint"
    return place / "extensions" / "eda" / "plugins" / "event_source" / "task_status.py"


@pytest.fixture(scope="session")
def source(source_path: Path) -> ModuleType:
    """The installed event source as a module; it makes the installed collection importable by itself."""
    spec = importlib.util.spec_from_file_location("task_status_event_source", source_path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def watching(source: ModuleType) -> ModuleType:
    """What decides which transitions are told, of the installed collection, which the source makes importable."""
    return importlib.import_module("ansible_collections.idops.sailpoint.plugins.plugin_utils._events.watch")


@pytest.fixture(scope="session")
def polling(source: ModuleType) -> ModuleType:
    """What asks the tenant, of the installed collection."""
    return importlib.import_module("ansible_collections.idops.sailpoint.plugins.plugin_utils._events.poller")


@pytest.fixture
def connection(simulator: Simulator) -> dict[str, str | int]:
    """The source's arguments that lead to the simulated tenant."""
    return {
        "base_url": simulator.base_url,
        "client_id": simulator.client_id,
        "client_secret": simulator.client_secret,
        "rate_limit": 0,
        "retries": 0,
    }


Start = Callable[..., Rulebook]


@pytest.fixture
def rulebook(collections_path: Path, tmp_path: Path) -> Start:
    """Starts ansible-rulebook: `rulebook(name, tenant, variables, *arguments)`, by name or as a file's content."""
    reason = why_no_rulebook()
    if reason:
        pytest.skip(reason)

    def start(
        rulebook: str, tenant: Simulator, variables: Mapping[str, object] | None = None, *arguments: str
    ) -> Rulebook:
        inventory, values = tmp_path / "inventory.yml", tmp_path / "variables.yml"
        host = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        inventory.write_text(yaml.safe_dump({"all": {"hosts": {"localhost": host}}}), encoding="utf-8")
        values.write_text(yaml.safe_dump(dict(variables or {})), encoding="utf-8")
        if "\n" in rulebook:
            path = tmp_path / "rulebook.yml"
            path.write_text(rulebook, encoding="utf-8")
            rulebook = str(path)
        env = {
            **os.environ,
            **tenant.environment,
            "PATH": search_path(),
            "HOME": str(tmp_path),
            "ANSIBLE_HOME": str(tmp_path / "ansible-home"),
            "ANSIBLE_COLLECTIONS_PATH": str(collections_path),
            "ANSIBLE_NOCOLOR": "1",
            "SAIL_RETRIES": "1",
            "EDA_JOB_TEMPLATE_REFRESH_DELAY": "0.2",
        }
        own = [] if "--inventory" in arguments else ["--inventory", str(inventory)]
        command = ["--rulebook", rulebook, *own, "--vars", str(values), *arguments]
        return Rulebook(command, env, tmp_path)

    return start
