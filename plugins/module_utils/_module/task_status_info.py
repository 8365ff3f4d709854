# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: the work of module task_status_info, for any host that has validated parameters."""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from .._api import records
from .._api.generations import GENERATIONS, Generation
from .._api.task_status import LARGEST_PAGE, TaskStatus, TaskStatusApi
from .._durations import parse_duration
from .._errors import (
    ApiError,
    NoAnswerError,
    OptionError,
    SailPointError,
    SignInError,
)
from .._http.client import Client
from .._tasks import listing, selecting
from .._tasks.reading import StateReader, check_ids
from .._tasks.vocabulary import CRITERIA
from .._wording import count_of, first_of
from .options import connection_argument_spec
from .progress import Progress, Say

Result = dict[str, Any]

SELECTION_SPEC: dict[str, dict[str, Any]] = {
    "pending": {"type": "bool", "default": False},
    **{name: dict(criterion.spec) for name, criterion in CRITERIA.items()},
    "filters": {"type": "str"},
    "sorters": {"type": "str", "choices": ["created", "-created"]},
    "limit": {"type": "int"},
}


def argument_spec() -> dict[str, Any]:
    """Return the keyword arguments of AnsibleModule, and of ArgumentSpecValidator, that describe the options."""
    return {
        "argument_spec": {
            **connection_argument_spec(),
            **{name: dict(definition) for name, definition in SELECTION_SPEC.items()},
            "id": {"type": "list", "elements": "str", "aliases": ["ids", "task_id"]},
            "offset": {"type": "int", "default": 0},
            "page_size": {"type": "int", "default": LARGEST_PAGE},
            "count": {"type": "bool", "default": False},
            "count_only": {"type": "bool", "default": False},
            "fields": {"type": "list", "elements": "str"},
            "missing_ok": {"type": "bool", "default": False},
            "wait": {"type": "bool", "default": False},
            "wait_timeout": {"type": "str", "default": "10m"},
            "wait_interval": {"type": "str", "default": "10s"},
            "progress_interval": {"type": "str", "default": "5s"},
        },
        "mutually_exclusive": [("id", "filters"), ("id", "sorters")],
        "required_if": [("wait", True, ("id",))],
    }


def run(
    params: Mapping[str, Any],
    client: Client,
    check_mode: bool = False,
    diff: bool = False,
    say: Say | None = None,
) -> Result:
    """Read tasks as the options say; never changes anything.

    :param params: options validated by :func:`argument_spec`
    :param check_mode: makes no difference here, as ``diff``
    :param say: where to say how a long wait stands; None: nowhere
    :returns: ``tasks``, ``missing``, ``request_stats``, and as asked for ``total_count``, ``waited_seconds``; with
        ``failed`` and ``msg`` when tasks are missing or not completed in time
    :raises OptionError: an option cannot be used; nothing was sent
    :raises SailPointError: reading failed
    """
    work = _check(params, GENERATIONS[client.settings.api_version], say)
    before = client.request_stats
    result = work(TaskStatusApi(client))
    return {"changed": False, **result, "request_stats": client.stats_since(before)}


def look_up(ids: Sequence[str], params: Mapping[str, Any], client: Client) -> list[TaskStatus]:
    """Return one TaskStatus for each id, in this order, an id that stands twice twice; for lookups by term.

    :param params: validated options that select; a task that they leave out is left out
    :raises SailPointError: one of the tasks cannot be read, or there is none
    """
    result = run({**params, "id": ids, "missing_ok": True}, client)
    if result["missing"]:
        raise SailPointError(f"{_missing(result['missing'])}.")
    once, tasks = list(dict.fromkeys(ids)), result["tasks"]
    # By place where none was left out: an answer may lack its id.
    found = dict(zip(once, tasks)) if len(once) == len(tasks) else {task.get("id"): task for task in tasks}
    return [found[task_id] for task_id in ids if task_id in found]


def _check(params: Mapping[str, Any], generation: Generation, say: Say | None) -> Any:
    """Check all options and return the work to be done with an API."""
    for option, least, most in (("limit", 0, None), ("offset", 0, None), ("page_size", 1, LARGEST_PAGE)):
        value = params.get(option)
        if value is not None and (value < least or (most is not None and value > most)):
            bounds = f"at least {least}" if most is None else f"from {least} to {most}"
            raise OptionError(option, f"{value} is out of range; it must be {bounds}")
    selection = selecting.selection_from(params)
    now = datetime.now(timezone.utc)
    wait_timeout = parse_duration("wait_timeout", params.get("wait_timeout") or "10m")
    wait_interval = parse_duration("wait_interval", params.get("wait_interval") or "10s")
    if not wait_interval:
        raise OptionError("wait_interval", "0 would ask without a pause; give at least a second or so")
    progress = Progress(say, parse_duration("progress_interval", params.get("progress_interval") or "0"))
    if params.get("id") is None:
        sorters = params.get("sorters")
        selecting.plan(selection, generation, sorters, now)  # what cannot be had is said before anything is sent
        work = _count if params.get("count_only") else _list
        return lambda api: listing.fulfil(api, selection, sorters, now, lambda plan: work(api, plan, params))
    for option in ("filters", "sorters", "offset"):
        if params.get(option):
            raise OptionError(option, "it belongs to a list; leave it out where ids say which tasks")
    ids = check_ids("id", params["id"])
    choice = selecting.choice_of(selection, now)
    patience = (wait_timeout, wait_interval) if params.get("wait") else None
    return lambda api: _read(api, ids, choice, params, patience, progress)


