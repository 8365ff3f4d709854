# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report's numbers as OpenMetrics, which reads as Prometheus text format too.

All of them are gauges: a report is a photograph, and its counts go down as well as up. No label holds an id or a task's
name, so the number of series stays bounded however many tasks there are.

Source: https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ...module_utils._instants import parse_instant
from ...module_utils._tasks.outcomes import OUTCOMES
from ...module_utils._wording import printable
from .rows import ENDED, FAILURES, NO_KIND

# Kinds and sources are few; should a tenant name thousands, the rest is summed up.
_MAX_SERIES = 100
_THE_REST = "(others)"

Samples = list[tuple[dict[str, str], float]]
Family = tuple[str, str, Samples]  # name, help and samples of a gauge


def render_openmetrics(report: Mapping[str, Any]) -> str:
    """Return the numbers of a report of :func:`data.build_report`, ended by ``# EOF``.

    Every sample has the label ``tenant`` (empty where the report names none).
    """
    return exposition(_families(report), {"tenant": report["tenant"] or ""})


def exposition(families: Iterable[Family], base: Mapping[str, str]) -> str:
    """Return gauges as text, each of their samples with the labels of ``base``; one without samples is left out."""
    lines: list[str] = []
    for name, help_text, samples in families:
        if not samples:
            continue
        lines.append(f"# HELP {name} {help_text}")
        lines.append(f"# TYPE {name} gauge")
        lines.extend(f"{name}{_labels({**base, **labels})} {_number(value)}" for labels, value in samples)
    return "\n".join([*lines, "# EOF", ""])


def _families(report: Mapping[str, Any]) -> Iterator[Family]:
    # A clearing may know the selected tasks only, which tell neither what is pending nor what was completed.
    clearing, pending = report["clearing"], report["pending"]
    completing = report["totals"]["by_status"]["completing"]
    if clearing is None or clearing["summary"]["pending_before"] == pending["count"] + completing:
        yield from _pending(pending, completing)
    if clearing is None or report["totals"]["completed"]:
        yield from _completed(report)
    if clearing is not None:
        yield from _clearing(clearing, report["check_mode"])
    yield made("sailpoint_task_report_timestamp_seconds", report["generated"])


def made(name: str, generated: str) -> Family:
    """Return the gauge of the instant that a report speaks of."""
    instant = parse_instant(generated) or datetime.fromtimestamp(0, timezone.utc)
    return name, "When the report was made, in seconds since 1970.", [({}, instant.timestamp())]


def _pending(pending: Mapping[str, Any], completing: int) -> Iterator[Family]:
    # A gauge that vanishes at zero cannot be alerted on: without pending tasks there is one sample that says so.
    yield (
        "sailpoint_tasks_pending",
        "Pending tasks by kind.",
        _bounded("kind", ((entry["kind"], entry["count"]) for entry in pending["by_kind"])) or [({"kind": NO_KIND}, 0)],
    )
    yield (
        "sailpoint_tasks_pending_by_age",
        "Pending tasks by age since launch.",
        [({"age": bucket["bucket"]}, bucket["count"]) for bucket in pending["by_age"]],
    )
    yield (
        "sailpoint_tasks_pending_oldest_age_seconds",
        "Age of the oldest pending task since its launch, 0 without pending tasks.",
        [({}, pending["oldest_age_seconds"] or 0)],
    )
    yield (
        "sailpoint_tasks_completing",
        "Tasks that are just being completed: they have a completion time and no completion status yet.",
        [({}, completing)],
    )


def _completed(report: Mapping[str, Any]) -> Iterator[Family]:
    period = report["totals"]["in_period"]
    yield (
        "sailpoint_tasks_completed",
        "Tasks completed in the reported period by completion status.",
        [({"status": status}, period["by_status"][status]) for status in ENDED],
    )
    yield "sailpoint_tasks_period_seconds", "Length of the reported period.", [({}, report["period"]["days"] * 86400)]
    yield (
        "sailpoint_tasks_unsuccessful",
        "Tasks that failed or warned in the reported period by source and completion status.",
        _unsuccessful(report["failures"]["by_source"]),
    )
    durations = {printable(entry["kind"]): entry for entry in reversed(report["durations"][:_MAX_SERIES])}
    for suffix, key, help_text in (
        ("samples", "count", "Completed tasks whose duration is known, by kind."),
        ("median_seconds", "median_seconds", "Median duration of completed tasks by kind."),
        ("p95_seconds", "p95_seconds", "95th percentile of the duration of completed tasks by kind."),
        ("max_seconds", "max_seconds", "Longest duration of completed tasks by kind."),
    ):
        yield (
            f"sailpoint_task_duration_{suffix}",
            help_text,
            [({"kind": kind}, durations[kind][key]) for kind in reversed(durations)],
        )


def _clearing(clearing: Mapping[str, Any], check_mode: bool) -> Iterator[Family]:
    summary = clearing["summary"]
    yield (
        "sailpoint_task_clear_outcome",
        "Selected tasks by outcome of the clearing, predicted in check mode.",
        [({"outcome": outcome}, summary[outcome]) for outcome in OUTCOMES if summary[outcome] is not None],
    )
    yield (
        "sailpoint_task_clear_left_out",
        "Pending tasks that were not selected for clearing, by the first reason that held.",
        _bounded(
            "reason", ((reason, count) for reason, count in (clearing["left_out"] or {}).items() if count is not None)
        ),
    )
    for key, help_text in (
        ("selected", "Tasks selected for clearing."),
        ("pending_before", "Pending tasks before the clearing."),
        ("pending_after", "Pending tasks after the clearing."),
    ):
        yield f"sailpoint_task_clear_{key}", help_text, [] if summary[key] is None else [({}, summary[key])]
    yield (
        "sailpoint_task_clear_check_mode",
        "1 if the clearing was only predicted and nothing was changed.",
        [({}, int(check_mode))],
    )


def _unsuccessful(sources: Sequence[Mapping[str, Any]]) -> Samples:
    samples: Samples = []
    for status in (*FAILURES, "warning"):
        for labels, count in _bounded("source", ((entry["source"], entry[status]) for entry in sources)):
            if count:
                samples.append(({**labels, "status": status}, count))
    return samples


def _bounded(label: str, entries: Iterable[tuple[str, int]]) -> Samples:
    """Return a sample per entry, in order, all from the hundredth on as one."""
    counts: dict[str, int] = {}
    for position, (value, count) in enumerate(entries):
        name = printable(value) if position < _MAX_SERIES - 1 else _THE_REST
        counts[name] = counts.get(name, 0) + count
    return [({label: value}, count) for value, count in counts.items()]


def _labels(labels: Mapping[str, str]) -> str:
    told = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{told}}}" if told else ""


def _escaped(value: str) -> str:
    return printable(value).replace("\\", "\\\\").replace('"', '\\"')


def _number(value: float) -> str:
    return repr(int(value)) if float(value).is_integer() else repr(float(value))
