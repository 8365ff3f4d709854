# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading many tasks by id with few requests.

A page of the pending list shows 250 tasks, a list filtered by ``id in (...)`` about 100, a request for one task one. No
generation's lists can be relied on to show a certain task, so whoever is found nowhere else is asked for by id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Union
from urllib.parse import quote

from .._api import filtering, records
from .._api.task_status import MAX_PAGE, Query, TaskStatus, TaskStatusApi
from .._errors import (
    ApiError,
    Cancelled,
    NoAnswerError,
    OptionError,
    SailPointError,
    SignInError,
    UnexpectedError,
)
from .._workers import work_side_by_side

State = Union[TaskStatus, None, SailPointError]

_IDS_PER_FILTER = 100
_MAX_FILTER = 6000  # characters, percent-encoded: gateways commonly take 8 KiB of request line
_THREADS = 8


def check_ids(option: str, ids: Iterable[str]) -> list[str]:
    """Return ids, each once, in order.

    :raises OptionError: one that cannot be a path segment: an empty one, ``.``, ``..``, or one that is no text
    """
    unique = list(dict.fromkeys(str(task_id) for task_id in ids))
    for task_id in unique:
        problem = _problem_of(task_id)
        if problem:
            raise OptionError(option, f"{task_id!r} {problem}")
    return unique


def usable_id(task: TaskStatus) -> str | None:
    """Return the id by which a task can be asked for and updated, None where it has none."""
    task_id = records.identity(task)
    return None if task_id is None or _problem_of(task_id) else task_id


def _problem_of(task_id: str) -> str:
    """Return why an id cannot be a path segment, empty if it can."""
    if task_id in ("", ".", ".."):
        return "is not the id of a task"
    if any("\ud800" <= character <= "\udfff" for character in task_id):
        return "holds bytes that are no UTF-8 text"
    return ""


def may_be_pending(state: State) -> bool:
    """Whether a task that a list has shown as pending still is: one that cannot be read may be."""
    return isinstance(state, SailPointError) or (state is not None and records.is_pending(state))


@dataclass(frozen=True)
class Reading:
    """States of tasks by id, and when they were read, on the client's clock; for what was read over a while, since."""

    states: Mapping[str, State]
    at: float


class StateReader:
    """Reads the states of tasks in rounds, so that what a round reads is fresh when it is acted on.

    A state is the TaskStatus, None where there is no such task, or the error that reading it met.
    """

    def __init__(self, api: TaskStatusApi, ids: Iterable[str], threads: int = _THREADS) -> None:
        self._api = api
        self._threads = threads
        self._unread: dict[str, None] = dict.fromkeys(ids)
        self._listed_offset = 0  # where in the pending list the next round begins
        self._listed_in_round = 0
        self._list_pays = self._list_may_pay()
        self._list_ended = False
        self._barren_pages = 0
        self._not_filterable: set[str] = set()

    def __bool__(self) -> bool:
        """Whether there is anything left to read."""
        return bool(self._unread)

    def next_round(self, most: int) -> dict[str, State]:
        """Return the states of at least one and about ``most`` further tasks, by id.

        :raises SignInError: nothing can be read
        :raises Cancelled: the client was told to stop
        """
        states: dict[str, State] = {}
        self._listed_in_round = 0
        while self._unread and len(states) < most:
            if self._list_pays:
                self._list_pays = self._read_page(states) and not self._list_ended
            elif len(chunk := self._filterable_chunk()) > 1:
                self._read_filtered(chunk, states)
            elif self._list_is_the_last_resort():
                self._read_page(states)
            else:
                self._read_singly(list(self._unread)[: most - len(states)], states)
        return states

    def listed_by_filter(self) -> dict[str, State]:
        """Return the states of those tasks that lists filtered by id show, and no others.

        :raises SignInError: nothing can be read
        :raises Cancelled: the client was told to stop
        """
        states: dict[str, State] = {}
        while len(chunk := self._filterable_chunk()) > 1:
            self._read_filtered(chunk, states)
        return states

    def settle(self, gone: int, unread: Iterable[str] = ()) -> None:
        """Tell what became of the round: how many of its tasks left the pending list, and which were not acted on."""
        given_back = dict.fromkeys(unread)
        if given_back:
            self._unread = {**given_back, **self._unread}
            self._not_filterable -= given_back.keys()
            self._list_pays, self._list_ended = self._list_may_pay(), False
        else:
            self._listed_offset += max(0, self._listed_in_round - gone)

    def _list_may_pay(self) -> bool:
        """Whether a page of the pending list may show more than a request by id or by filter does."""
        return len(self._unread) > (_IDS_PER_FILTER if self._api.generation.pending_in_list else 1)

    def _list_is_the_last_resort(self) -> bool:
        """Whether pages that showed none of ours are still cheaper than as many requests for one task."""
        return (
            not self._list_ended
            and not self._api.generation.pending_in_list
            and self._barren_pages < len(self._unread)
            and len(self._unread) > 1
        )

    def _read_page(self, states: dict[str, State]) -> bool:
        """Read the next page of the pending list; return whether it showed as many as other requests would have."""
        enough = min(_IDS_PER_FILTER, len(self._unread)) if self._api.generation.pending_in_list else 1
        try:
            offset = self._listed_offset + self._listed_in_round
            page = self._api.page(Query(pending=True), offset, MAX_PAGE)
        except (ApiError, NoAnswerError) as error:
            self._list_ended = True  # what a list does not tell, each task does
            if self._api.generation.pending_in_list:
                self._give_up_without_a_list(error, states)
            return False
        self._listed_in_round += len(page.records)
        self._list_ended = len(page.records) < MAX_PAGE
        found = self._keep(page.tasks, states)
        self._barren_pages += not found
        return found >= enough

    def _filterable_chunk(self) -> list[str]:
        chunk: list[str] = []
        length = 0
        for task_id in self._unread:
            if task_id in self._not_filterable:
                continue
            own_length = len(quote(f'"{task_id}", ', safe=""))
            if own_length > _MAX_FILTER:
                continue
            length += own_length
            if len(chunk) == _IDS_PER_FILTER or length > _MAX_FILTER:
                break
            chunk.append(task_id)
        return chunk

    def _read_filtered(self, chunk: list[str], states: dict[str, State]) -> None:
        self._not_filterable.update(chunk)  # whoever is not shown now is not asked for this way again
        try:
            page = self._api.page(Query(filters=filtering.equals_any("id", chunk)), 0, MAX_PAGE).tasks
        except (ApiError, NoAnswerError) as error:
            self._not_filterable.update(self._unread)
            self._give_up_without_a_list(error, states)
            return
        self._keep(page, states)

    def _give_up_without_a_list(self, error: SailPointError, states: dict[str, State]) -> None:
        """Give every task the error of a list that is not there: the tenant, or what answers for it, has none of this
        generation, and that it has no task of a certain id either would mean nothing.
        """
        if isinstance(error, ApiError) and error.status == 404:
            states.update(dict.fromkeys(self._unread, error))
            self._unread.clear()

    def _read_singly(self, chunk: list[str], states: dict[str, State]) -> None:
        states.update(read_singly(self._api, chunk, self._threads))
        for task_id in chunk:
            del self._unread[task_id]

    def _keep(self, page: Iterable[TaskStatus], states: dict[str, State]) -> int:
        """Keep those records of a page that were asked for; return how many."""
        found = 0
        for task in page:
            task_id = records.identity(task)
            if task_id in self._unread:
                del self._unread[task_id]
                states[task_id] = task
                found += 1
        return found


