# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wording that messages share. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_MAX_QUOTE = 300  # characters of a text from outside that a message shows
# DEL, C1 controls, marks that turn the direction of writing, separators of lines, halves of surrogate pairs.
_RAW_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_NAMED = 3  # items that a message names before it counts the rest


def count_of(number: int, noun: str) -> str:
    """Return ``1 task``, ``2 tasks``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def first_of(items: Sequence[str], separator: str = ", ") -> str:
    """Return the first few items and how many more there are: ``a, b, c and 7 more``."""
    more = len(items) - _NAMED
    return separator.join(items[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def printable(text: str) -> str:
    """Return a text as one line of printable text: it does nothing to a terminal and forges no line.

    Whatever tells a person anything calls this where the text leaves: errors, warnings, progress, results, messages,
    logs. Nobody before it needs to.
    """
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def one_line(text: str, most: int = _MAX_QUOTE) -> str:
    """Return the beginning of a text from outside as one line of printable text."""
    return printable(text)[:most]


def escaped(text: str) -> str:
    """Return a text with what does something to a terminal, and JSON leaves as it is, as JSON escapes it: ``\\u202e``.

    So a JSON document stays the same data. Those below U+0020 stay: JSON never holds them as they are.
    """
    return text if text.isprintable() else _RAW_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def all_escaped(value: Any) -> Any:
    """Return a copy of data for JSON whose texts, keys too, are :func:`escaped`."""
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, Mapping):
        return {all_escaped(key): all_escaped(item) for key, item in value.items()}
    return [all_escaped(item) for item in value] if isinstance(value, (list, tuple)) else value
