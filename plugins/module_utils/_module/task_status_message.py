# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentences of module task_status: why it failed, whatever the number of tasks, and what a diff is headed by.

Pure functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._durations import format_duration
from .._tasks.outcomes import by_reason, reason_of
from .._wording import count_of, first_of, printable

Item = Mapping[str, Any]

_MAX_MESSAGE = 900  # characters
_MAX_ID = 60  # characters of one that is named
_MAX_REASONS = 3


def heading_of(item: Item, is_pending: bool) -> str:
    """Return what a person knows a task by: its name, its source, how long it has been pending, its id."""
    source, age = item["source"] or {}, item["age_seconds"]
    since = f"pending for {format_duration(max(age, 0))}" if is_pending and age is not None else ""
    parts = (item["name"], source.get("name") or source.get("id"), since, item["id"])
    return printable(", ".join(str(part) for part in parts if part))


def failure_of(items: Sequence[Item], bad: Sequence[Item], interrupted: str, missing_ok: bool) -> str:
    """Return what went wrong, equal reasons put together.

    :param items: all items of the result
    :param bad: those that are failures
    :param interrupted: why the run was interrupted; empty if it was not
    :param missing_ok: whether a missing task is no failure
    """
    counts = {
        outcome: sum(item["outcome"] == outcome for item in items) for outcome in ("updated", "failed", "missing")
    }
    parts = [f"{counts['failed']} failed"] if counts["failed"] else []
    if counts["missing"] and not missing_ok:
        parts.append(f"{counts['missing']} not found (missing_ok is off)")
    begun = f"Interrupted ({interrupted}): of" if interrupted else "Of"
    told = ", ".join([f"{begun} {count_of(len(items), 'task')} {counts['updated']} updated", *parts])
    reasons = _reasons(bad, _MAX_MESSAGE - len(told))
    return f"{told}{': ' if reasons else ''}{reasons}."


def _reasons(bad: Sequence[Item], room: int) -> str:
    """Return which items failed for which reasons, in so many characters at most."""
    groups = by_reason(bad)
    shown = groups[:_MAX_REASONS]
    share = room // max(len(shown), 1)
    told = [_group(items, share) for items in shown]
    more = len(groups) - len(shown)
    return "; ".join(told) + (f"; and {count_of(more, 'more reason')}" if more else "")


def _group(items: Sequence[Item], room: int) -> str:
    ids = first_of([_shortened(str(item["id"]), _MAX_ID) for item in items])
    return f"{ids} ({_shortened(reason_of(items[0]), room - len(ids))})"


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: max(length, 2) - 1]}…"
