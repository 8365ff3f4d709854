# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: what a TaskStatus says, read so that no answer can break it. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ansible_collections.idops.sailpoint.plugins.module_utils._instants import parse_instant

# The vendor's documented spelling, by the option's value. Answers have it in upper case since 2024-06.
COMPLETION_STATUSES = {
    "success": "Success",
    "warning": "Warning",
    "error": "Error",
    "terminated": "Terminated",
    "temperror": "TempError",
}


def completion_status(task: Mapping[str, Any]) -> str | None:
    """Return the completion status in lower case; None for a pending task.

    Pending is null: whatever else stands there, the safe side is that the task is completed.
    """
    status = task.get("completionStatus")
    return None if status is None else str(status).strip().lower()


def is_pending(task: Mapping[str, Any]) -> bool:
    """Whether a task has no completion status, which is what the vendor calls pending."""
    return completion_status(task) is None


def age(task: Mapping[str, Any], now: datetime) -> float | None:
    """Return the seconds since a task was launched, else created; None when neither can be read."""
    since = parse_instant(task.get("launched")) or parse_instant(task.get("created"))
    return None if since is None else (now - since).total_seconds()


def identity(task: Mapping[str, Any]) -> str | None:
    """Return a task's id, None when it has no usable one."""
    task_id = task.get("id")
    return task_id if isinstance(task_id, str) and task_id else None


def says_something(task: Mapping[str, Any]) -> bool:
    """Whether an answer says anything of a task at all; one that does not would pass for a pending task."""
    return bool(task.keys() & {"id", "completionStatus"})


def type_name(value: object) -> str:
    """Return the name of a kind of task as the ``type`` filter writes it: upper case, blanks as underscores."""
    return "_".join(str(value).split()).upper()


def kind(task: Mapping[str, Any]) -> str:
    """Return what the ``type`` filter goes by: the task definition's name, else the launcher, as a type name."""
    definition = task.get("taskDefinitionSummary")
    name = definition.get("uniqueName") if isinstance(definition, Mapping) else None
    return type_name(name or task.get("launcher") or "")


def source_id(task: Mapping[str, Any]) -> str | None:
    """Return the id of the source a task works on, None when its target is none."""
    target = task.get("target")
    if not isinstance(target, Mapping) or target.get("type") not in ("APPLICATION", None):
        return None
    return target.get("id")
