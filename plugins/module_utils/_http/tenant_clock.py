# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What time it is for the tenant, by the header ``Date`` of its answers (RFC 9110, 6.6.1).

A task's dates are the tenant's, so its age is to be told by the tenant's clock, whatever this machine's shows. A false
``Date`` must not make young tasks look old: the rule is that of :func:`seconds_off`.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from .._durations import format_duration
from .answers import Reply
from .clock import Clock

TOLERATED = 60.0  # seconds between the clocks that make no difference: Date has whole ones, and NTP is not everywhere
# Seconds between the clocks that nothing explains but a false date. No certificate is valid for longer than 398 days,
# so where one is checked, this machine's clock cannot be further off.
INCREDIBLE = 400 * 86400.0
_KEPT = 5  # readings, the latest
_AGREEING = 2  # readings that it takes to make tasks look older
_ABOUT = "the clock"  # of all warnings one

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(
    r"[A-Z][a-z]{2}, ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT", re.ASCII
)


class Reading(NamedTuple):
    """What one answer tells of the tenant's clock: between ``earliest`` and ``latest`` seconds since 1970 when the
    client's monotonic clock was at 0. It was dated at some moment between the sending and the receipt.
    """

    earliest: float
    latest: float

    def off(self, here: float) -> float:
        """Return by how many seconds the tenant's clock is ahead of this machine's for sure; below 0 it is behind.

        :param here: what this machine's clock showed when the monotonic one was at 0
        """
        return max(self.earliest - here, 0.0) or min(self.latest - here, 0.0)


class TenantClock:
    """The tenant's time, as far as its answers tell. Thread-safe."""

    def __init__(self, clock: Clock, warn: Callable[[str, str], None]) -> None:
        """Take the client's clock, and what takes a warning with what it is about."""
        self._clock = clock
        self._warn = warn
        self._lock = threading.Lock()
        self._readings: deque[Reading] = deque(maxlen=_KEPT)

    def hear(self, reply: Reply) -> None:
        """Take what a reply tells, which is known to be the tenant's; warn if that is another time than here."""
        reading = reading_of(reply)
        if reading is None:
            return
        with self._lock:
            self._readings.append(reading)
        off = reading.off(self._here()[1])
        if abs(off) > TOLERATED:
            self._warn(_warning(off), _ABOUT)

    def now(self) -> datetime:
        """Return the present instant, in UTC: by the tenant's clock where that is known to be another, else by this
        machine's.
        """
        now, here = self._here()
        with self._lock:
            readings = tuple(self._readings)
        return now + timedelta(seconds=seconds_off(readings, here))

    def _here(self) -> tuple[datetime, float]:
        """Return this machine's time, and what it was when the monotonic clock was at 0."""
        now = self._clock.utc_now()
        return now, now.timestamp() - self._clock()


def seconds_off(readings: Iterable[Reading], here: float) -> float:
    """Return by how many seconds the tenant's clock is taken to be ahead of this machine's; below 0 it is behind.

    Of what the readings say it is the earliest time, by which tasks are youngest. That tasks are older than by this
    machine's clock is believed only if all of them say so, and two at least. A reading that is off by more than 400
    days is not believed at all, and up to a minute makes no difference.

    :param readings: the latest
    :param here: what this machine's clock showed when the monotonic one was at 0
    """
    told = [off for off in (reading.off(here) for reading in readings) if abs(off) <= INCREDIBLE]
    off = min(told, default=0.0)
    if abs(off) <= TOLERATED or (off > 0 and len(told) < _AGREEING):
        return 0.0
    return off


def reading_of(reply: Reply) -> Reading | None:
    """Return what a reply tells of the tenant's clock; None if it tells nothing: it is not known when it was under way,
    or it comes from a cache (RFC 9111, 5.1), or has no date.
    """
    date = _instant(reply.headers)
    if date is None or reply.under_way is None:
        return None
    sent, received = reply.under_way
    seconds = date.timestamp()
    return Reading(seconds - received, seconds + 1.0 - sent)  # some moment of that second


def _instant(headers: Mapping[str, str]) -> datetime | None:
    """Return the instant in ``Date``, as it has to be sent (RFC 9110, 5.6.7), unless ``Age`` says that it is old."""
    found = _DATE.fullmatch(str(headers.get("Date", "")).strip())
    if found is None or found[2] not in _MONTHS or str(headers.get("Age", "0")).strip() != "0":
        return None
    day, year, hour, minute, second = map(int, found.group(1, 3, 4, 5, 6))
    try:
        return datetime(year, _MONTHS.index(found[2]) + 1, day, hour, minute, second, tzinfo=timezone.utc)
    except ValueError:
        return None


def _warning(off: float) -> str:
    beside = "behind" if off > 0 else "ahead of"
    told = f"This machine's clock is {format_duration(abs(off))} {beside} the tenant's, by the date of its answers"
    if abs(off) > INCREDIBLE:
        return f"{told}, which is too much to be believed, so ages go by this machine's; check both clocks."
    once = ", once two answers agree" if off > 0 else ""
    return f"{told}; ages and the time of completion go by the tenant's{once}. Set this machine's clock, as by NTP."
