# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._api.paging import SideBySide, read_moving_list
from hypothesis import given
from hypothesis import strategies as st

PAGE_SIZES = (*range(1, 8), 250)
MOST_REQUESTS = 10_000


class MovingList:
    """A list in a fixed order, of which records go and to which records come between two pages."""

    def __init__(self, length: int, seed: int, leave: float, arrive: float, where: str) -> None:
        self._random = random.Random(seed)
        self._leave, self._arrive, self._where = leave, arrive, where
        self._numbers = self.rounds = 0
        self.records = [self._new() for _record in range(length)]
        self.stayed = {record["id"] for record in self.records}
        self.requests: list[tuple[int, int]] = []

    def fetch(self, offset: int, limit: int) -> list[dict[str, Any]]:
        assert 1 <= limit <= 250 and offset >= 0
        assert len(self.requests) < MOST_REQUESTS, "it reads on and on"
        if self.requests:
            self._move()
        self.requests.append((offset, limit))
        return [dict(record) for record in self.records[offset : offset + limit]]

    def side_by_side(self, total: int | None) -> SideBySide:
        """Return how to read several pages at once: they are answered in any order, and the list moves meanwhile."""

        def fetch_all(offsets: Sequence[int], limit: int) -> list[list[dict[str, Any]]]:
            assert 1 < len(offsets) <= 8 and len(set(offsets)) == len(offsets)
            self.rounds += 1
            pages = {offset: self.fetch(offset, limit) for offset in self._random.sample(offsets, len(offsets))}
            return [pages[offset] for offset in offsets]

        return SideBySide(lambda: len(self.records) if total is None else total, fetch_all)

    def _new(self) -> dict[str, Any]:
        self._numbers += 1
        return {"id": f"task-{self._numbers}"}

    def _move(self) -> None:
        for record in list(self.records):
            if self._random.random() < self._leave:
                self.records.remove(record)
                self.stayed.discard(record["id"])
        # A bounded number: a list that grows faster than it is read has no end.
        for _record in range(self._random.randrange(3) if self._random.random() < self._arrive else 0):
            places = {"front": 0, "end": len(self.records), "anywhere": self._random.randrange(len(self.records) + 1)}
            if self._numbers < 90:
                self.records.insert(places[self._where], self._new())


def read(moving: MovingList, page_size: int, **options: Any) -> list[str]:
    warnings: list[str] = []
    ids = [record["id"] for record in read_moving_list(moving.fetch, page_size, **options)]
    assert warnings == []
    return ids


@given(
    page_size=st.sampled_from(PAGE_SIZES),
    length=st.integers(0, 60),
    seed=st.integers(0, 2**32),
    leave=st.sampled_from([0.0, 0.02, 0.1, 0.5]),
    arrive=st.sampled_from([0.0, 0.3, 1.0]),
    where=st.sampled_from(["front", "end", "anywhere"]),
)
def test_nothing_that_stayed_is_skipped_and_nothing_comes_twice(
    page_size: int, length: int, seed: int, leave: float, arrive: float, where: str
) -> None:
    moving = MovingList(length, seed, leave, arrive, where)
    ids = read(moving, page_size)
    assert len(set(ids)) == len(ids)
    assert moving.stayed <= set(ids)


@given(
    page_size=st.sampled_from(PAGE_SIZES),
    length=st.integers(0, 60),
    seed=st.integers(0, 2**32),
    leave=st.sampled_from([0.0, 0.02, 0.1, 0.5]),
    arrive=st.sampled_from([0.0, 0.3, 1.0]),
    where=st.sampled_from(["front", "end", "anywhere"]),
    total=st.sampled_from([None, None, 0, 5, 1000]),
)
def test_reading_several_pages_at_once_skips_nothing_either(
    page_size: int, length: int, seed: int, leave: float, arrive: float, where: str, total: int | None
) -> None:
    """Also where the tenant counts wrongly."""
    moving = MovingList(length, seed, leave, arrive, where)
    ids = read(moving, page_size, side_by_side=moving.side_by_side(total))
    assert len(set(ids)) == len(ids)
    assert moving.stayed <= set(ids)


@given(st.integers(2, 9), st.integers(0, 120), st.integers(0, 30), st.one_of(st.none(), st.integers(0, 130)))
def test_several_pages_at_once_are_the_same_records_in_the_same_order(
    page_size: int, length: int, offset: int, most: int | None
) -> None:
    still = MovingList(length, 0, 0.0, 0.0, "end")
    ids = read(still, page_size, offset=offset, most=most, side_by_side=still.side_by_side(None))
    assert ids == [record["id"] for record in still.records][offset:][:most]
    assert len(still.requests) <= 2 + len(ids) // (page_size - 1)


