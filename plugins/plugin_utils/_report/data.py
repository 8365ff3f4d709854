# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report on tasks as one plain dictionary, from which every format is rendered.

Nothing here reads a clock, a file or a network: the same arguments give the same report.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ...module_utils._instants import format_instant
from .clearing import clearing_part, result_part
from .history import count_statuses, durations_part, failures_part, period_totals
from .moments import as_utc, back
from .pending import pending_part
from .plain import MASK, line, mapping, plain_result, to_plain
from .rows import ENDED, ended_since, row_of, row_of_item, without_repetitions

# Raised when a key changes its name or meaning, or goes; new ones may come without that.
SCHEMA = "idops.sailpoint.task_report/2"

_CLEARING = "Clearing of pending SailPoint tasks"
_DAYS = 7.0
_MAX_DAYS = 36500
_SECRET = re.compile(r"secret|token|passw|credential|api_?key|authorization", re.IGNORECASE)


def build_report(
    tasks: Sequence[Any],
    *,
    now: datetime,
    days: float = _DAYS,
    title: str | None = None,
    tenant: str | None = None,
    check_mode: bool = False,
    items: Sequence[Any] | None = None,
    summary: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    notice: str | None = None,
) -> dict[str, Any]:
    """Return the report as a dictionary that strict JSON can hold; its keys are described in the filter's RETURN.

    All arguments are plain data, see :mod:`plain`.

    :param tasks: TaskStatus objects as the API returned them; entries that are no objects are counted, not shown
    :param now: the instant the report speaks of, aware; ages and the period end here
    :param days: length of the period in days, for failures, warnings and the headline's completed tasks
    :param items: the results per id of the module ``task_status``, or None for a report without clearing
    :param summary: counts by :data:`outcomes.COUNTS`; what it leaves out is taken from ``items`` and ``tasks``
    """
    now = as_utc(now)
    rows, ignored = _rows(tasks, row_of, now)
    return {
        **_head(line(title) or ("SailPoint tasks" if items is None else _CLEARING), tenant, now, check_mode, notice),
        **_numbers(rows, ignored, now, days),
        "clearing": None if items is None and summary is None else clearing_part(items or [], summary or {}, rows),
        "settings": _settings(settings or {}),
        "tasks": rows,
    }


def build_clearing_report(
    result: Mapping[str, Any],
    *,
    now: datetime,
    title: str | None = None,
    tenant: str | None = None,
    check_mode: bool = False,
    settings: Mapping[str, Any] | None = None,
    notice: str | None = None,
) -> dict[str, Any]:
    """Return the report of a clearing from what the module ``task_status`` returned, which may be a failure.

    The tasks are those of the results per id, as they were before: pending. What the result does not tell, such as the
    counts of a module that failed at once, is None, and without a ``notice`` its message is told instead.
    """
    now = as_utc(now)
    told, chosen = plain_result(result), mapping(to_plain(settings))
    failed = told["msg"] if told["failed"] or told["unreachable"] else None
    rows, ignored = _rows(told["tasks"] or [], row_of_item, now)
    title, tenant, notice = (to_plain(text) for text in (title, tenant, notice))
    return {
        **_head(line(title) or _CLEARING, tenant, now, check_mode, line(notice) or failed),
        **_numbers(rows, ignored, now, _DAYS),
        "clearing": result_part(told, rows, chosen),
        "settings": _settings(chosen),
        "tasks": rows,
    }


def _rows(
    tasks: Sequence[Any], make: Callable[[Mapping[str, Any], datetime], dict[str, Any]], now: datetime
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Return a row per task, and how many records were ``repeated`` or are ``unreadable``."""
    readable = [task for task in tasks if isinstance(task, Mapping)]
    rows = [make(task, now) for task in without_repetitions(readable)]
    return rows, {"repeated": len(readable) - len(rows), "unreadable": len(tasks) - len(readable)}


def _head(title: Any, tenant: Any, now: datetime, check_mode: bool, notice: Any) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "title": line(title),
        "tenant": line(tenant),
        "generated": format_instant(now),
        "check_mode": check_mode,
        "notice": line(notice),
    }


def _numbers(rows: Sequence[dict[str, Any]], ignored: Mapping[str, int], now: datetime, days: float) -> dict[str, Any]:
    days = min(max(float(days), 0.0), float(_MAX_DAYS))
    start = back(now, days)
    ended = [row for row in rows if ended_since(row, start)]
    return {
        "period": {"days": days, "start": format_instant(start), "end": format_instant(now)},
        "totals": _totals(rows, ended, **ignored),
        "pending": pending_part([row for row in rows if row["status"] == "pending"]),
        "failures": failures_part(ended),
        "durations": durations_part(rows),
    }


def _totals(
    rows: Sequence[dict[str, Any]], ended: Sequence[dict[str, Any]], repeated: int, unreadable: int
) -> dict[str, Any]:
    by_status = count_statuses(row["status"] for row in rows)
    return {
        "tasks": len(rows),
        "pending": by_status["pending"],
        "completed": sum(by_status[status] for status in ENDED),
        "repeated": repeated,
        "unreadable": unreadable,
        "by_status": by_status,
        "in_period": period_totals(count_statuses(row["status"] for row in ended)),
    }


def _settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    # Belt and braces: nobody should hand a secret to a report, and a report that shows one cannot be taken back.
    return {name: MASK if value and _SECRET.search(name) else value for name, value in settings.items()}
