# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: the work of module task_status, for any host that has validated parameters."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible_collections.idops.sailpoint.plugins.module_utils import _patch, _tasks
from ansible_collections.idops.sailpoint.plugins.module_utils._api import TaskStatus, TaskStatusApi
from ansible_collections.idops.sailpoint.plugins.module_utils._client import Client
from ansible_collections.idops.sailpoint.plugins.module_utils._durations import parse_duration
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import (
    ApiError,
    Cancelled,
    NoAnswerError,
    OptionError,
    SailPointError,
    SignInError,
)
from ansible_collections.idops.sailpoint.plugins.module_utils._instants import parse_instant_option
from ansible_collections.idops.sailpoint.plugins.module_utils._options import connection_argument_spec
from ansible_collections.idops.sailpoint.plugins.module_utils._progress import Progress, Say
from ansible_collections.idops.sailpoint.plugins.module_utils._reading import State, StateReader, check_ids
from ansible_collections.idops.sailpoint.plugins.module_utils._wording import count_of, first_of
from ansible_collections.idops.sailpoint.plugins.module_utils._workers import work_side_by_side

Result = dict[str, Any]
Item = dict[str, Any]

OUTCOMES = ("updated", "unchanged", "too_young", "conflict", "missing", "failed")

_MOST_THREADS = 32
_ROUND = 1000  # tasks whose state is read before they are acted on: four pages of the pending list
_SMALLEST_ROUND = 250
_FRESH_FOR = 30.0  # seconds after which a state that was read is read again before it is acted on
_UNKNOWN = "whether the update took effect is not known"
_REFUSALS_OF_A_TEST = (400, 409, 412, 422)  # RFC 5789, 2.2 and what servers make of a failed "test"


