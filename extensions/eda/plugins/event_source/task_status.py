# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Event source for ansible-rulebook: tells when background tasks start, become stuck, complete or fail."""
# ruff: noqa: E402  as in any plugin, the documentation comes first

from __future__ import annotations

DOCUMENTATION = r"""
---
short_description: Tell when background tasks of SailPoint Identity Security Cloud become stuck, start, complete or fail
description:
  - An ansible-rulebook event source plugin that watches the background tasks of an Identity Security Cloud tenant and
    sends one event per task and transition.
  - An event is C(event), one of those of O(events); C(task), the TaskStatus as the API returns it; C(age_seconds), the
    seconds since the task was launched, else created, null where neither can be read; C(tenant), the base URL of the
    tenant's API; and C(meta.uuid), which is the same for the same tenant, task and transition, whenever it is told.
  - Tasks that are pending at the first poll are told as C(stuck) if they are, but not as C(started). What was completed
    before the first poll is not told. So after a restart a task that is still stuck is told once more, nothing else is.
  - A tenant that does not answer or refuses to sign in is asked again and again, at intervals that grow to four times
    O(interval) but never beyond five minutes, unless O(interval) is longer. What happened meanwhile is told once it
    answers.
  - An option that is null or blank counts as left out.
  - It remembers the tasks that are pending, and for some minutes the completed ones.
version_added: 1.0.0
author:
  - idops.sailpoint contributors (@idops)
requirements:
  - ansible-core >= 2.16, in the Python environment of ansible-rulebook
  - requests >= 2.25
options:
  interval:
    description:
      - The time from the beginning of one poll to that of the next, such as V(30s), V(5m), or a number of seconds. A
        poll takes two requests or so, and one for each 250 pending tasks beyond the first 250.
    type: str
    default: 30s
  older_than:
    description:
      - A task is stuck when it is pending and its launch (creation, if it has none) is at least so long ago, such as
        V(90s), V(15m), V(24h), V(7d), V(2w), a sum like V(1d12h), or V(0). Another number without a unit is an error. A
        task whose age cannot be told is never stuck, nor is one that is just being completed, until its C(completed)
        lies 15 minutes back.
    type: str
    default: 24h
  events:
    description:
      - Which transitions to tell.
      - V(stuck) is told when a poll finds a pending task that is old enough; not of one that was completed by then.
      - V(started) is told of tasks that came after the first poll, V(completed) of those that completed with SUCCESS or
        WARNING, V(failed) with any other completion status, which is ERROR, TERMINATED or TEMPERROR. A task that
        started and ended between two polls is told, too.
      - Of a task that is gone when it is asked for, as tasks are after 90 days, no end is told.
    type: list
    elements: str
    choices: [stuck, started, completed, failed]
    default: [stuck, started, completed, failed]
  type:
    description:
      - Only tasks of these kinds, such as V(CLOUD_ACCOUNT_AGGREGATION). This and the next options select as those of
        module M(idops.sailpoint.task_status_info) do. Each is a list, or text of one item a line; words may also be
        separated by commas. Blank items count for nothing.
    type: list
    elements: str
    aliases: [types]
  source_id:
    description:
      - Only tasks that work on one of these sources.
    type: list
    elements: str
    aliases: [source_ids]
  launcher:
    description:
      - Only tasks that one of these started, such as V(System).
    type: list
    elements: str
    aliases: [launchers]
  name:
    description:
      - Only tasks that one of these regular expressions is found in, in C(uniqueName) or the name of the source.
    type: list
    elements: str
    aliases: [names]
  exclude_name:
    description:
      - No tasks that one of these regular expressions is found in.
    type: list
    elements: str
    aliases: [exclude_names]
  exclude_source_id:
    description:
      - No tasks that work on one of these sources, and no account or entitlement aggregation whose source cannot be
        told.
    type: list
    elements: str
    aliases: [exclude_source_ids]
  base_url:
    description:
      - The base of the tenant's API, such as V(https://acme.api.identitynow.com), without an API version. Else
        O(tenant), else the environment variable E(SAIL_BASE_URL) or E(SAIL_TENANT).
    type: str
  tenant:
    description:
      - The tenant's short name. V(acme) is short for O(base_url=https://acme.api.identitynow.com).
    type: str
  client_id:
    description:
      - The client id of a personal access token, or of an API client, which is enough for reading. Else the environment
        variable E(SAIL_CLIENT_ID), unless there is an O(access_token).
    type: str
  client_secret:
    description:
      - The secret that belongs to O(client_id). Else the environment variable E(SAIL_CLIENT_SECRET), which is the place
        for it.
    type: str
  access_token:
    description:
      - A bearer token that is ready to use. It cannot be renewed, so it is good for a trial only. Else the environment
        variable E(SAIL_ACCESS_TOKEN).
    type: str
  api_version:
    description:
      - The generation of the API. Else the environment variable E(SAIL_API_VERSION).
    type: str
    choices: [beta, v2024, v2025, v2026, v1]
    default: v2024
  validate_certs:
    description:
      - Whether the tenant's certificate is verified. Leave it on. Else the environment variable E(SAIL_VALIDATE_CERTS).
    type: bool
    default: true
  ca_path:
    description:
      - A file or directory of certificates of the authorities to trust, instead of the usual ones. Else the environment
        variable E(SAIL_CA_PATH).
    type: path
  proxy:
    description:
      - The URL of a proxy. Else the environment variables E(HTTPS_PROXY) and E(NO_PROXY) decide as usual.
    type: str
  timeout:
    description:
      - Seconds to wait for a connection, and for each further byte of an answer. Else the environment variable
        E(SAIL_TIMEOUT).
    type: float
    default: 30
  retries:
    description:
      - How often a request of a poll is tried again after HTTP 429, 502, 503 and 504 and after a broken connection.
        Else the environment variable E(SAIL_RETRIES).
    type: int
    default: 5
  rate_limit:
    description:
      - How many requests at most are sent within 10 seconds. Else the environment variable E(SAIL_RATE_LIMIT).
    type: int
    default: 100
"""

