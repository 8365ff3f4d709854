# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether and when a request that failed is sent again: kinds of requests, one budget of tries for all, pauses."""

from __future__ import annotations

import contextlib
import random
import threading
from email.utils import parsedate_to_datetime
from enum import Enum

from .failures import Failure

with contextlib.suppress(ImportError):  # transport keeps the traceback; hosts check it before they make a client
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

MAX_RETRY_AFTER = 60.0  # seconds; the vendor's window is 10 s, more than this is no honest answer
_MAX_BACKOFF = 30.0


class Repeat(Enum):
    """After which failures a request may be sent once more, which whoever sends it knows.

    Any may after a 429 and a 401, which are said at the tenant's door.
    """

    READ = frozenset({Failure.NOT_SENT, Failure.LOST, Failure.UNREADABLE})
    """It changes nothing, so it is repeated whatever went wrong."""

    SAME_EFFECT = frozenset({Failure.NOT_SENT, Failure.LOST})
    """Sent twice it does what it does once, such as an update that sets fixed values. After an answer that cannot be
    read it is not repeated: reading what became of it tells more.
    """

    ONCE = frozenset({Failure.NOT_SENT})
    """It starts something, so it is not sent again once it may have reached the tenant."""


class Budget:
    """How often anything is tried again, shared by all threads.

    Each request has ``retries`` tries after its first. Once one has used up all of them and nothing has got through
    since, each other has its first only, until anything gets through: ten thousand ids must not wait out ten thousand
    pauses.
    """

    def __init__(self, retries: int) -> None:
        self._retries = retries
        self._lock = threading.Lock()
        self._spent = False
        self._successes = 0

    @property
    def successes(self) -> int:
        """How many got through so far."""
        return self._successes

    def got_through(self) -> None:
        """Note that something got through."""
        with self._lock:
            self._successes += 1
            self._spent = False

    def renew(self) -> None:
        """Forget what failed so far."""
        self._spent = False

    def grants(self, failures: int) -> bool:
        """Whether what has failed so often, the last failure not counted, is tried again."""
        if not self._spent and failures < self._retries:
            return True
        self._spent = True
        return False


class Tries:
    """The tries of one request. ``in_doubt``: whether one that failed may have taken effect."""

    def __init__(self, budget: Budget, repeat: Repeat) -> None:
        self.in_doubt = False
        self._budget = budget
        self._repeat = repeat
        self._failures = 0
        self._successes_seen = budget.successes

    def another(self, failure: Failure) -> int | None:
        """Return how many tries had failed before this failure, or None if there is to be no other."""
        if failure not in self._repeat.value or not self._budget.grants(self._failures):
            return None
        if failure is not Failure.NOT_SENT:
            self.in_doubt = True
        return self._count()

    def another_after_429(self) -> int | None:
        """Return the same for a 429, which is a failure only as long as nothing else gets through."""
        successes = self._budget.successes
        if successes != self._successes_seen:
            self._successes_seen = successes
            return 0
        return self._count() if self._budget.grants(self._failures) else None

    def _count(self) -> int:
        self._failures += 1
        return self._failures - 1


def delay(failures: int, asked: float = 0.0) -> float:
    """Return the seconds to wait after so many earlier failures: what the tenant asked for, as far as it goes, else
    exponential with jitter.
    """
    if asked > MAX_RETRY_AFTER:
        return MAX_RETRY_AFTER
    if asked > 0:
        return asked + random.uniform(0.0, 0.25)  # a little more: clocks are no better
    # Nothing, less than nothing or nonsense would be a busy loop.
    return min(_MAX_BACKOFF, 0.5 * 2.0 ** min(failures, 10)) * random.uniform(0.5, 1.0)


def asked_for(retry_after: str | None, date: str | None = None) -> float:
    """Return the seconds that the header ``Retry-After`` asks for, given in seconds or as a date (RFC 9110, 10.2.3); 0
    where it says nothing that can be understood.

    :param date: the header ``Date``: what time it is by the clock that a date was told by
    """
    if retry_after is None:
        return 0.0
    with contextlib.suppress(TypeError, ValueError, OverflowError):
        return max(0.0, (parsedate_to_datetime(retry_after) - parsedate_to_datetime(date or "")).total_seconds())
    try:
        return float(Retry().parse_retry_after(retry_after))
    except (InvalidHeader, ValueError, OverflowError, TypeError):
        return 0.0
