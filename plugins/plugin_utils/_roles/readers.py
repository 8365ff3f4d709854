# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers: each takes a variable's name and what was given, and returns the value, or raises OptionError.

People, surveys of AWX, rulebooks and ``-e`` give text, numbers, lists, true, nothing. From ansible-core 2.19 on
the text of AWX's surveys comes as YAML reads it without quotes: ``2024`` as a number, ``2024-05-17`` as a date, ``yes``
as true, blank text as nothing. A number and a date become text again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from ...module_utils._durations import parse_duration
from ...module_utils._errors import OptionError
from ...module_utils._lists import parse_items
from ...module_utils._tasks import vocabulary

Reader = Callable[[str, Any], Any]


def as_text(name: str, value: Any, such_as: str = "") -> str:
    """Return text, without blanks around it; a number and a date are text, too.

    :param such_as: what to write instead of a word that YAML takes for something else
    """
    misread = _misread(value)
    if misread:
        instead = f"write it otherwise{such_as and f', such as {such_as}'}"
        raise OptionError(name, f"{value!s} is not text: {misread}; {instead}")
    text = _as_written(value)
    if not isinstance(text, str):
        raise OptionError(name, f"{value!r} is not text")
    return text.strip()


def as_path(name: str, value: Any) -> str:
    """Return text that is a path."""
    return as_text(name, value, "./yes" if value is True else "./no" if value is False else "./reports")


def as_title(name: str, value: Any) -> str:
    """Return text for people, whatever YAML has made of it."""
    return as_text(name, str(value).lower() if isinstance(value, bool) else str(value) if _misread(value) else value)


def as_duration(parse: Callable[[str, object], float], name: str, value: Any) -> str:
    """Return text that is a duration, or an age, as ``parse`` has it."""
    text = as_text(name, value, "24h")
    parse(name, text)
    return text


def as_interval(name: str, value: Any) -> str:
    """Return text that is a duration to pause for, and so is more than 0."""
    text = as_duration(parse_duration, name, value)
    if not parse_duration(name, text):
        raise OptionError(name, "0 would ask without a pause; give at least a second or so")
    return text


def as_items(name: str, value: Any, patterns: bool = False) -> list[str]:
    """Return a list, as :func:`parse_items` reads it; a date is text, too.

    A word that YAML has taken for true is an error: guessed at, it might select what is not meant, or protect nothing.
    """
    items = value if isinstance(value, (list, tuple)) else [value]
    for item in items:
        misread = _misread(item)
        if misread:
            shown = str(item).lower()
            example = {True: "yes", False: "no"}.get(item, item)
            instead = f'write it as a list with quotes, such as ["{example}"]'
            raise OptionError(name, f"an item is {shown}, not text: {misread}; {instead}")
    written = [_as_written(item) for item in items] if items is value else _as_written(value)
    return parse_items(name, written, patterns)


def as_task_ids(name: str, value: Any) -> list[str]:
    """Return a list of ids of tasks; one that no path can hold would be refused under another name later."""
    items = as_items(name, value)
    for item in items:
        if item in (".", ".."):
            raise OptionError(name, f"{item!r} is not the id of a task")
        if any("\ud800" <= letter <= "\udfff" for letter in item):
            raise OptionError(name, f"{item!r} holds bytes that are no UTF-8 text")
    return items


def as_patterns(name: str, value: Any) -> list[str]:
    """Return a list of regular expressions."""
    items = as_items(name, value, patterns=True)
    for item in items:
        vocabulary.pattern(name, item)
    return items


def as_choice(choices: Sequence[str], name: str, value: Any) -> str:
    """Return one of some words, in lower case."""
    text = as_text(name, value, choices[0]).lower()
    if text not in choices:
        raise OptionError(name, f"{text!r} is not one of {', '.join(choices)}")
    return text


def as_choices(choices: Sequence[str], name: str, value: Any) -> list[str]:
    """Return a list of some of these words, in lower case."""
    return [as_choice(choices, name, item) for item in as_items(name, value)]


def as_number(name: str, value: Any) -> float:
    """Return a number that is not negative."""
    try:
        number = float(as_text(name, value))
    except (OptionError, ValueError):
        raise OptionError(name, f"{value!r} is not a number") from None
    if not 0 <= number < 1e9:
        raise OptionError(name, f"{value} is out of range; it must be at least 0 and less than a billion")
    return number


def as_whole_number(name: str, value: Any) -> int:
    """Return a whole number that is not negative."""
    number = as_number(name, value)
    if number != int(number):
        raise OptionError(name, f"{value} is not a whole number")
    return int(number)


def as_share(name: str, value: Any) -> float:
    """Return a number from 0 to 1."""
    number = as_number(name, value)
    if number > 1:
        raise OptionError(name, f"{value} is out of range; it is a share, from 0 to 1, such as 0.5 for half")
    return number


def as_switch(name: str, value: Any) -> bool:
    """Return whether something is on."""
    try:
        switch: bool = boolean(value, strict=True)
    except TypeError:
        raise OptionError(name, f"{value!r} is neither true nor false") from None
    return switch


def _as_written(value: Any) -> Any:
    """Return the text of which YAML has made a number or a date, anything else as it is."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _misread(value: Any) -> str:
    """Return what YAML has made of a text that can be told no more, a sentence; empty where it can."""
    if isinstance(value, bool):
        of = "the words yes, on and true" if value else "the words no, off and false"
    elif isinstance(value, datetime):  # of a date alone there is one spelling, of these there are many
        of = "what looks like a date and time"
    elif isinstance(value, float) and not math.isfinite(value):
        of = "the words .inf and .nan"
    else:
        return ""
    return f"YAML, and so AWX, takes {of} for it"
