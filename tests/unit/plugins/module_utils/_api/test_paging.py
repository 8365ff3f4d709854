# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._api import paging
from ansible_collections.idops.sailpoint.plugins.module_utils._api.paging import SideBySide, read_moving_list
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import NoAnswerError
from hypothesis import given
from hypothesis import strategies as st

PAGE_SIZES = (*range(1, 8), 250)
MOST_REQUESTS = 10_000


class MovingList:
    """A list in a fixed order, of which records go and to which records come between two pages.

    ``cap``: no page has more records, however many are asked for.
    """

    def __init__(self, length: int, seed: int, leave: float, arrive: float, where: str, cap: int = 250) -> None:
        self._random = random.Random(seed)
        self._leave, self._arrive, self._where, self._cap = leave, arrive, where, cap
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
        return [dict(record) for record in self.records[offset : offset + min(limit, self._cap)]]

    def side_by_side(self, total: int | None, told: bool = False) -> SideBySide:
        """Return how to read several pages at once: they are answered in any order, and the list moves meanwhile.

        :param total: what the tenant counts; None: what there is, as it is whenever it is asked
        :param told: it is known from the beginning how many there were then
        """

        def fetch_all(offsets: Sequence[int], limit: int) -> list[list[dict[str, Any]]]:
            assert 1 < len(offsets) <= 8 and len(set(offsets)) == len(offsets)
            self.rounds += 1
            pages = {offset: self.fetch(offset, limit) for offset in self._random.sample(offsets, len(offsets))}
            return [pages[offset] for offset in offsets]

        at_first = (len(self.records) if total is None else total) if told else None
        return SideBySide(lambda: len(self.records) if total is None else total, fetch_all, lambda: at_first)

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
    return [record["id"] for record in read_moving_list(moving.fetch, page_size, **options)]


@given(
    page_size=st.sampled_from(PAGE_SIZES),
    length=st.integers(0, 60),
    seed=st.integers(0, 2**32),
    leave=st.sampled_from([0.0, 0.02, 0.1, 0.5]),
    arrive=st.sampled_from([0.0, 0.3, 1.0]),
    where=st.sampled_from(["front", "end", "anywhere"]),
    cap=st.sampled_from([250, 250, 10, 20, 25]),
)
def test_nothing_that_stayed_is_skipped_and_nothing_comes_twice(
    page_size: int, length: int, seed: int, leave: float, arrive: float, where: str, cap: int
) -> None:
    """Nor is it taken for a list without an end."""
    moving = MovingList(length, seed, leave, arrive, where, cap)
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
    total=st.sampled_from([None, None, 1000, 10**18]),
    told=st.booleans(),
)
def test_reading_several_pages_at_once_skips_nothing_either(
    page_size: int, length: int, seed: int, leave: float, arrive: float, where: str, total: int | None, told: bool
) -> None:
    """Also where the tenant counts what it does not show."""
    moving = MovingList(length, seed, leave, arrive, where)
    ids = read(moving, page_size, side_by_side=moving.side_by_side(total, told))
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


@pytest.mark.parametrize(("page_size", "requests"), [(250, 1 + 10), (20, 1 + 10 + 5), (1, 1 + 10 + 100)])
def test_a_tenant_that_does_not_know_offsets_is_not_asked_for_ever(page_size: int, requests: int) -> None:
    """How long it is borne with goes by how far a list may move while it is read."""
    offsets: list[int] = []

    def fetch(offset: int, limit: int) -> list[dict[str, Any]]:
        offsets.append(offset)
        assert len(offsets) < 1000, "it reads on and on"
        return [{"id": f"task-{number}"} for number in range(max(limit, 2))]

    with pytest.raises(NoAnswerError) as raised:
        list(read_moving_list(fetch, page_size))
    assert str(raised.value) == (
        f"The list of tasks cannot be read to its end: after {max(page_size, 2)} tasks it showed nothing new, or "
        f"others each time, on {requests - 1} pages in a row; check whether a proxy or gateway on the way drops the "
        "parameter offset."
    )
    assert len(offsets) == requests


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
    stands_still = itertools.cycle([False, True])

    def fetch(offset: int, limit: int) -> list[Any]:
        if next(stands_still):
            return [{"id": name} for name in shown[-2:]][: limit if len(shown) < 250 else 1]
        shown.append(str(len(shown)))
        return [{"id": name} for name in shown[-2:]]

    found = [record["id"] for record in read_moving_list(fetch, 2)]
    assert found == shown
    assert len(found) == 250


# Lists that lie