def _list(api: TaskStatusApi, plan: selecting.Plan, params: Mapping[str, Any]) -> Result:
    tasks, total = listing.read(
        api,
        plan,
        sorters=params.get("sorters"),
        limit=params.get("limit"),
        offset=params.get("offset") or 0,
        page_size=params.get("page_size") or LARGEST_PAGE,
        count=bool(params.get("count")),
    )
    result: Result = {"tasks": _fields(tasks, params), "missing": []}
    return {**result, "total_count": total} if params.get("count") else result


def _count(api: TaskStatusApi, plan: selecting.Plan, params: Mapping[str, Any]) -> Result:
    return {"tasks": [], "missing": [], "total_count": listing.count_all(api, plan)}


def _read(
    api: TaskStatusApi,
    ids: Sequence[str],
    choice: selecting.Choice,
    params: Mapping[str, Any],
    patience: tuple[float, float] | None,
    progress: Progress,
) -> Result:
    begun = time.monotonic()
    states: dict[str, TaskStatus | None] = {}
    late: list[str] = []
    if patience is None:
        states = _states(api, ids)
    else:
        late = _wait(api, ids, states, *patience, progress, begun)
    missing = [task_id for task_id in ids if states.get(task_id, ...) is None]
    known = [task for task in map(states.get, ids) if task is not None]
    tasks = [task for task in listing.chosen(api, choice, known) if task is not None]
    limit = params.get("limit")
    result: Result = {"tasks": _fields(tasks[:limit], params), "missing": missing}
    if params.get("count") or params.get("count_only"):
        result["total_count"] = len(tasks)
    if params.get("count_only"):
        result["tasks"] = []
    if patience is not None:
        result["waited_seconds"] = round(time.monotonic() - begun, 3)
    if late:
        result.update(
            failed=True,
            msg=f"wait_timeout: {count_of(len(late), 'task')} not completed after {result['waited_seconds']:.0f} s: "
            f"{first_of(late)}; tasks shows the last state seen.",
        )
    elif missing and not params.get("missing_ok"):
        result.update(failed=True, msg=f"{_missing(missing)}; set missing_ok to leave out what is not found.")
    return result


def _states(api: TaskStatusApi, ids: Sequence[str]) -> dict[str, TaskStatus | None]:
    """Return the state of each task.

    :raises SailPointError: one of them could not be read
    """
    states: dict[str, TaskStatus | None] = {}
    reader = StateReader(api, ids)
    while reader:
        for task_id, state in reader.next_round(len(ids)).items():
            if isinstance(state, SailPointError):
                raise state
            states[task_id] = state
        reader.settle(gone=0)
    return states


def _wait(
    api: TaskStatusApi,
    ids: Sequence[str],
    states: dict[str, TaskStatus | None],
    timeout: float,
    interval: float,
    progress: Progress,
    begun: float,
) -> list[str]:
    """Read tasks again and again, into ``states``, until all are completed or the time is up; return who is late.

    A tenant that fails for a while is no reason to give up before the time is up; one that refuses is.
    """
    waiting = list(ids)
    while True:
        trouble: SailPointError | None = None
        try:
            states.update(_states(api, waiting))
        except NoAnswerError as error:
            trouble = error
        except SignInError as error:
            if not error.passing:
                raise
            trouble = error
        except ApiError as error:
            if error.status < 500 and error.status != 429:
                raise
            trouble = error
        waiting = [task_id for task_id in waiting if _still_runs(states.get(task_id, {}))]
        elapsed = time.monotonic() - begun
        if not waiting:
            return []
        if elapsed >= timeout:
            if trouble is not None and len(states) < len(ids):
                raise trouble
            return waiting
        running = [states.get(task_id) or {"id": task_id} for task_id in waiting]
        progress.sleep(
            api.client, min(interval, timeout - elapsed), functools.partial(progress.waiting, len(ids), running)
        )


def _still_runs(state: TaskStatus | None) -> bool:
    return state is not None and records.is_pending(state)


def _fields(tasks: Sequence[TaskStatus], params: Mapping[str, Any]) -> list[TaskStatus]:
    fields = params.get("fields")
    if fields is None:
        return list(tasks)
    wanted = dict.fromkeys(["id", *fields])
    return [{key: task[key] for key in wanted if key in task} for task in tasks]


def _missing(ids: Sequence[str]) -> str:
    return (
        f"No task was found with the id {ids[0]}"
        if len(ids) == 1
        else f"{len(ids)} ids were not found: {first_of(ids)}"
    )
