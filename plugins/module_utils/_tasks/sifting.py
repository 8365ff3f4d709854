# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All pending tasks, sifted by a selection: which are selected, and what each of the others was left out for.

Pure functions.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .._api.task_status import TaskStatus
from .reading import usable_id
from .vocabulary import CRITERIA, OF_PENDING, Predicate

UNUSABLE = "unusable"
_AMONG = "among"
_LAST = ("older_than", "newer_than")  # of the criteria: a task's age is told where nothing else keeps it out
_CRITERIA = (*(option for option in OF_PENDING if option not in _LAST), _AMONG, *_LAST)


def _reason(option: str) -> str:
    return option if option == _AMONG else CRITERIA[option].reason or option


# What a task can be left out for, in the order in which it is asked.
REASONS = tuple(dict.fromkeys((UNUSABLE, *map(_reason, _CRITERIA))))


@dataclass
class Sifted:
    """What became of all pending tasks.

    ``selected`` by id, in the tenant's order; ``left_out``: how many for each of REASONS, every task once;
    ``excluded_by``: for each pattern and id that excludes, how many of all pending tasks it matches; ``in_doubt``: ids
    of those left out since what excludes might match.
    """

    pending: int = 0
    selected: dict[str, TaskStatus] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=lambda: dict.fromkeys(REASONS, 0))
    excluded_by: dict[str, int] = field(default_factory=dict)
    in_doubt: list[str] = field(default_factory=list)


def sift(
    tasks: Iterable[TaskStatus], criteria: Mapping[str, Any], among: Container[str] | None, now: datetime
) -> Sifted:
    """Return what a selection leaves of all pending tasks.

    :param criteria: by option what narrows the selection, as :class:`selecting.Selection` has it
    :param among: the ids that may be selected; None: any
    :param now: the instant that ages are counted to
    """
    predicates: dict[str, Predicate] = {
        option: CRITERIA[option].selects(criteria[option], now) for option in _CRITERIA if option in criteria
    }
    if among is not None:
        predicates[_AMONG] = lambda task: task.get("id") in among
    ordered = [(_reason(option), predicates[option]) for option in _CRITERIA if option in predicates]
    exclusions = _exclusions(criteria, now)
    sifted = Sifted(excluded_by=dict.fromkeys(exclusions, 0))
    for task in tasks:
        sifted.pending += 1
        for name, matching in exclusions.items():
            sifted.excluded_by[name] += any(excludes(task) is False for excludes in matching)
        task_id = usable_id(task)
        if task_id is None:
            sifted.left_out[UNUSABLE] += 1
            continue
        reason, is_in_doubt = _left_out_for(task, ordered)
        if reason is None:
            sifted.selected[task_id] = task
            continue
        sifted.left_out[reason] += 1
        if is_in_doubt:
            sifted.in_doubt.append(task_id)
    return sifted


def _left_out_for(task: TaskStatus, predicates: Iterable[tuple[str, Predicate]]) -> tuple[str | None, bool]:
    """Return the first reason to leave a task out, None if there is none; and whether that is for doubt alone."""
    first: str | None = None
    for reason, holds in predicates:
        answer = holds(task)
        if answer is False:
            return (first or reason), False
        if answer is None:
            first = first or reason
    return first, first is not None


def _exclusions(criteria: Mapping[str, Any], now: datetime) -> dict[str, list[Predicate]]:
    """Return for each pattern and id that excludes, as it was given, what a task that it matches does not satisfy."""
    found: dict[str, list[Predicate]] = {}
    for option, criterion in CRITERIA.items():
        for value in criteria.get(option, ()) if criterion.excludes else ():
            given = value.pattern if criterion.has_patterns else value
            found.setdefault(given, []).append(criterion.selects((value,), now))
    return found
