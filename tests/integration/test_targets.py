# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs each folder of targets/ as a role, by a real ansible-playbook, against the simulated tenant.

A target is a role: tasks/main.yml, and files, templates, vars and defaults as it likes. It gets

* the environment SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET of a freshly reset tenant without a task
* the variables `simulator_url` (the tenant, whose control surface the target may use), `output_dir` (a folder of its
  own, empty) and, where it runs once per API generation, `api_version`

A folder whose name begins with `setup_` or `prepare_` only serves others, by their dependencies. A target's
meta/runner.yml may hold

* `generations`: `all`, or a list of API generations: run once for each, instead of once without `api_version`
* `arguments`: further arguments of ansible-playbook
* `environment`: further environment variables
* `thorough`: true, or a list of API generations: what `make test` leaves out

`make test` plays each target once, in the generations at the ends of what it asks for. `make check-release` plays it in
all of them, and in the first one twice, to compare what the modules return in the controller with what they return in
processes of their own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from _pytest.mark import ParameterSet
from simulator.generations import GENERATIONS
from simulator.server import Simulator

TARGETS = Path(__file__).resolve().parent / "targets"
PLUGINS = Path(__file__).resolve().parents[2] / "plugins"

_LIMIT = 600  # seconds for one play, against one that hangs

