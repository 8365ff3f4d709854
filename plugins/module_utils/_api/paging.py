# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: reading a list page by page while it moves.

Offset paging over a list that shrinks skips records. So each page overlaps the one before by a record: as long as a
page holds one that was seen, nothing lies between the two. Where it does not, the list has shrunk under the reader, who
steps back until it does. Records seen are not yielded again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .records import identity
from .task_status import TaskStatus

_MOST_BARREN_PAGES = 100  # pages in a row that may show nothing new
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
) -> Iterator[TaskStatus]:
    """Yield the records of a list from ``offset`` on, each once, at most ``most``.

    :param fetch: takes an offset and a limit, returns those records; what is no object among them is left out
    :param page_size: records to ask for at once; a page after the first has at least two, one of them seen
    :param warn: is told when the list moved so much that a record may have been missed
    :param side_by_side: how to read a long list faster; None: page by page
    """
    seen: set[str] = set()
    position = offset
    pages = barren_pages = 0
    total: int | None = None
    fetched: dict[int, list[Any]] = {}  # pages read ahead, by offset
    while most is None or len(seen) < most:
        size = page_size if most is None else min(page_size, most - len(seen) + (1 if seen else 0))
        if seen:
            size = max(size, 2)
        goes_on = most is None or most - len(seen) >= page_size
        if side_by_side is not None and pages == _PAGES_ONE_BY_ONE and total is None and goes_on:
            total = side_by_side.total() or 0
        if position not in fetched:
            fetched = {}
            offsets = _offsets_ahead(position, size, total, most, len(seen))
            if side_by_side is not None and len(offsets) > 1:
                fetched = dict(zip(offsets, side_by_side.fetch_all(offsets, size)))
        page = fetched.pop(position) if position in fetched else fetch(position, size)
        pages += 1
        tasks = [record for record in page if isinstance(record, dict)]
        keys = [_key(task) for task in tasks]
        if seen and position > offset and seen.isdisjoint(keys):
            fetched = {}  # what was read ahead is as far off as this page
            position = max(offset, position - max(page_size, 2) + 1)
            continue
        seen_before = len(seen)
        for key, task in zip(keys, tasks):
            if key not in seen and (most is None or len(seen) < most):
                seen.add(key)
                yield task
        if len(page) < size:
            return
        barren_pages = barren_pages + 1 if len(seen) == seen_before else 0
        if barren_pages >= _MOST_BARREN_PAGES:
            # It grows faster than it is read, or the tenant does not heed the offset.
            warn("The list of tasks showed the same ones over and over; a task may be missing from the result.")
            return
        position += size - 1 if size > 1 else 0


def _offsets_ahead(position: int, size: int, total: int | None, most: int | None, read: int) -> list[int]:
    """Return the offsets of the pages worth reading at once: within the list, and within what is wanted of it."""
    if total is None or size < 2:
        return []
    wanted = total - position if most is None else min(total - position, most - read + 1)
    pages = min(_PAGES_SIDE_BY_SIDE, -(-(wanted - 1) // (size - 1)))
    return [position + number * (size - 1) for number in range(pages)]


def _key(task: dict[str, Any]) -> str:
    return identity(task) or json.dumps(task, sort_keys=True)
