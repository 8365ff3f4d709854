# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's rate limit: a sliding window of 10 seconds per client id and API version."""

from __future__ import annotations

import math
from collections import defaultdict, deque

WINDOW = 10.0


class RateLimit:
    """Windows by (client id, version). ``now`` is always a ``time.monotonic`` reading."""

    def __init__(self) -> None:
        self._accepted: dict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._arrived: dict[tuple[str, str], deque[float]] = defaultdict(deque)
        self.peaks: dict[tuple[str, str], int] = {}

    def clear(self) -> None:
        """Forget all requests and peaks."""
        self._accepted.clear()
        self._arrived.clear()
        self.peaks.clear()

    def arrived(self, key: tuple[str, str], now: float) -> None:
        """Count a request for the peak of any 10 seconds, accepted or not."""
        window = self._slide(self._arrived[key], now)
        window.append(now)
        if len(window) > self.peaks.get(key, 0):
            self.peaks[key] = len(window)

    def admit(self, key: tuple[str, str], now: float, limit: int) -> int | None:
        """None when the request is within ``limit`` (0 = none), else the seconds to wait: whole, 1 at least."""
        window = self._slide(self._accepted[key], now)
        if limit and len(window) >= limit:
            return max(1, math.ceil(window[-limit] + WINDOW - now))
        window.append(now)
        return None

    @staticmethod
    def _slide(window: deque[float], now: float) -> deque[float]:
        while window and window[0] <= now - WINDOW:
            window.popleft()
        return window
