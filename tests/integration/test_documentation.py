# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs what the documentation shows, from its own source, against a simulated tenant.

In Markdown: YAML that is a playbook is run as it is, tasks within a play on localhost, a rulebook's source gets to
check its options, any other YAML must be a mapping that can be read; so are command lines of ansible-playbook that name
a playbook of the collection and no file. Of the plugins: their EXAMPLES. What a block needs stands before it in a
comment that readers do not see, such as <!-- run: {"extra_vars": {"task_id": "@running"}} -->:

extra_vars: variables; "@completed" is the id of such a task, "@running" that of a pending one which completes within
seconds, "@source" that of a source with tasks
skip: the reason why the block cannot be run
"""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from simulator.server import Simulator
from tools.collection import ROOT
from tools.limits import HANGS_AFTER

PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("roles/*/README.md"))]
PLUGINS = [path for kind in ("modules", "lookup", "filter") for path in sorted(ROOT.glob(f"plugins/{kind}/*.py"))]

_FENCE = re.compile(
    r"(?:^<!-- run: (?P<run>\{.*?\}) -->\n\s*)?^(?P<fence>`{3,})(?P<language>\w+)[^\n]*\n(?P<text>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_FOLDER = re.compile(r"(?<=[ =\"'])/(?:tmp|var|srv)/[\w./-]+")
_SIMULATOR = "http://127.0.0.1:8080"
# The tenant's list of pending tasks is deprecated in the generation that is the default, and each run says so.
_COMPLAINT = r"^(?:Traceback|\[DEPRECATION WARNING\]|\[WARNING\](?!: The tenant says that)).*"


@dataclass(frozen=True)
class Block:
    """A block of the documentation: where it stands, what it says, and what it needs to be run."""

    place: str
    language: str
    text: str
    run: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.place


def _blocks() -> Iterator[Block]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in _FENCE.finditer(text):
            headings = _HEADING.findall(text[: match.start()])
            line = text.count("\n", 0, match.start("fence")) + 1
            place = f"{page.relative_to(ROOT)}:{line}: {headings[-1] if headings else ''}"
            yield Block(place, match["language"], match["text"], json.loads(match["run"] or "{}"))
    for plugin in PLUGINS:
        for node in ast.parse(plugin.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "EXAMPLES":
                yield Block(f"{plugin.relative_to(ROOT)}: EXAMPLES", "yaml", ast.literal_eval(node.value))


BLOCKS = list(_blocks())
YAML = [block for block in BLOCKS if block.language in ("yaml", "yml")]
COMMANDS = [
    Block(f"{block.place}: {number}", "shell", command, block.run)
    for block in BLOCKS
    if block.language in ("shell", "bash", "console")
    for number, command in enumerate(re.sub(r"\\\n\s*", "", block.text).splitlines())
    if re.match(r"(\$ )?ansible-playbook +idops\.sailpoint\.", command)
    and not re.search(r" (-i|--inventory|@)", command)
]


@dataclass
class Stage:
    """Where blocks are run."""

    tenant: Simulator
    folder: Path
    environment: dict[str, str]

    def arguments(self, block: Block) -> list[str]:
        """The arguments of ansible-playbook that give a block its variables."""
        sources = (task["target"]["id"] for task in self.tenant.tasks().values() if task["target"])
        pending = self.tenant.pending()
        completed = (task_id for task_id in self.tenant.tasks() if task_id not in pending)
        stand_ins = {"@running": next(iter(pending)), "@completed": next(completed), "@source": next(sources)}
        variables = json.dumps({"clear_pending_tasks_observe": "1", **block.run.get("extra_vars", {})})
        if '"@running"' in variables:
            self.tenant.finish_in(3, [stand_ins["@running"]])
        for name, value in stand_ins.items():
            variables = variables.replace(f'"{name}"', f'"{value}"')
        return ["-e", variables]

    def at_home(self, text: str, around: str = "") -> str:
        """A text with this tenant for the simulated one of the documentation, and the test's folder for its files,
        between quotes where a blank in its path needs them.
        """
        text = text.replace("observe: 30s", "observe: 1s").replace(_SIMULATOR, self.tenant.environment["SAIL_BASE_URL"])
        for path in _FOLDER.findall(text):
            (self.folder / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        return _FOLDER.sub(lambda match: f"{around}{self.folder}{match[0]}{around[::-1]}", text)

    def play(self, *arguments: str) -> None:
        """Runs ansible-playbook, which must succeed and must not complain."""
        done = subprocess.run(
            ["ansible-playbook", *arguments],
            check=False,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=HANGS_AFTER,
        )
        complaints = re.findall(_COMPLAINT, done.stdout, re.MULTILINE)
        assert done.returncode == 0, done.stdout
        assert not complaints, done.stdout


@pytest.fixture
def stage(simulator: Simulator, collections_path: Path, tmp_path: Path) -> Stage:
    """A tenant with tasks of all kinds, and an environment as a user has it who has set the three variables."""
    simulator.reset(tasks=60, stuck=10, seed=1)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "SAIL_"))}
    environment = {
        **inherited,
        **simulator.environment,
        "ANSIBLE_COLLECTIONS_PATH": str(collections_path),
        "ANSIBLE_HOME": str(tmp_path / "ansible"),
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
        "ANSIBLE_NOCOLOR": "True",
        "HOME": str(tmp_path),
    }
    return Stage(simulator, tmp_path, environment)


def _skip_if_told(block: Block) -> None:
    if "skip" in block.run:
        pytest.skip(block.run["skip"])


@pytest.mark.parametrize("block", YAML, ids=str)
def test_yaml_of_the_documentation(block: Block, stage: Stage) -> None:
    unknown = set(block.run) - {"extra_vars", "skip"}
    assert not unknown
    text = stage.at_home(block.text)
    data = yaml.safe_load(text)
    if isinstance(data, dict):
        return  # an inventory, variables: what file it is, the text around it says
    assert isinstance(data, list), "neither a playbook, nor tasks, nor a mapping"
    _skip_if_told(block)
    if any("sources" in play for play in data):
        _check_rulebook(data, stage.environment)
        return
    if not all("hosts" in play or "ansible.builtin.import_playbook" in play for play in data):
        indented = "".join(f"    {line}\n" for line in text.splitlines())
        text = f"- name: Tasks of the documentation\n  hosts: localhost\n  gather_facts: false\n  tasks:\n{indented}"
    playbook = stage.folder / "playbook.yml"
    playbook.write_text(text, encoding="utf-8")
    stage.play(str(playbook), *stage.arguments(block))


@pytest.mark.parametrize("block", COMMANDS, ids=str)
def test_commands_of_the_documentation(block: Block, stage: Stage) -> None:
    _skip_if_told(block)
    # One pair of quotes is the shell's, the other that of "-e name=value".
    words = shlex.split(stage.at_home(block.text, around="\"'").removeprefix("$ "))
    stage.play(*words[1:], *stage.arguments(block))


def test_the_documentation_shows_something_of_each_kind() -> None:
    """The patterns above still find what they are for."""
    assert len(YAML) > 10
    assert COMMANDS
    assert len([block for block in YAML if block.place.endswith("EXAMPLES")]) == len(PLUGINS)


def _check_rulebook(data: list[dict[str, Any]], environment: dict[str, str]) -> None:
    """Has the event source check the options that a rulebook gives it."""
    code = (
        "import json, runpy, sys; source = runpy.run_path(sys.argv[1]);"
        "[source['configured'](arguments) for arguments in json.loads(sys.argv[2])]"
    )
    given = [source["idops.sailpoint.task_status"] for play in data for source in play["sources"]]
    place = (
        "ansible_collections",
        "idops",
        "sailpoint",
        "extensions",
        "eda",
        "plugins",
        "event_source",
        "task_status.py",
    )
    source = Path(environment["ANSIBLE_COLLECTIONS_PATH"]).joinpath(*place)
    subprocess.run(["python", "-c", code, str(source), json.dumps(given)], check=True, env=environment)