def test_a_long_list_is_read_eight_pages_at_once_and_a_short_one_is_not_counted() -> None:
    long = MovingList(5000, 0, 0.0, 0.0, "end")
    assert len(read(long, 250, side_by_side=long.side_by_side(None))) == 5000
    assert (long.rounds, len(long.requests)) == (2, 4 + 2 * 8 + 1)
    short = MovingList(900, 0, 0.0, 0.0, "end")
    counted: list[int] = []
    way = SideBySide(lambda: counted.append(1), short.side_by_side(None).fetch_all)
    assert len(read(short, 250, side_by_side=way)) == 900
    assert (short.rounds, counted, len(short.requests)) == (0, [], 4)


@given(st.integers(0, 600), st.integers(0, 2**32), st.sampled_from([0.01, 0.3]))
def test_whole_pages_of_a_list_that_shrinks(length: int, seed: int, leave: float) -> None:
    moving = MovingList(length, seed, leave, 0.0, "end")
    ids = read(moving, 250)
    assert len(set(ids)) == len(ids)
    assert moving.stayed <= set(ids)


@given(st.sampled_from(PAGE_SIZES), st.integers(0, 300), st.integers(0, 50), st.one_of(st.none(), st.integers(0, 320)))
def test_a_list_at_rest_is_read_in_order_from_the_offset_up_to_the_limit(
    page_size: int, length: int, offset: int, most: int | None
) -> None:
    still = MovingList(length, 0, 0.0, 0.0, "end")
    ids = read(still, page_size, offset=offset, most=most)
    assert ids == [record["id"] for record in still.records][offset:][:most]
    assert len(still.requests) <= 2 + len(ids) // max(1, page_size - 1)


@pytest.mark.parametrize(
    ("length", "page_size", "most", "requests"),
    [
        (0, 250, None, [(0, 250)]),
        (249, 250, None, [(0, 250)]),
        (600, 250, None, [(0, 250), (249, 250), (498, 250)]),
        (600, 250, 10, [(0, 10)]),
        (600, 250, 250, [(0, 250)]),
        (600, 250, 300, [(0, 250), (249, 51)]),
        (600, 250, 0, []),
        (3, 100, 3, [(0, 3)]),
        (3, 1, None, [(0, 1), (0, 2), (1, 2), (2, 2)]),
    ],
)
def test_no_request_more_than_it_takes(
    length: int, page_size: int, most: int | None, requests: list[tuple[int, int]]
) -> None:
    still = MovingList(length, 0, 0.0, 0.0, "end")
    read(still, page_size, most=most)
    assert still.requests == requests


@pytest.mark.parametrize(
    ("length", "most", "rounds", "requests", "counts"),
    [
        (1000, None, 0, 5, 1),  # the fifth page is worth a count, and is the last one
        (5000, 1246, 0, 5, 0),  # one page more is all that is wanted
        (5000, 1247, 1, 6, 1),
        (5000, 1495, 1, 6, 1),  # to the record what two pages show that is new
        (5000, 1496, 1, 7, 1),
        (5000, 2000, 1, 9, 1),
    ],
)
def test_no_page_is_read_ahead_that_a_limit_does_not_want(
    length: int, most: int | None, rounds: int, requests: int, counts: int
) -> None:
    still = MovingList(length, 0, 0.0, 0.0, "end")
    counted: list[int] = []
    way = SideBySide(lambda: counted.append(1) or length, still.side_by_side(None).fetch_all)
    assert len(read(still, 250, most=most, side_by_side=way)) == min(length, most or length)
    assert (still.rounds, len(still.requests), len(counted)) == (rounds, requests, counts)


def test_what_is_left_of_a_limit_is_not_counted_first() -> None:
    long = MovingList(2000, 0, 0.0, 0.0, "end")
    counted: list[int] = []
    way = SideBySide(lambda: counted.append(1), long.side_by_side(None).fetch_all)
    assert len(read(long, 250, most=1001, side_by_side=way)) == 1001
    assert counted == []


def test_records_without_an_id_are_told_apart_by_what_they_hold() -> None:
    records = [{"uniqueName": "a"}, {"uniqueName": "b"}, {"id": None}, {"id": 5}, {}]

    def fetch(offset: int, limit: int) -> list[dict[str, Any]]:
        return records[offset : offset + limit]

    assert list(read_moving_list(fetch, 2)) == records


