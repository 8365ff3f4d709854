# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Environments of other Pythons, and of other releases of ansible-core, for tests: each is made at its first use."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools import collection, place

CACHE = place.environments() / ".cache" / "environments"
#: What the modules import.
LIBRARIES = ("-r", str(collection.ROOT / "requirements.txt"))
_TIMEOUT = 600.0


def interpreter(python: str, *requirements: str) -> str:
    """Return the path of a Python whose environment has some packages.

    :param python: the path of the Python that it is made of
    :param requirements: arguments of `pip install`
    :raises RuntimeError: it cannot be made, with what was said
    """
    # One is made anew where requirements ask for other packages than before, not when newer ones come out.
    key = "\0".join([python, *requirements, (collection.ROOT / "requirements.txt").read_text(encoding="utf-8")])
    folder = CACHE / hashlib.sha256(key.encode()).hexdigest()[:16]
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run side by side
        whole = folder / "whole"
        if not whole.exists():
            shutil.rmtree(folder, ignore_errors=True)
            _make(python, folder, requirements)
            whole.touch()
    return str(folder / "bin" / "python")


def _make(python: str, folder: Path, requirements: Sequence[str]) -> None:
    made = str(folder / "bin" / "python")
    if uv := shutil.which("uv"):
        _run([uv, "venv", "--quiet", "--no-project", "--python", python, str(folder)])
        _run([uv, "pip", "install", "--quiet", "--python", made, *requirements])
    else:
        _run([python, "-m", "venv", str(folder)])
        _run([made, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements])


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {(done.stdout + done.stderr)[-2000:]}")
