# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a tenant is asked for what a TaskWatch needs to know: one poll after the other, with clients that do not last."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from ...module_utils._api.generations import GENERATIONS
from ...module_utils._api.paging import read_moving_list
from ...module_utils._api.task_status import TaskStatus, TaskStatusApi
from ...module_utils._errors import SailPointError, SignInError
from ...module_utils._http.client import Client
from ...module_utils._http.settings import ConnectionSettings
from ...module_utils._instants import parse_instant
from ...module_utils._module.performing import warnings_of
from ...module_utils._tasks import listing, selecting
from ...module_utils._tasks.reading import read_listed
from ...module_utils._wording import count_of, first_of
from .log import log
from .memory import Memory
from .watch import Event, Listed, TaskWatch, Telling, news_since

_NEWEST_PAGE = 50
_MAX_NEWEST = 10_000
_MAX_SIGN_INS = 50
_MAX_WARNINGS = 100  # remembered


class Poller:
    """Asks the tenant and tells a :class:`TaskWatch` of the answers. Its methods but :meth:`stop` block."""

    def __init__(
        self,
        settings: ConnectionSettings,
        selection: selecting.Selection,
        telling: Telling,
        memory: Memory | None = None,
    ) -> None:
        """Take how to reach the tenant, which tasks to watch, what to tell of them, and where it is remembered over a
        restart.
        """
        self.watch = TaskWatch(telling)
        self._memory = memory
        self._settings = settings
        self._selection = selection
        # A poll's lists are short, and both are to know the same tasks of a source: see selecting.plan().
        generation = GENERATIONS[settings.api_version]
        self._generation = replace(generation, filter_fields=generation.filter_fields - {"sourceId"})
        self._warned: set[str] = set()
        self._newest_wanted = not telling.is_of_pending_only
        self._client = Client(settings)

    def poll(self) -> list[Event]:
        """Ask the tenant and return the events since the last poll.

        :raises SailPointError: the tenant cannot be asked now; the next poll tells what this one would have told
        """
        client = self._client
        if client.request_stats["sign_ins"] >= _MAX_SIGN_INS:  # a client remembers every token, to show none
            client = self._renew()
        try:
            api = TaskStatusApi(client, self._generation)
            listed = self._listed(api)
            self._generation = api.generation  # less what the tenant turned out to refuse
            unseen = read_listed(api, self.watch.unseen(listed.tasks, self._now()))
        except SignInError:
            self._renew()  # a client does not sign in again after that
            raise
        finally:
            while client.warnings:
                self._warn_once(client.warnings.pop(0))
        unreadable = {task_id: state for task_id, state in unseen.items() if isinstance(state, SailPointError)}
        if unreadable:
            log.warning(
                "What became of %s is asked again: %s",
                count_of(len(unreadable), "task"),
                first_of([f"{task_id}: {error}" for task_id, error in unreadable.items()], "; "),
            )
        return self.watch.observe(listed, unseen, self._now())

    def remember(self) -> None:
        """Keep what is remembered, once the events of the last poll were handed on, for a restart."""
        if self._memory is not None:
            self._memory.keep(self.watch.memory())

    def recall(self) -> None:
        """Go on where the source stopped before, as far as that is remembered.

        :raises OptionError: nothing can be kept where it is to be
        """
        if self._memory is not None:
            self._memory.open()
            self._memory.hand_to(self.watch.recall)

    @property
    def tenant(self) -> str:
        """The base URL of the tenant's API."""
        return self._settings.base_url

    def warnings(self) -> list[str]:
        """Return what the user is to be warned of at the start."""
        return warnings_of(self._client)

    def stop(self) -> None:
        """Break off a poll that is under way in another thread, and close the connections."""
        self._client.cancel()
        self._client.close()
        if self._memory is not None:
            self._memory.close()

    def _warn_once(self, warning: str) -> None:
        """Log a warning, but not at every poll anew."""
        if warning not in self._warned:
            if len(self._warned) >= _MAX_WARNINGS:
                self._warned.clear()
            self._warned.add(warning)
            log.warning(warning)

    def _renew(self) -> Client:
        self._client.close()
        self._client = Client(self._settings)
        return self._client

    def _now(self) -> datetime:
        return self._client.now()

    def _listed(self, api: TaskStatusApi) -> Listed:
        """Return the pending tasks, and of the newest tasks those that can be news."""
        pending = replace(self._selection, pending=True)
        now = self._now()
        tasks, _total = listing.fulfil(api, pending, None, now, lambda plan: listing.read(api, plan))
        if not self._newest_wanted:
            return Listed(tasks)
        found, newest = listing.fulfil(api, self._selection, "-created", now, lambda plan: self._newest(api, plan))
        return Listed([*tasks, *found], newest)

    def _newest(self, api: TaskStatusApi, plan: selecting.Plan) -> tuple[list[TaskStatus], datetime | None]:
        """Return the tasks of a plan that can be news, and the newest creation among all that the list holds."""

        def fetch(offset: int, limit: int) -> list[Any]:
            return api.page(plan.query, offset, limit).records

        tasks: list[TaskStatus] = []
        newest: datetime | None = None
        read = 0
        for task in read_moving_list(fetch, _NEWEST_PAGE, most=_MAX_NEWEST):
            read += 1
            created = parse_instant(task.get("created"))
            if created is None:
                continue
            newest = created if newest is None else max(created, newest)
            oldest = self.watch.since if self.watch.begun else news_since(newest, self._now())
            if oldest is not None and created < oldest:
                break
            if plan.choice.matches(task):
                tasks.append(task)
        if read == _MAX_NEWEST:
            api.client.warn(f"More than {read} tasks are new since the last poll; the end of some may not be told.")
        return tasks, newest
