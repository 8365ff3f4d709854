# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a list page by page while it moves, to an end that can be proved.

Offset paging over a list that shrinks skips records. So each page overlaps the one before by a record: as long as a
page holds one that was seen, nothing lies between the two. Where it does not, the list has shrunk under the reader, who
steps back until it does. Records seen are not yielded again.

A part of a list is not taken for the whole. A list ends with a page that is shorter than asked for, unless the tenant
counts more, or the length is one at which gateways cap pages; or with one that shows nothing beyond its overlap. A list
that does not come to such an end is an error.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .._errors import NoAnswerError
from .._wording import count_of
from .records import identity
from .task_status import TaskStatus

_PAGES_ONE_BY_ONE = 4  # a list that goes on behind these is long enough to be read side by side
_PAGES_SIDE_BY_SIDE = 8
_USUAL_CAPS = frozenset({10, 20, 25, 50, 64, 100, 125, 128, 150, 200})  # records a page, at which gateways cap
# Pages in a row without anything new, besides those that so many records make which arrive while the list is read.
_MAX_FUTILE_PAGES = 10
_MAX_ARRIVING = 100
MAX_CONTRADICTIONS = 3  # in a row, between what the tenant counts and what it shows
_MAX_UNCOUNTED = 100_000  # records of a list that the tenant does not count
_MAX_COUNTED = 1_000_000

Fetch = Callable[[int, int], list[Any]]


@dataclass(frozen=True)
class SideBySide:
    """What can be had of a long list besides its pages, and how to read several of these at once.

    ``total`` asks how many records the list has now, None if that cannot be had; ``fetch_all`` takes offsets and a
    limit and returns those pages, in the order of the offsets; ``told`` is the total as far as it is known unasked.
    """

    total: Callable[[], int | None]
    fetch_all: Callable[[Sequence[int], int], list[list[Any]]]
    told: Callable[[], int | None] = lambda: None


def read_moving_list(
    fetch: Fetch,
    page_size: int,
    offset: int = 0,
    most: int | None = None,
    side_by_side: SideBySide | None = None,
    doubt: Callable[[set[str]], None] = lambda ids: None,
) -> Iterator[TaskStatus]:
    """Yield the records of a list from ``offset`` on, each once, at most ``most``.

    :param fetch: takes an offset and a limit, returns those records; what is no object among them is left out
    :param page_size: records to ask for at once; a page after the first has at least two, one of them seen
    :param side_by_side: how to read a long list faster, and what the tenant counts; None: page by page
    :param doubt: is told, at the end, of the ids that were yielded and that a part which was read again, since the list
        had moved, shows no more: they may have left it
    :raises NoAnswerError: the list has no end that can be told; what was yielded is but a part of it
    """
    reader = _Reader(fetch, page_size, offset, most, side_by_side)
    while reader.wants_more():
        size = reader.size()
        page = reader.page(size)
        tasks = [record for record in page if isinstance(record, dict)]
        if reader.has_missed_some(tasks):
            reader.step_back()
            continue
        yield from reader.news(tasks)
        if not reader.wants_more() or reader.has_ended(page, size):
            break
        reader.step_on(page, size)
    if reader.not_seen_again:
        doubt(reader.not_seen_again)


def endless(seen: str, advice: str) -> NoAnswerError:
    """Return the error of a list that cannot be read to its end: what was seen of it, and what to do."""
    return NoAnswerError(f"The list of tasks cannot be read to its end: {seen}; {advice}.")


def contradiction(total: int, shown: int) -> NoAnswerError:
    """Return the error of a list that goes on behind the total that the tenant tells again and again."""
    return endless(
        f"the tenant counts {count_of(total, 'task')} (X-Total-Count) and shows {shown} or more",
        "check whether a proxy or gateway on the way changes answers",
    )


