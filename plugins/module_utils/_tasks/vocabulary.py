# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tasks can be selected by, one table for whatever selects. Pure functions."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Optional

from .._api import records
from .._api.generations import ALL_TYPES, Generation
from .._durations import parse_age
from .._errors import OptionError
from .._lists import lines_of

# Whether a task is wanted; None where that cannot be told, so that it is left out with a warning.
Predicate = Callable[[Mapping[str, Any]], Optional[bool]]

EXCLUDED = "excluded"
_AGE = "age"
_TEXTS = {"type": "list", "elements": "str"}
_RETURNED_TYPES = frozenset({"QUARTZ", "QPOC", "QUEUED_TASK"})
# Each works on one source, so that where none is told it may be the excluded one; "" is a task whose kind is not told.
_KINDS_OF_A_SOURCE = frozenset({"CLOUD_ACCOUNT_AGGREGATION", "CLOUD_GROUP_AGGREGATION", "CLOUD_ENTITLEMENT_IMPORT", ""})


# From an option's name and what a user gave for it to what its predicate takes


def _as_given(option: str, value: Any) -> Any:
    return value


def _texts(option: str, values: Sequence[object], patterns: bool = False) -> tuple[str, ...]:
    items = lines_of(values, patterns)
    if "" in items:
        what = "an empty pattern is found in everything" if patterns else "an empty value selects nothing"
        raise OptionError(option, f"{what}; leave it out")
    return tuple(items)


def _types(option: str, values: Sequence[object]) -> tuple[str, ...]:
    types = _texts(option, values)
    for value in types:
        if records.type_name(value) in _RETURNED_TYPES:
            raise OptionError(
                option,
                f"{value!r} is what tasks return, not what can be selected; give one such as CLOUD_ACCOUNT_AGGREGATION",
            )
    return types


def _patterns(option: str, values: Sequence[object]) -> tuple[re.Pattern[str], ...]:
    return tuple(pattern(option, text) for text in _texts(option, values, patterns=True))


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


# From that and the present instant to the predicate


def _has_completion_status(statuses: Sequence[str], now: datetime) -> Predicate:
    return lambda task: records.completion_status(task) in statuses


def _is_of_type(types: Sequence[str], now: datetime) -> Predicate:
    names = {records.type_name(value) for value in types}
    return lambda task: records.kind(task) in names


def _has_source_id(source_ids: Sequence[str], now: datetime) -> Predicate:
    return lambda task: records.source_id(task) in source_ids


def _has_another_source_id(source_ids: Sequence[str], now: datetime) -> Predicate:
    def has_another(task: Mapping[str, Any]) -> bool | None:
        source_id = records.source_id(task)
        if source_id is None and records.kind(task) in _KINDS_OF_A_SOURCE:
            return None
        return source_id not in source_ids

    return has_another


def _has_launcher(launchers: Sequence[str], now: datetime) -> Predicate:
    return lambda task: task.get("launcher") in launchers


def _has_name(patterns: Sequence[re.Pattern[str]], now: datetime) -> Predicate:
    return lambda task: _finds(patterns, task)


def _has_another_name(patterns: Sequence[re.Pattern[str]], now: datetime) -> Predicate:
    return lambda task: not _finds(patterns, task)


def _finds(patterns: Sequence[re.Pattern[str]], task: Mapping[str, Any]) -> bool:
    return any(one.search(name) for name in records.names(task) for one in patterns)


# A task whose age cannot be told counts as young.


def _is_older_than(seconds: float, now: datetime) -> Predicate:
    return lambda task: (age := records.age(task, now)) is not None and age >= seconds


def _is_newer_than(seconds: float, now: datetime) -> Predicate:
    return lambda task: (age := records.age(task, now)) is None or age < seconds


# From that and the generation to what the tenant's filter takes; None where it does not take it


def _values(values: Sequence[str], generation: Generation) -> Sequence[str] | None:
    return values


def _written_statuses(statuses: Sequence[str], generation: Generation) -> Sequence[str] | None:
    return [records.COMPLETION_STATUSES[status] for status in statuses]


def _served_types(types: Sequence[str], generation: Generation) -> Sequence[str] | None:
    """A value that no generation documents goes to the tenant as it is: it may be newer than the table of types."""
    names = [records.type_name(value) for value in types]
    if any(name in ALL_TYPES and name not in generation.types for name in names):
        return None
    return [name if name in ALL_TYPES else value for name, value in zip(names, types)]


@dataclass(frozen=True)
class Criterion:
    """An option that selects.

    ``spec``: its part of an argument spec; ``read``: what it makes of a value that was given, or raises OptionError;
    ``selects``: the predicate for that; ``field``: the field of the API's filters that selects the same, empty if none
    does; ``filtered``: the values to compare that with; ``shared``: whether the event source and the roles have it, in
    the plural, as a list of text that may be given in all the ways of :mod:`_lists`; ``reason``: what a task that it
    leaves out is counted under, the option's name if empty.
    """

    spec: Mapping[str, Any]
    read: Callable[[str, Any], Any]
    selects: Callable[[Any, datetime], Predicate]
    field: str = ""
    filtered: Callable[[Any, Generation], Sequence[str] | None] = _values
    shared: bool = False
    reason: str = ""

    @property
    def has_patterns(self) -> bool:
        """Whether its values are regular expressions."""
        return self.read is _patterns

    @property
    def excludes(self) -> bool:
        """Whether its values name what is left out."""
        return self.reason == EXCLUDED


_shared = functools.partial(Criterion, _TEXTS, shared=True)
_STATUSES = {**_TEXTS, "choices": list(records.COMPLETION_STATUSES)}

# In the order in which filter expressions are written.
CRITERIA: dict[str, Criterion] = {
    "completion_status": Criterion(_STATUSES, _as_given, _has_completion_status, "completionStatus", _written_statuses),
    "type": _shared(_types, _is_of_type, "type", _served_types),
    "source_id": _shared(_texts, _has_source_id, "sourceId", reason="source"),
    "launcher": _shared(_texts, _has_launcher, "launcher"),
    "name": _shared(_patterns, _has_name),
    "exclude_name": _shared(_patterns, _has_another_name, reason=EXCLUDED),
    "exclude_source_id": _shared(_texts, _has_another_source_id, reason=EXCLUDED),
    "older_than": Criterion({"type": "str"}, parse_age, _is_older_than, reason=_AGE),
    "newer_than": Criterion({"type": "str"}, parse_age, _is_newer_than, reason=_AGE),
}
# What a pending task can be selected by: all but how it was completed.
OF_PENDING = tuple(name for name in CRITERIA if name != "completion_status")
SHARED = tuple(name for name, criterion in CRITERIA.items() if criterion.shared)
