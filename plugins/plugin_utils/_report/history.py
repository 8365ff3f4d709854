# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The completed tasks of a report: how many ended how, which sources failed, and how long each kind took."""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from .moments import rounded
from .rows import ENDED, FAILURES, NO_SOURCE, STATUSES, kind_name


def count_statuses(statuses: Iterable[str]) -> dict[str, int]:
    """Return how often each status occurs, also where it does not."""
    counts = Counter(statuses)
    return {status: counts.get(status, 0) for status in STATUSES}


def period_totals(counts: dict[str, int]) -> dict[str, Any]:
    """Return the headline of the tasks that were completed in the period, of which there are so many per status."""
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


def failures_part(ended: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the failures and warnings among the rows of completed tasks, by source."""
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


def durations_part(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
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
                "median_seconds": rounded(statistics.median(seconds)),
                "p95_seconds": seconds[math.ceil(0.95 * len(seconds)) - 1],
                "max_seconds": seconds[-1],
            }
        )
    return result
