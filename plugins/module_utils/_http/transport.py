# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: the transport, one HTTP request and its whole answer, bounded in time.

``timeout`` of requests bounds each gap between bytes, so a tenant or gateway that drips a byte at a time could hold a
call forever. A watchdog thread closes the connection of a call that is overdue, or of every call when the run stops.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from typing import Any

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
except ImportError:
    REQUESTS_IMPORT_ERROR: str | None = traceback.format_exc()
    HTTPAdapter = object  # type: ignore[assignment, misc]
else:
    REQUESTS_IMPORT_ERROR = None

_MOST_THREADS = 32


class Overdue(Exception):
    """The whole answer did not come within its bound."""


class _Watchdog:
    """Closes the connections of calls that are overdue. Thread-safe; its thread runs only while it is needed."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._calls: dict[int, _Call] = {}
        self._thread: threading.Thread | None = None
        self._closed = False

    @contextlib.contextmanager
    def watching(self, seconds: float) -> Iterator[_Call]:
        """Bound the calling thread's HTTP call to so many seconds."""
        call = _Call(time.monotonic() + seconds)
        ident = threading.get_ident()
        with self._condition:
            self._calls[ident] = call
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._watch, name="sailpoint-watchdog", daemon=True)
                self._thread.start()
        try:
            yield call
        finally:
            with self._condition:
                del self._calls[ident]
                call.use(None)

    def opened(self, sock: socket.socket) -> None:
        """Note a socket that the calling thread's call has just opened; a tunnel and TLS come next."""
        call = self._calls.get(threading.get_ident())
        if call is not None:
            # A second handle: the first is taken from under this socket when TLS begins.
            duplicate = sock.dup()
            with self._condition:
                call.use(duplicate, owned=True)

    def entered(self, connection: Any) -> None:
        """Note which connection the calling thread's call uses."""
        call = self._calls.get(threading.get_ident())
        if call is not None:
            # Now: http.client lets go of it when the answer's header says "Connection: close", and reads on.
            with self._condition:
                call.use(connection.sock)

    def break_all(self) -> None:
        """Close the connection of every call under way."""
        with self._condition:
            for call in self._calls.values():
                call.hang_up()

    def close(self) -> None:
        """End the watchdog's thread."""
        with self._condition:
            self._closed = True
            thread, self._thread = self._thread, None
            self._condition.notify_all()
        if thread is not None:
            thread.join()

    def _watch(self) -> None:
        with self._condition:
            while not self._closed:
                now = time.monotonic()
                for call in self._calls.values():
                    if call.deadline <= now and not call.overdue:
                        call.overdue = True
                        call.hang_up()
                nearest = min((call.deadline for call in self._calls.values() if not call.overdue), default=now + 1.0)
                # A call that begins later cannot be overdue sooner than this look-out comes round again.
                self._condition.wait(min(max(nearest - now, 0.01), 0.5))


class _Call:
    """One HTTP call under watch."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.overdue = False
        self._broken = False
        self._socket: Any = None
        self._owned = False

    def use(self, sock: Any, owned: bool = False) -> None:
        """Take the socket to hang up; it is closed with the call if it is the call's own."""
        if self._owned:
            self._socket.close()
        self._socket, self._owned = sock, owned
        if self._broken:
            self.hang_up()

    def hang_up(self) -> None:
        """Break the connection, and any that the call goes on to use."""
        self._broken = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                # Not the method of SSLSocket, which would take the TLS state from under the reading thread.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _watched_pool(base: type, watchdog: _Watchdog) -> type:
    class WatchedConnection(base.ConnectionCls):  # type: ignore[name-defined, misc]
        def _new_conn(self) -> Any:
            sock = super()._new_conn()
            watchdog.opened(sock)
            return sock

        def getresponse(self, *args: Any, **kwargs: Any) -> Any:
            watchdog.entered(self)
            return super().getresponse(*args, **kwargs)

    return type(f"Watched{base.__name__}", (base,), {"ConnectionCls": WatchedConnection})


class _WatchedAdapter(HTTPAdapter):
    def __init__(self, watchdog: _Watchdog) -> None:
        self._pool_classes = {
            "http": _watched_pool(HTTPConnectionPool, watchdog),
            "https": _watched_pool(HTTPSConnectionPool, watchdog),
        }
        self._pools: dict[tuple[str, str], Any] = {}
        super().__init__(pool_connections=2, pool_maxsize=_MOST_THREADS, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pool_classes

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        # Found once for each origin, since verify and proxies stay as they are: requests looks at the file system and
        # takes URLs apart for every request.
        origin = tuple(request.url.split("/", 3)[0:3:2])
        pool = self._pools.get(origin)
        if pool is None:
            pool = self._pools[origin] = super().get_connection_with_tls_context(request, verify, proxies, cert)
        return pool

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):  # SOCKS brings pools of its own
            manager.pool_classes_by_scheme = self._pool_classes
        return manager


class Transport:
    """Sends single requests to one tenant. Thread-safe; up to 32 threads each find a connection kept alive.

    It adds nothing of its own to a request: no netrc, no cookies, no redirects, no retries.
    """

    def __init__(self, timeout: float, verify: bool | str, proxies: Mapping[str, str]) -> None:
        """Take the seconds to connect and between bytes, what requests calls ``verify``, and proxies by scheme."""
        self._timeout = timeout
        self._verify = verify
        self._proxies = dict(proxies)
        self._watchdog = _Watchdog()
        self._adapter = _WatchedAdapter(self._watchdog)
        for name in ("urllib3.connection", "urllib3.connectionpool"):
            # Their warnings quote answers that are no valid HTTP, and Ansible's log file takes them.
            logging.getLogger(name).setLevel(logging.ERROR)
        if not verify:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> requests.Response:
        """Send one request and return the answer with its whole body read.

        :param url: complete and percent-encoded
        :raises Overdue: the whole answer took longer than ten times the timeout
        :raises requests.RequestException: anything that requests raises
        """
        # Not prepare(), which spends as long on checking what is well-formed already as the whole exchange takes.
        request = requests.PreparedRequest()
        request.method, request.url, request.body = method, url, body
        request.headers = requests.structures.CaseInsensitiveDict(headers)
        if body is not None:
            request.headers["Content-Length"] = str(len(body))
        with self._watchdog.watching(10 * self._timeout) as call:
            try:
                response = self._adapter.send(
                    request, stream=True, timeout=self._timeout, verify=self._verify, proxies=self._proxies
                )
                response.content  # noqa: B018  reads the body and hands the connection back
            except Exception as error:
                if call.overdue:
                    raise Overdue(f"no whole answer within {10 * self._timeout:g} s") from error
                # A connection closed under http.client's hands shows as these in some of its states.
                if isinstance(error, (AttributeError, ValueError, OSError)) and not isinstance(
                    error, requests.RequestException
                ):
                    raise requests.ConnectionError(str(error)) from error
                raise
            if call.overdue:
                raise Overdue(f"no whole answer within {10 * self._timeout:g} s")
            return response

    def break_all(self) -> None:
        """Break every call under way; each raises in its thread."""
        self._watchdog.break_all()

    def close(self) -> None:
        """Close the connections and end the watchdog."""
        self._watchdog.close()
        self._adapter.close()
