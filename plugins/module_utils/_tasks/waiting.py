# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting until tasks are completed, be the tenant out of order for a while."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .._api import records
from .._api.task_status import TaskStatus, TaskStatusApi
from .._errors import ApiError, NoAnswerError, OutOfTimeError, SailPointError, SignInError
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

    A tenant that fails for a while is no reason to give up before the time is up; one that refuses is. No pause that it
    asks for goes beyond that time; an answer that is under way then may take some seconds more.

    :raises SailPointError: the tenant refuses, or nothing was learnt of some task in all that time
    """
    begun = api.client.clock()
    with api.client.clock.ending(begun + patience.timeout):
        return _Wait(api, ids, patience, pause, begun).result()


class _Wait:
    def __init__(self, api: TaskStatusApi, ids: Sequence[str], patience: Patience, pause: Pause, begun: float) -> None:
        self._api = api
        self._ids = ids
        self._patience = patience
        self._pause = pause
        self._begun = begun
        self._states: dict[str, TaskStatus | None] = {}
        self._trouble: SailPointError | None = None

    def result(self) -> Waited:
        states, timeout = self._states, self._patience.timeout
        waiting = list(self._ids)
        while True:
            self._look(waiting)
            waiting = [task_id for task_id in waiting if _still_runs(states.get(task_id, {}))]
            elapsed = self._api.client.clock() - self._begun
            if self._trouble is not None and elapsed >= timeout and len(states) < len(self._ids):
                raise self._trouble
            if not waiting or elapsed >= timeout:
                return Waited(states, waiting, round(elapsed, 3))
            running = [states.get(task_id) or {"id": task_id} for task_id in waiting]
            self._pause(min(self._patience.interval, timeout - elapsed), running)

    def _look(self, ids: Sequence[str]) -> None:
        """Read tasks; keep the trouble that may pass.

        :raises SailPointError: trouble that will not
        """
        try:
            self._states.update(read_all(self._api, ids))
        except OutOfTimeError as error:
            self._trouble = self._trouble or error  # what held the request back says more
        except SailPointError as error:
            if not _may_pass(error):
                raise
            self._trouble = error
        else:
            self._trouble = None


def _may_pass(error: SailPointError) -> bool:
    if isinstance(error, SignInError):
        return error.passing
    if isinstance(error, ApiError):
        return error.status >= 500 or error.status == 429
    return isinstance(error, NoAnswerError)


def _still_runs(state: TaskStatus | None) -> bool:
    return state is not None and records.is_pending(state)
