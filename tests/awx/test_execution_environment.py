# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The execution environment: what ansible-builder makes of it, and what the collection says that it needs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml
from awx.support import ROOT, Run, search_path
from tools import collection


def _context(folder: Path, run: Run, definition: Path) -> Path:
    context = folder / "context"
    options = ["--file", str(definition), "--context", str(context), "--output-filename", "Containerfile"]
    done = run(["ansible-builder", "create", *options], cwd=folder)
    assert done.returncode == 0, done.stdout
    return context


def test_ansible_builder_accepts_it(run: Run, tmp_path: Path) -> None:
    context = _context(tmp_path, run, ROOT / "execution-environment.yml")
    containerfile = (context / "Containerfile").read_text(encoding="utf-8")
    assert "ansible-galaxy collection install" in containerfile
    requirements = yaml.safe_load((context / "_build" / "requirements.yml").read_text(encoding="utf-8"))
    assert requirements == {"collections": [{"name": "idops.sailpoint"}]}


def test_the_collection_says_which_python_packages_it_needs(run: Run, collections_path: Path) -> None:
    """ansible-builder installs these into the image: meta/execution-environment.yml names requirements.txt."""
    done = run(["ansible-builder", "introspect", str(collections_path)])
    assert done.returncode == 0, done.stdout
    found = yaml.safe_load(done.stdout.split("---", 1)[1])
    needed = {line.split("#")[0].strip() for line in found["python"]}
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert needed == {line.strip() for line in lines if line.strip() and not line.startswith("#")}
    assert {"requests", "jsonpatch"} == {line.split(">")[0] for line in needed}
    assert found["system"] == []


def test_it_can_hold_an_artifact_of_ones_own(run: Run, tmp_path: Path) -> None:
    """The variant of docs/awx.md, for a collection that is on no server: the artifact beside the definition."""
    guide = (ROOT / "docs" / "awx.md").read_text(encoding="utf-8")
    (block,) = [part.split("```")[0] for part in guide.split("```yaml\n")[1:] if "additional_build_files" in part]
    definition = yaml.safe_load((ROOT / "execution-environment.yml").read_text(encoding="utf-8"))
    del definition["dependencies"]["galaxy"]
    artifact = collection.build(tmp_path, env={"PATH": search_path()})
    changed = yaml.safe_load(block.replace("idops-sailpoint-1.0.0.tar.gz", artifact.name))
    definition["dependencies"].update(changed["dependencies"])
    definition["additional_build_files"] = changed["additional_build_files"]
    (source,) = [item["src"] for item in changed["additional_build_files"]]
    assert artifact.match(source)
    path = tmp_path / "execution-environment.yml"
    path.write_text(yaml.safe_dump(definition), encoding="utf-8")
    build = _context(tmp_path, run, path) / "_build"
    # What the image's stage "galaxy" does, in its working directory, a copy of _build.
    command = [
        "ansible-galaxy",
        "collection",
        "install",
        "-r",
        "requirements.yml",
        "--offline",
        "-p",
        str(tmp_path / "c"),
    ]
    done: subprocess.CompletedProcess[str] = run(
        command, cwd=build, env={"ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "c")}
    )
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "c" / "ansible_collections" / "idops" / "sailpoint" / "plugins").is_dir()
