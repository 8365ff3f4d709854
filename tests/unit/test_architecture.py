# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rooms of the house, and the direction of the arrows between them: docs/architecture.md in tests."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._api.generations import GENERATIONS

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
MODULE_UTILS = PLUGINS / "module_utils"
COLLECTION = "ansible_collections.idops.sailpoint.plugins."

#: The rooms of module_utils from the ground up: each may import from those before it. "" is the ground floor.
ROOMS = ["", "_http", "_api", "_tasks", "_module"]
FILES = sorted(str(path.relative_to(MODULE_UTILS).with_suffix("")) for path in MODULE_UTILS.rglob("*.py"))
# What decides, and what it is told in: no input, no output, no clock.
PURE = ["_api/filtering", "_api/generations", "_api/records"]
PURE += ["_tasks/judging", "_tasks/patching", "_tasks/selecting", "_tasks/vocabulary"]
PURE += ["_durations", "_instants", "_lists", "_wording", "_http/addresses", "_http/answers", "_http/censoring"]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(path: Path) -> Iterator[str]:
    """Yield what a file of the plugins imports, by its full name, also what is imported inside a function."""
    package = COLLECTION + ".".join(path.relative_to(PLUGINS).parts[:-1])
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.rsplit(".", node.level - 1)[0] if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def helpers_imported_by(path: Path) -> set[str]:
    """Return the files of module_utils that a file imports, as in FILES."""
    prefix = f"{COLLECTION}module_utils."
    names = (name.removeprefix(prefix).replace(".", "/") for name in imports_of(path) if name.startswith(prefix))
    return set(names) & set(FILES)


def room_of(name: str) -> str:
    return name.rpartition("/")[0]


def in_circles(uses: Mapping[str, set[str]]) -> list[str]:
    """Return the files that import one another by some way, and those above them."""
    left = dict(uses)
    while free := [name for name, used in left.items() if not used & left.keys()]:
        for name in free:
            del left[name]
    return sorted(left)


def test_every_room_is_known() -> None:
    assert {room_of(name) for name in FILES} == set(ROOMS)


@pytest.mark.parametrize("name", FILES)
def test_a_helper_is_private(name: str) -> None:
    assert name.startswith("_")


@pytest.mark.parametrize("name", FILES)
def test_data_flows_one_way(name: str) -> None:
    own = ROOMS.index(room_of(name))
    assert [used for used in helpers_imported_by(MODULE_UTILS / f"{name}.py") if ROOMS.index(room_of(used)) > own] == []


def test_no_helpers_import_one_another() -> None:
    assert in_circles({name: helpers_imported_by(MODULE_UTILS / f"{name}.py") for name in FILES}) == []


@pytest.mark.parametrize("path", sorted(PLUGINS.glob("module*/**/*.py")), ids=lambda path: path.stem)
def test_what_runs_on_a_managed_node_needs_nothing_of_the_controller(path: Path) -> None:
    own = (f"{COLLECTION}module_utils", f"{COLLECTION}modules")
    for name in imports_of(path):
        assert not name.startswith("ansible.") or name.startswith("ansible.module_utils."), name
        assert not name.startswith("ansible_collections") or name.startswith(own), name


@pytest.mark.parametrize("name", [name for name in FILES if name not in ("_module/module", "_module/options")])
def test_only_the_module_and_the_option_table_know_ansible(name: str) -> None:
    path = MODULE_UTILS / f"{name}.py"
    assert [one for one in imports_of(path) if one == "ansible" or one.startswith("ansible.")] == []


@pytest.mark.parametrize("name", PURE)
def test_decisions_are_made_without_input_or_output(name: str) -> None:
    used = set(imports_of(MODULE_UTILS / f"{name}.py"))
    assert used & {"requests", "os", "time", "threading", "random", "subprocess", "pathlib"} == set()
    assert helpers_imported_by(MODULE_UTILS / f"{name}.py") & {"_http/client", "_http/transport", "_workers"} == set()


