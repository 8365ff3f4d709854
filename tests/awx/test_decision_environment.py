# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decision environment: what ansible-builder makes of it, on an upstream base and on that of the platform."""

from __future__ import annotations

from pathlib import Path

import yaml
from awx.support import ROOT, Run

DEFINITION = ROOT / "decision-environment.yml"


def _containerfile(folder: Path, run: Run, definition: Path) -> str:
    """The Containerfile that ansible-builder makes of a definition."""
    context = folder / "context"
    options = ["--file", str(definition), "--context", str(context), "--output-filename", "Containerfile"]
    done = run(["ansible-builder", "create", *options], cwd=folder)
    assert done.returncode == 0, done.stdout
    requirements = yaml.safe_load((context / "_build" / "requirements.yml").read_text(encoding="utf-8"))
    assert requirements == {"collections": [{"name": "idops.sailpoint"}]}
    return (context / "Containerfile").read_text(encoding="utf-8")


def test_ansible_builder_accepts_it(run: Run, tmp_path: Path) -> None:
    containerfile = _containerfile(tmp_path, run, DEFINITION)
    # Where ansible-galaxy collection list, and so ansible-rulebook, looks by default.
    assert "ansible-galaxy collection install $ANSIBLE_GALAXY_CLI_COLLECTION_OPTS -r requirements.yml " in containerfile
    assert '--collections-path "/usr/share/ansible/collections"' in containerfile
    build = tmp_path / "context" / "_build"
    (python,) = (build / "requirements.txt").read_text(encoding="utf-8").split("\n")[:1]
    assert python.startswith("ansible-rulebook")
    assert (build / "bindep.txt").read_text(encoding="utf-8").split() == ["java-17-openjdk-headless"]
    assert "python3.12" in containerfile


def test_so_does_it_on_the_base_of_the_platform(run: Run, tmp_path: Path) -> None:
    """The definition in its comments, which adds the collection to an image that has all else."""
    lines = [line.removeprefix("#   ") for line in DEFINITION.read_text(encoding="utf-8").splitlines()]
    begin = lines.index("version: 3")
    definition = tmp_path / "decision-environment.yml"
    definition.write_text("\n".join(lines[begin : lines.index("#", begin)]) + "\n", encoding="utf-8")
    loaded = yaml.safe_load(definition.read_text(encoding="utf-8"))
    assert loaded["images"]["base_image"]["name"].startswith("registry.redhat.io/")
    containerfile = _containerfile(tmp_path, run, definition)
    assert loaded["images"]["base_image"]["name"] in containerfile
    assert 'PKGMGR="/usr/bin/microdnf"' in containerfile


def test_its_ansible_rulebook_is_the_one_that_is_tested() -> None:
    definition = yaml.safe_load(DEFINITION.read_text(encoding="utf-8"))
    tested = (ROOT / "tests" / "requirements" / "eda.txt").read_text(encoding="utf-8").splitlines()
    assert set(definition["dependencies"]["python"]) <= set(tested)