# What the test process itself is told must not reach the playbooks.
_OWN_PREFIXES = ("ANSIBLE_", "SAIL_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "PYTHONPATH", "PYTEST_")


@dataclass(frozen=True)
class Run:
    """One run of a target."""

    target: str
    generation: str | None = None
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    thorough: bool = False

    def __str__(self) -> str:
        return f"{self.target}-{self.generation}" if self.generation else self.target


def _runs() -> list[Run]:
    """All runs of all targets. Raises ValueError when a runner.yml holds what it may not."""
    runs: list[Run] = []
    for tasks in sorted(TARGETS.glob("*/tasks/main.yml")):
        target = tasks.parents[1].name
        if target.startswith(("setup_", "prepare_")):
            continue
        path = TARGETS / target / "meta" / "runner.yml"
        settings: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {} if path.is_file() else {}
        wanted = settings.pop("generations", None)
        generations: tuple[str | None, ...] = tuple(GENERATIONS) if wanted == "all" else tuple(wanted or [None])
        arguments = tuple(settings.pop("arguments", ()))
        environment = {name: str(value) for name, value in settings.pop("environment", {}).items()}
        thorough = settings.pop("thorough", ())
        unknown = [*settings, *(name for name in generations if name not in (None, *GENERATIONS))]
        if unknown:
            raise ValueError(f"{path}: {', '.join(map(str, unknown))} is not known")
        for generation in generations:
            lasts = thorough is True or generation in (thorough or ())
            runs.append(Run(target, generation, arguments, environment, lasts))
    return runs


def _environment(run: Run, simulator: Simulator, collections_path: Path, home: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith(_OWN_PREFIXES)}
    return {
        **inherited,
        "ANSIBLE_COLLECTIONS_PATH": str(collections_path),
        "ANSIBLE_DEPRECATION_WARNINGS": "True",
        "ANSIBLE_HOME": str(home / ".ansible"),
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_NOCOLOR": "True",
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        "ANSIBLE_ROLES_PATH": str(TARGETS),
        "HOME": str(home),
        **simulator.environment,
        **run.environment,
    }


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs each target in the generations that it asks for, or in one of them if pytest was told so."""
    if "run" in metafunc.fixturenames:
        both_ways = metafunc.definition.get_closest_marker("both_ways") is not None
        only = metafunc.config.getoption("--generation")
        metafunc.parametrize("run", list(_both_ways() if both_ways else _one_way(only)))


def _one_way(only: str | None) -> Iterator[ParameterSet]:
    """All runs, or one of each target. Those that a run both ways includes are for where that is left out."""
    runs = _in_one_generation(only) if only else _runs()
    compared = {} if only else {run.target: run for run in _compared()}
    for run in runs:
        if run == compared.get(run.target):
            if run.target not in _BRIEFLY_BOTH_WAYS:
                yield _param(run, pytest.mark.brief)
        elif run.thorough or not (only or run.generation in (None, *_ENDS)):
            yield _param(run, pytest.mark.thorough)
        else:
            yield _param(run)


def _both_ways() -> Iterator[ParameterSet]:
    for run in _compared():
        yield _param(run, *([] if run.target in _BRIEFLY_BOTH_WAYS else [pytest.mark.thorough]))


def _param(run: Run, *marks: pytest.MarkDecorator) -> ParameterSet:
    return pytest.param(run, id=str(run), marks=[*marks, *([pytest.mark.core] if run.target in _CORE else [])])


def _compared() -> list[Run]:
    """The run of each target that is played both ways."""
    return [run for run in _in_one_generation(_ENDS[0]) if run.target not in _ONE_WAY]


def _in_one_generation(generation: str) -> list[Run]:
    """One run of each target: in that generation or, if it does not run in that, in the first of its own."""
    by_target: dict[str, Run] = {}
    for run in _runs():
        if run.generation == generation or run.target not in by_target:
            by_target[run.target] = run
    return list(by_target.values())


@pytest.mark.timeout(2 * _LIMIT)  # a play has a bound of its own, which tells more
def test_target(run: Run, simulator: Simulator, collections_path: Path, tmp_path: Path) -> None:
    _play(run, simulator, collections_path, tmp_path)


@pytest.mark.timeout(4 * _LIMIT)
@pytest.mark.both_ways
def test_target_both_ways(run: Run, simulator: Simulator, collections_path: Path, tmp_path: Path) -> None:
    """The modules return the same in the controller's worker and in a process of their own."""
    results = []
    for in_process in ("true", "false"):
        folder = tmp_path / in_process
        folder.mkdir()
        record = folder / "results"
        environment = {
            **run.environment,
            "ANSIBLE_CALLBACK_PLUGINS": str(TARGETS.parent / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "record_results",
            "RECORD_RESULTS": str(record),
        }
        switch = ("-e", f"ansible_sailpoint_in_process={in_process}")
        simulator.reset()
        _play(
            replace(run, arguments=(*run.arguments, *switch), environment=environment),
            simulator,
            collections_path,
            folder,
        )
        lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
        results.append([_comparable(json.loads(line)) for line in lines])
    here, there = results
    assert here
    assert len(here) == len(there)
    for one, other in zip(here, there):
        assert one == other


# The generation that is the default, and the newest; the others are between them.
_ENDS = ("v2024", "v1")
# The targets that `make test` plays both ways.
_BRIEFLY_BOTH_WAYS = ("task_status", "task_status_info_wait")
# The targets that show whether a release of ansible-core does with the collection what another does.
_CORE = (
    "child_process",
    "connection",
    "lookup_access_token",
    "lookup_task_status",
    "playbooks",
    "task_status",
    "task_status_pending",
)
# Why a target's results need not be the same both ways.
_ONE_WAY = {
    "child_process": "it chooses the way itself",
    "lookup_task_status": "the one module that it runs is compared in the targets of its own",
    "playbooks": "its plays are run by a command",
    "playbooks_input": "its plays are run by a command",
    "role_clear_pending_tasks": "what it calls is compared in the targets of its own",
    "role_clear_pending_tasks_input": "what it calls is compared in the targets of its own",
    "role_clear_pending_tasks_many": "what it calls is compared in the targets of its own",
    "role_clear_pending_tasks_told": "what it calls is compared in the targets of its own",
    "role_report": "it has but one way",
    "role_task_report": "what it calls is compared in the targets of its own",
    "secrets": "its plays are run by a command",
}
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z")
_TRACKING_ID = re.compile(r"\b[0-9a-f]{32}\b")
_FOLDER = re.compile(r"/[^\s\"']*/(?:true|false)/output")
_AGE = re.compile(r"(?<=pending for )\w+")
# What a client tells once: a worker keeps one for all items of a loop.
_ONCE = re.compile("The tenant says that .* is deprecated")
_MOVING = (
    "age_seconds",
    "request_stats",
    "waited_seconds",
    "invocation",
    "exception",
    "failed_when_suppressed_exception",
)


def _comparable(value: Any) -> Any:
    """Leave out what differs from run to run: instants, durations, tracking ids, tracebacks, what items share."""
    if isinstance(value, dict):
        kept = {
            key: _comparable(entry)
            for key, entry in value.items()
            if key not in _MOVING and not key.startswith(("_ansible", "ansible_"))
        }
        warnings = [warning for warning in kept.pop("warnings", []) if not _ONCE.match(str(warning))]
        return {**kept, "warnings": warnings} if warnings else kept
    if isinstance(value, list):
        return [_comparable(entry) for entry in value]
    if isinstance(value, str):
        for pattern in (_INSTANT, _TRACKING_ID, _FOLDER, _AGE):
            value = pattern.sub("*", value)
    return value


def _play(run: Run, simulator: Simulator, collections_path: Path, tmp_path: Path) -> None:
    home, output = tmp_path / "home", tmp_path / "output"
    home.mkdir()
    output.mkdir()
    variables = {"simulator_url": simulator.base_url, "output_dir": str(output)}
    if run.generation:
        variables["api_version"] = run.generation
    playbook = tmp_path / "playbook.yml"
    # JSON is YAML, and needs no thought about quoting.
    play = {"name": str(run), "hosts": "localhost", "gather_facts": False, "roles": [run.target]}
    playbook.write_text(json.dumps([play]), encoding="utf-8")
    host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(json.dumps({"all": {"hosts": {"localhost": host}}}), encoding="utf-8")
    command = [
        *(sys.executable, "-m", "ansible", "playbook"),
        *("-i", str(inventory), "-e", json.dumps(variables)),
        *run.arguments,
        str(playbook),
    ]
    done = subprocess.run(
        command,
        check=False,
        cwd=output,
        env=_environment(run, simulator, collections_path, home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_LIMIT,
    )
    assert done.returncode == 0, f"ansible-playbook ended with {done.returncode}:\n{done.stdout}"
    assert simulator.client_secret not in done.stdout, "the client secret stands in the play's output"
    assert "[DEPRECATION WARNING]" not in done.stdout, f"the play is warned of a deprecation:\n{done.stdout}"


@pytest.mark.parametrize(
    "plugin",
    [
        f"{path.parent.name}/{path.stem}"
        for folder in ("modules", "lookup")
        for path in sorted((PLUGINS / folder).glob("[!_]*.py"))
    ],
)
def test_each_plugin_has_a_target(plugin: str) -> None:
    """Each module has the target of its name, each lookup one with `lookup_` before it."""
    kind, name = plugin.split("/")
    target = name if kind == "modules" else f"{kind}_{name}"
    assert target in {run.target for run in _runs()}
