# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work on many items side by side, which stops at once when the main thread is told to."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

_TICK = 0.25  # seconds between two looks, of the main thread and of a look-out
# Seconds that calls under way get to end by themselves when the run is to stop, and then when they were broken off.
_GRACE = 0.5
_MAX_STOP = 0.3
_ROOM_FOR_A_THREAD = 2**21  # bytes


def work_side_by_side(
    items: Iterable[Item],
    work: Callable[[Item], None],
    threads: int,
    cancel: Callable[[], None],
    tick: Callable[[], None] = lambda: None,
    stop: Callable[[], None] = lambda: None,
) -> None:
    """Call ``work`` with every item, in ``threads`` threads, or in as many as can be had.

    Items are taken one by one, in order, so an iterator may decide late which come. Returns when all is done.

    When a call raises, no further item is taken, those under way end by themselves, and the first error goes on.

    When this thread is interrupted (a signal, any other exception), no further item is taken either. Calls under way
    get a moment to end, since what became of an update is best told by its answer, and the exception goes on.

    :param cancel: breaks off the calls of ``work`` that are under way, for good
    :param tick: called now and then from this thread
    :param stop: makes calls of ``work`` begin nothing further
    """
    crew = _Crew(items, work)
    try:
        side_by_side = threads > 1 and crew.start(threads)
        while side_by_side and crew.is_working():
            tick()
    except BaseException:
        crew.stopped = True
        stop()
        crew.disband(_GRACE)
        cancel()
        crew.disband(_MAX_STOP)
        raise
    if not side_by_side:
        crew.take_and_work(tick)
    elif crew.error is not None:
        raise crew.error


class _Crew:
    """Threads that take items. Not those of concurrent.futures: a pool waits for its threads, however long they take
    to end, and one that is just connecting to a dead host cannot be hurried.
    """

    def __init__(self, items: Iterable[Item], work: Callable[[Item], None]) -> None:
        self.stopped = False
        self.error: BaseException | None = None
        self._items = iter(items)
        self._work = work
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def start(self, number: int) -> bool:
        """Start so many threads, or as many as the machine gives, such as a container with a limit; return whether
        there is any.
        """
        for _number in range(number):
            thread = threading.Thread(target=self._keep_error, name="sailpoint-worker", daemon=True)
            if not _started(thread):
                break
            self._threads.append(thread)
        return bool(self._threads)

    def is_working(self) -> bool:
        """Wait a moment; return whether there is more to wait for."""
        self.disband(_TICK)
        return any(thread.is_alive() for thread in self._threads)

    def disband(self, seconds: float) -> None:
        """Wait for the threads to end, at most so many seconds."""
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def take_and_work(self, tick: Callable[[], None] = lambda: None) -> None:
        while not self.stopped:
            with self._lock:
                try:
                    item = next(self._items)
                except StopIteration:
                    return
            self._work(item)
            tick()

    def _keep_error(self) -> None:
        try:
            self.take_and_work()
        except BaseException as error:  # it goes on in the main thread
            self.error = self.error or error
            self.stopped = True


def _started(thread: threading.Thread) -> bool:
    """Start a thread; return whether the machine has one to give."""
    try:
        # One that finds no memory right where it begins would be waited for without end.
        bytearray(_ROOM_FOR_A_THREAD)
        thread.start()
    except (RuntimeError, MemoryError):
        return False
    return True


@contextlib.contextmanager
def looking_out(look: Callable[[], bool]) -> Iterator[None]:
    """Call a function every quarter of a second meanwhile, in a thread of its own, until it returns true.

    The thread gets no signal: Python handles signals in the main thread alone, and one that the kernel hands to another
    does not wake the main thread from what it waits for.
    """
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_TICK) and not look():
            pass

    thread = threading.Thread(target=watch, name="sailpoint-look-out", daemon=True)
    try:
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            _started(thread)  # with the mask of whoever starts it; where no thread is to be had, nobody looks
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        yield
    finally:
        over.set()
        if thread.is_alive():
            thread.join()
