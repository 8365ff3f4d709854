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
from .._http.pace import WINDOW
from .._wording import count_of, first_of, one_line, printable

Say = Callable[[str], None]


class Progress:
    """Says a line every ``interval`` seconds, the first after as many; says nothing with interval 0 or nowhere to."""

    def __init__(self, say: Say | None, interval: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._say = _on_one_line(say) if say is not None and interval > 0 else None
        self._interval = interval
        self._clock = clock
        self._begun = clock()
        self._next = self._begun + interval
        self._has_said = False

    def begin(self) -> None:
        """Count from now on: what came before says nothing of how fast the next is."""
        self._begun = self._clock()

    def updating(self, total: int, done: int, failed: int, rate_limit: int = 0) -> None:
        """Say how an update stands, if it is time to and something is left.

        :param rate_limit: how many requests the pace allows per window; 0: any number
        """
        if self._say is None or done == total or not self._is_time():
            return
        elapsed = max(self._clock() - self._begun, 0.001)
        left = f", about {format_duration(self._left(total, done, elapsed, rate_limit))} left" if done else ""
        self._say(f"{_done(total, done, failed)}, {done / elapsed:.1f} per second{left}")

    def updated(self, total: int, failed: int) -> None:
        """Say that an update is over, if anything was said of it before."""
        if self._say is not None and self._has_said:
            elapsed = format_duration(self._clock() - self._begun)
            self._say(f"{_done(total, total, failed)}, after {elapsed}")

    def observing(self, total: int, left: float) -> None:
        """Say how many tasks are observed, and for how many more seconds, if it is time to."""
        if self._say is not None and self._is_time():
            self._say(f"observing {count_of(total, 'task')}, {format_duration(left)} left")

    def waiting(self, total: int, running: Sequence[dict[str, Any]]) -> None:
        """Say which tasks are waited for, if it is time to.

        :param running: their last known TaskStatus
        """
        if self._say is not None and self._is_time():
            elapsed = format_duration(self._clock() - self._begun)
            names = first_of([_running(task) for task in running], "; ")
            self._say(
                f"{total - len(running)} of {count_of(total, 'task')} completed after {elapsed}, running: {names}"
            )

    def waited(self, total: int) -> None:
        """Say that all tasks are completed, if anything was said of them before."""
        if self._say is not None and self._has_said:
            elapsed = format_duration(self._clock() - self._begun)
            self._say(f"{total} of {count_of(total, 'task')} completed after {elapsed}")

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
        if now < self._next:
            return False
        self._next = now + self._interval
        self._has_said = True
        return True

    @staticmethod
    def _left(total: int, done: int, elapsed: float, rate_limit: int) -> float:
        """Return about how many seconds the rest takes: as long as so far, but no less than the pace allows.

        A window's requests go out at once, and all wait for the next one then; of the first, one was a reading.
        """
        windows = total // rate_limit if rate_limit else 0
        return max((total - done) * elapsed / done, windows * WINDOW - elapsed)


def _on_one_line(say: Say) -> Say:
    return lambda text: say(printable(text))


def _done(total: int, done: int, failed: int) -> str:
    return f"{done} of {count_of(total, 'task')} done, {failed} failed"


def _running(task: dict[str, Any]) -> str:
    """Return a task's id with its kind, its source and its progress as far as it tells them."""
    parts = [*records.names(task), str(task.get("progress") or "")]
    percent = task.get("percentComplete")
    if isinstance(percent, int) and percent:
        parts.append(f"{percent} %")
    told = ", ".join(part for part in parts if part)
    return one_line(f"{task.get('id')}{f' ({told})' if told else ''}")
