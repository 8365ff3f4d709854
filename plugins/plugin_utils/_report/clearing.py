# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of a report on a clearing: its counts, and what each patch changed, before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ...module_utils._api import records
from ...module_utils._tasks.outcomes import OUTCOMES
from .plain import line, mapping, whole
from .rows import ENDED, source_of

SUMMARY_KEYS = ("pending_before", "selected", *OUTCOMES, "pending_after")


def clearing_part(items: Sequence[Any], summary: Mapping[str, Any], rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the counts of a clearing and its results per id, with what the rows of its tasks say of each.

    :param summary: counts by :data:`SUMMARY_KEYS`; what it leaves out is counted
    """
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
    counts.update({key: whole(summary[key]) for key in SUMMARY_KEYS if summary.get(key) is not None})
    return {"summary": counts, "items": shown}


def _item(item: Mapping[str, Any], before: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    task_id = line(item.get("id"))
    row = before.get(task_id) if task_id is not None else None
    task = mapping(item.get("task"))
    operations = item.get("patch")
    patch = [op for op in operations if isinstance(op, Mapping)] if isinstance(operations, list) else []
    told = row or source_of(task)
    return {
        "id": task_id,
        "name": line(task.get("uniqueName")) or (row["name"] if row else None),
        "kind": (row["kind"] if row else None) or line(records.kind(task)),
        "launcher": line(task.get("launcher")) or (row["launcher"] if row else None),
        "source": told["source"],
        "source_id": told["source_id"],
        "age_seconds": row["age_seconds"] if row else None,
        "outcome": line(item.get("outcome")) or "unknown",
        "patch": patch,
        "changes": _changes(patch, row),
        "error": _error(item.get("error")),
    }


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
