# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several tests of AWX and of scheduling use."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment
from simulator.server import Simulator

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
CONFIGURATION = DOCS / "awx" / "configuration"
SITES = ("one_tenant", "tenants")
TENANTS = ("acme", "globex", "hooli", "initech", "umbrella")
EXAMPLE_VAULT_PASSWORD = (DOCS / "inventory" / "example-vault-password").read_text(encoding="utf-8").strip()
#: The secret of the simulated tenants' client; the example inventories hold it, vaulted.
SECRET = Simulator.client_secret

Run = Callable[..., subprocess.CompletedProcess[str]]


def search_path() -> str:
    """PATH with the commands of this interpreter's environment first."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def tool(name: str) -> str:
    """The path of a command. Skips the test, saying why, where there is none."""
    found = shutil.which(name, path=search_path())
    if found is None:
        pytest.skip(f"{name} is not installed here")
    return found


def task(task_id: str, hours: float, **fields: Any) -> dict[str, Any]:
    """A pending TaskStatus that was launched so many hours ago."""
    began = (datetime.now(timezone.utc) - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {"id": task_id, "created": began, "launched": began, **fields}


def pending(simulator: Simulator) -> set[str]:
    """The ids of the tasks that are pending in this tenant, as it says itself."""
    return {task_id for task_id, status in simulator.tasks().items() if status["completionStatus"] is None}


def updates(simulator: Simulator) -> list[str]:
    """The ids of the tasks that this tenant was asked to update, in order, repetitions included."""
    return [entry["path"].rsplit("/", 1)[-1] for entry in simulator.log(kind="update")]


def injected(credential_type: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that AWX makes of a credential's inputs; a field without an input is empty text.

    AWX renders injectors with Jinja's immutable sandbox (awx/main/fields.py, CredentialTypeInjectorField).
    """
    values = {field["id"]: inputs.get(field["id"], "") for field in credential_type["inputs"]["fields"]}
    sandbox = ImmutableSandboxedEnvironment()
    return {
        name: sandbox.from_string(template).render(values)
        for name, template in credential_type["injectors"]["env"].items()
    }


class _Answers(yaml.SafeDumper):
    """Marks all text, names of variables included, as none to be templated."""

    def represent_data(self, data: Any) -> Any:
        if isinstance(data, str):
            return self.represent_scalar("!unsafe", data)
        return super().represent_data(data)


def extra_vars_file(path: Path, variables: Mapping[str, Any], of_template: Mapping[str, Any] | None = None) -> Path:
    """Write a job's variables as AWX hands them to Ansible, and return the file's path.

    Each is a document's worth of block YAML. What the template itself says is plain; of all that comes from elsewhere,
    such as surveys, launches, and jobs before it in a workflow, text is tagged ``!unsafe`` (awx/main/utils/safe_yaml.py
    and awx/main/tasks/jobs.py, 24.6.1).

    :param of_template: the variables of the job template itself
    """
    own = of_template or {}
    text = ""
    for name, value in variables.items():
        dumper = yaml.SafeDumper if name in own and own[name] == value else _Answers
        text += yaml.dump({name: value}, Dumper=dumper, default_flow_style=False)
    path.write_text(text, encoding="utf-8")
    return path
