# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: the work of module task_status_info, for any host that has validated parameters."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible_collections.idops.sailpoint.plugins.module_utils import _selection, _tasks
from ansible_collections.idops.sailpoint.plugins.module_utils._api import LARGEST_PAGE, Query, TaskStatus, TaskStatusApi
from ansible_collections.idops.sailpoint.plugins.module_utils._client import Client
from ansible_collections.idops.sailpoint.plugins.module_utils._durations import parse_duration
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import (
    ApiError,
    NoAnswerError,
    OptionError,
    SailPointError,
    SignInError,
)
from ansible_collections.idops.sailpoint.plugins.module_utils._generations import GENERATIONS, Generation
from ansible_collections.idops.sailpoint.plugins.module_utils._instants import parse_instant
from ansible_collections.idops.sailpoint.plugins.module_utils._options import connection_argument_spec
from ansible_collections.idops.sailpoint.plugins.module_utils._paging import SideBySide, read_moving_list
from ansible_collections.idops.sailpoint.plugins.module_utils._progress import Progress, Say
from ansible_collections.idops.sailpoint.plugins.module_utils._reading import StateReader, check_ids
from ansible_collections.idops.sailpoint.plugins.module_utils._wording import count_of, first_of
from ansible_collections.idops.sailpoint.plugins.module_utils._workers import work_side_by_side

Result = dict[str, Any]

SELECTION_SPEC: dict[str, dict[str, Any]] = {
    "pending": {"type": "bool", "default": False},
    "completion_status": {"type": "list", "elements": "str", "choices": list(_tasks.COMPLETION_STATUSES)},
    "type": {"type": "list", "elements": "str"},
    "source_id": {"type": "list", "elements": "str"},
    "launcher": {"type": "list", "elements": "str"},
    "filters": {"type": "str"},
    "sorters": {"type": "str", "choices": ["created", "-created"]},
    "limit": {"type": "int"},
    "older_than": {"type": "str"},
    "newer_than": {"type": "str"},
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
    selection = _selection.selection_from(params)
    now = datetime.now(timezone.utc)
    wait_timeout = parse_duration("wait_timeout", params.get("wait_timeout") or "10m")
    wait_interval = parse_duration("wait_interval", params.get("wait_interval") or "10s")
    if not wait_interval:
        raise OptionError("wait_interval", "0 would ask without a pause; give at least a second or so")
    progress = Progress(say, parse_duration("progress_interval", params.get("progress_interval") or "0"))
    if params.get("id") is None:
        plan = _selection.plan(selection, generation, params.get("sorters"), now)
        if params.get("count_only"):
            return lambda api: {"tasks": [], "missing": [], "total_count": _count(api, plan)}
        return lambda api: _list(api, plan, params)
    for option in ("filters", "sorters", "offset"):
        if params.get(option):
            raise OptionError(option, "it belongs to a list; leave it out where ids say which tasks")
    ids = check_ids("id", params["id"])
    predicates = _selection.predicates_of(selection, now)
    patience = (wait_timeout, wait_interval) if params.get("wait") else None
    return lambda api: _read(api, ids, predicates, params, patience, progress)


def _list(api: TaskStatusApi, plan: _selection.Plan, params: Mapping[str, Any]) -> Result:
    limit, offset, page_size = params.get("limit"), params.get("offset") or 0, params.get("page_size") or LARGEST_PAGE
    sorters = params.get("sorters")
    sorted_here = bool(sorters) and not plan.query.sorters
    total: int | None = None
    count_here = bool(params.get("count")) and not plan.exact
    ask_total = bool(params.get("count")) and plan.exact

    def fetch(page_offset: int, page_limit: int) -> list[Any]:
        nonlocal total, ask_total
        page = api.page(plan.query, page_offset, page_limit, count=ask_total)
        if ask_total:
            total, ask_total = page.total, False
        return page.records

    # What only we can select, sort or count has to be read to the end, or from the beginning.
    most = limit if (plan.exact and not sorted_here) or (limit == 0 and not count_here) else None
    start = 0 if count_here else offset
    records = read_moving_list(
        fetch, page_size, start, most, api.client.warn, _side_by_side(api, plan.query, lambda: total)
    )
    tasks: list[TaskStatus] = []
    counted = 0
    for position, task in enumerate(records):
        if not plan.matches(task):
            continue
        counted += 1
        if (limit is None or len(tasks) < limit or sorted_here) and (not count_here or position >= offset):
            tasks.append(task)
        if limit is not None and len(tasks) >= limit and not sorted_here and not count_here:
            break
    if sorted_here:
        tasks.sort(key=_created, reverse=sorters == "-created")
        tasks = tasks[:limit]
    result: Result = {"tasks": _fields(tasks, params), "missing": []}
    if count_here:
        result["total_count"] = counted
    elif params.get("count"):
        # None: nothing was read (limit 0), or the tenant did not say.
        result["total_count"] = _count(api, plan) if total is None else total
    return result


def _count(api: TaskStatusApi, plan: _selection.Plan) -> int:
    total = api.count(plan.query) if plan.exact else None
    if total is None:

        def fetch(offset: int, limit: int) -> list[Any]:
            return api.page(plan.query, offset, limit).records

        records = read_moving_list(
            fetch, LARGEST_PAGE, warn=api.client.warn, side_by_side=_side_by_side(api, plan.query)
        )
        total = sum(map(plan.matches, records))
    return total


def _side_by_side(api: TaskStatusApi, query: Query, total: Callable[[], int | None] = lambda: None) -> SideBySide:
    """Return how to read a long list of a query side by side; ``total`` tells its length where that is known."""

    def fetch_all(offsets: Sequence[int], limit: int) -> list[list[Any]]:
        pages: dict[int, list[Any]] = {}

        def fetch(offset: int) -> None:
            pages[offset] = api.page(query, offset, limit).records

        work_side_by_side(offsets, fetch, len(offsets), api.client.cancel)
        return [pages[offset] for offset in offsets]

    return SideBySide(lambda: total() or api.count(query), fetch_all)


def _read(
    api: TaskStatusApi,
    ids: Sequence[str],
    predicates: Sequence[_selection.Predicate],
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
    tasks = [task for task in known if all(predicate(task) for predicate in predicates)]
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
    return state is not None and _tasks.is_pending(state)


def _fields(tasks: Sequence[TaskStatus], params: Mapping[str, Any]) -> list[TaskStatus]:
    fields = params.get("fields")
    if fields is None:
        return list(tasks)
    wanted = dict.fromkeys(["id", *fields])
    return [{key: task[key] for key in wanted if key in task} for task in tasks]


def _created(task: TaskStatus) -> float:
    created = parse_instant(task.get("created"))
    return created.timestamp() if created else float("-inf")


def _missing(ids: Sequence[str]) -> str:
    return (
        f"No task was found with the id {ids[0]}"
        if len(ids) == 1
        else f"{len(ids)} ids were not found: {first_of(ids)}"
    )
