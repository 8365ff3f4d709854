# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: the report on tasks as one plain dictionary, from which every format is rendered.

Nothing here reads a clock, a file or a network: the same arguments give the same report.
"""

from __future__ import annotations

import json
import math
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from ...module_utils._api import records
from ...module_utils._instants import format_instant, parse_instant
from ...module_utils._tasks.outcomes import OUTCOMES

# Raised when a key changes its name or meaning, or goes; new ones may come without that.
SCHEMA = "idops.sailpoint.task_report/2"

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
SUMMARY_KEYS = ("pending_before", "selected", *OUTCOMES, "pending_after")

NO_KIND = "(no kind)"
NO_SOURCE = "(no source)"
NO_NAME = "(no name)"

_HOUR, _DAY = 3600, 86400
# key, label, lower bound (included) and upper bound (excluded) in seconds
AGE_BUCKETS: tuple[tuple[str, str, int, int | None], ...] = (
    ("under_1h", "under 1 hour", 0, _HOUR),
    ("1h_to_6h", "1 to 6 hours", _HOUR, 6 * _HOUR),
    ("6h_to_24h", "6 to 24 hours", 6 * _HOUR, _DAY),
    ("1d_to_3d", "1 to 3 days", _DAY, 3 * _DAY),
    ("3d_to_7d", "3 to 7 days", 3 * _DAY, 7 * _DAY),
    ("7d_to_30d", "7 to 30 days", 7 * _DAY, 30 * _DAY),
    ("over_30d", "30 days and more", 30 * _DAY, None),
)
_UNKNOWN_AGE = ("unknown", "age unknown")

# What a report reads of a task and of an item; a nested table is what it reads of the value.
_MESSAGE: dict[str, Any] = {"type": None, "key": None, "localizedText": {"message": None}}
_TARGET: dict[str, Any] = {"id": None, "type": None, "name": None}
_ATTRIBUTES: dict[str, Any] = {"appId": None, "applications": None}
_TASK: dict[str, Any] = {
    **dict.fromkeys(("id", "uniqueName", "description", "type", "launcher", "progress", "percentComplete")),
    **dict.fromkeys(("created", "launched", "completed", "modified", "completionStatus")),
    "taskDefinitionSummary": {"uniqueName": None},
    "target": _TARGET,
    "attributes": _ATTRIBUTES,
    "messages": _MESSAGE,
}
_ITEM: dict[str, Any] = {
    **dict.fromkeys(("id", "outcome", "patch", "error")),
    "task": {key: _TASK[key] for key in ("uniqueName", "launcher", "taskDefinitionSummary", "target", "attributes")},
}

_LONGEST_TEXT = 2000
_DEEPEST = 40
_LARGEST_NUMBER = 2**63
_OLDEST_LISTED = 25
_DAYS_AT_MOST = 36500
_MASK = "********"
_SECRET = re.compile(r"secret|token|passw|credential|api_?key|authorization", re.IGNORECASE)
_SURROGATES = re.compile("[\ud800-\udfff]")


def to_plain(value: Any, depth: int = 0) -> Any:
    """Return a copy of any value made of ``dict``, ``list``, ``str``, ``int``, ``float``, ``bool`` and ``None`` alone.

    Templating hands over strings that carry tags and containers that are filled as they are read; neither should reach
    JSON or a template. What strict JSON cannot say (NaN, infinities, lone surrogates) and what could not be written
    (numbers beyond 64 bits, deeper nesting than any answer has) becomes text or null.
    """
    if value is None or isinstance(value, bool):
        return None if value is None else bool(value)
    if isinstance(value, str):
        return _plain_text(str.__str__(value))
    if isinstance(value, int):
        number = int(value)
        return number if -_LARGEST_NUMBER <= number < _LARGEST_NUMBER else None
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, datetime):
        return format_instant(_as_utc(value))
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    if getattr(value, "__ENCRYPTED__", False):
        return _MASK  # a vaulted value of ansible-core before 2.19: whoever vaults it does not want it read
    if depth >= _DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {_key(key): to_plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [to_plain(item, depth + 1) for item in value]
    return _plain_text(str(value))


def plain_tasks(tasks: Iterable[Any]) -> list[Any]:
    """Return TaskStatus objects as plain data, with no more of each than a report shows.

    The rest, such as the returns of a task and the arguments of its definition, is most of what an answer holds.
    """
    return [_picked(task, _TASK) for task in tasks]


def plain_items(items: Iterable[Any]) -> list[Any]:
    """Return results per id of the module ``task_status`` as plain data, with no more than a report shows."""
    return [_picked(item, _ITEM) for item in items]


def _picked(value: Any, keys: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        found = {key: (value.get(key), inner) for key, inner in keys.items()}
        return {key: to_plain(item) if inner is None else _picked(item, inner) for key, (item, inner) in found.items()}
    if isinstance(value, (list, tuple)) and keys is _MESSAGE:
        return [_picked(item, keys) for item in value]
    return to_plain(value)


def _plain_text(text: str) -> str:
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def build_report(
    tasks: Sequence[Any],
    *,
    now: datetime,
    days: float = 7,
    title: str | None = None,
    tenant: str | None = None,
    check_mode: bool = False,
    items: Sequence[Any] | None = None,
    summary: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    notice: str | None = None,
) -> dict[str, Any]:
    """Return the report as a dictionary that strict JSON can hold; its keys are described in the filter's RETURN.

    All arguments are plain data, see :func:`to_plain`, :func:`plain_tasks` and :func:`plain_items`.

    :param tasks: TaskStatus objects as the API returned them; entries that are no objects are counted, not shown
    :param now: the instant the report speaks of, aware; ages and the period end here
    :param days: length of the period in days, for failures, warnings and the headline's completed tasks
    :param items: the results per id of the module ``task_status``, or None for a report without clearing
    :param summary: counts by :data:`SUMMARY_KEYS`; what it leaves out is taken from ``items`` and ``tasks``
    """
    now = _as_utc(now)
    days = min(max(float(days), 0.0), float(_DAYS_AT_MOST))
    start = _back(now, days)
    readable = [task for task in tasks if isinstance(task, Mapping)]
    unique = _without_repetitions(readable)
    rows = [_row(task, now) for task in unique]
    pending = [row for row in rows if row["status"] == "pending"]
    ended = [row for row in rows if _ended_since(row, start)]
    by_status = _count_statuses(row["status"] for row in rows)
    in_period = _count_statuses(row["status"] for row in ended)
    return {
        "schema": SCHEMA,
        "title": _line(title) or ("SailPoint tasks" if items is None else "Clearing of pending SailPoint tasks"),
        "tenant": _line(tenant),
        "generated": format_instant(now),
        "check_mode": check_mode,
        "notice": _line(notice),
        "period": {"days": days, "start": format_instant(start), "end": format_instant(now)},
        "totals": {
            "tasks": len(rows),
            "pending": len(pending),
            "completed": sum(row["status"] in ENDED for row in rows),
            "repeated": len(readable) - len(unique),
            "unreadable": len(tasks) - len(readable),
            "by_status": by_status,
            "in_period": _period_totals(in_period),
        },
        "pending": _pending(pending),
        "failures": _failures(ended),
        "durations": _durations(rows),
        "clearing": None if items is None and summary is None else _clearing(items or [], summary or {}, rows),
        "settings": _settings(settings or {}),
        "tasks": rows,
    }


def _period_totals(counts: dict[str, int]) -> dict[str, Any]:
    completed = sum(counts.values())
    failed = sum(counts[status] for status in FAILURES)
    return {
        "completed": completed,
        "succeeded": counts["success"],
        "warnings": counts["warning"],
        "failed": failed,
        "success_ratio": round(counts["success"] / completed, 4) if completed else None,
        "by_status": counts,
    }


def _count_statuses(statuses: Iterable[str]) -> dict[str, int]:
    counts = Counter(statuses)
    return {status: counts.get(status, 0) for status in STATUSES}


def _without_repetitions(tasks: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    # A list that grows while it is read in pages repeats records, and two lists overlap. What was read last is newest.
    unique: dict[str | int, Mapping[str, Any]] = {}
    for number, task in enumerate(tasks):
        task_id = _line(task.get("id"))
        unique[number if task_id is None else task_id] = task
    return list(unique.values())


def _row(task: Mapping[str, Any], now: datetime) -> dict[str, Any]:
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
    definition = _line(_mapping(task.get("taskDefinitionSummary")).get("uniqueName"))
    percent = task.get("percentComplete")
    return {
        "id": _line(task.get("id")),
        "name": _line(task.get("uniqueName")) or definition or _line(task.get("description")) or NO_NAME,
        "description": _line(task.get("description")),
        "kind": _line(records.kind(task)) or NO_KIND,
        "type": _line(task.get("type")),
        "launcher": _line(task.get("launcher")),
        "definition": definition,
        **_source(task),
        "status": status,
        "completion_status": _line(task.get("completionStatus")),
        "created": _instant(created),
        "launched": _instant(launched),
        "completed": _instant(completed),
        "start": _instant(begun or end),
        "end": _instant(end),
        "duration_seconds": _seconds(duration),
        "age_seconds": _seconds(age),
        "percent_complete": percent if isinstance(percent, (int, float)) and not isinstance(percent, bool) else None,
        "progress": _line(task.get("progress")),
        "message": _message(task.get("messages")),
    }


def _source(task: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the name of the source that a task works on, its id where it has no name, and the id."""
    source_id = _line(records.source_id(task))
    return {"source": _line(records.source_name(task)) or source_id, "source_id": source_id}


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
        text = _line(_mapping(message.get("localizedText")).get("message")) or _line(message.get("key"))
        if text:
            gravest.setdefault(str(message.get("type")).upper(), text)
    return gravest.get("ERROR") or gravest.get("WARN") or gravest.get("WARNING")


