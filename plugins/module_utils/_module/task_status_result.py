# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What module task_status tells of its work: an item for each task, counts, a diff, and a message where some failed."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from .._api import records
from .._api.task_status import TaskStatus
from .._errors import SailPointError
from .._tasks import patching
from .._tasks.outcomes import OUTCOMES, Outcome
from .._tasks.updating import UNKNOWN
from .task_status_message import failure_of, heading_of

Result = dict[str, Any]
Item = dict[str, Any]

_NOTHING_KNOWN = records.identifying({}, datetime.now(timezone.utc))


class Ledger:
    """What became of each task so far, as the result shows it."""

    def __init__(
        self,
        ids: Sequence[str],
        return_tasks: bool,
        now: Callable[[], datetime],
        known: Mapping[str, TaskStatus] | None = None,
    ) -> None:
        """Take all ids in the order of the result, and whether items hold the TaskStatus.

        :param now: tells the instant that ages are counted to; it is asked once, when the first task is settled
        :param known: the tasks as far as they were read before, to tell what they are where nothing else does
        """
        self._ids = ids
        self._return_tasks = return_tasks
        self._known = known or {}
        self._now = functools.cache(now)
        self._items: dict[str, Item] = {}
        self._changes: dict[str, dict[str, Item]] = {}  # what a diff shows, by id: before and after
        self.failed = 0
        self._interrupted = ""  # why the work did not come to its end, if it did not
        self._sent: Mapping[str, patching.Patch] = {}

    @property
    def done(self) -> int:
        """How many tasks have an outcome."""
        return len(self._items)

    def ids_of(self, *outcomes: str) -> list[str]:
        """Return the ids of the tasks that have one of these outcomes."""
        return [task_id for task_id, item in self._items.items() if item["outcome"] in outcomes]

    def settle(self, task_id: str, outcome: Outcome) -> None:
        """Take a task's outcome, in the place of one that it had before."""
        had_failed = "error" in self._items.get(task_id, ())
        # First what must not be lost: there may be too little memory for the rest.
        self._items[task_id] = item = {"id": task_id, "outcome": outcome.name, **_NOTHING_KNOWN, "patch": outcome.patch}
        self._changes.pop(task_id, None)
        if outcome.error is not None:
            item["error"] = outcome.error
        self.failed += ("error" in item) - had_failed
        task = outcome.before or outcome.task or self._known.get(task_id, {})
        item.update(records.identifying(task, self._now()))
        if self._return_tasks:
            item["task"] = outcome.task
        if outcome.moved:
            item["moved"] = list(outcome.moved)
        if outcome.before is not None and outcome.task is not None:
            # Only what a diff shows is kept: whole tasks twice would double the memory of a long run.
            self._changes[task_id] = {
                side: {key: state.get(key) for key in patching.PATCHED_KEYS}
                for side, state in (("before", outcome.before), ("after", outcome.task))
            }

    def shed(self) -> None:
        """Let go of all that what was done can be told without: whole tasks, and the diff."""
        self._changes.clear()
        self._known = {}
        for item in self._items.values():
            item.pop("task", None)

    def not_shown(self, task_id: str, error: SailPointError) -> None:
        """Take that an update which was said to have taken effect has not."""
        item = self._items[task_id]
        item.update(outcome="failed", error=error.as_dict())
        self._changes.pop(task_id, None)
        self.failed += 1

    def interrupt(self, reason: str, sent: Mapping[str, patching.Patch]) -> None:
        """Take that the work did not come to its end: tasks without an outcome are told as failed for this reason.

        :param sent: the patches that were on their way, by id
        """
        self._interrupted = reason
        self._sent = sent

    def result(self, missing_ok: bool, diff: bool) -> Result:
        """Return what was done, in the order of the ids.

        :param missing_ok: whether a missing task is no failure
        :param diff: whether to return ``diff``
        """
        self._settle_the_rest()
        items = [self._items[task_id] for task_id in self._ids]
        counts = Counter(item["outcome"] for item in items)
        result: Result = {
            "changed": counts["updated"] > 0,
            "tasks": items,
            "summary": {outcome: counts[outcome] for outcome in OUTCOMES},
        }
        if diff:
            result["diff"] = [self._difference(item) for item in items if item["id"] in self._changes]
        bad_outcomes = ("failed",) if missing_ok else ("failed", "missing")
        bad = [item for item in items if item["outcome"] in bad_outcomes]
        if self._interrupted or bad:
            result.update(failed=True, msg=failure_of(items, bad, self._interrupted, missing_ok))
        return result

    def _settle_the_rest(self) -> None:
        for task_id in self._ids if self._interrupted else ():
            if task_id not in self._items:
                patch = self._sent.get(task_id, [])
                message = f"while this task was updated; {UNKNOWN}" if patch else "before this task was updated"
                error = SailPointError(f"The run was interrupted ({self._interrupted}) {message}.")
                self.settle(task_id, Outcome("failed", patch, error=error.as_dict()))

    def _difference(self, item: Item) -> Item:
        sides = self._changes[item["id"]]
        heading = heading_of(item, is_pending=records.is_pending(sides["before"]))
        return {"before_header": heading, "after_header": heading, **sides}
