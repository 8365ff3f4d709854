# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stuck or slow? Tasks are read twice, with a pause between, and what changed meanwhile is not stuck."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

from .._api import records
from .._api.account_aggregations import status_of
from .._api.task_status import TaskStatus, TaskStatusApi
from .._errors import ApiError, Cancelled, SailPointError, SignInError
from .._wording import first_of
from .._workers import work_side_by_side
from . import listing
from .outcomes import Outcome
from .reading import Reading, State, read_each

_ACCOUNT_AGGREGATION = "CLOUD_ACCOUNT_AGGREGATION"
_FIRST_FEW = 10
_THREADS = 8

# What the tenant tells of one aggregation, such as processedAccounts: nothing where it knows of none, or the error.
Counts = Union[dict[str, Any], SailPointError]


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
    counts = _read_counts(api, [one for one, task in tasks.items() if records.kind(task) == _ACCOUNT_AGGREGATION])
    _tell_unreadable(api, counts)
    pause()
    later = _read_counts(api, [one for one, told in counts.items() if not isinstance(told, SailPointError)])
    api.client.forget_failures()  # a sign-in that is refused there may do for the rest
    at = api.client.clock()
    states = _read_again(api, tasks)
    still: dict[str, State] = {}
    moving: dict[str, Outcome] = {}
    for task_id, task in tasks.items():
        state = states[task_id]
        # One that was completed meanwhile, or is gone, is told as that.
        pending = state if isinstance(state, dict) and records.is_pending(state) else None
        moved = _changed(task, pending) + _moved(counts.get(task_id), later.get(task_id))
        if pending is not None and moved:
            moving[task_id] = Outcome("moving", [], pending, moved=moved)
        else:
            still[task_id] = state
    return Observed(Reading(still, at), moving)


def _read_again(api: TaskStatusApi, ids: Collection[str]) -> dict[str, State]:
    states: dict[str, State] = {task["id"]: task for task in listing.read_pending(api) if records.identity(task) in ids}
    gone = [task_id for task_id in ids if task_id not in states]
    return {**states, **read_each(api, gone)} if gone else states


def _changed(before: object, after: object) -> list[str]:
    """Return the keys under which two answers differ; none where there are not two."""
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return []
    return [key for key in {**before, **after} if before.get(key) != after.get(key)]


def _moved(before: Counts | None, after: Counts | None) -> list[str]:
    """Return what of an aggregation's counts changed; where they were told once and then not, that they may have."""
    if before is None or isinstance(before, SailPointError):
        return []
    return ["counts"] if after is None or isinstance(after, SailPointError) else _changed(before, after)


def _read_counts(api: TaskStatusApi, ids: Sequence[str]) -> dict[str, Counts]:
    """Return how far account aggregations are, by id; of those after the first few none where all of these are refused.

    A user may be allowed to ask for some sources only, or for none.
    """
    counts: dict[str, Counts] = {}

    def read(task_id: str) -> None:
        try:
            counts[task_id] = status_of(api, task_id) or {}
        except Cancelled:
            raise
        except SailPointError as error:
            counts[task_id] = error.kept()

    for chunk in (ids[:_FIRST_FEW], ids[_FIRST_FEW:]):
        if not chunk or (counts and all(map(_is_refused, counts.values()))):
            break
        work_side_by_side(chunk, read, min(_THREADS, len(chunk)), api.client.cancel)
    return counts


def _is_refused(told: Counts) -> bool:
    return isinstance(told, SignInError) or (isinstance(told, ApiError) and told.status in (401, 403, 405))


def _tell_unreadable(api: TaskStatusApi, counts: Mapping[str, Counts]) -> None:
    errors = {task_id: told for task_id, told in counts.items() if isinstance(told, SailPointError)}
    if not errors:
        return
    error = next(iter(errors.values()))
    is_refused = isinstance(error, ApiError) and error.status == 403
    advice = "; that needs the level ORG_ADMIN, SOURCE_ADMIN or SOURCE_SUBADMIN" if is_refused else ""
    some = "" if len(errors) == len(counts) else f"{len(errors)} of {len(counts)} "
    api.client.warn(
        f"How far {some}account aggregations are cannot be read{f' ({first_of([*errors])})' if some else ''}, "
        f"so they are observed by their tasks alone{advice}: {error}"
    )
