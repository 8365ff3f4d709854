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
from datetime import datetime, timedelta, timezone
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

# What lists do not show is asked for at once, at the next poll, and then at growing gaps; the last one holds on.
_GAPS = (timedelta(0), timedelta(minutes=4), timedelta(minutes=8), timedelta(minutes=15))
_MAX_NOT_FOUND = 3
_FIRST = datetime.min.replace(tzinfo=timezone.utc)  # there is no earlier instant
_MAX_UNREADABLE = timedelta(days=1)


@dataclass(frozen=True)
class Listed:
    """What the lists of one poll showed: tasks, pending and completed, and the newest creation among all they hold."""

    tasks: Sequence[TaskStatus]
    newest: datetime | None = None


@dataclass(frozen=True)
class Telling:
    """What is told of a tenant's tasks, and how."""

    tenant: str
    """The base URL of its API."""
    older_than: float
    """The seconds after which a pending task is stuck."""
    events: Sequence[str] = EVENTS
    """Which events to tell."""
    remind_after: float | None = None
    """The seconds after which a task that is still stuck is told again; None: never."""
    host: str | None = None
    """The host of the inventory that stands for the tenant, for ``meta.hosts``."""

    @property
    def is_of_pending_only(self) -> bool:
        """Whether what became of a task that is not pending any more, or never was, does not matter."""
        return {"stuck"}.issuperset(self.events)


@dataclass
class _Search:
    """The search for a task that was pending and that lists do not show: how often, and when next."""

    since: datetime
    asked: int = 0
    not_found: int = 0
    due: datetime | None = None

    def note(self, state: State, now: datetime) -> None:
        """Take what asking for the task has brought."""
        self.due = now + _GAPS[min(self.asked, len(_GAPS) - 1)]
        self.asked += 1
        self.not_found += state is None
        if isinstance(state, dict):
            self.since, self.not_found = now, 0


@dataclass
class _Pending:
    """What is remembered of a pending task: when it was told as stuck, how often again, and the search for it."""

    told: datetime | None = None
    reminders: int = 0
    search: _Search | None = None


