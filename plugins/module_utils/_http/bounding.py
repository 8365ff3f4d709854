# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP connections whose calls end in time, whatever the other end does, and can be broken off from another thread.

The timeout of a socket bounds each gap between bytes, so a tenant or gateway that drips a byte at a time could hold a
call for ever. Here each read of an answer waits in short slices, and looks between them whether its call is over.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import threading
from collections.abc import Iterator
from typing import Any

from .clock import Clock

_SLICE = 0.25  # seconds that a read waits before it looks again whether its call is over


class Call:
    """One HTTP call, from connecting to the last byte of the answer."""

    def __init__(self, clock: Clock, timeout: float, deadline: float) -> None:
        """Take the seconds that a gap between bytes may last, and when on the clock the whole answer is to be here."""
        self.timeout = timeout
        self.overdue = False
        self.broken = False
        self._clock = clock
        self._deadline = deadline

    def check(self) -> None:
        """Return if the call may go on.

        :raises OSError: it is overdue, or was broken off
        """
        if self.broken:
            raise ConnectionAbortedError("broken off")
        if self._clock() >= self._deadline:
            self.overdue = True
            raise socket.timeout("overdue")


class Calls:
    """The calls that are under way, one a thread at most. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._own = threading.local()
        self._lock = threading.Lock()
        self._under_way: set[Call] = set()

    @contextlib.contextmanager
    def one(self, timeout: float, seconds: float) -> Iterator[Call]:
        """Have the calling thread's connections serve one call, which may take so many seconds in all.

        :param timeout: the seconds that a gap between bytes may last
        """
        call = self._own.call = Call(self._clock, timeout, self._clock() + seconds)
        with self._lock:
            self._under_way.add(call)
        try:
            yield call
        finally:
            with self._lock:
                self._under_way.discard(call)

    def of_this_thread(self) -> Call:
        """Return the call that the calling thread is at."""
        call: Call = self._own.call
        return call

    def break_all(self) -> None:
        """Break off every call under way: within a moment its read raises, and it sends nothing more."""
        with self._lock:
            for call in self._under_way:
                call.broken = True


def bounded_pool(base: type, calls: Calls) -> type:
    """Return a connection pool of urllib3 whose connections go by the calls of the threads that use them."""

    class BoundedResponse(http.client.HTTPResponse):
        # The answer of a proxy that is asked for a tunnel is one, too.
        def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
            super().__init__(_Source(sock, calls.of_this_thread()), *args, **kwargs)  # type: ignore[arg-type]

    class BoundedConnection(base.ConnectionCls):  # type: ignore[name-defined, misc]
        response_class = BoundedResponse

        def send(self, data: Any) -> None:
            if self.sock is None and self.auto_open:
                self.connect()
            calls.of_this_thread().check()  # after connecting, which cannot be hurried
            super().send(data)

    return type(f"Bounded{base.__name__}", (base,), {"ConnectionCls": BoundedConnection})


class _Source:
    """What http.client makes an answer's file of, in place of a socket."""

    def __init__(self, sock: Any, call: Call) -> None:
        self._sock = sock
        self._call = call

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_BoundedReader(self._sock, self._call))


class _BoundedReader(io.RawIOBase):
    """Reads from a socket for one call."""

    def __init__(self, sock: Any, call: Call) -> None:
        self._sock = sock
        self._call = call
        # Keeps the socket open for as long as this is: http.client lets go of it when an answer is the last one.
        self._hold = sock.makefile("rb", 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        slice_ = min(_SLICE, self._call.timeout)
        self._sock.settimeout(slice_)
        try:
            return self._received(buffer, slice_)
        finally:
            with contextlib.suppress(OSError):
                self._sock.settimeout(self._call.timeout)

    def _received(self, buffer: Any, slice_: float) -> int:
        waited = 0.0
        while True:
            self._call.check()
            try:
                number: int = self._sock.recv_into(buffer)
                return number
            except socket.timeout:
                waited += slice_
                if waited >= self._call.timeout:
                    raise

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._hold.close()
