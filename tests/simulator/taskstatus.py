# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shape of a TaskStatus: its dates and statuses, what it is and works on, and completing a partial one."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

# Title case is what documentation and users write, upper case what the API has stored since 2024-06.
STATUSES = {
    spelling: title.upper()
    for title in ("Success", "Warning", "Error", "Terminated", "TempError")
    for spelling in (title, title.upper())
}

_DATE_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|z|[+-]\d\d:?\d\d)", re.ASCII)


def parse_instant(text: Any) -> datetime:
    """A date-time with a zone (RFC 3339; a space may stand for the T). Raises ValueError for anything else."""
    match = _DATE_TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"not a date-time with a zone: {text!r}")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    micro = int(((fraction or "") + "000000")[:6])
    utc = zone in "Zz"
    offset = timedelta(0) if utc else timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    tz = timezone.utc if utc else timezone(offset if zone[0] == "+" else -offset)
    instant = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), micro, tz)
    try:
        return instant if utc else instant.astimezone(timezone.utc)
    except OverflowError as exc:
        raise ValueError(f"out of range: {text!r}") from exc


def created_ms(task: dict[str, Any], default: int) -> int:
    """When a task was created, in milliseconds since 1970; ``default`` if that cannot be told."""
    created = task.get("created")
    if isinstance(created, int) and not isinstance(created, bool):
        return created
    try:
        return int(parse_instant(created).timestamp() * 1000)
    except ValueError:
        return default


def kind_of(task: dict[str, Any]) -> str | None:
    """What the filter field ``type`` compares: the kind of the task, as ``CLOUD_ACCOUNT_AGGREGATION``."""
    summary = task.get("taskDefinitionSummary")
    named = (summary.get("uniqueName") if isinstance(summary, dict) else None, task.get("uniqueName"))
    for name in (*named, task.get("launcher")):
        if isinstance(name, str) and name.strip():
            return "_".join(name.partition(" - ")[0].upper().split())
    return None


def source_of(task: dict[str, Any]) -> str | None:
    """The id of the source that the task works on: of its target, else what its attributes tell."""
    target, attributes = task.get("target"), task.get("attributes")
    if isinstance(target, dict) and target.get("type") in ("APPLICATION", None) and isinstance(target.get("id"), str):
        return str(target["id"])
    source_id = attributes.get("appId") if isinstance(attributes, dict) else None
    return source_id if isinstance(source_id, str) else None


def status_of(task: dict[str, Any]) -> str | None:
    """The completion status as filters compare it, None for a task that has none."""
    status = task.get("completionStatus")
    return None if status is None else str(status).upper().replace("TEMP_ERROR", "TEMPERROR")


def format_instant(instant: datetime) -> str:
    """UTC with milliseconds, as the API writes it: ``2024-05-17T19:33:16.470Z``."""
    return instant.astimezone(timezone.utc).isoformat(timespec="milliseconds")[:-6] + "Z"


def completed_with_defaults(task: dict[str, Any], now: datetime) -> dict[str, Any]:
    """``task`` with every key that it lacks, so that it meets the schema; its own values are kept as they are.

    Without ``completionStatus`` it becomes a pending task, otherwise one that is completed at ``completed`` or now;
    with ``completed`` alone, one that is just being completed.
    """
    instant = format_instant(now)
    task_id = task.get("id") or uuid4().hex
    status = task.get("completionStatus")
    created = task.get("created") or instant
    full: dict[str, Any] = {
        "id": task_id,
        "type": "QUARTZ",
        "uniqueName": "Cloud Account Aggregation",
        "description": "Aggregate from the specified application",
        "parentName": None,
        "launcher": "System",
        "target": None,
        "created": created,
        "modified": created,
        "launched": created,
        "completed": None if status is None else instant,
        "completionStatus": None,
        "messages": [],
        "returns": [],
        "attributes": {},
        "progress": None,
        "percentComplete": 0,
    }
    full.update(task)
    full["id"] = task_id
    return full