def read_all(api: TaskStatusApi, ids: Sequence[str]) -> dict[str, TaskStatus | None]:
    """Return the state of each task, None where there is no such task.

    :raises SailPointError: one of them could not be read
    """
    states: dict[str, TaskStatus | None] = {}
    for task_id, state in read_each(api, ids).items():
        if isinstance(state, SailPointError):
            raise state
        states[task_id] = state
    return states


def read_each(api: TaskStatusApi, ids: Sequence[str]) -> dict[str, State]:
    """Return the state of each task, as that of :class:`StateReader`.

    :raises SignInError: nothing can be read
    :raises Cancelled: the client was told to stop
    """
    return StateReader(api, ids).next_round(len(ids))


def read_listed(api: TaskStatusApi, ids: Sequence[str], trials: int = 3) -> dict[str, State]:
    """Return the state of each task, as that of :class:`StateReader`, by few requests however many are gone.

    They are asked for by the lists that a filter makes, and of those that no list shows a few by themselves. Where one
    of these is there all the same, so may be all the others, and each is asked for; else they are gone like these.

    :param trials: how many at most are asked for by themselves before that is known
    :raises SignInError: nothing can be read
    :raises Cancelled: the client was told to stop
    """
    states = StateReader(api, ids).listed_by_filter()
    rest = [task_id for task_id in ids if task_id not in states]
    tried = read_singly(api, rest[:trials])
    states.update(tried)
    others = rest[trials:]
    if any(isinstance(state, dict) for state in tried.values()):
        states.update(read_singly(api, others))
    elif others:
        error = next((state for state in tried.values() if isinstance(state, SailPointError)), None)
        states.update(dict.fromkeys(others, error))
    return states


def read_singly(api: TaskStatusApi, ids: Sequence[str], threads: int = _THREADS) -> dict[str, State]:
    """Return the state of each task, as that of :class:`StateReader`, by a request for each: no list may be behind.

    :raises SignInError: nothing can be read
    :raises Cancelled: the client was told to stop
    """
    states: dict[str, State] = {}

    def read(task_id: str) -> None:
        try:
            states[task_id] = api.get(task_id)
        except (SignInError, Cancelled):
            raise
        except SailPointError as error:
            states[task_id] = error.kept()
        except Exception as error:  # no other task is the worse for it
            states[task_id] = UnexpectedError(error)

    work_side_by_side(ids, read, min(threads, len(ids)), api.client.cancel)
    return states
