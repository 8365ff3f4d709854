# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers: each takes a variable's name and what was given, and returns the value, or raises OptionError.

People, surveys of AWX, rulebooks and ``-e`` give text, numbers, lists, true, nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from ...module_utils._errors import OptionError
from ...module_utils._lists import parse_items
from ...module_utils._tasks import vocabulary

Reader = Callable[[str, Any], Any]


def as_text(name: str, value: Any) -> str:
    """Return text, without blanks around it; a number is text, too."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise OptionError(name, f"{value!r} is not text")
    return str(value).strip()


def as_duration(parse: Callable[[str, object], float], name: str, value: Any) -> str:
    """Return text that is a duration, or an age, as ``parse`` has it."""
    text = as_text(name, value)
    parse(name, text)
    return text


as_items = parse_items


def as_patterns(name: str, value: Any) -> list[str]:
    """Return a list of regular expressions."""
    items = as_items(name, value, patterns=True)
    for item in items:
        vocabulary.pattern(name, item)
    return items


def as_choice(choices: Sequence[str], name: str, value: Any) -> str:
    """Return one of some words, in lower case."""
    text = as_text(name, value).lower()
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
