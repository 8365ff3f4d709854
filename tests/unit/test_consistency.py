# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written down in several places says the same in all of them."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.plugins.loader import action_loader, fragment_loader
from ansible.utils.plugin_docs import get_docstring
from ansible_collections.idops.sailpoint.plugins.doc_fragments.connection import ModuleDocFragment as Connection
from ansible_collections.idops.sailpoint.plugins.doc_fragments.selection import ModuleDocFragment as Selection
from ansible_collections.idops.sailpoint.plugins.module_utils._api.generations import GENERATIONS
from ansible_collections.idops.sailpoint.plugins.module_utils._module import task_status_info
from ansible_collections.idops.sailpoint.plugins.module_utils._module.options import connection_argument_spec
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks import vocabulary
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.outcomes import OUTCOMES
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.sifting import REASONS
from ansible_collections.idops.sailpoint.plugins.module_utils._version import VERSION
from ansible_collections.idops.sailpoint.plugins.plugin_utils._action.in_process import InProcessAction

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = "ansible_collections.idops.sailpoint.plugins"
#: What is an action plugin alone, whose module is its documentation: it asks no tenant and never leaves the controller.
ACTIONS = ["role_report"]
MODULES = sorted(
    path.stem for path in (ROOT / "plugins" / "modules").glob("*.py") if path.stem not in ("__init__", *ACTIONS)
)
LOOKUPS = sorted(path.stem for path in (ROOT / "plugins" / "lookup").glob("*.py") if path.stem != "__init__")
SPECS = {name: importlib.import_module(f"{PLUGINS}.module_utils._module.{name}").argument_spec() for name in MODULES}
LOOKUP_SPECS: dict[str, dict[str, Any]] = {"task_status": task_status_info.SELECTION_SPEC, "access_token": {}}


def loaded(*path: str) -> Any:
    return yaml.safe_load(ROOT.joinpath(*path).read_text(encoding="utf-8"))


def documentation(kind: str, name: str) -> dict[str, Any]:
    folder = "modules" if kind == "module" else kind
    doc: dict[str, Any] = get_docstring(
        str(ROOT / "plugins" / folder / f"{name}.py"),
        fragment_loader,
        collection_name="idops.sailpoint",
        plugin_type=kind,
    )[0]
    return doc


def options_of(fragment: str) -> dict[str, Any]:
    options: dict[str, Any] = yaml.safe_load(fragment)["options"]
    return options


def shape_of(definition: dict[str, Any]) -> dict[str, Any]:
    """Return what both an argument spec and documentation say of an option."""
    return {
        "type": definition.get("type", "str"),
        "elements": definition.get("elements"),
        "default": definition.get("default"),
        "choices": definition.get("choices"),
        "required": definition.get("required", False),
        "aliases": definition.get("aliases", []),
    }


def test_every_lookup_is_known_here() -> None:
    assert sorted(LOOKUP_SPECS) == LOOKUPS


# Versions and metadata


def test_the_version_is_the_same_everywhere() -> None:
    assert loaded("galaxy.yml")["version"] == VERSION
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)
    for kind, names in (("module", MODULES), ("lookup", LOOKUPS)):
        for name in names:
            # What is not released yet is added in the next version, the next major one at most.
            added = tuple(map(int, documentation(kind, name)["version_added"].split(".")))
            assert added <= (int(VERSION.partition(".")[0]) + 1, 0, 0)


def test_the_newest_changes_are_of_this_version() -> None:
    """Unless there are fragments, which a release is yet to be made of."""
    if not list((ROOT / "changelogs" / "fragments").glob("*.yml")):
        releases = loaded("changelogs", "changelog.yaml")["releases"]
        newest = max(releases, key=lambda release: tuple(map(int, release.split("."))))
        assert newest == VERSION
        anchor = f'id="v{VERSION.replace(".", "-")}"'
        assert anchor in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_readme_is_as_certified_content_has_it() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (.*)$", readme, re.MULTILINE)
    wanted = ["Description", "Requirements", "Installation", "Use Cases", "Testing", "Contributing", "Support"]
    wanted += ["Release Notes and Roadmap", "Related Information", "License Information"]
    assert [section for section in sections if section in wanted] == wanted
    # It is shown at other places than the code host.
    assert [link for link in re.findall(r"\]\(([^)]*)\)", readme) if not link.startswith("https://")] == []


