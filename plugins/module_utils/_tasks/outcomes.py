# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can become of a task that is to be cleared: one table for the module, the roles, the report and the guides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from .._api.task_status import TaskStatus
from .patching import Patch

Item = Mapping[str, Any]  # of a result

_MIN_ID = 8  # characters; a shorter one may be any word of a sentence


@dataclass(frozen=True)
class OutcomeKind:
    """How people are told of an outcome: its ``label``, in a few words its ``meaning``, empty where the label says it
    all, and the ``tone`` it is shown in, that of a completion status or of a task that is not completed.
    """

    label: str
    meaning: str
    tone: str


# In the order in which they are counted and shown: what was done, what was left alone and why, what went wrong.
OUTCOMES: dict[str, OutcomeKind] = {
    "updated": OutcomeKind("Updated", "", "success"),
    "unchanged": OutcomeKind("Unchanged", "already completed", "other"),
    "too_young": OutcomeKind("Too young", "younger than asked for", "pending"),
    "moving": OutcomeKind("Moving", "not stuck, or just being completed", "completing"),
    "held": OutcomeKind("Held", "a guard stopped the run", "pending"),
    "conflict": OutcomeKind("Conflict", "changed meanwhile", "warning"),
    "missing": OutcomeKind("Missing", "not found", "warning"),
    "failed": OutcomeKind("Failed", "could not be updated", "error"),
}

# What is counted of a clearing, in the order in which it is told.
COUNTS = ("pending_before", "selected", *OUTCOMES, "pending_after")


@dataclass(frozen=True)
class Outcome:
    """What became of a task.

    ``name`` is one of OUTCOMES; ``patch`` what was, or in check mode would be, sent; ``task`` the TaskStatus as it is
    known now, ``before`` the one that an update was built on; ``error`` what went wrong; ``moved`` what of a moving one
    changed while it was observed.
    """

    name: str
    patch: Patch
    task: TaskStatus | None = None
    before: TaskStatus | None = None
    error: dict[str, Any] | None = None
    moved: Sequence[str] = ()


def by_reason(bad: Sequence[Item]) -> list[list[Item]]:
    """Return items that are failures, those of equal reasons together, the most frequent reason first."""
    groups: dict[str, list[Item]] = {}
    for item in bad:
        groups.setdefault(_kind_of_reason(item), []).append(item)
    return sorted(groups.values(), key=len, reverse=True)


def reason_of(item: Item) -> str:
    """Return why an item is a failure, without a full stop."""
    return str(item["error"]["message"]).rstrip(".") if "error" in item else "not found"


def _kind_of_reason(item: Item) -> str:
    """Return the reason without what is this task's alone: its id, in a path and elsewhere, and a tracking id."""
    task_id, reason = str(item["id"]), reason_of(item)
    own = [f"/{quote(task_id, safe='')}", str(item.get("error", {}).get("tracking_id") or "")]
    if len(task_id) >= _MIN_ID:
        own.append(task_id)
    for text in filter(None, own):
        reason = reason.replace(text, "…")
    return reason
