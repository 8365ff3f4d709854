# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Durations as users write them, in seconds."""

from __future__ import annotations

import re

from ._errors import OptionError

_SECONDS_PER_UNIT = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SUM = re.compile(r"(?:[0-9]+[smhdw])+")
_PART = re.compile(r"([0-9]+)([smhdw])")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_MAX = 100 * 366 * 86400.0


def parse_duration(option: str, value: object) -> float:
    """Return the seconds in a duration.

    :param option: the option's name, for the error
    :param value: ``90s``, ``15m``, ``24h``, ``7d``, ``2w``, a sum such as ``1d12h``, or a number of seconds
    :raises OptionError: anything else, or more than a hundred years
    """
    text = str(value).strip()
    if _NUMBER.fullmatch(text) and not isinstance(value, bool):
        seconds = float(text)
    elif _SUM.fullmatch(text):
        seconds = sum(float(number) * _SECONDS_PER_UNIT[unit] for number, unit in _PART.findall(text))
    else:
        raise OptionError(
            option,
            f"{text!r} is not a duration; write 90s, 15m, 24h, 7d, 2w, a sum such as 1d12h, or a number of seconds",
        )
    if seconds > _MAX:
        raise OptionError(option, f"{text!r} is longer than a hundred years")
    return seconds


def parse_age(option: str, value: object) -> float:
    """Return the seconds in an age that selects: a duration with a unit, or ``0``.

    A bare number could be meant in any unit, and as seconds it would select what is all but new.

    :param option: the option's name, for the error
    :raises OptionError: as :func:`parse_duration`, and for a number without a unit
    """
    text = str(value).strip()
    if _NUMBER.fullmatch(text) and not isinstance(value, bool) and float(text):
        if "." in text:
            raise OptionError(option, f"{text!r} has no unit; write whole numbers with one, such as 90s, 15m or 24h")
        raise OptionError(option, f"{text!r} has no unit; write {text}h for hours, {text}s for seconds")
    if not _NUMBER.fullmatch(text) and not _SUM.fullmatch(text):
        raise OptionError(option, f"{text!r} is not an age; write 90s, 15m, 24h, 7d, 2w, a sum such as 1d12h, or 0")
    return parse_duration(option, value)


def format_duration(seconds: float) -> str:
    """Return whole seconds in the notation of :func:`parse_duration`, the two largest units: ``1d12h``, ``4m10s``."""
    left = int(seconds)
    parts = []
    for unit in ("w", "d", "h", "m", "s"):
        number, left = divmod(left, _SECONDS_PER_UNIT[unit])
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts[:2]) or "0s"