def argument_spec() -> dict[str, Any]:
    """Return the keyword arguments of AnsibleModule, and of ArgumentSpecValidator, that describe the options."""
    return {
        "argument_spec": {
            **connection_argument_spec(),
            "id": {"type": "list", "elements": "str", "required": True, "aliases": ["ids", "task_id"]},
            "completion_status": {
                "type": "str",
                "choices": list(_tasks.COMPLETION_STATUSES),
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
    desired = _patch.DesiredState(
        completion_status=params["completion_status"],
        completed=None if completed is None else parse_instant_option("completed", completed),
        overwrite=params["overwrite"],
        older_than=None if older_than is None else parse_duration("older_than", older_than),
        precondition=params["precondition"],
    )
    progress = Progress(say, parse_duration("progress_interval", params["progress_interval"]))
    before = client.request_stats
    updater = _Updater(TaskStatusApi(client), ids, desired, check_mode, params["return_tasks"])
    interrupted = ""
    try:
        updater.update_all(concurrency, progress)
    except Exception:
        client.cancel()
        raise
    except BaseException as interruption:
        # A signal, or the task's "timeout" keyword: what was done must not go unsaid.
        client.cancel()
        interrupted = str(interruption).rstrip(".") or type(interruption).__name__
    return {
        **_result(updater, params["missing_ok"], diff, interrupted),
        "request_stats": client.stats_since(before),
    }


class _Updater:
    """The update of many tasks: each has an item in ``items`` once its outcome is known."""

    def __init__(
        self, api: TaskStatusApi, ids: Sequence[str], desired: _patch.DesiredState, check_mode: bool, keep: bool
    ) -> None:
        self.ids = ids
        self.items: dict[str, Item] = {}
        self.sent: dict[str, _patch.Patch] = {}  # by id, from just before the first try on
        self.changes: dict[str, dict[str, Item]] = {}  # what a diff shows, by id: before and after
        self._api = api
        self._desired = desired
        self._check_mode = check_mode
        self._keep = keep
        self._failed = 0

    def update_all(self, concurrency: int, progress: Progress) -> None:
        """Bring all tasks to the desired state, in rounds of reading and updating so that no state is old.

        When the tenant lets nobody in, every task left is failed for that reason.
        """
        reader = StateReader(self._api, self.ids, concurrency)
        limit = self._api.client.settings.rate_limit
        # As many as the pace lets us act on while their states are fresh.
        size = max(_SMALLEST_ROUND, min(_ROUND, int(limit * _FRESH_FOR / 10))) if limit else _ROUND
        try:
            while reader:
                begun = time.monotonic()
                states = reader.next_round(size)
                read = time.monotonic()
                until = max(begun + _FRESH_FOR, read + _FRESH_FOR / 3)
                acted_on: set[str] = set()
                self._update_round(states, until, acted_on, concurrency, progress)
                left = [task_id for task_id in states if task_id not in acted_on]
                if left:
                    size = max(_SMALLEST_ROUND, min(size, len(acted_on)))
                # In check mode nothing leaves the list of pending tasks.
                gone = [] if self._check_mode else acted_on
                reader.settle(sum(self.items[task_id]["outcome"] == "updated" for task_id in gone), left)
        except SignInError as error:
            for task_id in self.ids:
                if task_id not in self.items:
                    self._settle(task_id, "failed", error=error)

    def unsettled(self, task_id: str, interrupted: str) -> Item:
        """Return the item of a task whose outcome was not known when the run was interrupted."""
        patch = self.sent.get(task_id)
        message = f"while this task was updated; {_UNKNOWN}" if patch else "before this task was updated"
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

        work_side_by_side(
            fresh(),
            lambda task_id: self._update(task_id, states[task_id]),
            min(concurrency, len(states)) if not self._check_mode else 1,
            self._api.client.cancel,
            lambda: progress.updating(len(self.ids), len(self.items), self._failed),
            self._api.client.stop,
        )

    def _update(self, task_id: str, state: State) -> None:
        """Bring one task to the desired state and settle its outcome."""
        if state is None:
            self._settle(task_id, "missing")
            return
        if isinstance(state, SailPointError):
            self._settle(task_id, "failed", error=state)
            return
        if not state.keys() & {"id", "completionStatus"}:
            # It would pass for a pending task.
            error = NoAnswerError("The answer to reading the task says nothing about it, so it was left alone.", 200)
            self._settle(task_id, "failed", task=state, error=error)
            return
        now = datetime.now(timezone.utc)
        if _patch.too_young(state, self._desired, now):
            self._settle(task_id, "too_young", task=state)
            return
        # Built once: the instant it holds stays the same over every try.
        patch = _patch.build_patch(state, self._desired, now)
        if not patch:
            self._settle(task_id, "unchanged", task=state)
        elif self._check_mode:
            self._settle(task_id, "updated", patch, _patch.apply_patch(state, patch), before=state)
        else:
            self._send(task_id, state, patch)

    def _send(self, task_id: str, before: TaskStatus, patch: _patch.Patch) -> None:
        """Send the update until it is known what became of it."""
        tries = self._api.client.settings.retries
        self.sent[task_id] = patch
        while True:
            error: SailPointError
            try:
                after = self._api.update(task_id, patch)
                if _patch.reads_as_sent(after, patch):
                    self._settle(task_id, "updated", patch, after, before=before)
                    return
                error = NoAnswerError("The tenant accepted the update, but the task does not show it.", 200)
            except SignInError as refusal:
                # Nobody can read the task again.
                told = _with_note(refusal, f"{_UNKNOWN}.") if refusal.in_doubt else refusal
                self._settle(task_id, "failed", patch, before, error=told)
                return
            except Cancelled as refusal:
                error = refusal
            except ApiError as refusal:
                error = refusal
                if refusal.status < 500 and refusal.status not in (404, *_REFUSALS_OF_A_TEST) and not refusal.in_doubt:
                    self._settle(task_id, "failed", patch, before, error=error)
                    return
            except NoAnswerError as doubt:
                error = doubt
            if not self._settle_by_reading(task_id, before, patch, error, last=not tries):
                tries -= 1
                continue
            return

    def _settle_by_reading(
        self, task_id: str, before: TaskStatus, patch: _patch.Patch, error: SailPointError, last: bool
    ) -> bool:
        """Read a task again whose update met an error and settle what became of it.

        Returns False when the update did not take effect and may well do so when sent again.
        """
        try:
            there = self._api.get(task_id)
        except SailPointError as trouble:
            failure = _with_note(error, f"{_UNKNOWN}, since reading the task again failed too: {trouble}")
            self._settle(task_id, "failed", patch, before, error=failure)
            return True
        if there is None:
            self._settle(task_id, "missing", patch)
        elif _patch.took_effect(there, patch):
            self._settle(task_id, "updated", patch, there, before=before)
        elif _is_refusal_of_a_test(error) and _changed_meanwhile(before, there, error):
            self._settle(task_id, "conflict", patch, there)
        elif _patch.satisfies(there, self._desired):
            # It was completed by somebody or something else while our update did not get through.
            self._settle(task_id, "unchanged", patch, there)
        elif isinstance(error, NoAnswerError) and error.status is not None and not last:
            return (
                False  # an answer came that could not be read, such as a gateway's page: the client did not repeat it
            )
        else:
            self._settle(task_id, "failed", patch, there, error=error)
        return True

    def _settle(
        self,
        task_id: str,
        outcome: str,
        patch: _patch.Patch | None = None,
        task: TaskStatus | None = None,
        before: TaskStatus | None = None,
        error: SailPointError | Item | None = None,
    ) -> None:
        item: Item = {"id": task_id, "outcome": outcome, "patch": patch or []}
        if self._keep:
            item["task"] = task
        if outcome == "failed" and error is not None:
            item["error"] = error.as_dict() if isinstance(error, SailPointError) else error
            self._failed += 1
        if before is not None and task is not None:
            # Only what a diff shows is kept: whole tasks twice would double the memory of a long run.
            self.changes[task_id] = {
                key: {name: state.get(name) for name in _patch.PATCHED_KEYS}
                for key, state in (("before", before), ("after", task))
            }
        self.items[task_id] = item


def _is_refusal_of_a_test(error: SailPointError) -> bool:
    return isinstance(error, ApiError) and error.status in _REFUSALS_OF_A_TEST


def _changed_meanwhile(before: TaskStatus, there: TaskStatus, error: SailPointError) -> bool:
    """Whether a task differs from what the update was built on; where the status says so outright, in any key."""
    keys = _patch.PATCHED_KEYS if getattr(error, "status", None) in (400, 422) else (before.keys() | there.keys())
    return any(before.get(key) != there.get(key) for key in keys)


def _with_note(error: SailPointError, note: str) -> Item:
    return {**error.as_dict(), "message": f"{str(error).rstrip('.')}; {note}"}


def _result(updater: _Updater, missing_ok: bool, diff: bool, interrupted: str) -> Result:
    """Return what was done, in the order of the ids."""
    items = [updater.items.get(task_id) or updater.unsettled(task_id, interrupted) for task_id in updater.ids]
    counts = Counter(item["outcome"] for item in items)
    result: Result = {
        "changed": counts["updated"] > 0,
        "tasks": items,
        "summary": {outcome: counts[outcome] for outcome in OUTCOMES},
    }
    if diff:
        shown = {task_id: updater.changes[task_id] for task_id in updater.ids if task_id in updater.changes}
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
        parts.append(f"{counts['missing']} not found")
    begun = f"Interrupted ({interrupted}): of" if interrupted else "Of"
    told = f"{begun} {count_of(total, 'task')} {counts['updated']} updated"
    return f"{', '.join([told, *parts])}{': ' if reasons else ''}{first_of(reasons, '; ')}."