class LyingList:
    """A list of which a tenant, or what stands before it, does not tell the truth in one way or several.

    :param lies: ``offset``: it is not heeded; ``stuck``: it is not heeded behind 300; ``number``: it is taken for the
        number of a page; ``limit``: all that there is comes at once; ``endless``: there always is more; ``repeats``: it
        begins anew at its end; ``anew``: it is another list each time; ``nothing``: it is full of what is no object
    :param cap: no page has more records, unless the limit is not heeded
    """

    def __init__(self, length: int, lies: frozenset[str], cap: int = 250) -> None:
        self.length, self.cap, self.lies = length, cap, lies
        self.requests: list[tuple[int, int]] = []
        self.counts = 0
        self.ids = [] if "nothing" in lies else [f"task-{number}" for number in range(length)]

    def fetch(self, offset: int, limit: int) -> list[Any]:
        assert len(self.requests) < MOST_REQUESTS, "it reads on and on"
        self.requests.append((offset, limit))
        first = self._first(offset, limit)
        end = first + (max(self.length, limit) if "limit" in self.lies else min(limit, self.cap))
        if not self.lies & {"endless", "repeats"}:
            end = min(end, self.length)
        if "nothing" in self.lies:
            return [None] * max(end - first, 0)
        if "repeats" in self.lies:
            return [{"id": self.ids[number % self.length]} for number in range(first, end)] if self.length else []
        name = f"{len(self.requests)}-" if "anew" in self.lies else "task-"
        return [{"id": f"{name}{number}"} for number in range(first, end)]

    def _first(self, offset: int, limit: int) -> int:
        if "offset" in self.lies:
            return 0
        if "number" in self.lies:
            return offset * limit
        return min(offset, 300) if "stuck" in self.lies else offset

    def side_by_side(self, total: int | None, told: bool) -> SideBySide:
        def count() -> int | None:
            self.counts += 1
            return total

        return SideBySide(
            count,
            lambda offsets, limit: [self.fetch(offset, limit) for offset in offsets],
            lambda: total if told else None,
        )


LIES = ("offset", "stuck", "number", "limit", "endless", "repeats", "anew", "nothing")
CAPS = (10, 20, 25, 50, 64, 100, 125, 128, 150, 200)


@given(
    page_size=st.sampled_from((1, 2, 7, 50, 128, 249, 250)),
    length=st.one_of(st.sampled_from([0, 10, 50, 100, 200, 250, 499]), st.integers(0, 700)),
    lies=st.frozensets(st.sampled_from(LIES), max_size=3),
    cap=st.sampled_from((*CAPS, 250)),
    total=st.sampled_from(["none", "right", "right", "one", "absurd"]),
    told=st.booleans(),
)
def test_either_all_records_come_or_an_error(
    page_size: int, length: int, lies: frozenset[str], cap: int, total: str, told: bool
) -> None:
    """Never a part of a list, and never requests without a bound, however a tenant lies."""
    lying = LyingList(length, lies, cap)
    if "endless" in lies and total in ("none", "absurd"):
        total = "right"  # that takes long, and has a test of its own
    counted = {"none": None, "right": length, "one": 1, "absurd": 10**18}[total]
    side_by_side = None if total == "none" and not told else lying.side_by_side(counted, told)
    found: list[Any] = []
    try:
        found = list(read_moving_list(lying.fetch, page_size, side_by_side=side_by_side))
    except NoAnswerError as error:
        assert str(error).startswith("The list of tasks cannot be read to its end: ")
        assert lies or total in ("one", "absurd"), "an honest list"
    else:
        ids = [record["id"] for record in found]
        assert len(ids) == len(lying.ids) if "anew" in lies else ids == lying.ids
    assert len(lying.requests) <= 1000 + 12 * length and lying.counts <= 10 + len(lying.requests)


@given(st.integers(2, 249), st.integers(0, 1500))
def test_whatever_the_cap_a_list_that_is_counted_is_read_to_its_end(cap: int, length: int) -> None:
    lying = LyingList(length, frozenset(), cap)
    found = read_moving_list(lying.fetch, 250, side_by_side=lying.side_by_side(length, told=True))
    assert [record["id"] for record in found] == lying.ids


@pytest.mark.parametrize(
    ("length", "cap", "most", "total", "requests"),
    [
        (1000, 100, None, None, [(0, 250), *((99 * page, 100) for page in range(1, 11))]),
        (199, 100, None, None, [(0, 250), (99, 100), (198, 100)]),
        (100, 250, None, None, [(0, 250), (99, 100)]),  # may be capped, for all that is known
        (100, 250, None, 100, [(0, 250)]),
        (99, 250, None, None, [(0, 250)]),
        (99, 99, None, 100, [(0, 250), (98, 99)]),
        (100, 250, 100, None, [(0, 100)]),
        (300, 100, 100, None, [(0, 100)]),
        (300, 100, 200, None, [(0, 200), (99, 100), (198, 2)]),
        (349, 250, None, None, [(0, 250), (249, 250)]),  # it has given more than the last hundred at once
        (299, 250, None, 400, [(0, 250), (249, 250), (298, 250)]),  # counted when there were more
        (0, 250, None, 10, [(0, 250)]),
    ],
)
def test_a_short_page_may_not_be_the_last(
    length: int, cap: int, most: int | None, total: int | None, requests: list[tuple[int, int]]
) -> None:
    lying = LyingList(length, frozenset(), cap)
    side_by_side = None if total is None else lying.side_by_side(total, True)
    found = read_moving_list(lying.fetch, 250, most=most, side_by_side=side_by_side)
    assert [record["id"] for record in found] == lying.ids[:most]
    assert lying.requests == requests and lying.counts == 0


