# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tasks a user wants, split into what the tenant can select and what is left to us. Pure functions.

The split is the generation's table at work on the table of what can be selected by.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Union

from .._api import filtering, records
from .._api.generations import Generation
from .._api.task_status import Query
from .._errors import OptionError
from .vocabulary import CRITERIA, Predicate

# The instant that ages are counted to; or what tells it, which is asked when the first task is judged.
Moment = Union[datetime, Callable[[], datetime]]


@dataclass(frozen=True)
class Selection:
    """A user's wish: only pending tasks or any, a raw filter expression or none, and by option what else narrows it."""

    pending: bool = False
    filters: str = ""
    criteria: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """What is left to us of a selection: the predicates that a wanted task satisfies."""

    predicates: tuple[Predicate, ...] = ()

    def matches(self, task: Mapping[str, Any]) -> bool:
        """Whether a task is wanted, as far as can be told."""
        return all(predicate(task) for predicate in self.predicates)

    def left_out_in_doubt(self, task: Mapping[str, Any]) -> bool:
        """Whether a task is left out only since something about it cannot be told."""
        answers = [predicate(task) for predicate in self.predicates]
        return None in answers and False not in answers


@dataclass(frozen=True)
class Plan:
    """How to fulfil a selection: the query for the tenant, and what is to be chosen from its answer."""

    query: Query
    choice: Choice

    @property
    def exact(self) -> bool:
        """Whether the tenant selects all by itself."""
        return not self.choice.predicates


def selection_from(params: Mapping[str, Any]) -> Selection:
    """Return the selection that validated options describe; what is null, or an empty list, does not narrow it.

    :raises OptionError: an option cannot be used, or contradicts another
    """
    if params.get("pending") and params.get("completion_status"):
        raise OptionError("pending", "a pending task has no completion status; leave out pending or completion_status")
    criteria = {
        option: criterion.read(option, value)
        for option, criterion in CRITERIA.items()
        if (value := params.get(option)) is not None and value != []
    }
    filters = params.get("filters")
    return Selection(
        pending=bool(params.get("pending")),
        filters="" if filters is None else filtering.check_expression("filters", filters),
        criteria=criteria,
    )


def plan(selection: Selection, generation: Generation, sorters: str | None, now: Moment) -> Plan:
    """Return how to fulfil a selection in a generation.

    :raises OptionError: a raw filter for a list that takes none
    """
    filterable = not selection.pending or generation.pending_in_list
    if selection.filters and not filterable:
        raise OptionError(
            "filters",
            f"the list of pending tasks takes none in {generation.name}; leave out filters or pending, "
            "or set api_version to v2025 or later",
        )
    fields = generation.filter_fields if filterable else frozenset()
    if selection.pending:
        # Nobody says whether the tenant's filter knows a source that only a task's attributes tell. The pending list is
        # short, so that it selects the same in all generations matters more.
        fields -= {"sourceId"}
    expressions: list[str] = []
    predicates: list[Predicate] = []
    for option, value in selection.criteria.items():
        criterion = CRITERIA[option]
        values = criterion.filtered(value, generation) if criterion.field in fields else None
        if values is None:
            predicates.append(_predicate(option, value, now))
        else:
            expressions.append(filtering.equals_any(criterion.field, values))
    if selection.filters:
        expressions.append(f"({selection.filters})" if expressions or selection.pending else selection.filters)
    query = Query(selection.pending, filtering.all_of(expressions), sorters if filterable else None)
    return Plan(query, Choice(tuple(predicates)))


def choice_of(selection: Selection, now: Moment) -> Choice:
    """Return a selection as a choice alone, for tasks that are known by id; it must hold no raw filter."""
    pending = [records.is_pending] if selection.pending else []
    criteria = [_predicate(option, value, now) for option, value in selection.criteria.items()]
    return Choice((*pending, *criteria))


def _predicate(option: str, value: Any, now: Moment) -> Predicate:
    if isinstance(now, datetime):
        return CRITERIA[option].selects(value, now)
    tell = now

    @functools.cache
    def made() -> Predicate:
        return CRITERIA[option].selects(value, tell())

    def selects(task: Mapping[str, Any]) -> bool | None:
        return made()(task)

    return selects
