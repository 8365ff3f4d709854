# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request after another on the wire: each at its pace, each counted, and none once the run is to stop."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from .._errors import Cancelled
from .answers import Reply
from .clock import Clock
from .pace import Pace

with contextlib.suppress(ImportError):  # transport keeps the traceback; hosts check it before they make a client
    from requests import RequestException


class Request(NamedTuple):
    """A request, complete: its URL percent-encoded, and ``signs_in`` whether it is one to the token endpoint."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    signs_in: bool = False


class Sender(Protocol):
    """What a :class:`Transport` is to the client."""

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """Send one request and return the reply."""
        raise NotImplementedError

    def break_all(self) -> None:
        """Break off every call under way."""

    def close(self) -> None:
        """Close the connections."""


class Wire:
    """Sends the requests of one client. Thread-safe."""

    def __init__(self, transport: Sender, rate_limit: int, clock: Clock) -> None:
        """Take what sends single requests, how many go in 10 s (0: as many as there are), and the time."""
        self._transport = transport
        self._clock = clock
        self._stop = threading.Event()
        self._pace = Pace(rate_limit, self._stop, clock)
        self._lock = threading.Lock()
        self._requests = self._retries = self._sign_ins = 0

    @property
    def stats(self) -> dict[str, Any]:
        """What was done so far, as :attr:`Client.request_stats` has it."""
        return {
            "requests": self._requests,
            "retries": self._retries,
            "throttled": round(self._pace.waited, 3),
            "sign_ins": self._sign_ins,
        }

    @property
    def left(self) -> float:
        """Seconds until what is done at present has to be over."""
        return self._clock.left()

    @property
    def is_stopped(self) -> bool:
        """Whether nothing more is sent."""
        return self._stop.is_set()

    def send(self, request: Request, before_sending: Callable[[], None] | None = None) -> Reply:
        """Wait for a place in the pace, send a request and return the reply.

        :param before_sending: called when it is about to be sent; what it raises goes on, and nothing is sent
        :raises requests.RequestException: no reply came
        :raises OutOfTimeError: it could not be sent before the deadline
        :raises Cancelled: the run is to stop
        """
        self._pace.begin()
        try:
            self._check()
            if before_sending is not None:
                before_sending()
            with self._lock:
                self._sign_ins += request.signs_in
                self._requests += not request.signs_in
            sent = self._clock()
            reply = self._transport.send(request.method, request.url, request.headers, request.body)
            return reply._replace(under_way=(sent, self._clock()))
        except RequestException:
            self._check()
            raise
        finally:
            self._pace.end()

    def sleep(self, seconds: float) -> None:
        """Wait so many seconds.

        :raises Cancelled: the run is to stop
        """
        if self._clock.wait_until_set(self._stop, seconds):
            self._check()

    def wait_before_retry(self, seconds: float) -> None:
        """Wait before another try of one request, and count it.

        :raises Cancelled: the run is to stop
        """
        self.sleep(seconds)
        with self._lock:
            self._retries += 1

    def hold_back(self, seconds: float, to_retry: bool = True) -> None:
        """Hold back all requests for so many seconds; count it where that is before another try of one."""
        with self._lock:
            self._retries += to_retry
        self._pace.pause(seconds)

    def stop(self) -> None:
        """Send no further request; those under way may end."""
        self._stop.set()
        self._pace.wake()

    def break_all(self) -> None:
        """Break off what is under way."""
        self._transport.break_all()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _check(self) -> None:
        if self._stop.is_set():
            raise Cancelled("The run was interrupted.") from None
