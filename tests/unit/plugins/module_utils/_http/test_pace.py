# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
from itertools import count

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._http.clock import Clock as RealClock
from ansible_collections.idops.sailpoint.plugins.module_utils._http.pace import WINDOW, Pace
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import Clock
from hypothesis import given
from hypothesis import strategies as st


class Road(Clock):
    """Time in which requests that are under way end: to wait for a place is to let it pass until one does."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[float] = []
        self.pace: Pace

    def wait_until_notified(self, condition: threading.Condition, seconds: float) -> None:
        assert seconds > 0
        until = self.now + seconds
        if self.ends and min(self.ends) <= until:
            self.land()
        else:
            self.now = until

    def land(self) -> None:
        """Let the next request under way end."""
        end = min(self.ends)
        self.ends.remove(end)
        self.now = max(self.now, end)
        self.pace.end()


def paced(limit: int, stop: threading.Event | None = None) -> tuple[Pace, Road]:
    road = Road()
    road.pace = Pace(limit, stop or threading.Event(), road)
    return road.pace, road


@given(
    st.integers(1, 7),
    st.integers(1, 12),
    st.lists(st.tuples(st.floats(0.0, 12.0), st.floats(0.0, 1.0), st.floats(0.0, 3.0)), min_size=1, max_size=60),
)
def test_the_tenant_never_counts_more_than_the_limit_in_any_ten_seconds(
    limit: int, threads: int, trips: list[tuple[float, float, float]]
) -> None:
    """Each trip: how long it takes, when within it the tenant counts it, how much later than the last it begins."""
    pace, clock = paced(limit)
    counted = []
    for duration, moment, later in trips:
        while len(clock.ends) >= threads:
            clock.land()
        clock.advance(later)
        while clock.ends and min(clock.ends) <= clock.now:
            clock.land()
        begun = pace.begin()
        assert begun == clock.now
        counted.append(begun + duration * moment)
        clock.ends.append(begun + duration)
    counted.sort()
    for first, last in zip(counted, counted[limit:]):
        assert last - first >= WINDOW - 1e-9


def test_a_burst_of_the_limit_goes_at_once_and_the_next_ten_seconds_after_the_first_answer() -> None:
    pace, clock = paced(100)
    for _request in range(100):
        assert pace.begin() == 1000.0
    clock.advance(3)
    for _request in range(100):
        pace.end()
    assert pace.begin() == 1013.0
    assert pace.waited == pytest.approx(10.0)


def test_the_pace_is_the_limit_and_no_slower() -> None:
    pace, clock = paced(100)
    for _request in range(1000):
        pace.begin()
        pace.end()
    assert clock.now - 1000.0 == pytest.approx(9 * WINDOW)


def test_without_a_limit_only_a_pause_holds_back() -> None:
    pace, clock = paced(0)
    for _request in range(500):
        pace.begin()
    assert (clock.now, pace.waited) == (1000.0, 0.0)
    pace.pause(7)
    pace.pause(2)
    assert pace.begin() == pytest.approx(1007.0)
    assert pace.begin() == pytest.approx(1007.0)
    assert pace.waited == pytest.approx(7.0)


@given(st.lists(st.floats(0.0, 30.0), min_size=1, max_size=5))
def test_the_longest_pause_counts(pauses: list[float]) -> None:
    pace, clock = paced(3)
    for pause in pauses:
        pace.pause(pause)
    assert pace.begin() == pytest.approx(1000.0 + max(pauses))


def test_a_run_that_is_to_stop_waits_no_more() -> None:
    stop = threading.Event()
    pace, clock = paced(1, stop)
    pace.begin()
    pace.pause(100)
    stop.set()
    assert pace.begin() == 1000.0


def test_waiting_threads_wake_when_the_run_is_to_stop() -> None:
    stop = threading.Event()
    pace = Pace(1, stop, RealClock())
    pace.begin()
    waiting = threading.Thread(target=pace.begin, daemon=True)
    waiting.start()
    stop.set()
    pace.wake()
    waiting.join(5)
    assert not waiting.is_alive()


def test_threads_share_one_window() -> None:
    clock = Clock()
    pace = Pace(40, threading.Event(), clock)
    numbers = count()
    begun = []

    def work() -> None:
        while next(numbers) < 40:
            begun.append(pace.begin())
            pace.end()

    threads = [threading.Thread(target=work) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == 40
    assert (clock.now, pace.waited) == (1000.0, 0.0)
    # The window is full: the next has to wait.
    pace.begin()
    assert 0 < pace.waited <= WINDOW


def test_waiting_of_many_threads_is_counted_once() -> None:
    """Eight threads wait out one pause side by side."""
    together, over = threading.Barrier(8), threading.Barrier(8)

    class Shared(Clock):
        def wait_until_notified(self, condition: threading.Condition, seconds: float) -> None:
            condition.release()
            if together.wait(10) == 0:
                self.advance(seconds)
            over.wait(10)
            condition.acquire()

    pace = Pace(0, threading.Event(), Shared())
    pace.pause(1.0)
    threads = [threading.Thread(target=pace.begin) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert pace.waited == pytest.approx(1.0)