def test_a_record_that_changes_between_two_pages_is_one_by_its_id() -> None:
    requests: list[int] = []

    def fetch(offset: int, limit: int) -> list[dict[str, Any]]:
        requests.append(offset)
        assert len(requests) < 20, "it reads on and on"
        return [{"id": f"t{place}", "percentComplete": len(requests)} for place in range(7)][offset : offset + limit]

    assert [record["id"] for record in read_moving_list(fetch, 3)] == [f"t{place}" for place in range(7)]
    assert requests == [0, 2, 4, 6]


def test_a_record_without_an_id_is_one_in_whatever_order_its_keys_are() -> None:
    requests: list[int] = []

    def fetch(offset: int, limit: int) -> list[dict[str, Any]]:
        requests.append(offset)
        assert len(requests) < 20, "it reads on and on"
        keys = ("name", "type") if len(requests) % 2 else ("type", "name")
        return [{key: f"{key}-{place}" for key in keys} for place in range(5)][offset : offset + limit]

    found = list(read_moving_list(fetch, 3))
    assert [record["name"] for record in found] == [f"name-{place}" for place in range(5)]
    assert requests == [0, 2, 4]


def test_a_tenant_that_does_not_know_offsets_is_not_asked_for_ever() -> None:
    requests = []
    warnings: list[str] = []

    def fetch(offset: int, limit: int) -> list[dict[str, Any]]:
        requests.append(offset)
        assert len(requests) < 1000, "it reads on and on"
        return [{"id": f"task-{number}"} for number in range(limit)]

    ids = [record["id"] for record in read_moving_list(fetch, 5, warn=warnings.append)]
    assert ids == [f"task-{number}" for number in range(5)]
    assert warnings == ["The list of tasks showed the same ones over and over; a task may be missing from the result."]
    assert len(requests) == 1 + 100


def test_a_tenant_that_gives_more_than_asked_for_changes_no_limit() -> None:
    found = read_moving_list(lambda offset, limit: [{"id": str(number)} for number in range(9)], 5, most=3)
    assert [record["id"] for record in found] == ["0", "1", "2"]


def test_a_page_of_what_are_no_tasks_is_passed() -> None:
    records: list[Any] = [None] * 7 + [{"id": "a"}, {"id": "b"}]
    offsets: list[int] = []

    def fetch(offset: int, limit: int) -> list[Any]:
        offsets.append(offset)
        assert len(offsets) < 20, "it reads on and on"
        return records[offset : offset + limit]

    assert [record["id"] for record in read_moving_list(fetch, 3)] == ["a", "b"]


def test_a_page_is_asked_for_only_when_its_records_are_wanted() -> None:
    still = MovingList(30, 0, 0.0, 0.0, "end")
    records = read_moving_list(still.fetch, 10)
    for _record in range(10):
        next(records)
    assert still.requests == [(0, 10)]


def test_stepping_back_ends_at_the_offset() -> None:
    """Whatever the list does: what lies before the offset was not asked for."""
    pages = iter([["a", "b", "c", "d", "e"], ["x", "y"], ["a", "b"], ["v", "w"], ["a", "f"]])
    offsets: list[int] = []

    def fetch(offset: int, limit: int) -> list[Any]:
        offsets.append(offset)
        return [{"id": name} for name in next(pages)]

    found = [record["id"] for record in read_moving_list(fetch, 5, offset=10, most=6)]
    assert found == ["a", "b", "c", "d", "e", "f"]
    assert offsets == [10, 14, 10, 11, 10]


@pytest.mark.parametrize(("page_size", "positions"), [(5, [0, 4, 8, 4]), (2, [0, 1, 2, 1])])
def test_stepping_back_is_a_page_less_its_overlap(page_size: int, positions: list[int]) -> None:
    """More would be read twice, less might not reach what was seen."""
    offsets: list[int] = []

    def fetch(offset: int, limit: int) -> list[Any]:
        offsets.append(offset)
        missed = len(offsets) == 3
        return [{"id": f"{'x' if missed else ''}{number}"} for number in range(offset, offset + limit)]

    records = read_moving_list(fetch, page_size)
    for _record in range(2 * page_size):
        next(records)
    assert offsets[:4] == positions


def test_pages_without_news_count_in_a_row_only() -> None:
    """A list that now and then stands still is read to its end, however long that takes."""
    shown = ["0"]
    warnings: list[str] = []
    stands_still = itertools.cycle([False, True])

    def fetch(offset: int, limit: int) -> list[Any]:
        if next(stands_still):
            return [{"id": name} for name in shown[-2:]][: limit if len(shown) < 250 else 1]
        shown.append(str(len(shown)))
        return [{"id": name} for name in shown[-2:]]

    found = [record["id"] for record in read_moving_list(fetch, 2, warn=warnings.append)]
    assert found == shown
    assert len(found) == 250
    assert warnings == []
