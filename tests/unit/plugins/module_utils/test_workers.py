# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._workers import work_side_by_side
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import Signal


def no_call() -> None:
    raise AssertionError("nothing is to be cancelled")


@pytest.mark.parametrize("threads", [1, 2, 32])
def test_every_item_is_worked_on_once(threads: int) -> None:
    done: list[int] = []
    work_side_by_side(range(500), done.append, threads, no_call)
    assert sorted(done) == list(range(500))
    if threads == 1:
        assert done == list(range(500))


@pytest.mark.parametrize("threads", [1, 4])
def test_no_items_are_no_work(threads: int) -> None:
    work_side_by_side([], no_call, threads, no_call)  # type: ignore[arg-type]


def test_as_many_threads_as_told_work_at_once() -> None:
    together = threading.Barrier(4)
    work_side_by_side(range(8), lambda item: together.wait(10) and None, 4, no_call)


def test_items_are_taken_late_and_one_at_a_time() -> None:
    taking, taken = threading.Lock(), []

    def items() -> Iterator[int]:
        for number in range(100):
            assert taking.acquire(blocking=False), "two threads take an item at once"
            taken.append(number)
            taking.release()
            yield number

    under_way: list[int] = []
    work_side_by_side(items(), lambda item: under_way.append(len(taken) - item), 4, no_call)
    assert max(under_way) <= 4


@pytest.mark.parametrize("threads", [1, 4])
def test_a_call_that_raises_ends_the_work_and_its_error_goes_on(threads: int) -> None:
    taken: list[int] = []
    raised = threading.Event()

    def work(item: int) -> None:
        taken.append(item)
        if item == 20:
            raised.set()
            raise ValueError("twenty")
        if item > 20:
            raised.wait(10)

    with pytest.raises(ValueError, match="twenty"):
        work_side_by_side(range(10**9), work, threads, no_call, stop=no_call)
    assert set(range(21)) <= set(taken)


def test_calls_under_way_when_one_raises_end_by_themselves() -> None:
    """Who calls may have use for what they call with, such as a client, afterwards."""
    together, ended = threading.Barrier(4), []

    def work(item: int) -> None:
        together.wait(10)
        if item == 0:
            raise ValueError("the first")
        time.sleep(0.1)
        ended.append(item)

    with pytest.raises(ValueError, match="the first"):
        work_side_by_side(range(4), work, 4, no_call, stop=no_call)
    assert sorted(ended) == [1, 2, 3]


@pytest.mark.parametrize("threads", [1, 4])
def test_an_error_of_the_items_goes_on_too(threads: int) -> None:
    def items() -> Iterator[int]:
        yield 1
        raise KeyError("no more")

    with pytest.raises(KeyError):
        work_side_by_side(items(), lambda item: None, threads, lambda: None)


def test_interrupted_it_takes_no_further_item_and_lets_calls_under_way_end() -> None:
    begun: list[int] = []
    ended: list[int] = []
    all_begun = threading.Barrier(4)
    stopped = threading.Event()
    calls: list[str] = []

    def work(item: int) -> None:
        begun.append(item)
        if item < 4:
            all_begun.wait(10)
        stopped.wait(10)
        ended.append(item)

    def interrupt() -> None:
        if len(begun) >= 4:
            raise Signal("SIGTERM")

    def stop() -> None:
        calls.append("stop")
        stopped.set()

    with pytest.raises(Signal):
        work_side_by_side(range(100), work, 4, lambda: calls.append("cancel"), interrupt, stop)
    assert sorted(begun) == [0, 1, 2, 3] and sorted(ended) == [0, 1, 2, 3]
    assert calls == ["stop", "cancel"]


def test_a_thread_that_will_not_end_is_not_waited_for() -> None:
    begun, let_go = threading.Event(), threading.Event()

    def work(item: int) -> None:
        begun.set()
        let_go.wait(30)

    def interrupt() -> None:
        begun.wait(10)
        raise Signal

    try:
        with pytest.raises(Signal):
            work_side_by_side(range(2), work, 2, lambda: None, interrupt)
        assert not let_go.is_set()
        assert any(thread.name == "sailpoint-worker" for thread in threading.enumerate())
    finally:
        let_go.set()


@pytest.mark.parametrize("threads", [1, 3])
def test_the_main_thread_gets_to_look_now_and_then(threads: int) -> None:
    ticks: list[threading.Thread] = []
    ticked = threading.Event()

    def tick() -> None:
        ticks.append(threading.current_thread())
        ticked.set()

    def work(item: int) -> None:
        if threads > 1:
            ticked.wait(10)

    work_side_by_side(range(6), work, threads, no_call, tick)
    assert ticks and set(ticks) == {threading.current_thread()}
