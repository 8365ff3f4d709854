# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the Python interpreters of this machine, and the releases of ansible-core that run on them."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

#: The Pythons that a release of ansible-core runs on as a controller: oldest and newest minor version of Python 3.
#: Source: the support matrix of ansible-core's documentation.
CORES: dict[str, tuple[int, int]] = {
    "2.16": (10, 12),
    "2.17": (10, 12),
    "2.18": (11, 13),
    "2.19": (11, 13),
    "2.20": (12, 14),
    "2.21": (12, 14),
}

_MINORS = range(9, 15)
_CACHE = "IDOPS_SAILPOINT_PYTHONS"
_ASK = "import sys; print('%d.%d' % sys.version_info[:2], getattr(sys, '_base_executable', None) or sys.executable)"


@dataclasses.dataclass(frozen=True)
class Core:
    """A release of ansible-core and the Python to run it on."""

    release: str
    python: str
    wanted: str = ""  # a requirement other than that

    @property
    def requirement(self) -> str:
        """What pip is asked for: any patch level of this release, unless another requirement is wanted."""
        return self.wanted or f"ansible-core=={self.release}.*"


def _candidates(name: str) -> list[Path]:
    folders = [Path(folder) for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders += sorted(pyenv.glob("versions/*/bin"))
    return [path for path in (folder / name for folder in folders) if os.access(path, os.X_OK)]


def _answer(python: Path | str) -> tuple[str, str] | None:
    """Asks an interpreter for its version and its real path; None if it does not run, as an inactive shim."""
    try:
        done = subprocess.run(
            [str(python), "-c", _ASK], capture_output=True, text=True, timeout=30, check=True, stdin=subprocess.DEVNULL
        )
        version, _blank, path = done.stdout.strip().partition(" ")
    except (OSError, subprocess.SubprocessError):
        return None
    return version, path


def find() -> dict[str, str]:
    """Finds the interpreters that really run.

    Returns the version ("3.12") of each and its path, oldest first. The answer is kept in the environment, so that
    child processes need not search again.
    """
    if _CACHE in os.environ:
        kept: dict[str, str] = json.loads(os.environ[_CACHE])
        return kept
    found: dict[str, str] = {}
    for minor in _MINORS:
        version = f"3.{minor}"
        for candidate in _candidates(f"python{version}"):
            answer = _answer(candidate)
            if answer and answer[0] == version:
                found[version] = answer[1]
                break
    own = _answer(sys.executable)
    if own:
        found.setdefault(*own)
    found = dict(sorted(found.items(), key=lambda item: int(item[0].partition(".")[2])))
    os.environ[_CACHE] = json.dumps(found)
    return found


def cores(pythons: Mapping[str, str]) -> list[Core]:
    """Says which releases of ansible-core run on these interpreters, oldest release first.

    The oldest gets the oldest Python that it runs on, any other the newest: so the ends of what is supported are met.
    """
    minors = sorted(int(version.partition(".")[2]) for version in pythons)
    runnable: list[Core] = []
    for release, (oldest, newest) in CORES.items():
        fit = [minor for minor in minors if oldest <= minor <= newest]
        if fit:
            runnable.append(Core(release, f"3.{fit[-1] if runnable else fit[0]}"))
    if len(runnable) == 1:
        # The only one is the newest as well.
        oldest, newest = CORES[runnable[0].release]
        fit = [minor for minor in minors if oldest <= minor <= newest]
        runnable = [Core(runnable[0].release, f"3.{fit[-1]}")]
    return runnable


def other_core(requirement: str, pythons: Mapping[str, str]) -> Core:
    """An ansible-core that is none of the supported releases, such as its development version, on the newest Python."""
    return Core("other", max(pythons, key=lambda version: int(version.partition(".")[2])), requirement)


def left_out(runnable: list[Core]) -> list[str]:
    """Names the releases of ansible-core that no interpreter of this machine runs, one sentence each."""
    names = {core.release for core in runnable}
    return [
        f"ansible-core {release} is left out: it needs a Python from 3.{oldest} to 3.{newest}"
        for release, (oldest, newest) in CORES.items()
        if release not in names
    ]


def link_folder(pythons: Mapping[str, str], folder: Path, **others: str | None) -> Path:
    """Fills a folder with links `python3.X` to the real interpreters, to be put first on PATH; returns the folder.

    nox and ansible-test look interpreters up by these names, and stumble over the shims of version managers. `others`
    are further programs and their paths, None for what is not here.
    """
    folder.mkdir(parents=True, exist_ok=True)
    programs = {**{f"python{version}": path for version, path in pythons.items()}, **others}
    for name, path in programs.items():
        link = folder / name
        if path is None or (link.is_symlink() and os.readlink(link) == path):
            continue
        fresh = folder / f".{name}.{os.getpid()}"
        fresh.symlink_to(path)
        fresh.replace(link)
    return folder