def _ended_since(row: Mapping[str, Any], start: datetime) -> bool:
    end = parse_instant(row["end"])
    return row["status"] in ENDED and end is not None and end >= start


def _pending(rows: list[dict[str, Any]]) -> dict[str, Any]:
    ages: dict[str, list[float]] = defaultdict(list)
    kinds: Counter[str] = Counter()
    named: dict[str, str] = {}
    buckets: Counter[str] = Counter()
    for row in rows:
        kinds[row["kind"]] += 1
        named.setdefault(row["kind"], kind_name(row))
        if row["age_seconds"] is not None:
            ages[row["kind"]].append(row["age_seconds"])
        buckets[_bucket(row["age_seconds"])] += 1
    by_age: list[dict[str, Any]] = [
        {"bucket": key, "label": label, "from_seconds": low, "to_seconds": high, "count": buckets[key]}
        for key, label, low, high in AGE_BUCKETS
    ]
    if buckets[_UNKNOWN_AGE[0]]:
        by_age.append(
            {
                "bucket": _UNKNOWN_AGE[0],
                "label": _UNKNOWN_AGE[1],
                "from_seconds": None,
                "to_seconds": None,
                "count": buckets[_UNKNOWN_AGE[0]],
            }
        )
    oldest = sorted(
        (row for row in rows if row["age_seconds"] is not None),
        key=lambda row: (-row["age_seconds"], row["id"] or ""),
    )
    return {
        "count": len(rows),
        "oldest_age_seconds": oldest[0]["age_seconds"] if oldest else None,
        "by_kind": [
            {"kind": kind, "name": named[kind], "count": count, "oldest_age_seconds": max(ages[kind], default=None)}
            for kind, count in sorted(kinds.items(), key=lambda entry: (-entry[1], entry[0]))
        ],
        "by_age": by_age,
        "oldest": [
            {key: row[key] for key in ("id", "name", "kind", "launcher", "source", "source_id", "start", "age_seconds")}
            for row in oldest[:_OLDEST_LISTED]
        ],
    }


