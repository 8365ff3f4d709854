# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transport: one HTTP request and its whole answer, bounded in time and size."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from typing import Any

from .answers import Reply
from .bounding import MAX_BYTES, Call, Calls, bounded_pool
from .clock import Clock

try:
    import requests
    import urllib3
    from requests import RequestException
    from requests.adapters import HTTPAdapter
except ImportError:
    REQUESTS_IMPORT_ERROR: str | None = traceback.format_exc()
    HTTPAdapter = object  # type: ignore[assignment, misc]
    RequestException = Exception  # type: ignore[assignment, misc]
else:
    REQUESTS_IMPORT_ERROR = None

MAX_THREADS = 32  # that find a connection kept alive
_MAX_TIMEOUTS = 10  # that one whole answer may take
_UNDER_WAY = 5.0  # seconds that an answer may take after the clock's deadline
_CHUNK = 65536  # bytes of a body that are read at once
_TOO_LARGE = f"a body of more than {MAX_BYTES // 1024**2} MiB"


class Overdue(RequestException):
    """The whole answer did not come within its bound."""


class Transport:
    """Sends single requests to one tenant. Thread-safe; up to 32 threads each find a connection kept alive.

    It adds nothing of its own to a request: no netrc, no cookies, no redirects, no retries.
    """

    def __init__(
        self, timeout: float, verify: bool | str, proxies: Mapping[str, str], clock: Clock | None = None
    ) -> None:
        """Take the seconds to connect and between bytes, what requests calls ``verify``, and proxies by scheme."""
        self._timeout = timeout
        self._verify = verify
        self._proxies = dict(proxies)
        self._clock = clock or Clock()
        self._calls = Calls(self._clock)
        self._adapter = _BoundedAdapter(self._calls)
        for name in ("urllib3.connection", "urllib3.connectionpool"):
            # Their warnings quote answers that are no valid HTTP, and Ansible's log file takes them.
            logging.getLogger(name).setLevel(logging.ERROR)
        if not verify:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """Send one request and return the answer with its whole body read, or with what is wrong with its body.

        :param url: complete and percent-encoded
        :raises Overdue: the whole answer took longer than ten times the timeout, or than until the clock's deadline and
            five seconds more
        :raises requests.RequestException: anything that requests raises
        """
        # Not prepare(), which spends as long on checking what is well-formed already as the whole exchange takes.
        request = requests.PreparedRequest()
        request.method, request.url, request.body = method, url, body
        request.headers = requests.structures.CaseInsensitiveDict(headers)
        if body is not None:
            request.headers["Content-Length"] = str(len(body))
        seconds = min(_MAX_TIMEOUTS * self._timeout, self._clock.left() + _UNDER_WAY)
        timeout = max(min(self._timeout, seconds), _UNDER_WAY / 10)
        with self._calls.one(timeout, seconds) as call:
            try:
                response = self._adapter.send(
                    request, stream=True, timeout=timeout, verify=self._verify, proxies=self._proxies
                )
                return _reply(call, response, has_body=method != "HEAD")
            except Exception as error:
                if call.too_large:
                    raise requests.ConnectionError(f"{_TOO_LARGE.replace('body', 'head')} came") from error
                if self._clock.left() + _UNDER_WAY <= 0:
                    raise Overdue("no whole answer before the time was up") from error
                if call.overdue:
                    raise Overdue(f"no whole answer within {seconds:g} s (10 times timeout)") from error
                known = (AttributeError, ValueError, OSError, urllib3.exceptions.HTTPError)
                if isinstance(error, known) and not isinstance(error, RequestException):
                    # What the layers below let through of an answer that is no valid HTTP.
                    raise requests.ConnectionError(str(error)) from error
                raise

    def break_all(self) -> None:
        """Break off every call under way; each raises in its thread."""
        self._calls.break_all()

    def close(self) -> None:
        """Close the connections."""
        self._adapter.close()


def _reply(call: Call, response: requests.Response, has_body: bool) -> Reply:
    """Return a reply whose body is read to its end, or whose connection is closed where it is not to be read."""
    status, headers = response.status_code, response.headers
    problem = _problem(headers) if has_body and status not in (204, 304) else ""
    if problem:
        response.close()
        return Reply(status, headers, b"", problem)
    body = bytearray()
    try:
        for piece in response.raw.stream(_CHUNK, decode_content=False):
            body += piece
    except Exception:
        if not call.too_large:
            raise
        call.give_up()
        return Reply(status, headers, b"", _TOO_LARGE)
    return Reply(status, headers, body)


def _problem(headers: Mapping[str, str]) -> str:
    """Return what the headers say that is wrong with a body; empty if nothing is."""
    # None was asked for (http.client sends Accept-Encoding: identity), and little may become very much.
    if headers.get("Content-Encoding", "").strip().lower() not in ("", "identity"):
        return "a body in a Content-Encoding that was not asked for"
    length = headers.get("Content-Length", "")
    return _TOO_LARGE if length.isdecimal() and (len(length) > 18 or int(length) > MAX_BYTES) else ""


class _BoundedAdapter(HTTPAdapter):
    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._pools: dict[tuple[str, str], Any] = {}
        super().__init__(pool_connections=2, pool_maxsize=MAX_THREADS, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self._bound(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        is_new = proxy not in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **kwargs)
        if is_new:
            self._bound(manager)
        return manager

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        # Found once for each origin, since verify and proxies stay as they are: requests looks at the file system and
        # takes URLs apart for every request.
        origin = tuple(request.url.split("/", 3)[0:3:2])
        pool = self._pools.get(origin)
        if pool is None:
            pool = self._pools[origin] = super().get_connection_with_tls_context(request, verify, proxies, cert)
        return pool

    def cert_verify(self, *args: Any) -> None:
        try:
            super().cert_verify(*args)  # type: ignore[no-untyped-call]
        except OSError as error:
            raise requests.exceptions.SSLError(error) from None  # a file of certificates that is gone: not the network

    def _bound(self, manager: Any) -> None:
        """Have a manager make pools of bounded connections, in place of its own, which SOCKS has others of."""
        own = manager.pool_classes_by_scheme
        manager.pool_classes_by_scheme = {scheme: bounded_pool(base, self._calls) for scheme, base in own.items()}
