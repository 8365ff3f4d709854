# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instants as the API writes them, and as it wants them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from ._errors import OptionError

# RFC 3339 with what the vendor's answers also show: a blank for the "T", "+0000", any number of fraction digits,
# and no zone at all. datetime.fromisoformat() takes most of these only from Python 3.11 on.
_INSTANT = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ](?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)"
    r"(?:[.,](?P<fraction>[0-9]+))?\s?(?P<zone>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_EARLIEST = 100_000_000_000  # ms since the epoch, in 1973: less is a number of seconds, or none at all


def parse_instant(value: object) -> datetime | None:
    """Return the instant in a value from the API, in UTC, or None where there is none to be read.

    A date-time without a zone is taken as UTC, which is what the API means where it leaves the zone out. A number is
    milliseconds since 1970, as the API answers the start of an aggregation.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _from_milliseconds(value)
    match = _INSTANT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None
    time = match["time"] if match["time"].count(":") == 2 else match["time"] + ":00"
    try:
        instant = datetime.fromisoformat(f"{match['date']}T{time}").replace(tzinfo=timezone.utc)
        return instant + timedelta(microseconds=_microseconds(match["fraction"])) - _offset(match["zone"])
    except (ValueError, OverflowError):
        return None


def parse_instant_option(option: str, value: str) -> datetime:
    """Return the instant a user gave, in UTC.

    :raises OptionError: not an ISO 8601 instant, or one without a zone, which could mean any of 38 instants
    """
    text = str(value).strip()
    instant = parse_instant(text)
    if instant is None:
        raise OptionError(option, f"{text!r} is not an ISO 8601 instant; write it like 2024-05-17T19:33:16Z")
    match = _INSTANT.fullmatch(text)
    if match is None or match["zone"] is None:
        raise OptionError(option, f"{text!r} has no time zone; end it with Z for UTC or an offset such as +02:00")
    return instant


def format_instant(instant: datetime) -> str:
    """Return an aware datetime in the form the API documents: ``2024-05-17T19:33:16.470Z``."""
    return instant.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _from_milliseconds(value: float) -> datetime | None:
    try:
        return _EPOCH + timedelta(milliseconds=value) if value >= _EARLIEST else None
    except (ValueError, OverflowError):
        return None


def _microseconds(fraction: str | None) -> int:
    return int(fraction[:6].ljust(6, "0")) if fraction else 0


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone in "Zz":
        return timedelta(0)
    digits = zone[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        raise ValueError(f"no such offset: {zone}")
    offset = timedelta(hours=hours, minutes=minutes)
    return -offset if zone[0] == "-" else offset
