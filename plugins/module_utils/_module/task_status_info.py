# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of the module task_status_info, for any host that has validated parameters."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .._api.generations import GENERATIONS, Generation
from .._api.task_status import MAX_PAGE, TaskStatus, TaskStatusApi
from .._durations import parse_duration
from .._errors import OptionError, SailPointError
from .._http.client import Client
from .._tasks import listing, selecting
from .._tasks.reading import check_ids, read_all
from .._tasks.vocabulary import CRITERIA
from .._tasks.waiting import Patience, Waited, wait_until_completed
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
            "page_size": {"type": "int", "default": MAX_PAGE},
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
    # Of one moment for all tasks, but once it is known what time it is for the tenant: when the first is judged.
    wish = _wish(params, GENERATIONS[client.settings.api_version], functools.cache(client.now))
    progress = Progress(say, parse_duration("progress_interval", params.get("progress_interval") or "0"), client.clock)
    before = client.request_stats
    api = TaskStatusApi(client)
    found = _listed(api, wish) if wish.ids is None else _known(api, wish, wish.ids, progress)
    return {"changed": False, **_result(found, wish), "request_stats": client.stats_since(before)}


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


# What is asked for


@dataclass(frozen=True)
class _Wish:
    """The options, checked: ``ids`` to look up or, if None, a selection to list; ``patience`` to wait with."""

    selection: selecting.Selection
    now: selecting.Moment
    ids: list[str] | None = None
    patience: Patience | None = None
    missing_ok: bool = False
    sorters: str | None = None
    offset: int = 0
    page_size: int = MAX_PAGE
    limit: int | None = None
    count: bool = False
    count_only: bool = False
    fields: list[str] | None = None


def _wish(params: Mapping[str, Any], generation: Generation, now: selecting.Moment) -> _Wish:
    """Check all options.

    :raises OptionError: one cannot be used, or not in this generation
    """
    for option, least, most in (("limit", 0, None), ("offset", 0, None), ("page_size", 1, MAX_PAGE)):
        value = params.get(option)
        if value is not None and (value < least or (most is not None and value > most)):
            bounds = f"at least {least}" if most is None else f"from {least} to {most}"
            raise OptionError(option, f"{value} is out of range; it must be {bounds}")
    wish = _Wish(
        selection=selecting.selection_from(params),
        now=now,
        patience=_patience(params),
        missing_ok=bool(params.get("missing_ok")),
        sorters=params.get("sorters"),
        offset=params.get("offset") or 0,
        page_size=params.get("page_size") or MAX_PAGE,
        limit=params.get("limit"),
        count=bool(params.get("count")),
        count_only=bool(params.get("count_only")),
        fields=params.get("fields"),
    )
    if params.get("id") is None:
        selecting.plan(wish.selection, generation, wish.sorters, wish.now)  # said before anything is sent
        return wish
    for option in ("filters", "sorters", "offset"):
        if params.get(option):
            raise OptionError(option, "it belongs to a list; leave it out where ids say which tasks")
    return replace(wish, ids=check_ids("id", params["id"]))


def _patience(params: Mapping[str, Any]) -> Patience | None:
    timeout = parse_duration("wait_timeout", params.get("wait_timeout") or "10m")
    interval = parse_duration("wait_interval", params.get("wait_interval") or "10s")
    if not interval:
        raise OptionError("wait_interval", "0 would ask without a pause; give at least a second or so")
    return Patience(timeout, interval) if params.get("wait") else None


# What is found


@dataclass(frozen=True)
class _Found:
    """The tasks, and how many there are in ``total``; ids that are ``missing``; what came of waiting."""

    tasks: list[TaskStatus]
    total: int | None = None
    missing: list[str] = field(default_factory=list)
    waited: Waited | None = None


def _listed(api: TaskStatusApi, wish: _Wish) -> _Found:
    def work(plan: selecting.Plan) -> _Found:
        if wish.count_only:
            return _Found([], listing.count_all(api, plan))
        tasks, total = listing.read(
            api,
            plan,
            sorters=wish.sorters,
            limit=wish.limit,
            offset=wish.offset,
            page_size=wish.page_size,
            count=wish.count,
        )
        return _Found(tasks, total)

    return listing.fulfil(api, wish.selection, wish.sorters, wish.now, work)


def _known(api: TaskStatusApi, wish: _Wish, ids: Sequence[str], progress: Progress) -> _Found:
    waited = None
    if wish.patience is None:
        states = read_all(api, ids)
    else:
        waited = wait_until_completed(
            api,
            ids,
            wish.patience,
            lambda seconds, running: progress.sleep(
                api.client, seconds, functools.partial(progress.waiting, len(ids), running)
            ),
        )
        states = waited.states
        if not waited.late:
            progress.waited(len(ids))
    missing = [task_id for task_id in ids if states.get(task_id, ...) is None]
    there = [task for task in map(states.get, ids) if task is not None]
    choice = selecting.choice_of(wish.selection, wish.now)
    tasks = [task for task in listing.chosen(api, choice, there) if task is not None]
    return _Found([] if wish.count_only else tasks[: wish.limit], len(tasks), missing, waited)


# What is told


def _result(found: _Found, wish: _Wish) -> Result:
    result: Result = {"tasks": _fields(found.tasks, wish.fields), "missing": found.missing}
    if wish.count or wish.count_only:
        result["total_count"] = found.total
    if found.waited is not None:
        result["waited_seconds"] = found.waited.seconds
    problem = _problem(found, wish)
    return {**result, "failed": True, "msg": problem} if problem else result


def _problem(found: _Found, wish: _Wish) -> str:
    if found.waited is not None and found.waited.late:
        late = found.waited.late
        return (
            f"wait_timeout: {count_of(len(late), 'task')} not completed after {found.waited.seconds:.0f} s: "
            f"{first_of(late)}; tasks shows the last state seen."
        )
    if found.missing and not wish.missing_ok:
        return f"{_missing(found.missing)}; set missing_ok to leave out what is not found."
    return ""


def _fields(tasks: Sequence[TaskStatus], fields: Sequence[str] | None) -> list[TaskStatus]:
    if fields is None:
        return list(tasks)
    wanted = dict.fromkeys(["id", *fields])
    return [{key: task[key] for key in wanted if key in task} for task in tasks]


def _missing(ids: Sequence[str]) -> str:
    if len(ids) == 1:
        return f"No task was found with the id {ids[0]}"
    return f"{len(ids)} ids were not found: {first_of(ids)}"