class _Reader:
    """How far a list is read, and where the next page begins."""

    def __init__(
        self, fetch: Fetch, page_size: int, offset: int, most: int | None, side_by_side: SideBySide | None
    ) -> None:
        self.not_seen_again: set[str] = set()
        self._accepted: list[tuple[int, set[str]]] = []  # the place of each page not read again, and what it showed
        self._fetch = fetch
        self._page_size = page_size
        self._offset = offset
        self._most = most
        self._side_by_side = side_by_side
        self._seen: set[str] = set()
        self._position = offset
        self._pages = 0
        self._longest = 0  # records of a page
        self._futile_pages = 0  # in a row
        self._contradictions = 0  # in a row
        self._counted: int | None = None
        self._ahead: dict[int, list[Any]] = {}  # pages read ahead, by offset

    def wants_more(self) -> bool:
        return self._most is None or len(self._seen) < self._most

    def size(self) -> int:
        """Return how many records to ask for: what is still wanted and one that was there before."""
        if not self._pages:
            return self._page_size if self._most is None else min(self._page_size, self._most)
        wanted = self._page_size if self._most is None else min(self._page_size, self._most - len(self._seen) + 1)
        return max(wanted, 2)

    def page(self, size: int) -> list[Any]:
        """Return the records at the present place."""
        if self._position not in self._ahead:
            self._ahead = self._read_ahead(size)
        self._pages += 1
        if self._position in self._ahead:
            return self._ahead.pop(self._position)
        return self._fetch(self._position, size)

    def has_missed_some(self, tasks: Sequence[TaskStatus]) -> bool:
        """Whether something may lie between a page and those before it, since none of it was seen."""
        return bool(self._seen) and self._position > self._offset and self._seen.isdisjoint(_keys(tasks))

    def step_back(self) -> None:
        self._ahead = {}  # what was read ahead is as far off as this page
        self._contradictions = 0  # the list has shrunk, so it may have been counted since
        self._position, keys = self._accepted.pop()  # there is one: nothing is missed at the offset
        self.not_seen_again |= keys

    def news(self, tasks: Sequence[TaskStatus]) -> Iterator[TaskStatus]:
        """Yield those of a page that were not seen, as many as are wanted."""
        seen_before = len(self._seen)
        keys = _keys(tasks)
        # A page at the offset that shows nothing of what it did is a beginning, not progress.
        anew = bool(self._seen) and self._seen.isdisjoint(keys)
        self._accepted.append((self._position, set(keys)))
        self.not_seen_again.difference_update(keys)
        for key, task in zip(keys, tasks):
            if key not in self._seen and self.wants_more():
                self._seen.add(key)
                yield task
        self._futile_pages = self._futile_pages + 1 if anew or len(self._seen) == seen_before else 0

    def has_ended(self, page: Sequence[Any], size: int) -> bool:
        """Whether a page is the last one."""
        is_longest = len(page) >= self._longest
        self._longest = max(self._longest, len(page))
        if len(page) >= size:
            return False
        if self._futile_pages and all(isinstance(record, dict) for record in page):
            return True  # nothing lies behind what was seen
        total, end = self._total(), self._position + len(page)
        goes_on = is_longest and len(page) in _USUAL_CAPS
        if total is not None and end <= total:  # it is counted, and rightly as far as that is known
            goes_on = end < total
        if goes_on and is_longest:
            self._page_size = len(page)  # it gives no more at once
        return not goes_on

    def step_on(self, page: Sequence[Any], size: int) -> None:
        """Go to the next page.

        :raises NoAnswerError: it would lead nowhere
        """
        self._check_progress(max(size - 1, 1))
        self._check_total(self._position + len(page))
        # By what it really gave, be it more or less than asked for; a record that stands there twice is one.
        distinct = len(self._accepted[-1][1]) + sum(not isinstance(record, dict) for record in page)
        self._position += max(distinct - 1, int(len(page) > 1))

    def _check_progress(self, step: int) -> None:
        if self._futile_pages >= _MAX_FUTILE_PAGES + _MAX_ARRIVING // step:
            raise endless(
                f"after {count_of(len(self._seen), 'task')} it showed nothing new, or others each time, on "
                f"{self._futile_pages} pages in a row",
                "check whether a proxy or gateway on the way drops the parameter offset",
            )
        most, counted = (_MAX_UNCOUNTED, "no number") if self._total() is None else (_MAX_COUNTED, str(self._total()))
        if self._most is None and max(self._position - self._offset, len(self._seen)) >= most:
            raise endless(
                f"it goes on after {len(self._seen)} tasks, and the tenant tells {counted} of them (X-Total-Count)",
                "task_status_info reads a part of it, with limit",
            )

    def _check_total(self, end: int) -> None:
        """Take that the list has records up to ``end``; it may have grown since it was counted."""
        total = self._total()
        if total is None or self._side_by_side is None or end <= total:
            self._contradictions = 0
            return
        counted = self._side_by_side.total()
        self._counted = total = total if counted is None else counted
        if end <= total:
            self._contradictions = 0
            return
        self._contradictions += 1
        self._ahead = {}  # if the list has shrunk meanwhile, the next page is to show it
        if self._contradictions >= MAX_CONTRADICTIONS:
            raise contradiction(total, end)

    def _total(self) -> int | None:
        """Return how many records the list has, as far as that is known."""
        if self._counted is None and self._side_by_side is not None:
            return self._side_by_side.told()
        return self._counted

    def _read_ahead(self, size: int) -> dict[int, list[Any]]:
        """Return the pages from the present one on that are worth reading at once, by offset."""
        left = None if self._most is None else self._most - len(self._seen)
        if self._side_by_side is None or self._pages < _PAGES_ONE_BY_ONE:
            return {}
        total = self._total()
        if total is None and self._pages == _PAGES_ONE_BY_ONE and (left is None or left >= self._page_size):
            total = self._counted = self._side_by_side.total()
        if total is None or self._longest > max(self._page_size, 2):  # the pages are not where they ought to be
            return {}
        there = total - self._position
        wanted = there if left is None else min(there, left + 1)
        pages = min(_PAGES_SIDE_BY_SIDE, -(-(wanted - 1) // (size - 1)))
        if pages < 2:
            return {}
        offsets = [self._position + number * (size - 1) for number in range(pages)]
        return dict(zip(offsets, self._side_by_side.fetch_all(offsets, size)))


def _keys(tasks: Sequence[TaskStatus]) -> list[str]:
    """Return what tells each record of a page from others: its id, else all that it says and how often it came so far.

    A task with the same id twice is one task; two records without an id that say the same may be two.
    """
    keys: list[str] = []
    nameless: Counter[str] = Counter()
    for task in tasks:
        key = identity(task)
        if key is None:
            said = json.dumps(task, sort_keys=True)
            nameless[said] += 1
            key = f"{said} {nameless[said]}"
        keys.append(key)
    return keys