@pytest.mark.parametrize("name", [name for name in FILES if name != "_api/generations"])
def test_a_generation_is_told_by_its_table_alone(name: str) -> None:
    """No generation is an `if` anywhere: only the table names them, and the option table and the settings a default."""
    constants = (
        node.value for node in ast.walk(tree_of(MODULE_UTILS / f"{name}.py")) if isinstance(node, ast.Constant)
    )
    found = {value for value in constants if isinstance(value, str) and value in GENERATIONS}
    assert found <= ({"v2024"} if name in ("_module/options", "_http/settings") else set())


# plugin_utils, which only the controller and ansible-rulebook run

PLUGIN_UTILS = PLUGINS / "plugin_utils"

#: Its rooms, and those files of module_utils or whole rooms of it that each needs. All may import from the ground floor
#: of plugin_utils, none from another room.
ROOMS_ABOVE = {
    "": {"", "_api", "_http", "_tasks", "_module"},
    "_action": {"_errors", "_wording", "_workers", "_module/options", "_module/performing"},
    "_report": {"_api/records", "_instants", "_wording", "_tasks/outcomes"},  # no client
    "_roles": {"_errors", "_lists", "_durations", "_wording", "_api/records", "_tasks/outcomes", "_tasks/vocabulary"},
    "_events": {"", "_api", "_http", "_tasks", "_module/performing"},
}
FILES_ABOVE = sorted(str(path.relative_to(PLUGIN_UTILS).with_suffix("")) for path in PLUGIN_UTILS.rglob("*.py"))
# All but the one that writes files.
PURE_ABOVE = [name for name in FILES_ABOVE if room_of(name) in ("_report", "_roles") and name != "_report/writing"]
INPUT_AND_OUTPUT = {"requests", "os", "time", "threading", "random", "subprocess", "pathlib", "socket", "logging"}

#: What ansible-core documents for plugins, or what its developer guide's examples import.
DOCUMENTED = {
    "ansible.errors",
    "ansible.module_utils",
    "ansible.plugins.action",
    "ansible.plugins.lookup",
    "ansible.utils.display",
    "ansible.utils.unsafe_proxy",
}
#: Where more of it is used, and what.
UNDOCUMENTED = {
    "plugin_utils/_action/core": {"ansible.constants", "ansible.playbook.handler"},
    "plugin_utils/_lookup": {"ansible.constants"},
}


def used_above(name: str) -> set[str]:
    """Return the files of plugin_utils that one of them imports."""
    prefix = f"{COLLECTION}plugin_utils."
    names = (one.removeprefix(prefix).replace(".", "/") for one in imports_of(PLUGIN_UTILS / f"{name}.py"))
    return set(names) & set(FILES_ABOVE)


def test_every_room_of_plugin_utils_is_known() -> None:
    assert {room_of(name) for name in FILES_ABOVE} == set(ROOMS_ABOVE)


@pytest.mark.parametrize("name", FILES_ABOVE)
def test_a_file_of_plugin_utils_is_private(name: str) -> None:
    assert name.startswith("_")


@pytest.mark.parametrize("name", FILES_ABOVE)
def test_a_room_of_plugin_utils_needs_the_ground_floor_only(name: str) -> None:
    assert {room_of(used) for used in used_above(name)} <= {"", room_of(name)}
    own = ROOMS_ABOVE[room_of(name)]
    helpers = helpers_imported_by(PLUGIN_UTILS / f"{name}.py")
    assert [used for used in helpers if used not in own and room_of(used) not in own] == []


def test_no_files_of_plugin_utils_import_one_another() -> None:
    assert in_circles({name: used_above(name) for name in FILES_ABOVE}) == []


@pytest.mark.parametrize("path", sorted(MODULE_UTILS.rglob("*.py")), ids=lambda path: path.stem)
def test_module_utils_knows_nothing_of_plugin_utils(path: Path) -> None:
    assert [name for name in imports_of(path) if name.startswith(f"{COLLECTION}plugin_utils")] == []


@pytest.mark.parametrize("name", PURE_ABOVE)
def test_variables_are_read_and_reports_made_without_input_or_output(name: str) -> None:
    assert set(imports_of(PLUGIN_UTILS / f"{name}.py")) & INPUT_AND_OUTPUT == set()


