# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `ansible-galaxy collection build` puts into the artifact."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from simulator.server import Simulator
from tools import collection

FOLDERS = {"changelogs", "docs", "extensions", "meta", "playbooks", "plugins", "roles", "LICENSES"}
FILES = {
    *(
        "CHANGELOG.md",
        "CHANGELOG.rst",
        "FILES.json",
        "LICENSE",
        "MANIFEST.json",
        "README.md",
        "SECURITY.md",
    ),
    *("decision-environment.yml", "execution-environment.yml", "requirements.txt"),
}


def _names(artifact: Path) -> list[Path]:
    with tarfile.open(artifact) as archive:
        return [Path(member.name) for member in archive.getmembers() if member.isfile()]


def test_the_artifact_holds_only_what_users_need(artifact: Path) -> None:
    strangers = [
        str(name)
        for name in _names(artifact)
        if (name.parts[0] not in FOLDERS if len(name.parts) > 1 else name.name not in FILES)
    ]
    assert not strangers


def test_the_artifact_holds_no_leftovers(artifact: Path) -> None:
    leftovers = [
        str(name)
        for name in _names(artifact)
        if any(part == "__pycache__" or part.startswith(".") for part in name.parts) or name.suffix in {".pyc", ".orig"}
    ]
    assert not leftovers


def test_the_artifact_holds_every_plugin(artifact: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    plugins = {path.relative_to(root) for path in (root / "plugins").glob("*/*.py")}
    assert plugins
    assert plugins <= set(_names(artifact))


def test_the_artifact_is_small(artifact: Path) -> None:
    """Pictures, and what only contributors read, stay out."""
    assert artifact.stat().st_size < 350_000


def test_the_pages_of_the_artifact_lead_to_what_is_in_it(artifact: Path) -> None:
    """But for the tests that hold a promise: what else is in the repository only is given by its address."""
    names = set(_names(artifact))
    folders = {folder for name in names for folder in name.parents}
    with tarfile.open(artifact) as archive:
        for name in names:
            file = archive.extractfile(str(name))
            if name.suffix != ".md" or file is None:
                continue
            links = re.findall(r"\]\(([^)#\s]+)", file.read().decode())
            targets = {Path(os.path.normpath(name.parent / link)) for link in links if "://" not in link}
            assert [str(path) for path in targets - names - folders if path.parts[0] != "tests"] == [], name


def test_the_artifact_is_the_same_whenever_it_is_built(artifact: Path, tmp_path: Path) -> None:
    """In names, modes and bytes; ansible-galaxy gives every member the time of the build."""

    def content(path: Path) -> dict[str, tuple[int, bytes]]:
        with tarfile.open(path) as archive:
            files = {member: archive.extractfile(member) for member in archive.getmembers()}
            return {member.name: (member.mode, file.read() if file else b"") for member, file in files.items()}

    copy = collection.copy_tree(tmp_path / "copy")
    for path in copy.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    again = collection.build(tmp_path, copy)
    assert content(again) == content(artifact)


PLAYBOOK = """
- name: Use a bit of everything
  hosts: localhost
  gather_facts: false
  tasks:
    - name: A module
      idops.sailpoint.task_status_info:
        pending: true
        count_only: true
      register: pending
    - name: A lookup
      ansible.builtin.assert:
        that:
          - pending.total_count == 3
          - query('idops.sailpoint.task_status', pending=true) | length == 3
    - name: A module in a process of its own
      vars:
        ansible_sailpoint_in_process: false
      idops.sailpoint.task_status:
        id: "{{ query('idops.sailpoint.task_status', pending=true) | map(attribute='id') | first }}"
    - name: A role, with a report
      ansible.builtin.include_role:
        name: idops.sailpoint.task_report
      vars:
        task_report_dir: "{{ playbook_dir }}"
- name: A playbook
  ansible.builtin.import_playbook: idops.sailpoint.clear_pending_tasks
"""


@pytest.mark.core
def test_four_folders_are_enough(artifact: Path, simulator: Simulator, tmp_path: Path) -> None:
    """Meta, plugins, roles and playbooks are what some, such as the package "ansible", bring of a collection."""
    simulator.reset(tasks=10, stuck=3, seed=1)
    installed = collection.install(artifact, tmp_path)
    for path in installed.iterdir():
        if path.name not in {"meta", "plugins", "roles", "playbooks", "MANIFEST.json", "FILES.json"}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    playbook = tmp_path / "playbook.yml"
    playbook.write_text(PLAYBOOK, encoding="utf-8")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "SAIL_"))}
    environment = {"ANSIBLE_COLLECTIONS_PATH": str(tmp_path), "ANSIBLE_HOME": str(tmp_path / "ansible")}
    subprocess.run(
        ["ansible-playbook", str(playbook)],
        env={**inherited, **simulator.environment, **environment},
        check=True,
        stdin=subprocess.DEVNULL,
    )
    assert len(simulator.pending()) < 3
    assert list(tmp_path.glob("*.html"))