EXAMPLES = r"""
# The connection comes from SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET.
- idops.sailpoint.task_status:
    events: [stuck]
    older_than: 6h

# Aggregations of two sources, looked at each minute; the variables come from ansible-rulebook --vars or --env-vars.
- idops.sailpoint.task_status:
    base_url: https://acme.api.identitynow.com
    client_id: "{{ SAILPOINT_ID }}"
    client_secret: "{{ SAILPOINT_SECRET }}"
    api_version: v2025
    interval: 1m
    type: [CLOUD_ACCOUNT_AGGREGATION, CLOUD_GROUP_AGGREGATION]
    exclude_name: ["(?i)payroll"]
    source_id:
      - 2c9180835d191a86015d28455b4a2329
      - 2c9180835d191a86015d28455b4a2330
    events: [completed, failed]
"""

import asyncio
import logging
import sys
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

_above = Path(__file__).absolute().parents
if len(_above) > 7 and _above[6].name == "ansible_collections":
    # ansible-rulebook runs this file by its path and makes no collection importable. Ansible's own loader would, but it
    # also takes over paths that ansible-rulebook runs files from. So the collection is found as any Python package is;
    # with the PyPI package "ansible" ansible_collections is a package of its own, which does not look further.
    if str(_above[7]) not in sys.path:
        sys.path.append(str(_above[7]))
    import ansible_collections

    if str(_above[6]) not in ansible_collections.__path__:
        ansible_collections.__path__.append(str(_above[6]))

from ansible_collections.idops.sailpoint.plugins.module_utils._api import records
from ansible_collections.idops.sailpoint.plugins.module_utils._api.generations import GENERATIONS
from ansible_collections.idops.sailpoint.plugins.module_utils._api.paging import read_moving_list
from ansible_collections.idops.sailpoint.plugins.module_utils._api.task_status import TaskStatus, TaskStatusApi
from ansible_collections.idops.sailpoint.plugins.module_utils._durations import parse_age, parse_duration
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import (
    OptionError,
    SailPointError,
    SignInError,
)
from ansible_collections.idops.sailpoint.plugins.module_utils._http.client import Client
from ansible_collections.idops.sailpoint.plugins.module_utils._http.settings import ConnectionSettings
from ansible_collections.idops.sailpoint.plugins.module_utils._http.transport import REQUESTS_IMPORT_ERROR
from ansible_collections.idops.sailpoint.plugins.module_utils._instants import parse_instant
from ansible_collections.idops.sailpoint.plugins.module_utils._lists import items_of
from ansible_collections.idops.sailpoint.plugins.module_utils._module.options import (
    connection_argument_spec,
    environment,
    resolve,
)
from ansible_collections.idops.sailpoint.plugins.module_utils._module.performing import warnings_of
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks import listing, patching, selecting
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.reading import State, StateReader
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.vocabulary import CRITERIA, SHARED
from ansible_collections.idops.sailpoint.plugins.module_utils._wording import count_of, first_of

