# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: which tasks a user wants, split into what the tenant can select and what is left to us.

Pure functions; the split is the generation's table at work.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .._api import filtering, records
from .._api.generations import ALL_TYPES, Generation
from .._api.task_status import Query
from .._durations import parse_age
from .._errors import OptionError
from .._lists import lines_of

Predicate = Callable[[Mapping[str, Any]], bool]

# The options that select by what a task is and who started it, part of the argument spec of everything that selects.
VOCABULARY_SPEC: dict[str, dict[str, Any]] = {
    "type": {"type": "list", "elements": "str"},
    "source_id": {"type": "list", "elements": "str"},
    "launcher": {"type": "list", "elements": "str"},
    "name": {"type": "list", "elements": "str"},
    "exclude_name": {"type": "list", "elements": "str"},
    "exclude_source_id": {"type": "list", "elements": "str"},
}

_RETURNED_TYPES = frozenset({"QUARTZ", "QPOC", "QUEUED_TASK"})
PATTERNS = ("name", "exclude_name")  # options whose items are regular expressions
# Each works on one source, so that where none is told it may be the excluded one; "" is a task whose kind is not told.
_KINDS_OF_A_SOURCE = frozenset({"CLOUD_ACCOUNT_AGGREGATION", "CLOUD_GROUP_AGGREGATION", "CLOUD_ENTITLEMENT_IMPORT", ""})


@dataclass(frozen=True)
class Selection:
    """A user's wish: every field narrows it, empty ones do not. Ages are in seconds."""

    pending: bool = False
    completion_status: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    source_ids: tuple[str, ...] = ()
    launchers: tuple[str, ...] = ()
    names: tuple[re.Pattern[str], ...] = ()
    exclude_names: tuple[re.Pattern[str], ...] = ()
    exclude_source_ids: tuple[str, ...] = ()
    filters: str = ""
    older_than: float | None = None
    newer_than: float | None = None


