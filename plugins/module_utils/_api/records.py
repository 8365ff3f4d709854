# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a TaskStatus says, read so that no answer can break it. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .._instants import parse_instant
from .._wording import printable

# The vendor's documented spelling, by the option's value. Answers have it in upper case since 2024-06.
COMPLETION_STATUSES = {
    "success": "Success",
    "warning": "Warning",
    "error": "Error",
    "terminated": "Terminated",
    "temperror": "TempError",
}


def completion_status(task: Mapping[str, Any]) -> str | None:
    """Return the completion status as an option's value, ``temperror`` also for TEMP_ERROR; None where there is none.

    Only null is none: whatever else stands there, the safe side is that the task is completed.
    """
    status = task.get("completionStatus")
    return None if status is None else str(status).strip().replace("_", "").lower()


def is_pending(task: Mapping[str, Any]) -> bool:
    """Whether a task has no completion status, which is what the vendor calls pending."""
    return completion_status(task) is None


def is_being_completed(task: Mapping[str, Any]) -> bool:
    """Whether a task has a completion time and no status yet: the tenant does not write the two together."""
    return is_pending(task) and bool(task.get("completed"))


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
    """Return what the ``type`` filter goes by, as a type name: ``CLOUD_ACCOUNT_AGGREGATION``; empty if nothing tells.

    The name of the task's definition, else its own, else its launcher; newer kinds have something of their own behind a
    dash (``AI Agent Aggregation - ID123``).
    """
    definition = _mapping(task.get("taskDefinitionSummary"))
    for name in (definition.get("uniqueName"), task.get("uniqueName"), task.get("launcher")):
        told = type_name(name.partition(" - ")[0]) if isinstance(name, str) else ""
        if told:
            return told
    return ""


def source_id(task: Mapping[str, Any]) -> str | None:
    """Return the id of the source that a task works on: its target's, else the attribute ``appId``; None if neither."""
    return _text(_application(task).get("id")) or _text(_mapping(task.get("attributes")).get("appId"))


def source_name(task: Mapping[str, Any]) -> str | None:
    """Return the name of that source: its target's, else the attribute ``applications``; None if there is neither."""
    return _text(_application(task).get("name")) or _text(_mapping(task.get("attributes")).get("applications"))


def identifying(task: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return what a person knows a task by, each None where nothing tells: ``name``, ``kind``, ``source`` {``id``,
    ``name``} and ``launcher`` as printable text, ``launched`` as the API has it, and its ``age_seconds``.
    """
    source = {"id": source_id(task), "name": _for_people(source_name(task))}
    seconds = age(task, now)
    return {
        "name": _for_people(task.get("uniqueName")),
        "kind": type_name(printable(kind(task))) or None,
        "source": source if any(source.values()) else None,
        "launcher": _for_people(task.get("launcher")),
        "launched": task.get("launched"),
        "age_seconds": None if seconds is None else round(seconds, 3),
    }


def names(task: Mapping[str, Any]) -> list[str]:
    """Return what names a task to a person: its ``uniqueName``, on real tenants the bare kind, and its source's name.

    One that has neither has an empty name.
    """
    found = (_text(task.get("uniqueName")), source_name(task))
    return [name for name in found if name] or [""]


def _application(task: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a task's target where that is a source; one that does not say what it is has always been one."""
    target = _mapping(task.get("target"))
    return target if target.get("type") in ("APPLICATION", None) else {}


def _for_people(value: Any) -> Any:
    return printable(value) if isinstance(value, str) else value


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    if isinstance(value, (list, tuple)):
        value = ", ".join(map(str, value))
    return None if value is None or isinstance(value, (bool, Mapping)) else str(value).strip() or None
