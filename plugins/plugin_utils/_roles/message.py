# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads at the end of a clearing, line by line. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...module_utils._api import records
from ...module_utils._durations import format_duration
from ...module_utils._tasks.outcomes import OUTCOMES, by_reason
from ...module_utils._wording import count_of, escaped, first_of, one_line, printable
from .clearing import PREFIX, Clearing

_MAX_TASKS = 50
_DAY = 86400
_MAX_REASON = 500  # characters of why tasks could not be cleared
_MAX_REASONS = 5
# What a message of a failed request begins with; the line tells which task it was.
_REQUEST = re.compile(r"^[A-Z]+ /\S* was answered with ")
_ALWAYS_TOLD = ("updated", "failed")
_LEFT_OUT = {
    "unusable": "without an id that can be used",
    "type": "of another kind",
    "source": "of another source",
    "launcher": "started by another",
    "name": "with another name",
    "excluded": "excluded",
    "among": f"not in {PREFIX}ids",
    "age": "younger than {older_than}",
}
_WORST_FIRST = {outcome: place for place, outcome in enumerate(reversed(list(OUTCOMES)))}


def message_of(
    clearing: Clearing,
    options: Mapping[str, Any],
    *,
    tenant: str,
    check_mode: bool,
    reports: Sequence[str] = (),
    unwritten: Sequence[str] = (),
) -> list[str]:
    """Return the lines, printable: the counts, why that is all, where the reports are, and what became of each task.

    :param options: the role's variables, by name without the prefix
    :param reports: the paths of the reports
    :param unwritten: why others could not be written, sentences
    """
    lines = [_counts(clearing, tenant, check_mode)]
    if check_mode and clearing.reached:
        lines.append("This was check mode: nothing was changed.")
    lines += filter(None, [clearing.stopped, _left_out(clearing, options)])
    lines += _exclusions_of_none(clearing, options)
    lines += _failures(clearing.items)
    lines += [f"Report: {path}" for path in reports]
    status = f" to {records.COMPLETION_STATUSES.get(options.get('completion_status', ''), 'completed')}"
    return [*map(printable, [*lines, *unwritten, *_tasks(clearing.items, check_mode, status)])]


def _counts(clearing: Clearing, tenant: str, check_mode: bool) -> str:
    whose = f"{tenant}, check mode" if check_mode else tenant
    if clearing.problem:
        return f"{whose}: {clearing.problem}"
    counts = clearing.counts
    told = [f"{counts['pending_before']} pending", f"{counts['selected']} selected"]
    told += [
        f"{counts[outcome]} {_outcome(outcome, check_mode)}"
        for outcome in OUTCOMES
        if counts[outcome] or outcome in _ALWAYS_TOLD
    ]
    after = counts["pending_after"]
    if after is None:
        told.append("how many are pending now is not known")
    else:
        told.append(f"{after} would be pending then" if check_mode else f"{after} pending now")
    return f"{whose}: {', '.join(told)}"


def _outcome(outcome: str, check_mode: bool) -> str:
    if outcome == "updated" and check_mode:
        return "would be updated"
    return outcome.replace("_", " ")


def _left_out(clearing: Clearing, options: Mapping[str, Any]) -> str:
    reasons = [
        f"{clearing.left_out[reason]} {words.format(older_than=options['older_than'])}"
        for reason, words in _LEFT_OUT.items()
        if clearing.left_out.get(reason)
    ]
    return f"Left out: {', '.join(reasons)}" if reasons else ""


def _exclusions_of_none(clearing: Clearing, options: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each exclusion that may be misspelt: it matches nothing, though something is pending."""
    if not clearing.counts["pending_before"]:
        return
    for name in ("exclude_names", "exclude_source_ids"):
        for item in options[name]:
            if 0 in map(clearing.excluded_by.get, (item, escaped(item))):  # as a failure has it
                yield f"{PREFIX}{name}: {item} matches no pending task."


def _failures(items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a line for each reason why tasks could not be cleared; which they are, their own lines say."""
    groups = by_reason([item for item in items if item["outcome"] == "failed"])
    for group in groups[:_MAX_REASONS]:
        reason = str((group[0].get("error") or {}).get("message") or "no reason is given.")
        yield f"Failed, {count_of(len(group), 'task')}: {_short(_REQUEST.sub('', reason))}"
    if len(groups) > _MAX_REASONS:
        yield f"Failed for other reasons: {count_of(sum(map(len, groups[_MAX_REASONS:])), 'task')}"


def _tasks(items: Sequence[Mapping[str, Any]], check_mode: bool, status: str) -> Iterator[str]:
    for item in sorted(items, key=_place)[:_MAX_TASKS]:
        yield f"{_what(item)}: {_what_became_of(item, check_mode, status)}"
    if len(items) > _MAX_TASKS:
        yield f"and {len(items) - _MAX_TASKS} more"


def _place(item: Mapping[str, Any]) -> tuple[int, float]:
    """Return where an item comes: what went wrong first, then the oldest."""
    return _WORST_FIRST.get(item["outcome"], -1), -(item.get("age_seconds") or 0.0)


def _what(item: Mapping[str, Any]) -> str:
    """Return what a person knows a task by: its name, its source or else its id, its age."""
    known = item.get("source") or {}
    source = known.get("name") or known.get("id")
    age = item.get("age_seconds")
    name = item.get("name") or item.get("kind") or "a task without a name"
    shown = (one_line(str(text)) for text in (name, source or f"task {item['id']}"))
    return ", ".join([*shown, "of unknown age" if age is None else f"{_age(age)} old"])


def _age(seconds: float) -> str:
    """Return an age without what is small beside it: nobody asks for the seconds of a day."""
    grain = 3600 if seconds >= _DAY else 60 if seconds >= 3600 else 1
    return format_duration(max(seconds, 0) // grain * grain)


def _what_became_of(item: Mapping[str, Any], check_mode: bool, status: str) -> str:
    outcome = _outcome(item["outcome"], check_mode)
    if item["outcome"] == "updated":
        return f"{outcome}{status}"
    if item["outcome"] == "moving":
        moved = [str(name) for name in item.get("moved") or ()]
        return f"{outcome}, left alone: {f'{first_of(moved)} changed' if moved else 'it is just being completed'}"
    return outcome


def _short(reason: str) -> str:
    told = one_line(reason, _MAX_REASON)
    return f"{told}…" if len(told) == _MAX_REASON else told
