# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lays the collection out where Ansible's tools look for it: as a copy, as a link, or built and installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

#: The checkout that this file belongs to.
ROOT = Path(__file__).resolve().parents[2]

_PLACE = Path("ansible_collections", "idops", "sailpoint")


def project_files(root: Path = ROOT) -> list[Path]:
    """Lists the files of the checkout that git does not ignore, committed or not, relative to `root`.

    Raises subprocess.CalledProcessError where `root` is no git checkout.
    """
    # A checkout may belong to another user, as it often does in CI; listing its files runs nothing of it.
    command = ["git", "-c", f"safe.directory={root}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    output = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE).stdout.decode()
    names = sorted(set(filter(None, output.split("\0"))))
    return [Path(name) for name in names if (root / name).is_file()]


def copy_tree(parent: Path, root: Path = ROOT) -> Path:
    """Copies the project's files to `<parent>/ansible_collections/idops/sailpoint` and returns that folder.

    ansible-test wants a real path of this name, outside of anything that git ignores.
    """
    target = parent / _PLACE
    for name in project_files(root):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, target / name, follow_symlinks=False)
    return target


@contextmanager
def copied(root: Path = ROOT) -> Iterator[Path]:
    """Yields a temporary copy as `copy_tree` makes it, and removes it afterwards."""
    with TemporaryDirectory(prefix="idops-sailpoint-") as folder:
        yield copy_tree(Path(folder), root)


def link_tree(parent: Path, root: Path = ROOT) -> Path:
    """Links `<parent>/ansible_collections/idops/sailpoint` to the checkout and returns that link.

    Enough for Python's import and for Ansible's loader; edits show at once.
    """
    target = parent / _PLACE
    target.parent.mkdir(parents=True, exist_ok=True)
    target.symlink_to(root, target_is_directory=True)
    return target


def build(output: Path, root: Path = ROOT, env: Mapping[str, str] | None = None) -> Path:
    """Builds the artifact into the folder `output` and returns its path.

    Needs ansible-galaxy on PATH. Raises subprocess.CalledProcessError, after its output was shown, when it fails.
    """
    command = ["ansible-galaxy", "collection", "build", "--force", "--output-path", str(output), str(root)]
    _run(command, env)
    (artifact,) = output.glob("idops-sailpoint-*.tar.gz")
    return artifact


def install(artifact: Path, parent: Path, env: Mapping[str, str] | None = None) -> Path:
    """Installs an artifact below the folder `parent`, without a network, and returns the installed collection's folder.

    `parent` then serves as ANSIBLE_COLLECTIONS_PATH. Raises as `build` does.
    """
    _run(["ansible-galaxy", "collection", "install", str(artifact), "--offline", "--force", "-p", str(parent)], env)
    return parent / _PLACE


def build_and_install(parent: Path, root: Path = ROOT, env: Mapping[str, str] | None = None) -> Path:
    """Builds the checkout's artifact and installs it below `parent`, as a user would; returns the installed folder."""
    with TemporaryDirectory(prefix="idops-sailpoint-") as folder:
        return install(build(Path(folder), root, env), parent, env)


def named(variable: str, name: str) -> Path | None:
    """The folder that an environment variable says holds a collection such as `awx.awx`; None where it says nothing.

    Raises AssertionError where it holds no modules of it.
    """
    value = os.environ.get(variable)
    if not value:
        return None
    folder = Path(value).resolve()
    assert Path(folder, "ansible_collections", *name.split("."), "plugins", "modules").is_dir(), (
        f"no {name} in {folder}"
    )
    return folder


def _run(command: list[str], env: Mapping[str, str] | None) -> None:
    environment = {**os.environ, **(env or {})}
    done = subprocess.run(
        command, check=False, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        print(done.stdout, flush=True)
        done.check_returncode()
