# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time as the client goes by it: what it is, waiting for it to pass, when it is up. Tests hand in one of their own."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timezone


class Clock:
    """The monotonic clock of this machine. Seconds from a start that means nothing.

    ``deadline``: when what is done at present has to be over, in pauses, retries and sign-in alike; mostly never.
    """

    deadline = math.inf

    def __call__(self) -> float:
        """Return the time."""
        return time.monotonic()

    def utc_now(self) -> datetime:
        """Return what the wall clock of this machine shows, which may be wrong and may jump."""
        return datetime.now(timezone.utc)

    def left(self) -> float:
        """Return the seconds until the deadline."""
        return self.deadline - self()

    @contextlib.contextmanager
    def ending(self, deadline: float) -> Iterator[None]:
        """Set a deadline for what is done meanwhile, an earlier one stays."""
        before = self.deadline
        self.deadline = min(before, deadline)
        try:
            yield
        finally:
            self.deadline = before

    def wait_until_set(self, event: threading.Event, seconds: float) -> bool:
        """Wait for an event, at most so many seconds; return whether it is set."""
        return event.wait(seconds)

    def wait_until_notified(self, condition: threading.Condition, seconds: float) -> None:
        """Wait for a condition, which the caller holds, at most so many seconds."""
        condition.wait(seconds)
