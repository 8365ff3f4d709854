# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the roles and playbooks, read in whatever way they are given.

People, surveys of AWX, rulebooks and ``-e`` give text, numbers, lists, true, nothing. A variable that is empty counts
as not given. What cannot be read, and a name that is not known, is an error: it may have been meant as a limit.
Pure functions.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from ..module_utils._api import records
from ..module_utils._durations import parse_age, parse_duration
from ..module_utils._errors import OptionError
from ..module_utils._lists import items_of
from ..module_utils._tasks import vocabulary
from ..module_utils._tasks.outcomes import OUTCOMES

Reader = Callable[[str, Any], Any]  # takes a variable's name and value; raises OptionError

FORMATS = ("html", "json", "csv", "openmetrics")
OTHERS = "others"


@dataclass(frozen=True)
class Variables:
    """The variables of a role or playbook, by name without the prefix.

    ``required``: those without a default; ``gone``: those of earlier versions, with what to do instead; ``own``: names
    that it sets itself, some of which AWX hands to later jobs of a workflow; ``told``: what it is told besides.
    """

    readers: Mapping[str, Reader]
    required: frozenset[str] = frozenset()
    gone: Mapping[str, str] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    told: Mapping[str, Any] = field(default_factory=dict)


def read(name: str, given: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a role's variables, by name without the prefix.

    :param name: the role's name, which with an underscore is the prefix
    :param given: all variables that have this prefix, or the same in the singular, by their whole names
    :param defaults: the values of variables that are not given, by their whole names
    :raises OptionError: a variable cannot be read, is missing, or is not known
    """
    variables = ROLES[name]
    # What a rulebook was given and does not know, which it can hand on by name only.
    others = _items(f"{name}_{OTHERS}", given.get(f"{name}_{OTHERS}"))
    _check_names(name, variables, {**dict.fromkeys(others, ""), **given})
    values = dict(variables.told)
    for short, reader in variables.readers.items():
        full = f"{name}_{short}"
        value = given.get(full)
        if _is_empty(value):
            if short in variables.required:
                raise OptionError(full, "it is missing or empty, and there is no default")
            value = defaults[full]
        values[short] = reader(full, value)
    return values


def _check_names(name: str, variables: Variables, given: Mapping[str, Any]) -> None:
    known = [f"{name}_{short}" for short in variables.readers]
    for full in given:
        if full in known or full == f"{name}_{OTHERS}":
            continue
        short = full[len(name) + 1 :] if full.startswith(f"{name}_") else ""
        if short in variables.own and _is_handed_on(given[full]):
            continue
        if short in variables.gone:
            raise OptionError(full, f"there is no such variable any more; {variables.gone[short]}")
        (nearest,) = difflib.get_close_matches(full, known, n=1, cutoff=0.0)
        raise OptionError(full, f"there is no such variable, so nothing was done; the nearest is {nearest}")


def _is_handed_on(value: object) -> bool:
    """Whether a value may be a count that an earlier job of a workflow has handed on, rather than meant as a limit."""
    return value is None or (isinstance(value, (int, str)) and str(value).isdigit())


def _is_empty(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_is_empty, value))
    return value is None or (isinstance(value, str) and not value.strip())


# Readers


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise OptionError(name, f"{value!r} is not text")
    return str(value).strip()


def _duration(parse: Callable[[str, object], float], name: str, value: Any) -> str:
    text = _text(name, value)
    parse(name, text)
    return text


def _items(name: str, value: Any, patterns: bool = False) -> list[str]:
    try:
        return items_of(value, patterns)
    except ValueError as error:
        raise OptionError(name, str(error)) from None


def _patterns(name: str, value: Any) -> list[str]:
    items = _items(name, value, patterns=True)
    for item in items:
        vocabulary.pattern(name, item)
    return items


def _choice(choices: Sequence[str], name: str, value: Any) -> str:
    text = _text(name, value).lower()
    if text not in choices:
        raise OptionError(name, f"{text!r} is not one of {', '.join(choices)}")
    return text


def _choices(choices: Sequence[str], name: str, value: Any) -> list[str]:
    return [_choice(choices, name, item) for item in _items(name, value)]


def _number(name: str, value: Any) -> float:
    try:
        number = float(_text(name, value))
    except (OptionError, ValueError):
        raise OptionError(name, f"{value!r} is not a number") from None
    if not 0 <= number < 1e9:
        raise OptionError(name, f"{value} is out of range; it must be at least 0 and less than a billion")
    return number


def _whole_number(name: str, value: Any) -> int:
    number = _number(name, value)
    if number != int(number):
        raise OptionError(name, f"{value} is not a whole number")
    return int(number)


def _share(name: str, value: Any) -> float:
    number = _number(name, value)
    if number > 1:
        raise OptionError(name, f"{value} is out of range; it is a share, from 0 to 1, such as 0.5 for half")
    return number


def _switch(name: str, value: Any) -> bool:
    try:
        switch: bool = boolean(value, strict=True)
    except TypeError:
        raise OptionError(name, f"{value!r} is neither true nor false") from None
    return switch


_AGE = functools.partial(_duration, parse_age)
_WAIT = functools.partial(_duration, parse_duration)
_STATUSES = tuple(records.COMPLETION_STATUSES)

ROLES: dict[str, Variables] = {
    "clear_pending_tasks": Variables(
        readers={
            "older_than": _AGE,
            **{
                f"{option}s": _patterns if vocabulary.CRITERIA[option].has_patterns else _items
                for option in vocabulary.SHARED
            },
            "completion_status": functools.partial(_choice, _STATUSES),
            "max_tasks": _whole_number,
            "max_fraction": _share,
            "precondition": _switch,
            "report_dir": _text,
            "report_formats": functools.partial(_choices, FORMATS),
            "fail_on_error": _switch,
        },
        gone={
            "include_names": "use clear_pending_tasks_names, whose patterns are looked for in the source's name too",
            "batch_size": "all tasks are cleared by one call, so leave it out",
        },
        own=frozenset({"result", "pending_before", "selected", *OUTCOMES, "pending_after"}),
        told={"outcomes": dict.fromkeys(OUTCOMES, 0)},
    ),
    "task_report": Variables(
        readers={
            "dir": _text,
            "formats": functools.partial(_choices, FORMATS),
            "days": _whole_number,
            "title": _text,
            "max_tasks": _whole_number,
        },
        required=frozenset({"dir"}),
        own=frozenset({"result"}),
    ),
    "wait_for_tasks": Variables(
        readers={
            "ids": _items,
            "timeout": _WAIT,
            "interval": _WAIT,
            "accepted": functools.partial(_choices, _STATUSES),
        },
        own=frozenset({"result"}),
    ),
}
