# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's clients that cannot share an environment with the tests: each in a folder, made at its first use."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tools import place

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "tests" / "requirements"
CACHE = place.environments() / ".cache" / "clients"
_TIMEOUT = 600.0


def python_packages(requirements: str) -> Path:
    """A folder with packages for this interpreter, for ``PYTHONPATH``. Raises RuntimeError if they do not install."""
    file = REQUIREMENTS / requirements
    if uv := shutil.which("uv"):
        command = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", sys.executable]
    elif importlib.util.find_spec("pip"):
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    else:
        raise RuntimeError(f"neither uv nor pip is here to install {requirements}")
    return _installed(
        requirements, [sys.implementation.cache_tag, *_lines(file)], [*command, "-r", str(file)], "--target"
    )


def npm_packages(requirements: str) -> Path:
    """A folder with packages of npm, for ``NODE_PATH``. Raises RuntimeError if they do not install."""
    packages = _lines(REQUIREMENTS / requirements)
    command = [
        "npm",
        "install",
        "--no-audit",
        "--no-fund",
        "--no-save",
        "--ignore-scripts",
        "--loglevel=error",
        *packages,
    ]
    return _installed(requirements, packages, command, "--prefix") / "node_modules"


def why_no_npm() -> str:
    """What is missing here to run a client of npm; empty when nothing is."""
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    return f"needs {' and '.join(missing)} on PATH; on Debian: apt-get install nodejs npm" if missing else ""


def _lines(file: Path) -> list[str]:
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _installed(name: str, key: Sequence[str], command: Sequence[str], option: str) -> Path:
    """The folder of what ``command`` installs into the folder after ``option``: whole, or not there."""
    digest = hashlib.sha256("\0".join(key).encode()).hexdigest()[:16]
    place = CACHE / f"{Path(name).stem}-{digest}"
    if place.is_dir():
        return place
    CACHE.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=CACHE) as folder:
        made = Path(folder) / "made"
        made.mkdir()
        done = subprocess.run(
            [*command, option, str(made)], cwd=folder, capture_output=True, text=True, timeout=_TIMEOUT, check=False,
            env={**os.environ, "npm_config_update_notifier": "false"},
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{name} does not install: {(done.stdout + done.stderr)[-2000:]}")
        try:
            made.rename(place)
        except OSError:
            if not place.is_dir():  # else another process was first
                raise
    return place
