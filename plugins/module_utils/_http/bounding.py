# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP connections whose calls end in time and size, whatever the other end does, and can be broken off from another
thread.

The timeout of a socket bounds each gap between bytes, so a tenant or gateway that drips a byte at a time could hold a
call for ever. Here each read of an answer waits in short slices, and looks between them whether its call is over. And
each counts what it took, be it body, header, or what stands around the two: nothing else needs to.
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

MAX_BYTES = 32 * 1024 * 1024  # of all answers under way; a full page would need 128 KiB a task for it
_SWITCHING_PROTOCOLS = 101
_MAX_LINE = 65536  # bytes of a header, as in http.client
_SLICE = 0.25  # seconds that a read waits before it looks again whether its call is over


class _Share:
    """What one thread has taken of an allowance. It gives that back when it begins anew, and with the thread's end."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._taken = 0

    def take(self, number: int) -> bool:
        """Take so many bytes; return whether there were as many."""
        self._taken += number
        return self._allowance.take(number)

    def give_back(self) -> None:
        """Give all back."""
        self._allowance.take(-self._taken)
        self._taken = 0

    __del__ = give_back


class Allowance:
    """The bytes that the answers of one client may hold together. Thread-safe."""

    def __init__(self, size: int = MAX_BYTES) -> None:
        self._left = size
        self._lock = threading.Lock()

    def take(self, number: int) -> bool:
        """Take so many bytes, or give them back if negative; return whether there were as many."""
        with self._lock:
            self._left -= number
            return self._left >= 0


class Call:
    """One HTTP call, from connecting to the last byte of the answer."""

    def __init__(self, clock: Clock, timeout: float, deadline: float, share: _Share) -> None:
        """Take the seconds that a gap between bytes may last, and when on the clock the whole answer is to be here."""
        self.timeout = timeout
        self.overdue = False
        self.too_large = False
        self.broken = False
        self._clock = clock
        self._deadline = deadline
        self._share = share

    def take(self, number: int) -> None:
        """Count bytes that came.

        :raises OSError: there are more than there may be
        """
        if not self._share.take(number):
            self.too_large = True
            raise ConnectionAbortedError("too large")

    def give_up(self) -> None:
        """Let others have the bytes that came, which are not kept."""
        self._share.give_back()

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
        self._allowance = Allowance()

    @contextlib.contextmanager
    def one(self, timeout: float, seconds: float) -> Iterator[Call]:
        """Have the calling thread's connections serve one call, which may take so many seconds in all.

        Until the thread's next call its answer counts as there: what is made of it takes memory, too.

        :param timeout: the seconds that a gap between bytes may last
        """
        share = getattr(self._own, "share", None)
        if share is None:
            share = self._own.share = _Share(self._allowance)
        share.give_back()
        call = self._own.call = Call(self._clock, timeout, self._clock() + seconds, share)
        with self._lock:
            self._under_way.add(call)
        try:
            yield call
        except BaseException:
            call.give_up()
            raise
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

        def _read_status(self) -> tuple[str, int, str]:
            # http.client skips 100 alone, and takes any other that is interim (RFC 9110, 15.2) for the answer.
            while True:
                version, status, reason = super()._read_status()  # type: ignore[misc]
                if status == _SWITCHING_PROTOCOLS:
                    raise http.client.UnknownProtocol("what was not asked for")
                if status >= 200:
                    return version, status, reason
                while self.fp.readline(_MAX_LINE) not in (b"\r\n", b"\n", b""):
                    pass

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
        return _File(_BoundedReader(self._sock, self._call))


class _File(io.BufferedReader):
    """The file of one answer. If more than the answer came by its end, the connection serves no other."""

    raw: _BoundedReader

    def close(self) -> None:
        if not self.closed:
            self.raw.is_over = True
            if self.peek(1) or self.raw.holds_more():
                self.raw.shut_down()
        super().close()


class _BoundedReader(io.RawIOBase):
    """Reads from a socket for one call."""

    def __init__(self, sock: Any, call: Call) -> None:
        self._sock = sock
        self._call = call
        # Keeps the socket open for as long as this is: http.client lets go of it when an answer is the last one.
        self._hold = sock.makefile("rb", 0)
        self.is_over = False  # from then on there is nothing to read

    def readable(self) -> bool:
        return True

    def holds_more(self) -> bool:
        """Whether TLS has decrypted more than was read; what still is to be decrypted, urllib3 sees by itself."""
        pending = getattr(self._sock, "pending", None)
        return bool(pending and pending())

    def shut_down(self) -> None:
        """Have urllib3 find the connection at its end before it would be used again."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def readinto(self, buffer: Any) -> int:
        if self.is_over:
            return 0
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
            except socket.timeout:
                waited += slice_
                if waited >= self._call.timeout:
                    raise
            else:
                self._call.take(number)
                return number

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._hold.close()