@dataclass(frozen=True)
class Choice:
    """What is left to us of a selection: ``predicates`` that a wanted task satisfies, and the sources to leave out."""

    predicates: tuple[Predicate, ...] = ()
    exclude_source_ids: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to choose."""
        return bool(self.predicates or self.exclude_source_ids)

    def matches(self, task: Mapping[str, Any]) -> bool:
        """Whether a task is wanted."""
        return (
            self._satisfies(task)
            and not self._may_be_excluded(task)
            and records.source_id(task) not in self.exclude_source_ids
        )

    def left_out_in_doubt(self, task: Mapping[str, Any]) -> bool:
        """Whether a task is left out only since its source, which may be an excluded one, cannot be told."""
        return self._satisfies(task) and self._may_be_excluded(task)

    def _satisfies(self, task: Mapping[str, Any]) -> bool:
        return all(predicate(task) for predicate in self.predicates)

    def _may_be_excluded(self, task: Mapping[str, Any]) -> bool:
        return (
            bool(self.exclude_source_ids)
            and records.source_id(task) is None
            and records.kind(task) in _KINDS_OF_A_SOURCE
        )


@dataclass(frozen=True)
class Plan:
    """How to fulfil a selection: the query for the tenant, and what is to be chosen from its answer."""

    query: Query
    choice: Choice

    @property
    def exact(self) -> bool:
        """Whether the tenant selects all by itself."""
        return not self.choice


def selection_from(params: Mapping[str, Any]) -> Selection:
    """Return the selection that validated options describe.

    :raises OptionError: an option cannot be used, or contradicts another
    """
    if params.get("pending") and params.get("completion_status"):
        raise OptionError("pending", "a pending task has no completion status; leave out pending or completion_status")
    given = {option: _items(option, params.get(option) or ()) for option in VOCABULARY_SPEC}
    for value in given["type"]:
        if records.type_name(value) in _RETURNED_TYPES:
            raise OptionError(
                "type",
                f"{value!r} is what tasks return, not what can be selected; give one such as CLOUD_ACCOUNT_AGGREGATION",
            )
    filters = params.get("filters")
    return Selection(
        pending=bool(params.get("pending")),
        completion_status=tuple(params.get("completion_status") or ()),
        types=given["type"],
        source_ids=given["source_id"],
        launchers=given["launcher"],
        names=tuple(pattern("name", text) for text in given["name"]),
        exclude_names=tuple(pattern("exclude_name", text) for text in given["exclude_name"]),
        exclude_source_ids=given["exclude_source_id"],
        filters="" if filters is None else filtering.check_expression("filters", filters),
        older_than=_age_option("older_than", params),
        newer_than=_age_option("newer_than", params),
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
    if selection.pending:
        # Nobody says whether the tenant's filter knows a source that only a task's attributes tell. The pending list is
        # short, so that it selects the same in all generations matters more.
        fields -= {"sourceId"}
    expressions: list[str] = []
    predicates: list[Predicate] = []

    def select(field: str, values: Sequence[str], predicate: Predicate, served: bool = True) -> None:
        if values and served and field in fields:
            expressions.append(filtering.equals_any(field, values))
        elif values:
            predicates.append(predicate)

    statuses = [records.COMPLETION_STATUSES[status] for status in selection.completion_status]
    select("completionStatus", statuses, has_completion_status(selection.completion_status))
    select("type", *_served_types(selection.types, generation))
    select("sourceId", selection.source_ids, has_source_id(selection.source_ids))
    select("launcher", selection.launchers, has_launcher(selection.launchers))
    predicates += _client_predicates(selection, now)
    if selection.filters:
        expressions.append(f"({selection.filters})" if expressions or selection.pending else selection.filters)
    query = Query(selection.pending, filtering.all_of(expressions), sorters if filterable else None)
    return Plan(query, Choice(tuple(predicates), selection.exclude_source_ids))


def choice_of(selection: Selection, now: datetime) -> Choice:
    """Return a selection as a choice alone, for tasks that are known by id; it must hold no raw filter."""
    predicates = _client_predicates(selection, now)
    if selection.pending:
        predicates.append(records.is_pending)
    for values, predicate in (
        (selection.completion_status, has_completion_status(selection.completion_status)),
        (selection.types, is_of_type(selection.types)),
        (selection.source_ids, has_source_id(selection.source_ids)),
        (selection.launchers, has_launcher(selection.launchers)),
    ):
        if values:
            predicates.append(predicate)
    return Choice(tuple(predicates), selection.exclude_source_ids)


def _client_predicates(selection: Selection, now: datetime) -> list[Predicate]:
    """Return the predicates on what no tenant's filter knows: age and name.

    A task whose age cannot be told counts as young.
    """
    predicates: list[Predicate] = []
    older_than, newer_than = selection.older_than, selection.newer_than
    if older_than is not None:
        predicates.append(lambda task: _age(task, now) >= older_than)
    if newer_than is not None:
        predicates.append(lambda task: _age(task, now) < newer_than)
    if selection.names:
        predicates.append(lambda task: _finds(selection.names, task))
    if selection.exclude_names:
        predicates.append(lambda task: not _finds(selection.exclude_names, task))
    return predicates


def pattern(option: str, text: str) -> re.Pattern[str]:
    """Return a regular expression that a user gave.

    :raises OptionError: it is none, or looks like one of two halves
    """
    if len(re.findall(r"(?<!\\)\{", text)) != len(re.findall(r"(?<!\\)\}", text)):
        raise OptionError(
            option,
            f"{text!r} has a brace without its other half, as when text is split at a comma; give a list of patterns, "
            "and a brace itself as \\{",
        )
    try:
        return re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise OptionError(option, f"{text!r} is not a regular expression ({error})") from None


def has_completion_status(statuses: Sequence[str]) -> Predicate:
    """Return the predicate: completed with one of these (lower case)."""
    return lambda task: records.completion_status(task) in statuses


def is_of_type(types: Sequence[str]) -> Predicate:
    """Return the predicate: of one of these kinds, as the ``type`` filter names them."""
    names = {records.type_name(value) for value in types}
    return lambda task: records.kind(task) in names


def has_source_id(source_ids: Sequence[str]) -> Predicate:
    """Return the predicate: working on one of these sources."""
    return lambda task: records.source_id(task) in source_ids


def has_launcher(launchers: Sequence[str]) -> Predicate:
    """Return the predicate: started by one of these."""
    return lambda task: task.get("launcher") in launchers


def _finds(patterns: Sequence[re.Pattern[str]], task: Mapping[str, Any]) -> bool:
    return any(pattern.search(name) for name in records.names(task) for pattern in patterns)


def _served_types(types: Sequence[str], generation: Generation) -> tuple[Sequence[str], Predicate, bool]:
    """Return the arguments of ``select`` for types: the tenant serves them all, or we do.

    A value that no generation documents goes to the tenant as it is: it may be newer than this table.
    """
    names = [records.type_name(value) for value in types]
    served = all(name in generation.types or name not in ALL_TYPES for name in names)
    values = [name if name in ALL_TYPES else value for name, value in zip(names, types)]
    return values, is_of_type(types), served


def _items(option: str, values: Sequence[object]) -> tuple[str, ...]:
    items = lines_of(values, patterns=option in PATTERNS)
    if "" in items:
        what = "an empty pattern is found in everything" if option in PATTERNS else "an empty value selects nothing"
        raise OptionError(option, f"{what}; leave it out")
    return tuple(items)


def _age(task: Mapping[str, Any], now: datetime) -> float:
    age = records.age(task, now)
    return float("-inf") if age is None else age


def _age_option(option: str, params: Mapping[str, Any]) -> float | None:
    value = params.get(option)
    return None if value is None else parse_age(option, value)
