# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of tasks by a selection, read or just counted, whatever the tenant can select."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from .._api import records
from .._api.paging import MAX_CONTRADICTIONS, SideBySide, contradiction, read_moving_list
from .._api.task_status import MAX_PAGE, Query, TaskStatus, TaskStatusApi
from .._errors import ApiError
from .._instants import parse_instant
from .._wording import count_of, first_of
from .._workers import work_side_by_side
from . import selecting
from .reading import may_be_pending, read_each

_T = TypeVar("_T")


def fulfil(
    api: TaskStatusApi,
    selection: selecting.Selection,
    sorters: str | None,
    now: selecting.Moment,
    work: Callable[[selecting.Plan], _T],
) -> _T:
    """Return what some work makes of the plan for a selection.

    A tenant may refuse a kind of task in its filter, documented or not. It is then asked without, and from then on this
    API is taken to have no such filter, so that the selection is made here.

    :param work: reads only, and can be begun anew
    :raises OptionError: as :func:`selecting.plan`
    :raises SailPointError: as the work does
    """
    try:
        return work(selecting.plan(selection, api.generation, sorters, now))
    except ApiError as refusal:
        filterable = api.generation.filter_fields
        if refusal.status != 400 or "type" not in selection.criteria.keys() & filterable:
            raise
        error = refusal
    generation = api.generation
    api.generation = dataclasses.replace(generation, filter_fields=filterable - {"type"})
    try:
        done = work(selecting.plan(selection, api.generation, sorters, now))
    except ApiError:
        api.generation = generation  # it was something else that it refused
        raise
    said = f" ({error.said})" if error.said else ""
    api.client.warn(
        f"The tenant refuses to select by type {', '.join(selection.criteria['type'])}{said}; "
        "it was asked without, and the tasks of that type were selected here."
    )
    return done


def chosen(api: TaskStatusApi, choice: selecting.Choice, tasks: Iterable[TaskStatus]) -> Iterator[TaskStatus | None]:
    """Yield for each task itself if it is wanted, else None; at the end warn of those that were left out in doubt."""
    in_doubt: list[str] = []
    for task in tasks:
        if choice.matches(task):
            yield task
            continue
        if choice.left_out_in_doubt(task):
            in_doubt.append(str(task.get("id")))
        yield None
    tell_doubt(api, in_doubt)


def tell_doubt(api: TaskStatusApi, ids: Sequence[str]) -> None:
    """Warn of tasks, if there are any, that were left out since their source cannot be told."""
    if ids:
        api.client.warn(
            f"exclude_source_id: {count_of(len(ids), 'task')} whose source cannot be told "
            f"{'was' if len(ids) == 1 else 'were'} left out too: {first_of(ids)}."
        )


def read_pending(api: TaskStatusApi) -> list[TaskStatus]:
    """Return all pending tasks, unselected; what has no id is among them.

    Those that may have left the list while it was read are asked for by themselves.

    :raises SailPointError: as :meth:`TaskStatusApi.page`
    """
    doubted: set[str] = set()
    tasks = list(_Pages(api, Query(pending=True)).tasks(doubt=doubted.update))
    states = read_each(api, [task["id"] for task in tasks if records.identity(task) in doubted]) if doubted else {}
    return [task for task in tasks if may_be_pending(states.get(str(task.get("id")), task))]


def read(
    api: TaskStatusApi,
    plan: selecting.Plan,
    sorters: str | None = None,
    limit: int | None = None,
    offset: int = 0,
    page_size: int = MAX_PAGE,
    count: bool = False,
) -> tuple[list[TaskStatus], int | None]:
    """Return the tasks of a plan, and with ``count`` how many there are without regard to limit and offset.

    :param sorters: the order wanted, whether the plan's query has it or not
    :param limit: at most so many, counted after every selection; None: all
    :param offset: the tenant's record to begin with
    :raises SailPointError: as :meth:`TaskStatusApi.page`
    """
    sorted_here = bool(sorters) and not plan.query.sorters
    counted_here = count and not plan.exact
    pages = _Pages(api, plan.query, count and plan.exact)
    # What only we can select, sort or count has to be read to the end, or from the beginning.
    most = limit if (plan.exact and not sorted_here) or (limit == 0 and not counted_here) else None
    start = 0 if counted_here else offset
    shown = pages.tasks(page_size, start, most)
    counted = 0

    def wanted() -> Iterator[TaskStatus]:
        nonlocal counted
        for position, task in enumerate(chosen(api, plan.choice, shown)):
            if task is not None:
                counted += 1
                if not counted_here or position >= offset:
                    yield task

    tasks = wanted()
    if sorted_here:
        tasks = iter(sorted(tasks, key=_created, reverse=sorters == "-created"))
    found = list(itertools.islice(tasks, limit))
    if counted_here:
        for _uncalled_for in tasks:  # to the end, but only to be counted
            pass
        return found, counted
    if not count:
        return found, None
    # None where nothing was read (limit 0), or the tenant did not say.
    return found, count_all(api, plan) if pages.total is None else pages.total


def count_all(api: TaskStatusApi, plan: selecting.Plan) -> int:
    """Return how many tasks a plan has, by reading them where the tenant cannot count them.

    :raises SailPointError: as :meth:`TaskStatusApi.page`
    """
    total = api.count(plan.query) if plan.exact else None
    if total is None:
        total = sum(task is not None for task in chosen(api, plan.choice, _Pages(api, plan.query).tasks()))
    return total


class _Pages:
    """The pages of a query; the first that is read tells the ``total`` too, where that is asked for.

    Reading them raises :class:`NoAnswerError` where the list has no end that can be told.
    """

    def __init__(self, api: TaskStatusApi, query: Query, ask_total: bool = False) -> None:
        self.total: int | None = None
        self._api = api
        self._query = query
        self._ask_total = ask_total

    def tasks(
        self,
        page_size: int = MAX_PAGE,
        offset: int = 0,
        most: int | None = None,
        doubt: Callable[[set[str]], None] = lambda ids: None,
    ) -> Iterator[TaskStatus]:
        """Yield the tasks, as :func:`read_moving_list` does; the pages of a long list are read side by side."""
        side_by_side = SideBySide(self._count, self._fetch_all, lambda: self.total)
        return read_moving_list(self._fetch, page_size, offset, most, side_by_side, doubt)

    def _count(self) -> int | None:
        # Of a list that has shown tasks none says nothing: a gateway that drops the header makes a 204 of it.
        return self._api.count(self._query) or None

    def _fetch(self, offset: int, limit: int) -> list[Any]:
        return self._counted(offset, limit) if self._ask_total else self._api.page(self._query, offset, limit).records

    def _counted(self, offset: int, limit: int) -> list[Any]:
        """Return a page that tells the total, too; one that holds more than its total is asked for again."""
        self._ask_total = False
        for _try in range(MAX_CONTRADICTIONS):
            page = self._api.page(self._query, offset, limit, count=True)
            end = offset + len(page.records)
            self.total = page.total
            if self.total is None or not page.records or end <= self.total:
                return page.records
        raise contradiction(self.total or 0, end)

    def _fetch_all(self, offsets: Sequence[int], limit: int) -> list[list[Any]]:
        pages: dict[int, list[Any]] = {}

        def fetch(offset: int) -> None:
            pages[offset] = self._api.page(self._query, offset, limit).records

        work_side_by_side(offsets, fetch, len(offsets), self._api.client.cancel)
        return [pages[offset] for offset in offsets]


def _created(task: TaskStatus) -> float:
    created = parse_instant(task.get("created"))
    return created.timestamp() if created else float("-inf")
