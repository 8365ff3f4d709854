# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of text, in all the ways in which they are given. Pure functions."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence
from typing import Any

from ._errors import OptionError

_WORD = re.compile(r"[\w.-]+")
_DASH = re.compile(r"^-\s+")
_QUANTIFIER = re.compile(r"\{\d*,\d*\}")


def items_of(value: object, patterns: bool = False) -> list[str]:
    """Return the items of a list that may also be given as text: trimmed, blank ones dropped.

    Text is a list in JSON (or as Python shows it), else one item a line, be they with dashes as in YAML, else commas
    separate words. A number is one item, None is none.

    :param patterns: whether the items are regular expressions, which may hold commas: then commas separate only where
        each part is a plain word of letters, digits, ``_``, ``-`` and ``.``, and belong to a pattern in ``{1,2}`` only
    :raises ValueError: an item is a list, a mapping, true or false, which no text was meant by; or what commas between
        patterns mean cannot be told
    """
    if value is None:
        return []
    if isinstance(value, str):
        value = _split(value, patterns)
    items = value if isinstance(value, (list, tuple)) else [value]
    for item in items:
        if item is not None and (isinstance(item, bool) or not isinstance(item, (str, int, float))):
            raise ValueError(f"an item is {_shown(item)}, not text")
    texts = ("" if item is None else str(item).strip() for item in items)
    return [text for text in texts if text]


def parse_items(option: str, value: object, patterns: bool = False) -> list[str]:
    """Return what :func:`items_of` does for an option's value.

    :raises OptionError: where that raises ValueError
    """
    try:
        return items_of(value, patterns)
    except ValueError as error:
        raise OptionError(option, str(error)) from None


def lines_of(values: Sequence[object], patterns: bool = False) -> list[str]:
    """Return the items of an option whose text Ansible has already split at commas, trimmed.

    A list that was given as text is put together again, an item of several lines is several items. Blank items stay:
    whoever gives one is to be told.

    :param patterns: as that of :func:`items_of`
    """
    listed = _literal(",".join(map(str, values)), patterns)
    if listed is not None:
        return [str(item).strip() for item in listed]
    items: list[str] = []
    for value in values:
        items += _lines(str(value)) or [""]
    return items


def _split(text: str, patterns: bool) -> Sequence[Any]:
    listed = _literal(text, patterns)
    if listed is not None:
        return listed
    lines = _lines(text)
    if len(lines) != 1:
        return lines
    (line,) = lines
    if not patterns:
        return _DASH.sub("", line).split(",")
    words = _DASH.sub("", line).split(",")
    if all(_WORD.fullmatch(word.strip()) for word in words if word.strip()):
        return words
    if "," in _QUANTIFIER.sub("", line):
        # As one pattern it may be found in nothing, and what was meant to be left alone would not be.
        raise ValueError(f"{text.strip()!r} may be one pattern or several; give a list, or one pattern a line")
    return lines


def _lines(text: str) -> list[str]:
    """Return the lines of a text that are not blank, trimmed, and without the dashes of a list in YAML."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return [_DASH.sub("", line) for line in lines] if len(lines) > 1 and all(map(_DASH.match, lines)) else lines


def _literal(text: str, patterns: bool) -> list[Any] | None:
    """Return the list that a text is in JSON, in Python, or in YAML without quotes; None where it is none.

    In brackets a pattern may just as well be a set of characters, so there only text in quotes is a list.
    """
    text = text.strip()
    if not (text.startswith("[") and text.endswith("]")):
        return None
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(value, list) and all(isinstance(item, str) or not patterns for item in value):
            return value
    return None if patterns else text[1:-1].split(",")


def _shown(item: object) -> str:
    return str(item).lower() if isinstance(item, bool) else "a mapping" if isinstance(item, dict) else "a list"
