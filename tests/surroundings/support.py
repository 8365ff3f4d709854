# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is needed of the machine, and why a test is skipped where that is not to be had."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def program(name: str, package: str) -> str:
    """Return the path of a program; skips the test, saying which Debian package has it, where there is none."""
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    found = shutil.which(name, path=search)
    if found is None:
        pytest.skip(f"{name} is not installed here; on Debian: apt-get install {package}")
    return found


def library(name: str, package: str) -> str:
    """Return the path of a shared library that is laid before others; skips the test as :func:`program` does."""
    program(package, package)
    for folder in ("/usr/lib", "/usr/lib64", "/usr/local/lib"):
        for path in sorted(Path(folder).glob(f"**/faketime/{name}")):
            return str(path)
    pytest.skip(f"{name} is not installed here; on Debian: apt-get install {package}")


def unshare() -> list[str]:
    """Return what begins a command that has mounts of its own; skips the test where that is not allowed."""
    found = [program("unshare", "util-linux"), "--mount", "--propagation", "private"]
    done = subprocess.run([*found, "true"], check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"mounts of one's own are not allowed here: {done.stderr.strip()}")
    return found
