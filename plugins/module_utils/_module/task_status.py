# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: the work of module task_status, for any host that has validated parameters."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._api import records
from .._api.task_status import TaskStatusApi
from .._durations import parse_age, parse_duration
from .._errors import (
    OptionError,
    SailPointError,
    SignInError,
)
from .._http.client import Client
from .._http.pace import WINDOW
from .._instants import parse_instant_option
from .._tasks import patching
from .._tasks.outcomes import OUTCOMES, Outcome
from .._tasks.reading import State, StateReader, check_ids
from .._tasks.updating import (
    FRESH_FOR,
    LOOK_AGAIN_AFTER,
    UNKNOWN,
    Updater,
)
from .._wording import count_of, first_of
from .._workers import work_side_by_side
from .options import connection_argument_spec
from .progress import Progress, Say

Result = dict[str, Any]
Item = dict[str, Any]

_MOST_THREADS = 32
_ROUND = 1000  # tasks whose state is read before they are acted on: four pages of the pending list
_SMALLEST_ROUND = 250


def argument_spec() -> dict[str, Any]:
    """Return the keyword arguments of AnsibleModule, and of ArgumentSpecValidator, that describe the options."""
    return {
        "argument_spec": {
            **connection_argument_spec(),
            "id": {"type": "list", "elements": "str", "required": True, "aliases": ["ids", "task_id"]},
            "completion_status": {
                "type": "str",
                "choices": list(records.COMPLETION_STATUSES),
                "default": "error",
            },
            "completed": {"type": "str"},
            "overwrite": {"type": "bool", "default": False},
            "older_than": {"type": "str"},
            "precondition": {"type": "bool", "default": False},
            "missing_ok": {"type": "bool", "default": False},
            "return_tasks": {"type": "bool", "default": True},
            "concurrency": {"type": "int", "default": 8},
            "progress_interval": {"type": "str", "default": "5s"},
        }
    }


def run(
    params: Mapping[str, Any],
    client: Client,
    check_mode: bool = False,
    diff: bool = False,
    say: Say | None = None,
) -> Result:
    """Bring tasks to the desired state.

    :param params: options validated by :func:`argument_spec`
    :param check_mode: predict, send no update
    :param diff: also return ``diff``
    :param say: where to say how long work stands; None: nowhere
    :returns: ``changed``, ``tasks``, ``summary``, ``request_stats``; with ``failed`` and ``msg`` when a task failed, is
        missing though it must not be, or the run was interrupted
    :raises OptionError: an option cannot be used; nothing was sent
    """
    ids = check_ids("id", params["id"])
    concurrency = params["concurrency"]
    if not 1 <= concurrency <= _MOST_THREADS:
        raise OptionError("concurrency", f"{concurrency} is out of range; it must be from 1 to {_MOST_THREADS}")
    completed, older_than = params.get("completed"), params.get("older_than")
    desired = patching.DesiredState(
        completion_status=params["completion_status"],
        completed=None if completed is None else parse_instant_option("completed", completed),
        overwrite=params["overwrite"],
        older_than=None if older_than is None else parse_age("older_than", older_than),
        precondition=params["precondition"],
    )
    progress = Progress(say, parse_duration("progress_interval", params["progress_interval"]))
    before = client.request_stats
    tasks = _Run(TaskStatusApi(client), ids, desired, check_mode, params["return_tasks"])
    interrupted = ""
    try:
        tasks.update_all(concurrency, progress)
    except Exception:
        client.cancel()
        raise
    except BaseException as interruption:
        # A signal, or the task's "timeout" keyword: what was done must not go unsaid.
        client.cancel()
        interrupted = str(interruption).rstrip(".") or type(interruption).__name__
    return {
        **_result(tasks, params["missing_ok"], diff, interrupted),
        "request_stats": client.stats_since(before),
    }


