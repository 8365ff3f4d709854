# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pace of requests: a sliding window that all threads of a client share, and pauses for all of them."""

from __future__ import annotations

import threading
from collections import deque

from .._errors import OutOfTimeError
from .clock import Clock

# Seconds. The vendor's limit is 100 requests per 10 s: https://developer.sailpoint.com/docs/api/rate-limit
WINDOW = 10.0


class Pace:
    """Let at most ``limit`` requests be under way or answered within the last 10 s; stop all of them on demand.

    A place is given back 10 s after the answer, not after the sending: whenever within that time the tenant counted
    the request, its own window never holds more than ``limit``. With ``limit`` 0 only pauses hold requests back.
    """

    def __init__(self, limit: int, stop: threading.Event, clock: Clock) -> None:
        """Take the limit, the event that tells a run to stop, and the time."""
        self._limit = limit
        self._stop = stop
        self._clock = clock
        self._condition = threading.Condition()
        self._under_way = 0
        self._answered: deque[float] = deque()
        self._resume_at = 0.0
        self._waited_until = 0.0
        self._waited = 0.0

    @property
    def waited(self) -> float:
        """Seconds, on the wall clock, during which at least one request was held back."""
        return self._waited

    def begin(self) -> float:
        """Wait for a place and take it; return the clock's time. Returns at once when the run is to stop.

        :raises OutOfTimeError: at once and without a place, where that would take longer than until the deadline
        """
        with self._condition:
            while not self._stop.is_set():
                now = self._clock()
                delay = self._delay(now)
                if delay <= 0:
                    break
                if now + delay > self._clock.deadline:
                    raise OutOfTimeError(delay)
                self._clock.wait_until_notified(self._condition, min(delay, 1.0))
                self._note_wait(now, self._clock())
            self._under_way += 1
            return self._clock()

    def end(self) -> None:
        """Give the place back: the request was answered, or will not be."""
        with self._condition:
            self._under_way -= 1
            if self._limit:
                self._answered.append(self._clock())
            self._condition.notify()

    def pause(self, seconds: float) -> None:
        """Hold every request back for so many seconds from now; a longer pause under way stays."""
        with self._condition:
            self._resume_at = max(self._resume_at, self._clock() + seconds)

    def wake(self) -> None:
        """Let waiting threads look at the stop event."""
        with self._condition:
            self._condition.notify_all()

    def _delay(self, now: float) -> float:
        if now < self._resume_at:
            return self._resume_at - now
        if not self._limit:
            return 0.0
        while self._answered and self._answered[0] + WINDOW <= now:
            self._answered.popleft()
        if self._under_way + len(self._answered) < self._limit:
            return 0.0
        return self._answered[0] + WINDOW - now if self._answered else 1.0

    def _note_wait(self, begun: float, ended: float) -> None:
        # Several threads wait at the same time: count the time once.
        self._waited += max(0.0, ended - max(begun, self._waited_until))
        self._waited_until = max(self._waited_until, ended)