def _bucket(age: float | None) -> str:
    if age is None:
        return _UNKNOWN_AGE[0]
    return next(key for key, _label, _low, high in AGE_BUCKETS if high is None or age < high)


def _failures(ended: list[dict[str, Any]]) -> dict[str, Any]:
    by_source: dict[str, dict[str, Any]] = {}
    for row in ended:
        if row["status"] not in (*FAILURES, "warning"):
            continue
        name = row["source"] or NO_SOURCE
        source = by_source.setdefault(
            name,
            {"source": name, "total": 0, "error": 0, "terminated": 0, "temperror": 0, "warning": 0}
            | {"last": None, "last_message": None},
        )
        source["total"] += 1
        source[row["status"]] += 1
        # Instants of one form, so the later one is the greater text.
        if source["last"] is None or row["end"] >= source["last"]:
            source["last"] = row["end"]
            source["last_message"] = row["message"] or source["last_message"]
    sources = sorted(by_source.values(), key=lambda source: (-source["total"], source["source"]))
    return {"count": sum(source["total"] for source in sources), "by_source": sources}


def _durations(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return how long completed tasks took, by kind; ``p95`` is the nearest rank."""
    samples: dict[str, list[float]] = defaultdict(list)
    named: dict[str, str] = {}
    for row in rows:
        if row["duration_seconds"] is not None and row["status"] in ENDED:
            samples[row["kind"]].append(row["duration_seconds"])
            named.setdefault(row["kind"], kind_name(row))
    result = []
    for kind, seconds in sorted(samples.items(), key=lambda entry: (-len(entry[1]), entry[0])):
        seconds.sort()
        result.append(
            {
                "kind": kind,
                "name": named[kind],
                "count": len(seconds),
                "median_seconds": _seconds(statistics.median(seconds)),
                "p95_seconds": seconds[math.ceil(0.95 * len(seconds)) - 1],
                "max_seconds": seconds[-1],
            }
        )
    return result


def kind_name(row: Mapping[str, Any]) -> str:
    """Return the kind of a row of ``tasks`` as the tenant writes it: ``Cloud Account Aggregation``."""
    told = (str(row[key] or "").partition(" - ")[0].strip() for key in ("definition", "name", "launcher"))
    return next((text for text in told if records.type_name(text) == row["kind"]), row["kind"])


def _clearing(items: Sequence[Any], summary: Mapping[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    before = {row["id"]: row for row in rows if row["id"] is not None}
    shown = [_item(item, before) for item in items if isinstance(item, Mapping)]
    outcomes = Counter(item["outcome"] for item in shown)
    counts: dict[str, int | None] = {
        # What is just being completed is in a tenant's pending list, too.
        "pending_before": sum(row["status"] not in ENDED for row in rows),
        "selected": len(shown),
        **{outcome: outcomes[outcome] for outcome in OUTCOMES},
        "pending_after": None,
    }
    counts.update({key: _whole(summary[key]) for key in SUMMARY_KEYS if summary.get(key) is not None})
    return {"summary": counts, "items": shown}


def _item(item: Mapping[str, Any], before: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    task_id = _line(item.get("id"))
    row = before.get(task_id) if task_id is not None else None
    task = _mapping(item.get("task"))
    operations = item.get("patch")
    patch = [op for op in operations if isinstance(op, Mapping)] if isinstance(operations, list) else []
    told = row or _source(task)
    return {
        "id": task_id,
        "name": _line(task.get("uniqueName")) or (row["name"] if row else None),
        "kind": (row["kind"] if row else None) or _line(records.kind(task)),
        "launcher": _line(task.get("launcher")) or (row["launcher"] if row else None),
        "source": told["source"],
        "source_id": told["source_id"],
        "age_seconds": row["age_seconds"] if row else None,
        "outcome": _line(item.get("outcome")) or "unknown",
        "patch": patch,
        "changes": _changes(patch, row),
        "error": _error(item.get("error")),
    }


def _changes(patch: list[Mapping[str, Any]], row: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return what each operation that writes does: ``path``, ``before_known``, ``before``, ``after``.

    The value before is what a ``test`` operation of the same patch asserts, else what ``tasks`` holds of it.
    """
    asserted = {_line(op.get("path")): op.get("value") for op in patch if op.get("op") == "test"}
    known = {"/completionStatus": "completion_status", "/completed": "completed"}
    changes = []
    for op in patch:
        path = _line(op.get("path"))
        if op.get("op") == "test" or path is None:
            continue
        value_known = path in asserted or (row is not None and path in known)
        value = asserted[path] if path in asserted else row[known[path]] if row is not None and path in known else None
        changes.append(
            {
                "op": _line(op.get("op")),
                "path": path,
                "before_known": value_known,
                "before": value,
                "after": op.get("value"),
            }
        )
    return changes


def _error(error: Any) -> dict[str, Any] | None:
    if isinstance(error, Mapping):
        return {key: _line(error.get(key)) for key in ("status", "detail_code", "tracking_id", "message")}
    text = _line(error)
    return text if text is None else {"status": None, "detail_code": None, "tracking_id": None, "message": text}


def _settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    # Belt and braces: nobody should hand a secret to a report, and a report that shows one cannot be taken back.
    return {name: _MASK if value and _SECRET.search(name) else value for name, value in settings.items()}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _line(value: Any) -> str | None:
    """Return a value as text of bounded length, or None where it is null or blank."""
    if value is None:
        return None
    text = (value if isinstance(value, str) else _compact(value)).strip()
    return (text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…") or None


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _key(key: Any) -> str:
    return _plain_text(str.__str__(key)) if isinstance(key, str) else _compact(to_plain(key))


def _whole(value: Any) -> int | None:
    """Return a count, also one that templating made a string of, or None."""
    try:
        number = int(value)
    except (TypeError, ValueError):
        return None
    return number if 0 <= number < _LARGEST_NUMBER else None


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else format_instant(instant)


def _as_utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=timezone.utc) if instant.tzinfo is None else instant.astimezone(timezone.utc)


def _back(now: datetime, days: float) -> datetime:
    try:
        return now - timedelta(days=days)
    except OverflowError:
        return datetime.min.replace(tzinfo=timezone.utc)
