# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of the tasks from poll to poll: the transitions that an event source tells, each once.

Nothing here reads a clock or a network, or knows ansible-rulebook.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from ...module_utils._api import records
from ...module_utils._api.task_status import TaskStatus
from ...module_utils._instants import parse_instant
from ...module_utils._tasks import patching
from ...module_utils._tasks.reading import State

Event = dict[str, Any]

EVENTS = ("stuck", "started", "completed", "failed")

#: How far lists may contradict each other or themselves: what is younger, or was told since, is remembered.
OVERLAP = timedelta(minutes=5)

# Any other end is a failure, as for the playbook wait_for_tasks.
_GOOD_ENDS = frozenset({"success", "warning"})
_MAX_UNREADABLE = timedelta(days=1)


@dataclass(frozen=True)
class Listed:
    """What the lists of one poll showed: tasks, pending and completed, and the newest creation among all they hold."""

    tasks: Sequence[TaskStatus]
    newest: datetime | None = None


@dataclass
class _Pending:
    """What is remembered of a pending task: whether it was told as stuck; since when it cannot be found or read."""

    stuck: bool = False
    unreadable_since: datetime | None = None


class TaskWatch:
    """Tells transitions from poll to poll, each once.

    The memory holds the tasks that are pending, and those whose end was told or was history at the first poll for as
    long as a list may still show them as news.
    """

    def __init__(self, tenant: str, older_than: float, events: Sequence[str] = EVENTS) -> None:
        """Take the tenant's base URL, the seconds after which a task is stuck, and which events to tell."""
        self._tenant = tenant
        self._older_than = older_than
        self._events = frozenset(events)
        self._begun = False
        self._pending: dict[str, _Pending] = {}
        self._over: dict[str, tuple[datetime | None, datetime]] = {}  # when created by the tenant, when told by us
        self._since: datetime | None = None

    def __len__(self) -> int:
        """How many tasks are remembered."""
        return len(self._pending) + len(self._over)

    @property
    def since(self) -> datetime | None:
        """From which creation on a completed task is news if it is not remembered; None: any."""
        return self._since

    @property
    def begun(self) -> bool:
        """Whether there was a first poll."""
        return self._begun

    def unseen(self, tasks: Sequence[TaskStatus]) -> list[str]:
        """Return the ids of tasks that were pending and that a poll's lists do not show: what became of them?"""
        seen = set(map(records.identity, tasks))
        return [task_id for task_id in self._pending if task_id not in seen]

    def observe(self, listed: Listed, unseen: Mapping[str, State], now: datetime) -> list[Event]:
        """Return the events of one poll, those of the oldest task first, and remember what is needed for the next.

        :param listed: what its lists showed
        :param unseen: the states of those that :meth:`unseen` named, as far as they were read
        :param now: when the poll was made
        """
        states = _by_id(listed.tasks)
        for task_id, state in unseen.items():
            if isinstance(state, dict):
                states[task_id] = state
            else:
                self._not_found(task_id, state, now)
        events: list[Event] = []
        for task_id, task in sorted(states.items(), key=_began):
            if task_id in self._over:
                continue  # a list that lags behind
            for event in self._transitions(task_id, task, now):
                if event in self._events:
                    events.append(self._event(event, task_id, task, now))
        self._forget(listed.newest, now)
        self._begun = True
        return events

    def _transitions(self, task_id: str, task: TaskStatus, now: datetime) -> list[str]:
        transitions: list[str] = []
        known = self._pending.get(task_id)
        status = records.completion_status(task)
        if status is None:
            if known is None:
                known = self._pending[task_id] = _Pending()
                transitions += ["started"] if self._begun else []
            known.unreadable_since = None
            age = records.age(task, now)
            old = age is not None and age >= self._older_than
            if old and not known.stuck and not patching.is_moving(task, now):
                known.stuck = True
                transitions.append("stuck")
            return transitions
        if known is None:
            if not self._is_recent(task):
                return []
            transitions.append("started")
        self._pending.pop(task_id, None)
        self._over[task_id] = (parse_instant(task.get("created")), now)
        transitions.append("completed" if status in _GOOD_ENDS else "failed")
        return transitions if self._begun else []

    def _is_recent(self, task: TaskStatus) -> bool:
        created = parse_instant(task.get("created"))
        return created is not None and (self._since is None or created >= self._since)

    def _not_found(self, task_id: str, state: State, now: datetime) -> None:
        known = self._pending[task_id]
        known.unreadable_since = known.unreadable_since or now
        if now - known.unreadable_since > (OVERLAP if state is None else _MAX_UNREADABLE):
            del self._pending[task_id]

    def _forget(self, newest: datetime | None, now: datetime) -> None:
        if newest is not None:
            # Of two clocks the slower one: neither a skewed clock nor a task from the future is to hide news.
            since = min(newest, now) - OVERLAP
            self._since = since if self._since is None else max(since, self._since)
        for task_id, (created, told) in list(self._over.items()):
            listed = created is not None and self._since is not None and created >= self._since
            if not listed and now - told > OVERLAP:
                del self._over[task_id]

    def _event(self, event: str, task_id: str, task: TaskStatus, now: datetime) -> Event:
        age = records.age(task, now)
        name = f"{self._tenant}/task-status/{quote(task_id, safe='')}#{event}"
        return {
            "event": event,
            "task": task,
            "age_seconds": None if age is None else round(age, 3),
            "tenant": self._tenant,
            "meta": {"uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, name))},
        }


def _by_id(tasks: Iterable[TaskStatus]) -> dict[str, TaskStatus]:
    """Return tasks by id, those without one left out. Of one that two lists show, the end is what holds."""
    states: dict[str, TaskStatus] = {}
    for task in tasks:
        task_id = records.identity(task)
        if task_id is not None and (task_id not in states or records.is_pending(states[task_id])):
            states[task_id] = task
    return states


def _began(item: tuple[str, TaskStatus]) -> tuple[float, str]:
    task_id, task = item
    since = parse_instant(task.get("launched")) or parse_instant(task.get("created"))
    return (since.timestamp() if since else 0.0, task_id)