def test_a_page_that_was_cut_is_not_the_last_where_the_tenant_counts_more() -> None:
    cut = iter([250, 37])

    def fetch(offset: int, limit: int) -> list[Any]:
        return [{"id": str(number)} for number in range(1000)][offset : offset + next(cut, limit)]

    side_by_side = SideBySide(
        lambda: 1000, lambda offsets, limit: [fetch(offset, limit) for offset in offsets], lambda: 1000
    )
    assert len(list(read_moving_list(fetch, 250, side_by_side=side_by_side))) == 1000


def test_what_comes_at_once_is_not_read_again() -> None:
    lying = LyingList(5000, frozenset({"limit"}))
    assert len(list(read_moving_list(lying.fetch, 250, side_by_side=lying.side_by_side(5000, True)))) == 5000
    assert lying.requests == [(0, 250), (4999, 250)]


@pytest.mark.parametrize(("told", "requests", "counts"), [(True, 3, 3), (False, 7, 4)])
def test_a_list_without_end_is_an_error_where_the_tenant_counts_less(told: bool, requests: int, counts: int) -> None:
    endless = LyingList(0, frozenset({"endless"}))
    with pytest.raises(NoAnswerError) as raised:
        list(read_moving_list(endless.fetch, 250, side_by_side=endless.side_by_side(10, told)))
    shown = 249 * (requests - 1) + 250
    assert str(raised.value) == (
        f"The list of tasks cannot be read to its end: the tenant counts 10 tasks (X-Total-Count) and shows {shown} or "
        "more; check whether a proxy or gateway on the way changes answers."
    )
    assert (len(endless.requests), endless.counts) == (requests, counts)


def test_a_list_that_grew_since_it_was_counted_is_counted_anew() -> None:
    """Three counts that are behind do no harm where a later one is not."""
    endless = LyingList(0, frozenset({"endless"}))
    counts = itertools.chain([1, 1, 2000, 1, 1, 5000], itertools.repeat(None))
    side_by_side = SideBySide(lambda: next(counts), endless.side_by_side(None, False).fetch_all, lambda: 10)
    found = read_moving_list(endless.fetch, 250, side_by_side=side_by_side)
    assert len(list(itertools.islice(found, 5000))) == 5000
    with pytest.raises(NoAnswerError, match="counts 5000 tasks"):
        list(found)


@pytest.mark.parametrize(("total", "most", "told"), [(None, 100_000, "no number"), (10**18, 1_000, str(10**18))])
def test_a_list_that_is_not_counted_has_a_bound(
    total: int | None, most: int, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "_MAX_COUNTED", 1_000)
    endless = LyingList(0, frozenset({"endless"}))
    with pytest.raises(NoAnswerError) as raised:
        list(read_moving_list(endless.fetch, 250, offset=7, side_by_side=endless.side_by_side(total, False)))
    message = str(raised.value)
    assert f"tasks, and the tenant tells {told} of them (X-Total-Count); task_status_info reads a part" in message
    assert most <= max(offset for offset, _limit in endless.requests) + 250 < most + 8 * 250


def test_a_limit_is_read_however_long_the_list_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "_MAX_UNCOUNTED", 500)
    endless = LyingList(0, frozenset({"endless"}))
    assert len(list(read_moving_list(endless.fetch, 250, most=2000))) == 2000


def test_what_are_no_tasks_is_not_read_for_ever() -> None:
    endless = LyingList(0, frozenset({"endless", "nothing"}))
    with pytest.raises(NoAnswerError, match="after 0 tasks it showed nothing new"):
        list(read_moving_list(endless.fetch, 250))
    assert len(endless.requests) == 10


def test_a_list_that_is_another_each_time_is_not_read_for_ever() -> None:
    changing = LyingList(1000, frozenset({"anew"}))
    with pytest.raises(NoAnswerError, match="or others each time, on 10 pages in a row"):
        list(read_moving_list(changing.fetch, 250))
    assert len(changing.requests) == 2 * 10 + 1
