# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of a report on a clearing: its counts, what was left out, and what each patch changed, before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...module_utils._api import records
from ...module_utils._tasks.outcomes import COUNTS, OUTCOMES
from .plain import line, mapping, number_of, whole
from .rows import ENDED, source_of

#: Why a pending task was not selected, in the order in which it is looked for, and how people are told.
LEFT_OUT = {
    "unusable": "Without a usable id",
    "type": "Of another type",
    "source": "Of another source",
    "launcher": "Started by someone else",
    "name": "Of another name",
    "excluded": "Excluded",
    "among": "Not among the given ids",
    "age": "Younger or older than asked for",
}
_MAX_MOVED = 20


def clearing_part(items: Sequence[Any], summary: Mapping[str, Any], rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the counts of a clearing and its results per id, with what the rows of its tasks say of each.

    :param summary: counts by :data:`outcomes.COUNTS`; what it leaves out is counted
    """
    shown = _items(items, rows)
    counts = _counted(shown)
    if rows or not shown:  # else nobody has told what was pending
        # What is just being completed is in a tenant's pending list, too.
        counts["pending_before"] = sum(row["status"] not in ENDED for row in rows)
    counts.update({key: whole(summary[key]) for key in COUNTS if summary.get(key) is not None})
    return _part(shown, counts, {}, {})


def result_part(
    result: Mapping[str, Any], rows: Sequence[dict[str, Any]], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the same of a result of the module, see :func:`plain.plain_result`; what it does not tell is None."""
    shown = _items(result["tasks"] or (), rows)
    told = {**mapping(result["summary"]), **{key: result[key] for key in ("pending_before", "selected")}}
    told["pending_after"] = result["pending_after"]
    counts = dict.fromkeys(COUNTS) if result["tasks"] is None else _counted(shown)
    counts.update({key: whole(told[key]) for key in COUNTS if told.get(key) is not None})
    return _part(shown, counts, result, settings)


def _part(
    shown: list[dict[str, Any]],
    counts: Mapping[str, int | None],
    result: Mapping[str, Any],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    stopped = line(result.get("stopped"))
    return {
        "summary": {key: counts[key] for key in COUNTS},
        "items": shown,
        "left_out": _counts(result.get("left_out"), LEFT_OUT),
        "excluded_by": _counts(result.get("excluded_by")),
        "observed": None if stopped or not shown else _observed(settings.get("observe"), shown),
        "stopped": stopped,
    }


def _observed(pause: Any, shown: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    told = line(pause) or ""
    if not any(digit in told for digit in "123456789"):  # which a pause of no time, however written, has not
        return None
    return {"for": told, "moved": sum(bool(item["moved"]) for item in shown)}


def _counts(value: Any, first: Iterable[str] = ()) -> dict[str, int | None] | None:
    """Return counts by what they count, those of ``first`` in their order before the others; None if there are none."""
    if not isinstance(value, Mapping):
        return None
    return {
        key: whole(value[key]) for key in (*(k for k in first if k in value), *(k for k in value if k not in first))
    }


def _counted(shown: Sequence[Mapping[str, Any]]) -> dict[str, int | None]:
    outcomes = Counter(item["outcome"] for item in shown)
    found = {"selected": len(shown), **{outcome: outcomes[outcome] for outcome in OUTCOMES}}
    return {**dict.fromkeys(COUNTS), **found}


def _items(items: Sequence[Any], rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    before = {row["id"]: row for row in rows if row["id"] is not None}
    return [_item(item, before) for item in items if isinstance(item, Mapping)]


def _item(item: Mapping[str, Any], before: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    task_id = line(item.get("id"))
    row = before.get(task_id) if task_id is not None else None
    task = mapping(item.get("task"))
    operations = item.get("patch")
    patch = [op for op in operations if isinstance(op, Mapping)] if isinstance(operations, list) else []
    told = row or _told(item, task)
    return {
        "id": task_id,
        "name": line(task.get("uniqueName")) or told["name"],
        "kind": told["kind"],
        "launcher": line(task.get("launcher")) or told["launcher"],
        "source": told["source"],
        "source_id": told["source_id"],
        "age_seconds": told["age_seconds"],
        "outcome": line(item.get("outcome")) or "unknown",
        "moved": _moved(item.get("moved")),
        "patch": patch,
        "changes": _changes(patch, row),
        "error": _error(item.get("error")),
    }


def _told(item: Mapping[str, Any], task: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a result says of a task that was not read beforehand, or what the task does."""
    source = mapping(item.get("source"))
    source_id = line(source.get("id"))
    return {
        "name": line(item.get("name")),
        "kind": line(item.get("kind")) or line(records.kind(task)),
        "launcher": line(item.get("launcher")),
        "age_seconds": number_of(item.get("age_seconds")),
        **({"source": line(source.get("name")) or source_id, "source_id": source_id} if source else source_of(task)),
    }


def _moved(value: Any) -> list[str]:
    """Return the names of what changed of a task while it was observed."""
    names = value if isinstance(value, list) else [value]
    return [name for name in map(line, names[:_MAX_MOVED]) if name]


def _changes(patch: list[Mapping[str, Any]], row: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return what each operation that writes does: ``path``, ``before_known``, ``before``, ``after``.

    The value before is what a ``test`` operation of the same patch asserts, else what ``tasks`` holds of it.
    """
    asserted = {line(op.get("path")): op.get("value") for op in patch if op.get("op") == "test"}
    known = {"/completionStatus": "completion_status", "/completed": "completed"}
    changes = []
    for op in patch:
        path = line(op.get("path"))
        if op.get("op") == "test" or path is None:
            continue
        value_known = path in asserted or (row is not None and path in known)
        value = asserted[path] if path in asserted else row[known[path]] if row is not None and path in known else None
        changes.append(
            {
                "op": line(op.get("op")),
                "path": path,
                "before_known": value_known,
                "before": value,
                "after": op.get("value"),
            }
        )
    return changes


def _error(error: Any) -> dict[str, Any] | None:
    if isinstance(error, Mapping):
        return {key: line(error.get(key)) for key in ("status", "detail_code", "tracking_id", "message")}
    text = line(error)
    return text if text is None else {"status": None, "detail_code": None, "tracking_id": None, "message": text}
