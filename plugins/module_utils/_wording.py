# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wording that messages share. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

_MAX_QUOTE = 300  # characters of a text from outside that a message shows
_NAMED = 3  # items that a message names before it counts the rest


def count_of(number: int, noun: str) -> str:
    """Return ``1 task``, ``2 tasks``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def first_of(items: Sequence[str], separator: str = ", ") -> str:
    """Return the first few items and how many more there are: ``a, b, c and 7 more``."""
    more = len(items) - _NAMED
    return separator.join(items[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def one_line(text: str, most: int = _MAX_QUOTE) -> str:
    """Return the beginning of a text from outside as one line that does nothing to a terminal."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:most]