def test_the_supported_ansible_core() -> None:
    assert loaded("meta", "runtime.yml")["requires_ansible"] == ">=2.16.0"


def test_the_action_group_holds_every_module() -> None:
    groups = loaded("meta", "runtime.yml")["action_groups"]
    assert groups == {"task_management": MODULES}
    for name in MODULES:
        attribute = documentation("module", name)["attributes"]["action_group"]
        assert attribute["membership"] == ["idops.sailpoint.task_management"]


def test_requirements_are_the_same_everywhere() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line.replace(">=", " >= ") for line in lines if line and not line.startswith("#")]
    assert {line.split()[0] for line in wanted} == {"requests", "jsonpatch"}
    for kind, names in (("module", MODULES), ("lookup", LOOKUPS)):
        for name in names:
            assert sorted(documentation(kind, name)["requirements"]) == sorted(wanted)
    assert loaded("meta", "execution-environment.yml")["dependencies"]["python"] == "requirements.txt"


# Options


@pytest.mark.parametrize("name", MODULES)
def test_the_options_of_a_module_are_documented_as_they_are(name: str) -> None:
    spec, options = SPECS[name]["argument_spec"], documentation("module", name)["options"]
    assert sorted(spec) == sorted(options)
    for option in spec:
        assert shape_of(spec[option]) == shape_of(options[option]), option


@pytest.mark.parametrize("name", LOOKUPS)
def test_the_options_of_a_lookup_are_documented_as_they_are(name: str) -> None:
    spec, options = {**connection_argument_spec(), **LOOKUP_SPECS[name]}, documentation("lookup", name)["options"]
    assert sorted(spec) == sorted(set(options) - {"_terms"})
    for option in spec:
        assert shape_of(spec[option]) == shape_of(options[option]), option


def test_the_fragments_hold_the_shared_options_and_no_other() -> None:
    assert sorted(options_of(Connection.DOCUMENTATION)) == sorted(connection_argument_spec())
    assert sorted(options_of(Connection.PLUGIN)) == sorted(connection_argument_spec())
    documented = [*options_of(Selection.DOCUMENTATION), *options_of(Selection.VOCABULARY)]
    assert sorted(documented) == sorted(task_status_info.SELECTION_SPEC)
    assert sorted([*options_of(Selection.VOCABULARY), "older_than"]) == sorted(vocabulary.OF_PENDING)


@pytest.mark.parametrize("name", MODULES)
def test_modules_share_the_connection_options(name: str) -> None:
    spec = SPECS[name]["argument_spec"]
    for option, definition in connection_argument_spec().items():
        assert shape_of(spec[option]) == shape_of(definition)


def test_places_of_the_connection_options_follow_one_pattern() -> None:
    for option, definition in options_of(Connection.PLUGIN).items():
        assert definition["vars"] == [{"name": f"sailpoint_{option}"}]
        assert definition["ini"] == [{"section": "sailpoint", "key": option}]
        assert definition.get("env", []) == ([] if option == "proxy" else [{"name": f"SAIL_{option.upper()}"}])


def test_the_variables_and_environment_variables_of_modules_are_documented() -> None:
    options = options_of(Connection.DOCUMENTATION)
    for option, definition in connection_argument_spec().items():
        text = " ".join(options[option]["description"])
        assert f"C(sailpoint_{option})" in text or "O(base_url)" in text, option
        if option != "proxy":
            assert f"E(SAIL_{option.upper()})" in text or "O(base_url)" in text, option
        if "fallback" in definition:
            assert definition["fallback"][1] == [f"SAIL_{option.upper()}"]


def test_secrets_are_not_logged() -> None:
    for name in MODULES:
        secret = {option for option, one in SPECS[name]["argument_spec"].items() if one.get("no_log")}
        assert secret == {"client_secret", "access_token"}


def test_every_generation_can_be_chosen() -> None:
    assert connection_argument_spec()["api_version"]["choices"] == list(GENERATIONS)


