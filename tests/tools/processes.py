# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes, as /proc shows them."""

from __future__ import annotations

import contextlib
from pathlib import Path


def stat(pid: int) -> list[str]:
    """Return the fields of /proc/<pid>/stat from the state on, [] if there is no such process."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="latin-1").rpartition(")")[2].split()
    return []


def descendants(pid: int) -> list[int]:
    """Return the processes that descend from one, as far as they are still attached to it."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        if fields := stat(int(folder.name)):
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found: list[int] = []
    left = [pid]
    while left:
        left += (more := children.get(left.pop(), []))
        found += more
    return found
