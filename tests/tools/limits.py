# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long tests wait for what is to happen. No test fails for being slow: that is what tests/bench is for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

#: Seconds after which what a test waits for is taken as hanging, on however busy a machine.
HANGS_AFTER = 600.0

_PAUSE = 0.01  # seconds between two looks


def eventually(condition: Callable[[], Any], what: str) -> Any:
    """Return what a condition returns as soon as that is true; fails, saying what was waited for, when it hangs."""
    until = time.monotonic() + HANGS_AFTER
    while not (value := condition()):
        assert time.monotonic() < until, f"it never happened: {what}"
        time.sleep(_PAUSE)
    return value