Event = dict[str, Any]

EVENTS = ("stuck", "started", "completed", "failed")

#: The source's own options, as an argument spec; those of the connection come on top.
SPEC: dict[str, dict[str, Any]] = {
    "interval": {"type": "str", "default": "30s"},
    "older_than": {"type": "str", "default": "24h"},
    "events": {"type": "list", "elements": "str", "choices": list(EVENTS), "default": list(EVENTS)},
    **{name: {**CRITERIA[name].spec, "aliases": [f"{name}s"]} for name in SHARED},
}

# Any other end is a failure, as for the playbook wait_for_tasks.
_GOOD_ENDS = frozenset({"success", "warning"})
# How far lists may contradict each other or themselves: what is younger, or was told since, is remembered.
_OVERLAP = timedelta(minutes=5)
_LONGEST_UNREADABLE = timedelta(days=1)
_NEWEST_PAGE = 50
_MOST_NEWEST = 10_000
_LONGEST_BACKOFF = 300.0  # seconds
_MOST_SIGN_INS = 50
_MOST_WARNINGS = 100  # remembered

log = logging.getLogger("idops.sailpoint.task_status")


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
    """Tells transitions from poll to poll, each once. It knows no clock, no HTTP and no ansible-rulebook.

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
        if now - known.unreadable_since > (_OVERLAP if state is None else _LONGEST_UNREADABLE):
            del self._pending[task_id]

    def _forget(self, newest: datetime | None, now: datetime) -> None:
        if newest is not None:
            # Of two clocks the slower one: neither a skewed clock nor a task from the future is to hide news.
            since = min(newest, now) - _OVERLAP
            self._since = since if self._since is None else max(since, self._since)
        for task_id, (created, told) in list(self._over.items()):
            listed = created is not None and self._since is not None and created >= self._since
            if not listed and now - told > _OVERLAP:
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


class Poller:
    """Asks the tenant and tells a :class:`TaskWatch` of the answers. Its methods but :meth:`stop` block."""

    def __init__(
        self,
        settings: ConnectionSettings,
        selection: selecting.Selection,
        older_than: float,
        events: Sequence[str],
    ) -> None:
        """Take how to reach the tenant, which tasks to watch, the seconds after which a task is stuck, and which events
        to tell.
        """
        self.watch = TaskWatch(settings.base_url, older_than, events)
        self._settings = settings
        self._selection = selection
        # A poll's lists are short, and both are to know the same tasks of a source: see selecting.plan().
        generation = GENERATIONS[settings.api_version]
        self._generation = replace(generation, filter_fields=generation.filter_fields - {"sourceId"})
        self._warned: set[str] = set()
        self._newest_wanted = not {"stuck"}.issuperset(events)
        self._client = Client(settings)

    def poll(self) -> list[Event]:
        """Ask the tenant and return the events since the last poll.

        :raises SailPointError: the tenant cannot be asked now; the next poll tells what this one would have told
        """
        client = self._client
        if client.request_stats["sign_ins"] >= _MOST_SIGN_INS:  # a client remembers every token, to show none
            client = self._renew()
        try:
            api = TaskStatusApi(client, self._generation)
            listed = self._listed(api, datetime.now(timezone.utc))
            self._generation = api.generation  # less what the tenant turned out to refuse
            unseen = _read(api, self.watch.unseen(listed.tasks))
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
        return self.watch.observe(listed, unseen, datetime.now(timezone.utc))

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

    def _warn_once(self, warning: str) -> None:
        """Log a warning, but not at every poll anew."""
        if warning not in self._warned:
            if len(self._warned) >= _MOST_WARNINGS:
                self._warned.clear()
            self._warned.add(warning)
            log.warning(warning)

    def _renew(self) -> Client:
        self._client.close()
        self._client = Client(self._settings)
        return self._client

    def _listed(self, api: TaskStatusApi, now: datetime) -> Listed:
        """Return the pending tasks, and of the newest tasks those that can be news."""
        pending = replace(self._selection, pending=True)
        tasks, _total = listing.fulfil(api, pending, None, now, lambda plan: listing.read(api, plan))
        if not self._newest_wanted:
            return Listed(tasks)
        found, newest = listing.fulfil(api, self._selection, "-created", now, lambda plan: self._newest(api, plan, now))
        return Listed([*tasks, *found], newest)

    def _newest(
        self, api: TaskStatusApi, plan: selecting.Plan, now: datetime
    ) -> tuple[list[TaskStatus], datetime | None]:
        """Return the tasks of a plan that can be news, and the newest creation among all that the list holds."""

        def fetch(offset: int, limit: int) -> list[Any]:
            return api.page(plan.query, offset, limit).records

        tasks: list[TaskStatus] = []
        newest: datetime | None = None
        read = 0
        for task in read_moving_list(fetch, _NEWEST_PAGE, most=_MOST_NEWEST, warn=api.client.warn):
            read += 1
            created = parse_instant(task.get("created"))
            if created is None:
                continue
            newest = created if newest is None else max(created, newest)
            oldest = self.watch.since if self.watch.begun else min(newest, now) - _OVERLAP
            if oldest is not None and created < oldest:
                break
            if plan.choice.matches(task):
                tasks.append(task)
        if read == _MOST_NEWEST:
            api.client.warn(f"More than {read} tasks are new since the last poll; the end of some may not be told.")
        return tasks, newest


async def main(queue: asyncio.Queue[Any], args: dict[str, Any]) -> None:
    """Poll the tenant and put events into ansible-rulebook's queue, until cancelled.

    :raises SailPointError: an option cannot be used; nothing was sent
    """
    interval, poller = configured(args)
    for warning in poller.warnings():
        log.warning(warning)
    failures = 0
    try:
        while True:
            begun = time.monotonic()
            try:
                events = await asyncio.to_thread(poller.poll)
            except SailPointError as error:
                failures += 1
                pause = backoff(interval, failures)
                log.error("Polling %s failed, next try in %.0f s: %s", poller.tenant, pause, error)
            else:
                if failures:
                    log.warning("Polling %s works again, after %s.", poller.tenant, count_of(failures, "failure"))
                failures = 0
                for event in events:
                    await queue.put(event)
                pause = max(0.0, begun + interval - time.monotonic())
            await asyncio.sleep(pause)
    finally:
        poller.stop()


def configured(args: Mapping[str, Any]) -> tuple[float, Poller]:
    """Return the interval in seconds and the poller that a source's arguments describe.

    :raises SailPointError: an option cannot be used
    """
    if REQUESTS_IMPORT_ERROR:
        from ansible.module_utils.basic import missing_required_lib  # slow to import and rarely needed

        raise SailPointError(missing_required_lib("requests"))
    spec = {**connection_argument_spec(), **SPEC}
    known = {*spec, *(alias for definition in spec.values() for alias in definition.get("aliases", ()))}
    unknown = sorted(set(args) - known)
    if unknown:
        raise SailPointError(
            f"Unsupported options for idops.sailpoint.task_status: {', '.join(unknown)}. "
            f"Supported options include: {', '.join(sorted(spec))}."
        )
    validation = ArgumentSpecValidator(spec).validate(_filled(args))
    if validation.error_messages:
        raise SailPointError("; ".join(validation.error_messages))
    params = validation.validated_parameters
    interval = parse_duration("interval", params["interval"])
    if not interval:
        raise OptionError("interval", "0 would ask without a pause; give at least a second or so")
    if not params["events"]:
        raise OptionError("events", "an empty list tells nothing; leave it out or name some")
    settings = resolve(params, [("the source", params), ("the environment", environment())])
    try:
        selection = selecting.selection_from({name: params.get(name) for name in SHARED})
    except OptionError as error:
        given = f"{error.option}s" if f"{error.option}s" in args else error.option
        raise OptionError(given, error.problem) from None
    return interval, Poller(settings, selection, parse_age("older_than", params["older_than"]), params["events"])


def _filled(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return a source's arguments without those that are null or blank, lists that select as lists.

    A rulebook hands on what its variables hold, and an empty one is to mean the default, never no limit.
    """
    filled = {name: value for name, value in args.items() if value is not None and str(value).strip()}
    for name in SHARED:
        for key in {name, f"{name}s"} & filled.keys():
            try:
                filled[key] = items_of(filled[key], patterns=CRITERIA[name].has_patterns)
            except ValueError as error:
                raise OptionError(key, str(error)) from None
    return filled


def backoff(interval: float, failures: int) -> float:
    """Return the seconds to wait after so many failures in a row: up to four intervals, at most five minutes or one."""
    return min(interval * min(failures, 4), max(interval, _LONGEST_BACKOFF))


def _read(api: TaskStatusApi, ids: Sequence[str]) -> dict[str, State]:
    states: dict[str, State] = {}
    reader = StateReader(api, ids)
    while reader:
        states.update(reader.next_round(len(ids)))
        reader.settle(gone=0)
    return states


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
