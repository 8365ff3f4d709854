# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time as the client goes by it: what it is, and waiting for it to pass. Tests hand in one of their own."""

from __future__ import annotations

import threading
import time


class Clock:
    """The monotonic clock of this machine. Seconds from a start that means nothing."""

    def __call__(self) -> float:
        """Return the time."""
        return time.monotonic()

    def wait_until_set(self, event: threading.Event, seconds: float) -> bool:
        """Wait for an event, at most so many seconds; return whether it is set."""
        return event.wait(seconds)

    def wait_until_notified(self, condition: threading.Condition, seconds: float) -> None:
        """Wait for a condition, which the caller holds, at most so many seconds."""
        condition.wait(seconds)
