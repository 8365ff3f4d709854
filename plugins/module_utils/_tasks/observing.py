# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stuck or slow? Tasks are read twice, with a pause between, and what changed meanwhile is not stuck."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._api import records
from .._api.account_aggregations import status_of
from .._api.task_status import TaskStatus, TaskStatusApi
from .._errors import ApiError, Cancelled, SailPointError
from .._workers import work_side_by_side
from . import listing
from .outcomes import Outcome
from .reading import Reading, State, read_each

_ACCOUNT_AGGREGATION = "CLOUD_ACCOUNT_AGGREGATION"
_THREADS = 8

Counts = dict[str, Any]  # of one aggregation, such as processedAccounts


@dataclass(frozen=True)
class Observed:
    """What came of observing: the ``reading`` of the tasks that stood still, and the outcomes of those that did not."""

    reading: Reading
    moving: dict[str, Outcome]


def observe(api: TaskStatusApi, tasks: Mapping[str, TaskStatus], pause: Callable[[], None]) -> Observed:
    """Read pending tasks again after a pause, and how far account aggregations are before and after it.

    Both readings are of the list of pending tasks, so that a difference is one of the task and not of the endpoint.

    :param tasks: as the list has just shown them, by id
    :param pause: waits
    :raises SailPointError: they cannot be read again
    """
    meter = _Meter(api, [task_id for task_id, task in tasks.items() if records.kind(task) == _ACCOUNT_AGGREGATION])
    counts = meter.read()
    pause()
    later = meter.read()
    at = api.client.clock()
    states = _read_again(api, tasks)
    still: dict[str, State] = {}
    moving: dict[str, Outcome] = {}
    for task_id, task in tasks.items():
        state = states[task_id]
        # One that was completed meanwhile, or is gone, is told as that.
        pending = state if isinstance(state, dict) and records.is_pending(state) else None
        moved = _changed(task, pending) + _changed(counts.get(task_id), later.get(task_id))
        if pending is not None and moved:
            moving[task_id] = Outcome("moving", [], pending, moved=moved)
        else:
            still[task_id] = state
    return Observed(Reading(still, at), moving)


def _read_again(api: TaskStatusApi, ids: Collection[str]) -> dict[str, State]:
    states: dict[str, State] = {}
    for task in listing.read_pending(api):
        task_id = records.identity(task)
        if task_id is not None and task_id in ids:
            states[task_id] = task
    gone = [task_id for task_id in ids if task_id not in states]
    return {**states, **read_each(api, gone)} if gone else states


def _changed(before: object, after: object) -> list[str]:
    """Return the keys under which two answers differ; none where there are not two."""
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return []
    return [key for key in {**before, **after} if before.get(key) != after.get(key)]


class _Meter:
    """Reads how far account aggregations are, as far as the tenant tells; where it refuses, that is told once."""

    def __init__(self, api: TaskStatusApi, ids: Sequence[str]) -> None:
        self._api = api
        self._ids = ids

    def read(self) -> dict[str, Counts]:
        """Return the counts by id, without those of which the tenant knows none."""
        counts: dict[str, Counts] = {}

        def read_one(task_id: str) -> None:
            status = status_of(self._api, task_id)
            if status is not None:
                counts[task_id] = status

        try:
            # The first alone tells whether this user may.
            for ids in (self._ids[:1], self._ids[1:]):
                work_side_by_side(ids, read_one, min(_THREADS, len(ids)), self._api.client.cancel)
        except Cancelled:
            raise
        except SailPointError as error:
            self._give_up(error)
            return {}
        return counts

    def _give_up(self, error: SailPointError) -> None:
        self._ids = ()
        self._api.client.forget_failures()  # a sign-in that is refused here may do for the rest
        is_refused = isinstance(error, ApiError) and error.status == 403
        advice = "; that needs the level ORG_ADMIN, SOURCE_ADMIN or SOURCE_SUBADMIN" if is_refused else ""
        self._api.client.warn(
            "How far account aggregations are cannot be read, so they are observed by their tasks alone"
            f"{advice}: {error}"
        )
