# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pending tasks of a report: by kind, by age, and the oldest."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from .rows import kind_name

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
_MAX_OLDEST = 25
_OLDEST_KEYS = ("id", "name", "kind", "launcher", "source", "source_id", "start", "age_seconds")


def pending_part(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what a report says of the rows of pending tasks."""
    oldest = sorted(
        (row for row in rows if row["age_seconds"] is not None),
        key=lambda row: (-row["age_seconds"], row["id"] or ""),
    )
    return {
        "count": len(rows),
        "oldest_age_seconds": oldest[0]["age_seconds"] if oldest else None,
        "by_kind": _by_kind(rows),
        "by_age": _by_age(rows),
        "oldest": [{key: row[key] for key in _OLDEST_KEYS} for row in oldest[:_MAX_OLDEST]],
    }


def _by_kind(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    ages: dict[str, list[float]] = defaultdict(list)
    kinds: Counter[str] = Counter()
    named: dict[str, str] = {}
    for row in rows:
        kinds[row["kind"]] += 1
        named.setdefault(row["kind"], kind_name(row))
        if row["age_seconds"] is not None:
            ages[row["kind"]].append(row["age_seconds"])
    return [
        {"kind": kind, "name": named[kind], "count": count, "oldest_age_seconds": max(ages[kind], default=None)}
        for kind, count in sorted(kinds.items(), key=lambda entry: (-entry[1], entry[0]))
    ]


def _by_age(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    counts = Counter(_bucket(row["age_seconds"]) for row in rows)
    unknown = ((*_UNKNOWN_AGE, None, None),) if counts[_UNKNOWN_AGE[0]] else ()
    return [
        {"bucket": key, "label": label, "from_seconds": low, "to_seconds": high, "count": counts[key]}
        for key, label, low, high in (*AGE_BUCKETS, *unknown)
    ]


def _bucket(age: float | None) -> str:
    if age is None:
        return _UNKNOWN_AGE[0]
    return next(key for key, _label, _low, high in AGE_BUCKETS if high is None or age < high)
