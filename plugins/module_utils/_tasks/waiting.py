# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting until tasks are completed, be the tenant out of order for a while."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .._api import records
from .._api.task_status import TaskStatus, TaskStatusApi
from .._errors import ApiError, NoAnswerError, SailPointError, SignInError
from .reading import read_all

# Takes the seconds to pause and the last known TaskStatus of each task that is waited for.
Pause = Callable[[float, Sequence[TaskStatus]], None]


@dataclass(frozen=True)
class Patience:
    """How long to wait at most, and between two looks, in seconds."""

    timeout: float
    interval: float


@dataclass(frozen=True)
class Waited:
    """What came of waiting: the last known state of each task, None of one that is not there; who is ``late``, not
    completed when the time was up; the ``seconds`` it took.
    """

    states: dict[str, TaskStatus | None]
    late: list[str]
    seconds: float


def wait_until_completed(api: TaskStatusApi, ids: Sequence[str], patience: Patience, pause: Pause) -> Waited:
    """Read tasks again and again until all are completed or the time is up.

    A tenant that fails for a while is no reason to give up before the time is up; one that refuses is.

    :raises SailPointError: the tenant refuses, or nothing was learnt of some task in all that time
    """
    begun = api.client.clock()
    states: dict[str, TaskStatus | None] = {}
    waiting = list(ids)
    while True:
        trouble = _look(api, waiting, states)
        waiting = [task_id for task_id in waiting if _still_runs(states.get(task_id, {}))]
        elapsed = api.client.clock() - begun
        if trouble is not None and elapsed >= patience.timeout and len(states) < len(ids):
            raise trouble
        if not waiting or elapsed >= patience.timeout:
            return Waited(states, waiting, round(elapsed, 3))
        running = [states.get(task_id) or {"id": task_id} for task_id in waiting]
        pause(min(patience.interval, patience.timeout - elapsed), running)


def _look(api: TaskStatusApi, ids: Sequence[str], states: dict[str, TaskStatus | None]) -> SailPointError | None:
    """Read tasks into ``states``; return the trouble that may pass.

    :raises SailPointError: trouble that will not
    """
    try:
        states.update(read_all(api, ids))
    except SailPointError as error:
        if not _may_pass(error):
            raise
        return error
    return None


def _may_pass(error: SailPointError) -> bool:
    if isinstance(error, SignInError):
        return error.passing
    if isinstance(error, ApiError):
        return error.status >= 500 or error.status == 429
    return isinstance(error, NoAnswerError)


def _still_runs(state: TaskStatus | None) -> bool:
    return state is not None and records.is_pending(state)
