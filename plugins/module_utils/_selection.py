# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: which tasks a user wants, split into what the tenant can select and what is left to us.

Pure functions; the split is the generation's table at work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.idops.sailpoint.plugins.module_utils import _filters, _tasks
from ansible_collections.idops.sailpoint.plugins.module_utils._api import Query
from ansible_collections.idops.sailpoint.plugins.module_utils._durations import parse_duration
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import OptionError
from ansible_collections.idops.sailpoint.plugins.module_utils._generations import ALL_TYPES, Generation

Predicate = Callable[[Mapping[str, Any]], bool]

_RETURNED_TYPES = frozenset({"QUARTZ", "QPOC", "QUEUED_TASK"})


@dataclass(frozen=True)
class Selection:
    """A user's wish: every field narrows it, empty ones do not. Ages are in seconds."""

    pending: bool = False
    completion_status: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    source_ids: tuple[str, ...] = ()
    launchers: tuple[str, ...] = ()
    filters: str = ""
    older_than: float | None = None
    newer_than: float | None = None


@dataclass(frozen=True)
class Plan:
    """How to fulfil a selection: the query for the tenant, and what each task it answers must still satisfy."""

    query: Query
    predicates: tuple[Predicate, ...]

    @property
    def exact(self) -> bool:
        """Whether the tenant selects all by itself."""
        return not self.predicates

    def matches(self, task: Mapping[str, Any]) -> bool:
        """Whether a task that the query answered is wanted."""
        return all(predicate(task) for predicate in self.predicates)


def selection_from(params: Mapping[str, Any]) -> Selection:
    """Return the selection that validated options describe.

    :raises OptionError: an option cannot be used, or contradicts another
    """
    if params.get("pending") and params.get("completion_status"):
        raise OptionError("pending", "a pending task has no completion status; leave out pending or completion_status")
    types = tuple(params.get("type") or ())
    for value in types:
        if _tasks.type_name(value) in _RETURNED_TYPES:
            raise OptionError(
                "type",
                f"{value!r} is what tasks return, not what can be selected; give one such as CLOUD_ACCOUNT_AGGREGATION",
            )
    for option in ("type", "source_id", "launcher"):
        if any(not str(value).strip() for value in params.get(option) or ()):
            raise OptionError(option, "an empty value selects nothing; leave it out")
    filters = params.get("filters")
    return Selection(
        pending=bool(params.get("pending")),
        completion_status=tuple(params.get("completion_status") or ()),
        types=types,
        source_ids=tuple(params.get("source_id") or ()),
        launchers=tuple(params.get("launcher") or ()),
        filters="" if filters is None else _filters.check_expression("filters", filters),
        older_than=_duration("older_than", params),
        newer_than=_duration("newer_than", params),
    )


def plan(selection: Selection, generation: Generation, sorters: str | None, now: datetime) -> Plan:
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
    expressions: list[str] = []
    predicates: list[Predicate] = []

    def select(field: str, values: Sequence[str], predicate: Predicate, served: bool = True) -> None:
        if values and served and field in fields:
            expressions.append(_filters.equals_any(field, values))
        elif values:
            predicates.append(predicate)

    statuses = [_tasks.COMPLETION_STATUSES[status] for status in selection.completion_status]
    select("completionStatus", statuses, has_completion_status(selection.completion_status))
    select("type", *_served_types(selection.types, generation))
    select("sourceId", selection.source_ids, has_source_id(selection.source_ids))
    select("launcher", selection.launchers, has_launcher(selection.launchers))
    predicates += age_predicates(selection, now)
    if selection.filters:
        expressions.append(f"({selection.filters})" if expressions or selection.pending else selection.filters)
    return Plan(
        Query(selection.pending, _filters.all_of(expressions), sorters if filterable else None), tuple(predicates)
    )


def predicates_of(selection: Selection, now: datetime) -> tuple[Predicate, ...]:
    """Return a selection as predicates alone, for tasks that are known by id; it must hold no raw filter."""
    predicates = age_predicates(selection, now)
    if selection.pending:
        predicates.append(_tasks.is_pending)
    for values, predicate in (
        (selection.completion_status, has_completion_status(selection.completion_status)),
        (selection.types, is_of_type(selection.types)),
        (selection.source_ids, has_source_id(selection.source_ids)),
        (selection.launchers, has_launcher(selection.launchers)),
    ):
        if values:
            predicates.append(predicate)
    return tuple(predicates)


def age_predicates(selection: Selection, now: datetime) -> list[Predicate]:
    """Return the predicates on age; a task whose age cannot be told counts as young."""
    predicates: list[Predicate] = []
    older_than, newer_than = selection.older_than, selection.newer_than
    if older_than is not None:
        predicates.append(lambda task: _age(task, now) >= older_than)
    if newer_than is not None:
        predicates.append(lambda task: _age(task, now) < newer_than)
    return predicates


def has_completion_status(statuses: Sequence[str]) -> Predicate:
    """Return the predicate: completed with one of these (lower case)."""
    return lambda task: _tasks.completion_status(task) in statuses


def is_of_type(types: Sequence[str]) -> Predicate:
    """Return the predicate: of one of these kinds, as the ``type`` filter names them."""
    names = {_tasks.type_name(value) for value in types}
    return lambda task: _tasks.kind(task) in names


def has_source_id(source_ids: Sequence[str]) -> Predicate:
    """Return the predicate: working on one of these sources."""
    return lambda task: _tasks.source_id(task) in source_ids


def has_launcher(launchers: Sequence[str]) -> Predicate:
    """Return the predicate: run by one of these launchers."""
    return lambda task: task.get("launcher") in launchers


def _served_types(types: Sequence[str], generation: Generation) -> tuple[Sequence[str], Predicate, bool]:
    """Return the arguments of ``select`` for types: the tenant serves them all, or we do.

    A value that no generation documents goes to the tenant as it is: it may be newer than this table.
    """
    names = [_tasks.type_name(value) for value in types]
    served = all(name in generation.types or name not in ALL_TYPES for name in names)
    values = [name if name in ALL_TYPES else value for name, value in zip(names, types)]
    return values, is_of_type(types), served


def _age(task: Mapping[str, Any], now: datetime) -> float:
    age = _tasks.age(task, now)
    return float("-inf") if age is None else age


def _duration(option: str, params: Mapping[str, Any]) -> float | None:
    value = params.get(option)
    return None if value is None else parse_duration(option, value)
