# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shape of a TaskStatus: its dates and statuses, and completing a partial one."""

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


def format_instant(instant: datetime) -> str:
    """UTC with milliseconds, as the API writes it: ``2024-05-17T19:33:16.470Z``."""
    return instant.astimezone(timezone.utc).isoformat(timespec="milliseconds")[:-6] + "Z"


def completed_with_defaults(task: dict[str, Any], now: datetime) -> dict[str, Any]:
    """``task`` with every key that it lacks, so that it meets the schema; its own values are kept as they are.

    Without ``completionStatus`` it becomes a pending task, otherwise one that is completed at ``completed`` or now.
    """
    instant = format_instant(now)
    task_id = task.get("id") or uuid4().hex
    status = task.get("completionStatus")
    created = task.get("created") or instant
    full: dict[str, Any] = {
        "id": task_id,
        "type": "QUARTZ",
        "uniqueName": f"Task {task_id}",
        "description": "A task of the simulated tenant",
        "parentName": None,
        "launcher": "CLOUD_ACCOUNT_AGGREGATION",
        "target": None,
        "created": created,
        "modified": created,
        "launched": created,
        "completed": None if status is None else instant,
        "completionStatus": None,
        "messages": [],
        "returns": [],
        "attributes": {},
        "progress": "Started" if status is None else None,
        "percentComplete": 0 if status is None else 100,
    }
    full.update(task)
    full["id"] = task_id
    return full
