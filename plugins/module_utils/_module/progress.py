# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Telling where long work stands, one line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from .._api import records
from .._durations import format_duration
from .._http.client import Client
from .._wording import count_of, first_of, one_line

Say = Callable[[str], None]


class Progress:
    """Says a line every ``interval`` seconds, the first after as many; says nothing with interval 0 or nowhere to."""

    def __init__(self, say: Say | None, interval: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say if interval > 0 else None
        self._interval = interval
        self._clock = clock
        self._begun = clock()
        self._next = self._begun + interval

    def updating(self, total: int, done: int, failed: int) -> None:
        """Say how an update stands, if it is time to."""
        if self._is_time() and self._say is not None:
            elapsed = self._clock() - self._begun
            rate = done / elapsed
            left = f", about {format_duration((total - done) / rate)} left" if done else ""
            self._say(f"{done} of {count_of(total, 'task')} done, {failed} failed, {rate:.1f} per second{left}")

    def waiting(self, total: int, running: Sequence[dict[str, Any]]) -> None:
        """Say which tasks are waited for, if it is time to.

        :param running: their last known TaskStatus
        """
        if self._is_time() and self._say is not None:
            elapsed = format_duration(self._clock() - self._begun)
            names = first_of([_running(task) for task in running], "; ")
            self._say(
                f"{total - len(running)} of {count_of(total, 'task')} completed after {elapsed}, running: {names}"
            )

    def sleep(self, client: Client, seconds: float, tell: Callable[[], None]) -> None:
        """Sleep, and call ``tell`` whenever it is time for a line.

        :raises Cancelled: the client was told to stop
        """
        end = self._clock() + seconds
        while (left := end - self._clock()) > 0:
            until_line = self._next - self._clock() if self._say else left
            client.sleep(min(left, max(until_line, 0.05)))
            tell()

    def _is_time(self) -> bool:
        now = self._clock()
        if self._say is None or now < self._next:
            return False
        self._next = now + self._interval
        return True


def _running(task: dict[str, Any]) -> str:
    """Return a task's id with its kind, its source and its progress as far as it tells them."""
    parts = [*records.names(task), str(task.get("progress") or "")]
    percent = task.get("percentComplete")
    if isinstance(percent, int) and percent:
        parts.append(f"{percent} %")
    told = ", ".join(part for part in parts if part)
    return one_line(f"{task.get('id')}{f' ({told})' if told else ''}")