class TaskWatch:
    """Tells transitions from poll to poll, each once, and reminds of what stays stuck.

    The memory holds the tasks that are pending, and those whose end was told or was history at the first poll for as
    long as a list may still show them as news.
    """

    def __init__(self, telling: Telling) -> None:
        """Take what to tell."""
        self._telling = telling
        self._begun = False
        self._pending: dict[str, _Pending] = {}
        self._over: dict[str, tuple[datetime | None, datetime]] = {}  # when created by the tenant, when told by us
        self._since: datetime | None = None

    def memory(self) -> dict[str, Any]:
        """Return what is remembered, as JSON data, for :meth:`recall`; no task is in it, only ids and instants."""
        return {
            "since": _as_text(self._since),
            "pending": {task_id: known.reminders for task_id, known in self._pending.items()},
            "over": {task_id: [_as_text(created), _as_text(told)] for task_id, (created, told) in self._over.items()},
        }

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Go on where another watch stopped. What is still stuck is told once more, as it was told last.

        :param memory: what its :meth:`memory` returned
        :raises ValueError: it is something else; nothing is recalled
        """
        try:
            since = _instant_or_none(memory["since"])
            pending = {task_id: _Pending(reminders=_number(given)) for task_id, given in memory["pending"].items()}
            over = {
                task_id: (_instant_or_none(created), _instant(told))
                for task_id, (created, told) in memory["over"].items()
            }
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"it does not hold what a source remembers: {error}") from None
        self._since, self._pending, self._over, self._begun = since, pending, over, True

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

    def unseen(self, tasks: Sequence[TaskStatus], now: datetime) -> list[str]:
        """Return the ids of tasks that were pending, that a poll's lists do not show, and that are to be asked for now:
        what became of them? Where nobody wants to know of an end, it does not matter.
        """
        seen = set(map(records.identity, tasks))
        return [
            task_id
            for task_id, known in self._pending.items()
            if task_id not in seen and self._to_be_asked(known.search, now)
        ]

    def observe(self, listed: Listed, unseen: Mapping[str, State], now: datetime) -> list[Event]:
        """Return the events of one poll, those of the oldest task first, and remember what is needed for the next.

        :param listed: what its lists showed
        :param unseen: the states of those that :meth:`unseen` named, as far as they were read
        :param now: when the poll was made
        """
        states = _by_id(listed.tasks)
        self._note_unseen(states, unseen, now)
        states.update((task_id, state) for task_id, state in unseen.items() if isinstance(state, dict))
        told_before = self._to_be_reminded(states, now)
        events: list[Event] = []
        for task_id, task in sorted(states.items(), key=_began):
            if task_id in self._over:
                continue  # a list that lags behind
            for event in self._transitions(task_id, task, now, told_before):
                if event in self._telling.events:
                    events.append(self._event(event, task_id, task, now))
        self._forget(listed.newest, now)
        self._begun = True
        return events

    def _transitions(self, task_id: str, task: TaskStatus, now: datetime, told_before: datetime | None) -> list[str]:
        """Return what happened to a task; whoever is still stuck and was told then or earlier is told again."""
        transitions: list[str] = []
        known = self._pending.get(task_id)
        status = records.completion_status(task)
        if status is None:
            if known is None:
                known = self._pending[task_id] = _Pending()
                transitions += ["started"] if self._begun else []
            return [*transitions, *self._stuck(known, task, now, told_before)]
        if known is None:
            if not self._is_recent(task):
                return []
            transitions.append("started")
        self._pending.pop(task_id, None)
        self._over[task_id] = (parse_instant(task.get("created")), now)
        transitions.append("completed" if status in _GOOD_ENDS else "failed")
        return transitions if self._begun else []

    def _stuck(self, known: _Pending, task: TaskStatus, now: datetime, told_before: datetime | None) -> list[str]:
        age = records.age(task, now)
        if age is None or age < self._telling.older_than or patching.is_moving(task, now):
            return []
        if known.told is not None:
            if told_before is None or known.told > told_before:
                return []
            known.reminders += 1
        known.told = now
        return ["stuck"]

    def _to_be_reminded(self, states: Mapping[str, TaskStatus], now: datetime) -> datetime | None:
        """Return until when a task must have been told to be told again now; None: none is.

        When one is due, those that were told half that long ago come with it: what acts on one acts on all that are
        stuck, and so it acts once for tasks that became stuck one by one.
        """
        if self._telling.remind_after is None:
            return None
        after = timedelta(seconds=self._telling.remind_after)
        told = [known.told for task_id, known in self._pending.items() if known.told is not None and task_id in states]
        return now - after / 2 if any(now - moment >= after for moment in told) else None

    def _is_recent(self, task: TaskStatus) -> bool:
        created = parse_instant(task.get("created"))
        return created is not None and (self._since is None or created >= self._since)

    def _to_be_asked(self, search: _Search | None, now: datetime) -> bool:
        if self._telling.is_of_pending_only:
            return False
        return search is None or search.due is None or now >= search.due

    def _note_unseen(self, states: Mapping[str, TaskStatus], unseen: Mapping[str, State], now: datetime) -> None:
        """Remember which tasks lists do not show and what asking for them brought, and forget those that are gone."""
        for task_id, known in list(self._pending.items()):
            if task_id in states:
                known.search = None
                continue
            search = known.search = known.search or _Search(now)
            if task_id in unseen:
                search.note(unseen[task_id], now)
            patience = OVERLAP if self._telling.is_of_pending_only else _MAX_UNREADABLE
            if search.not_found >= _MAX_NOT_FOUND or now - search.since > patience:
                del self._pending[task_id]

    def _forget(self, newest: datetime | None, now: datetime) -> None:
        if newest is not None:
            since = news_since(newest, now)
            self._since = since if self._since is None else max(since, self._since)
        for task_id, (created, told) in list(self._over.items()):
            listed = created is not None and self._since is not None and created >= self._since
            if not listed and now - told > OVERLAP:
                del self._over[task_id]

    def _event(self, event: str, task_id: str, task: TaskStatus, now: datetime) -> Event:
        age = records.age(task, now)
        tenant = self._telling.tenant
        name = f"{tenant}/task-status/{quote(task_id, safe='')}#{event}"
        told: Event = {
            "event": event,
            "task": task,
            "age_seconds": None if age is None else round(age, 3),
            "tenant": tenant,
            "meta": {},
        }
        if event == "stuck":
            told["reminder"] = reminder = self._pending[task_id].reminders
            name += f"#{reminder}" if reminder else ""
        told["meta"]["uuid"] = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
        if self._telling.host is not None:
            told["meta"]["hosts"] = self._telling.host
        return told


def news_since(newest: datetime, now: datetime) -> datetime:
    """Return from which creation on a completed task may be news.

    Of two clocks it is the slower one: neither a skewed clock nor a task from the future is to hide news.

    :param newest: the newest creation that lists hold
    """
    slower = min(newest, now)
    return slower - OVERLAP if slower - _FIRST > OVERLAP else _FIRST


def _as_text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _instant_or_none(value: object) -> datetime | None:
    """Return what :func:`_as_text` was given.

    :raises ValueError: that did not make it; what cannot be read must not pass for None, which stands for any instant
    """
    return None if value is None else _instant(value)


def _instant(value: object) -> datetime:
    instant = parse_instant(value) if isinstance(value, str) else None
    if instant is None:
        raise ValueError("an instant in it is none")
    return instant


def _number(value: object) -> int:
    """Return a number of reminders.

    :raises ValueError: it is something else
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("a number in it is none")
    return value


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
