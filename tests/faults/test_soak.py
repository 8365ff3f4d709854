# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The soak of tests/soak, for a moment; `make soak` takes five minutes."""

from __future__ import annotations

import subprocess
import sys

from tools import collection
from tools.limits import HANGS_AFTER

SOAK = [sys.executable, str(collection.ROOT / "tests" / "soak" / "run.py")]


def test_a_short_soak() -> None:
    command = [*SOAK, "--seconds", "0.1", "--tasks", "60", "--runs", "2"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=HANGS_AFTER)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("Every claim agrees with the tenant: ")


def test_a_soak_without_faults_has_no_failures() -> None:
    """Faults are what makes the claims of the soak differ: it is they that are at work."""
    command = [*SOAK, "--seconds", "0", "--tasks", "20", "--runs", "1", "--faults", "0"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=HANGS_AFTER)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "claimed updated" in done.stdout and ", 0 faults, " in done.stdout and "claimed failed" not in done.stdout