@pytest.mark.parametrize("name", MODULES)
def test_examples_use_options_that_exist(name: str) -> None:
    source = ast.parse((ROOT / "plugins" / "modules" / f"{name}.py").read_text(encoding="utf-8"))
    (examples,) = (
        ast.literal_eval(node.value)
        for node in source.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "EXAMPLES"
    )
    known = {
        f"idops.sailpoint.{module}": {
            alias
            for option, definition in SPECS[module]["argument_spec"].items()
            for alias in (option, *definition.get("aliases", []))
        }
        for module in MODULES
    }
    used = list(_tasks_of(yaml.safe_load(examples)))
    assert any(f"idops.sailpoint.{name}" in one for one in used)
    for one in used:
        for module in known.keys() & one.keys():
            assert set(one[module]) <= known[module], one["name"]


def _tasks_of(tasks: list[dict[str, Any]]) -> Any:
    for one in tasks:
        yield one
        yield from _tasks_of(one.get("block", []))


# Outcomes


@pytest.mark.parametrize(
    ("place", "begin", "pattern"),
    [
        ("docs/clearing-safely.md", "## Outcomes", r"^\| `(\w+)` \|"),
        ("plugins/modules/task_status.py", "    outcome:", r"^ +- V\((\w+)\), "),
    ],
)
def test_every_outcome_is_explained_in(place: str, begin: str, pattern: str) -> None:
    text = (ROOT / place).read_text(encoding="utf-8").partition(begin)[2]
    assert re.findall(pattern, text, re.MULTILINE) == list(OUTCOMES)


def test_the_samples_count_every_outcome_and_every_reason_to_leave_a_task_out() -> None:
    source = ast.parse((ROOT / "plugins" / "modules" / "task_status.py").read_text(encoding="utf-8"))
    (returned,) = (
        yaml.safe_load(ast.literal_eval(node.value))
        for node in source.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "RETURN"
    )
    assert list(returned["summary"]["sample"]) == list(OUTCOMES)
    assert list(returned["left_out"]["sample"]) == list(REASONS)


# Action plugins


@pytest.mark.parametrize("name", MODULES)
def test_every_module_has_an_action_plugin_that_does_its_work(name: str) -> None:
    work = importlib.import_module(f"{PLUGINS}.module_utils._module.{name}")
    plugin = action_loader.get(f"idops.sailpoint.{name}", class_only=True)
    assert plugin is not None, f"plugins/action/{name}.py is missing"
    assert Path(inspect.getfile(plugin)).name == f"{name}.py"
    assert issubclass(plugin, InProcessAction)
    assert (plugin.argument_spec, plugin.work) == (work.argument_spec, work.run)


@pytest.mark.parametrize("name", MODULES)
def test_no_option_is_deprecated(name: str) -> None:
    """A module tells of it, its action plugin would not."""
    for definition in SPECS[name]["argument_spec"].values():
        assert not definition.keys() & {"removed_in_version", "removed_at_date", "deprecated_aliases"}


def test_every_action_plugin_has_a_module() -> None:
    assert sorted(path.stem for path in (ROOT / "plugins" / "action").glob("*.py")) == sorted([*MODULES, *ACTIONS])


@pytest.mark.parametrize("name", ACTIONS)
def test_the_options_of_an_action_are_documented_as_they_are(name: str) -> None:
    plugin = action_loader.get(f"idops.sailpoint.{name}", class_only=True)
    spec, options = sys.modules[plugin.__module__].ARGUMENT_SPEC, documentation("module", name)["options"]
    assert sorted(spec) == sorted(options)
    for option in spec:
        assert shape_of(spec[option]) == shape_of(options[option]), option


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_takes_no_connection(name: str) -> None:
    assert not set(documentation("module", name)["options"]) & set(connection_argument_spec())
    assert "action_group" not in documentation("module", name)["attributes"]


# Tests


@pytest.mark.parametrize("target", [*MODULES, *ACTIONS, *(f"lookup_{name}" for name in LOOKUPS)])
def test_every_plugin_has_an_integration_target(target: str) -> None:
    folder = ROOT / "tests" / "integration" / "targets" / target
    assert list(folder.glob("tasks/main.yml")) or list(folder.glob("runme.*")), f"{target} has no integration target"
