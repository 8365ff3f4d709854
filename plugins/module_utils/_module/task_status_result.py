# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What module task_status tells of its work: an item for each task, counts, a diff, and a message where some failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from .._errors import SailPointError
from .._tasks import patching
from .._tasks.outcomes import OUTCOMES, Outcome
from .._tasks.updating import UNKNOWN
from .._wording import count_of, first_of

Result = dict[str, Any]
Item = dict[str, Any]


class Ledger:
    """What became of each task so far, as the result shows it."""

    def __init__(self, ids: Sequence[str], return_tasks: bool) -> None:
        """Take all ids in the order of the result, and whether items hold the TaskStatus."""
        self._ids = ids
        self._return_tasks = return_tasks
        self._items: dict[str, Item] = {}
        self._changes: dict[str, dict[str, Item]] = {}  # what a diff shows, by id: before and after
        self.failed = 0

    @property
    def done(self) -> int:
        """How many tasks have an outcome."""
        return len(self._items)

    def settle(self, task_id: str, outcome: Outcome) -> None:
        """Take a task's outcome."""
        item: Item = {"id": task_id, "outcome": outcome.name, "patch": outcome.patch}
        if self._return_tasks:
            item["task"] = outcome.task
        if outcome.error is not None:
            item["error"] = outcome.error
            self.failed += 1
        if outcome.before is not None and outcome.task is not None:
            # Only what a diff shows is kept: whole tasks twice would double the memory of a long run.
            self._changes[task_id] = {
                side: {key: state.get(key) for key in patching.PATCHED_KEYS}
                for side, state in (("before", outcome.before), ("after", outcome.task))
            }
        self._items[task_id] = item

    def interrupt(self, reason: str, sent: Mapping[str, patching.Patch]) -> None:
        """Give every task without an outcome one that says why it has none.

        :param sent: the patches that were on their way, by id
        """
        for task_id in self._ids:
            if task_id not in self._items:
                patch = sent.get(task_id, [])
                message = f"while this task was updated; {UNKNOWN}" if patch else "before this task was updated"
                error = SailPointError(f"The run was interrupted ({reason}) {message}.")
                self.settle(task_id, Outcome("failed", patch, error=error.as_dict()))

    def result(self, missing_ok: bool, diff: bool, interrupted: str) -> Result:
        """Return what was done, in the order of the ids; every task has an outcome by now.

        :param missing_ok: whether a missing task is no failure
        :param diff: whether to return ``diff``
        :param interrupted: why the run was interrupted; empty if it was not
        """
        items = [self._items[task_id] for task_id in self._ids]
        counts = Counter(item["outcome"] for item in items)
        result: Result = {
            "changed": counts["updated"] > 0,
            "tasks": items,
            "summary": {outcome: counts[outcome] for outcome in OUTCOMES},
        }
        if diff:
            shown = {task_id: self._changes[task_id] for task_id in self._ids if task_id in self._changes}
            result["diff"] = {
                side: {task_id: states[side] for task_id, states in shown.items()} for side in ("before", "after")
            }
        bad_outcomes = ("failed",) if missing_ok else ("failed", "missing")
        bad = [item for item in items if item["outcome"] in bad_outcomes]
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