def test_a_watch_knows_no_client_and_no_clock() -> None:
    path = PLUGIN_UTILS / "_events" / "watch.py"
    assert set(imports_of(path)) & INPUT_AND_OUTPUT == set()
    assert [used for used in helpers_imported_by(path) if used.startswith(("_http", "_worker", "_module"))] == []
    names = (node.attr for node in ast.walk(tree_of(path)) if isinstance(node, ast.Attribute))
    assert {"now", "today", "monotonic"} & set(names) == set()


@pytest.mark.parametrize("name", [name for name in FILES_ABOVE if room_of(name) in ("_report", "_events")])
def test_neither_a_report_nor_events_know_ansible(name: str) -> None:
    assert [one for one in imports_of(PLUGIN_UTILS / f"{name}.py") if one.partition(".")[0] == "ansible"] == []


@pytest.mark.parametrize("path", sorted(PLUGINS.rglob("*.py")), ids=lambda path: str(path.relative_to(PLUGINS)))
def test_what_is_used_of_ansible_core_is_documented(path: Path) -> None:
    """All else is in one file of the action plugins, whose failing has the module run, and in the lookups' options."""
    more = UNDOCUMENTED.get(str(path.relative_to(PLUGINS).with_suffix("")), set())
    allowed = tuple(f"{name}." for name in DOCUMENTED | more)
    used = [name for name in imports_of(path) if name.startswith("ansible.")]
    assert [name for name in used if not f"{name}.".startswith(allowed)] == []


def test_only_one_file_looks_behind_a_task() -> None:
    """The action plugin itself keeps to what a task's keywords are called, and to methods that action plugins have."""
    documented = {"_task", "_templar", "_execute_module", "_loader", "_supports_check_mode", "_supports_async"}
    keywords = {"args", "action", "async_val", "check_mode", "diff"}
    tree = tree_of(PLUGIN_UTILS / "_action" / "in_process.py")
    (plugin,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "InProcessAction")
    own = {node.name for node in plugin.body if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(plugin):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
            assert node.attr in documented | own, node.attr
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("self._task", "task"):
            assert node.attr in keywords, node.attr


def test_core_is_imported_where_it_may_fail() -> None:
    """A change of ansible-core keeps no action plugin from being loaded."""
    for path in (PLUGIN_UTILS / "_action").glob("*.py"):
        for node in tree_of(path).body:
            assert not (isinstance(node, ast.ImportFrom) and "core" in [alias.name for alias in node.names]), path.name


# Form

#: Lines of a function, and how deep its blocks nest: what a reader has on the screen and in mind at once.
MAX_LINES, MAX_DEPTH = 45, 3
BLOCKS = (ast.If, ast.For, ast.While, ast.Try, ast.With, ast.AsyncFor, ast.AsyncWith)
CODE = [*PLUGINS.rglob("*.py"), *(ROOT / "extensions").rglob("*.py")]


def depth_of(node: ast.AST) -> int:
    """Return how deep blocks nest below a node; an ``elif`` is no deeper than its ``if``."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        deepest = max(deepest, depth_of(child) + (isinstance(child, BLOCKS) and not is_elif))
    return deepest


@pytest.mark.parametrize("path", sorted(CODE), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_function_fits_a_screen(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or 0) - node.lineno < MAX_LINES, node.name
            assert depth_of(node) <= MAX_DEPTH, node.name


@pytest.mark.parametrize("path", sorted(CODE), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_says_what_is_inside(path: Path) -> None:
    """Modules and lookups do so in their documentation, everything else in a docstring."""
    tree = tree_of(path)
    targets = (ast.unparse(node.targets[0]) for node in tree.body if isinstance(node, ast.Assign))
    documented = "DOCUMENTATION" in targets
    text = ast.get_docstring(tree) or ""
    assert documented or text
    assert "rivate to the collection" not in text


@pytest.mark.parametrize("path", sorted(CODE), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_limit_is_called_one(path: Path) -> None:
    """``MAX_REDIRECTS``, and no ``MOST_`` or ``LONGEST_``."""
    for node in tree_of(path).body:
        for target in node.targets if isinstance(node, ast.Assign) else ():
            assert not ast.unparse(target).lstrip("_").startswith(("MOST", "LONGEST", "LARGEST", "DEEPEST"))
