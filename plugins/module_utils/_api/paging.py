# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a list page by page while it moves.

Offset paging over a list that shrinks skips records. So each page overlaps the one before by a record: as long as a
page holds one that was seen, nothing lies between the two. Where it does not, the list has shrunk under the reader, who
steps back until it does. Records seen are not yielded again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .records import identity
from .task_status import TaskStatus

_MAX_BARREN_PAGES = 100  # in a row, that is, pages that show nothing new
_PAGES_ONE_BY_ONE = 4  # a list that goes on behind these is long enough to be read side by side
_PAGES_SIDE_BY_SIDE = 8

Fetch = Callable[[int, int], list[Any]]


@dataclass(frozen=True)
class SideBySide:
    """How to read several pages of a long list at once.

    ``total`` returns how many records the list has, None if that cannot be had; ``fetch_all`` takes offsets and a
    limit and returns those pages, in the order of the offsets.
    """

    total: Callable[[], int | None]
    fetch_all: Callable[[Sequence[int], int], list[list[Any]]]


def read_moving_list(
    fetch: Fetch,
    page_size: int,
    offset: int = 0,
    most: int | None = None,
    warn: Callable[[str], None] = lambda message: None,
    side_by_side: SideBySide | None = None,
    doubt: Callable[[set[str]], None] = lambda ids: None,
) -> Iterator[TaskStatus]:
    """Yield the records of a list from ``offset`` on, each once, at most ``most``.

    :param fetch: takes an offset and a limit, returns those records; what is no object among them is left out
    :param page_size: records to ask for at once; a page after the first has at least two, one of them seen
    :param warn: is told when the list moved so much that a record may have been missed
    :param side_by_side: how to read a long list faster; None: page by page
    :param doubt: is told, at the end, of the ids that were yielded and that a part which was read again, since the list
        had moved, shows no more: they may have left it
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
        if len(page) < size:
            break
        if reader.barren_pages >= _MAX_BARREN_PAGES:
            # It grows faster than it is read, or the tenant does not heed the offset.
            warn("The list of tasks showed the same ones over and over; a task may be missing from the result.")
            break
        reader.step_on(size)
    if reader.not_seen_again:
        doubt(reader.not_seen_again)


class _Reader:
    """How far a list is read, and where the next page begins."""

    def __init__(
        self, fetch: Fetch, page_size: int, offset: int, most: int | None, side_by_side: SideBySide | None
    ) -> None:
        self.barren_pages = 0
        self.not_seen_again: set[str] = set()
        self._accepted: list[set[str]] = []  # what each page showed that was not read again
        self._fetch = fetch
        self._page_size = page_size
        self._offset = offset
        self._most = most
        self._side_by_side = side_by_side
        self._seen: set[str] = set()
        self._position = offset
        self._pages = 0
        self._total: int | None = None
        self._ahead: dict[int, list[Any]] = {}  # pages read ahead, by offset

    def wants_more(self) -> bool:
        return self._most is None or len(self._seen) < self._most

    def size(self) -> int:
        """Return how many records to ask for: what is still wanted and one that was seen."""
        if not self._seen:
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
        if self._accepted:
            self.not_seen_again |= self._accepted.pop()
        self._position = max(self._offset, self._position - max(self._page_size, 2) + 1)

    def news(self, tasks: Sequence[TaskStatus]) -> Iterator[TaskStatus]:
        """Yield those of a page that were not seen, as many as are wanted."""
        seen_before = len(self._seen)
        keys = _keys(tasks)
        self._accepted.append(set(keys))
        self.not_seen_again.difference_update(keys)
        for key, task in zip(keys, tasks):
            if key not in self._seen and self.wants_more():
                self._seen.add(key)
                yield task
        self.barren_pages = self.barren_pages + 1 if len(self._seen) == seen_before else 0

    def step_on(self, size: int) -> None:
        self._position += max(size - 1, 0)

    def _read_ahead(self, size: int) -> dict[int, list[Any]]:
        """Return the pages from the present one on that are worth reading at once, by offset."""
        left = None if self._most is None else self._most - len(self._seen)
        if self._side_by_side is None:
            return {}
        if self._pages == _PAGES_ONE_BY_ONE and (left is None or left >= self._page_size):
            self._total = self._side_by_side.total()
        if self._total is None:
            return {}
        there = self._total - self._position
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
