# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One row per task: what a report shows of it, and how statuses and kinds are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ...module_utils._api import records
from ...module_utils._instants import parse_instant
from .moments import back, rounded, written
from .plain import line, mapping, number_of

# The order in which statuses are listed. The vendor's enumeration is SUCCESS, WARNING, ERROR, TERMINATED, TEMPERROR;
# null is a pending task, or one that is just being completed, whose time is written first. Anything else is "other".
STATUSES = ("pending", "completing", *records.COMPLETION_STATUSES, "other")
STATUS_LABELS = {
    "pending": "Pending",
    "completing": "Completing",
    "success": "Success",
    "warning": "Warning",
    "error": "Error",
    "terminated": "Terminated",
    "temperror": "Temporary error",
    "other": "Other",
}
FAILURES = ("error", "terminated", "temperror")
ENDED = (*records.COMPLETION_STATUSES, "other")

_DAY = 86400

NO_KIND = "(no kind)"
NO_SOURCE = "(no source)"
NO_NAME = "(no name)"


def without_repetitions(tasks: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return tasks, each once: of one that occurs twice, what was read last."""
    # A list that grows while it is read in pages repeats records, and two lists overlap. What was read last is newest.
    unique: dict[str | int, Mapping[str, Any]] = {}
    for number, task in enumerate(tasks):
        task_id = line(task.get("id"))
        unique[number if task_id is None else task_id] = task
    return list(unique.values())


def row_of(task: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return one task as the report shows it. ``start`` and ``end`` bound its bar in the timeline."""
    created, launched, completed = (parse_instant(task.get(key)) for key in ("created", "launched", "completed"))
    status = _status(task)
    begun = launched or created
    duration = age = None
    if status == "pending":
        age = max((now - begun).total_seconds(), 0.0) if begun else None
    elif begun and completed and completed >= begun:
        duration = (completed - begun).total_seconds()
    end = None if status == "pending" else completed or parse_instant(task.get("modified")) or begun
    definition = line(mapping(task.get("taskDefinitionSummary")).get("uniqueName"))
    return {
        "id": line(task.get("id")),
        "name": line(task.get("uniqueName")) or definition or line(task.get("description")) or NO_NAME,
        "description": line(task.get("description")),
        "kind": line(records.kind(task)) or NO_KIND,
        "type": line(task.get("type")),
        "launcher": line(task.get("launcher")),
        "definition": definition,
        **source_of(task),
        "status": status,
        "completion_status": line(task.get("completionStatus")),
        "created": written(created),
        "launched": written(launched),
        "completed": written(completed),
        "start": written(begun or end),
        "end": written(end),
        "duration_seconds": rounded(duration),
        "age_seconds": rounded(age),
        "percent_complete": number_of(task.get("percentComplete")),
        "progress": line(task.get("progress")),
        "message": _message(task.get("messages")),
    }


def row_of_item(item: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the row of a pending task that a result of the module ``task_status`` tells of, as it was before."""
    age, source = number_of(item.get("age_seconds")), mapping(item.get("source"))
    row = row_of(
        {
            "id": item.get("id"),
            "uniqueName": item.get("name") or item.get("kind"),
            "launcher": item.get("launcher"),
            "launched": item.get("launched"),
            # Only the age tells when a task was created that has not been launched.
            "created": None if age is None else written(back(now, age / _DAY)),
            "target": {"id": source.get("id"), "name": source.get("name")},
        },
        now,
    )
    # When it was created is not told: that is only where its bar begins. Its age is as the module judged it, by the
    # tenant's clock, which this machine's may not be.
    told = row["age_seconds"] if age is None else rounded(max(age, 0.0))
    return {**row, "kind": line(item.get("kind")) or row["kind"], "created": None, "age_seconds": told}


def source_of(task: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the name of the source that a task works on, its id where it has no name, and the id."""
    source_id = line(records.source_id(task))
    return {"source": line(records.source_name(task)) or source_id, "source_id": source_id}


def _status(task: Mapping[str, Any]) -> str:
    if records.is_pending(task):
        return "completing" if records.is_being_completed(task) else "pending"
    word = records.completion_status(task)
    return word if word in records.COMPLETION_STATUSES else "other"


def _message(messages: Any) -> str | None:
    """Return the gravest message's text, else its key."""
    gravest: dict[str, str] = {}
    for message in messages if isinstance(messages, list) else ():
        if not isinstance(message, Mapping):
            continue
        text = line(mapping(message.get("localizedText")).get("message")) or line(message.get("key"))
        if text:
            gravest.setdefault(str(message.get("type")).upper(), text)
    return gravest.get("ERROR") or gravest.get("WARN") or gravest.get("WARNING")


def ended_since(row: Mapping[str, Any], start: datetime) -> bool:
    """Whether the task of a row was completed, and not before an instant."""
    end = parse_instant(row["end"])
    return row["status"] in ENDED and end is not None and end >= start


def kind_name(row: Mapping[str, Any]) -> str:
    """Return the kind of a row of ``tasks`` as the tenant writes it: ``Cloud Account Aggregation``."""
    told = (str(row[key] or "").partition(" - ")[0].strip() for key in ("definition", "name", "launcher"))
    return next((text for text in told if records.type_name(text) == row["kind"]), row["kind"])