class _Run:
    """The update of many tasks: each has an item in ``items`` once its outcome is known."""

    def __init__(
        self, api: TaskStatusApi, ids: Sequence[str], desired: patching.DesiredState, check_mode: bool, keep: bool
    ) -> None:
        self.ids = ids
        self.items: dict[str, Item] = {}
        self.changes: dict[str, dict[str, Item]] = {}  # what a diff shows, by id: before and after
        self._api = api
        self._updater = Updater(api, desired, check_mode)
        self._check_mode = check_mode
        self._keep = keep
        self._failed = 0

    def update_all(self, concurrency: int, progress: Progress) -> None:
        """Bring all tasks to the desired state; those that are just being completed are looked at again shortly.

        When the tenant lets nobody in, every task left is failed for that reason.
        """
        try:
            self._update(self.ids, concurrency, progress)
            for pause in LOOK_AGAIN_AFTER:
                moving = [task_id for task_id in self.ids if self.items[task_id]["outcome"] == "moving"]
                if not moving:
                    break
                self._api.client.sleep(pause)
                self._update(moving, concurrency, progress)
        except SignInError as error:
            for task_id in self.ids:
                if task_id not in self.items:
                    self._settle(task_id, Outcome("failed", [], error=error.as_dict()))

    def _update(self, ids: Sequence[str], concurrency: int, progress: Progress) -> None:
        """Bring these tasks to the desired state, in rounds of reading and updating so that no state is old."""
        reader = StateReader(self._api, ids, concurrency)
        limit = self._api.client.settings.rate_limit
        # As many as the pace lets us act on while their states are fresh.
        size = max(_SMALLEST_ROUND, min(_ROUND, int(limit * FRESH_FOR / WINDOW))) if limit else _ROUND
        while reader:
            begun = time.monotonic()
            states = reader.next_round(size)
            read = time.monotonic()
            until = max(begun + FRESH_FOR, read + FRESH_FOR / 3)
            acted_on: set[str] = set()
            self._update_round(states, until, acted_on, concurrency, progress)
            left = [task_id for task_id in states if task_id not in acted_on]
            if left:
                size = max(_SMALLEST_ROUND, min(size, len(acted_on)))
            # In check mode nothing leaves the list of pending tasks.
            gone = [] if self._check_mode else acted_on
            reader.settle(sum(self.items[task_id]["outcome"] == "updated" for task_id in gone), left)

    def unsettled(self, task_id: str, interrupted: str) -> Item:
        """Return the item of a task whose outcome was not known when the run was interrupted."""
        patch = self._updater.sent.get(task_id)
        message = f"while this task was updated; {UNKNOWN}" if patch else "before this task was updated"
        error = SailPointError(f"The run was interrupted ({interrupted}) {message}.")
        item: Item = {"id": task_id, "outcome": "failed", "patch": patch or [], "error": error.as_dict()}
        return {**item, "task": None} if self._keep else item

    def _update_round(
        self, states: Mapping[str, State], until: float, acted_on: set[str], concurrency: int, progress: Progress
    ) -> None:
        def fresh() -> Iterator[str]:
            for task_id in states:
                if acted_on and time.monotonic() > until:
                    return
                acted_on.add(task_id)
                yield task_id

        # No more threads than the pace gives places, so that none waits longer for one than a window: that much a state
        # may age besides, but not while a longer wait holds the update back, such as for Retry-After.
        threads = min(concurrency, len(states), self._api.client.settings.rate_limit or concurrency)
        not_after = until + 1.5 * WINDOW
        work_side_by_side(
            fresh(),
            lambda task_id: self._settle(task_id, self._updater.bring(task_id, states[task_id], not_after)),
            threads if not self._check_mode else 1,
            self._api.client.cancel,
            lambda: progress.updating(len(self.ids), len(self.items), self._failed),
            self._api.client.stop,
        )

    def _settle(self, task_id: str, outcome: Outcome) -> None:
        item: Item = {"id": task_id, "outcome": outcome.name, "patch": outcome.patch}
        if self._keep:
            item["task"] = outcome.task
        if outcome.error is not None:
            item["error"] = outcome.error
            self._failed += 1
        if outcome.before is not None and outcome.task is not None:
            # Only what a diff shows is kept: whole tasks twice would double the memory of a long run.
            self.changes[task_id] = {
                key: {name: state.get(name) for name in patching.PATCHED_KEYS}
                for key, state in (("before", outcome.before), ("after", outcome.task))
            }
        self.items[task_id] = item


def _result(run: _Run, missing_ok: bool, diff: bool, interrupted: str) -> Result:
    """Return what was done, in the order of the ids."""
    items = [run.items.get(task_id) or run.unsettled(task_id, interrupted) for task_id in run.ids]
    counts = Counter(item["outcome"] for item in items)
    result: Result = {
        "changed": counts["updated"] > 0,
        "tasks": items,
        "summary": {outcome: counts[outcome] for outcome in OUTCOMES},
    }
    if diff:
        shown = {task_id: run.changes[task_id] for task_id in run.ids if task_id in run.changes}
        result["diff"] = {
            side: {task_id: states[side] for task_id, states in shown.items()} for side in ("before", "after")
        }
    bad = [item for item in items if item["outcome"] == "failed" or (item["outcome"] == "missing" and not missing_ok)]
    if interrupted or bad:
        result.update(failed=True, msg=_message(len(items), bad, counts, interrupted, missing_ok))
    return result


def _message(total: int, bad: Sequence[Item], counts: Mapping[str, int], interrupted: str, missing_ok: bool) -> str:
    reasons = [
        f"{item['id']} ({item['error']['message'].rstrip('.') if 'error' in item else 'not found'})" for item in bad
    ]
    parts = [f"{counts['failed']} failed"] if counts["failed"] else []
    if counts["missing"] and not missing_ok:
        parts.append(f"{counts['missing']} not found (missing_ok is off)")
    begun = f"Interrupted ({interrupted}): of" if interrupted else "Of"
    told = f"{begun} {count_of(total, 'task')} {counts['updated']} updated"
    return f"{', '.join([told, *parts])}{': ' if reasons else ''}{first_of(reasons, '; ')}."
