# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lack of an answer says: why it was, in a sentence, and whether the request reached the tenant."""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
from collections.abc import Iterator
from enum import Enum

from .settings import ConnectionSettings
from .surroundings import Proxy
from .transport import Overdue

with contextlib.suppress(ImportError):  # transport keeps the traceback; hosts check it before they make a client
    import requests
    from urllib3.exceptions import InvalidHeader, NewConnectionError


_TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: (4\d\d)\b")  # http.client


class Failure(Enum):
    """How a try failed, as far as it matters for whether there may be another."""

    HOPELESS = "it would fail again"
    NOT_SENT = "no connection was made, so the tenant never saw the request"
    LOST = "the request may have taken effect, its answer was lost or is a gateway's"
    UNREADABLE = "the tenant answered something that cannot be read"


def kind_of(error: Exception, was_reached: bool) -> Failure:
    """Return how a try failed that got no answer.

    :param was_reached: whether the tenant has answered before. If not, a name without an address is a mistake.
    """
    if isinstance(error, (requests.exceptions.SSLError, requests.exceptions.InvalidProxyURL)):
        return Failure.HOPELESS
    if is_unresolved(error):
        return Failure.NOT_SENT if was_reached else Failure.HOPELESS
    if any(_stays(one) for one in _causes(error)):
        return Failure.HOPELESS
    if isinstance(error, requests.ConnectTimeout) or any(isinstance(one, NewConnectionError) for one in _causes(error)):
        return Failure.NOT_SENT
    lost = (
        Overdue,
        requests.ConnectionError,
        requests.Timeout,
        requests.exceptions.ChunkedEncodingError,
        requests.exceptions.ContentDecodingError,
    )
    return Failure.LOST if isinstance(error, lost) else Failure.HOPELESS


def reason_of(error: Exception, settings: ConnectionSettings, host: str | None, proxy: Proxy | None) -> str:
    """Return why there was no answer, and what to check.

    :param host: the tenant's, as it is looked up
    :param proxy: the one that requests go through
    """
    inner = innermost(error)
    if isinstance(error, Overdue):
        return str(error)
    if is_unresolved(error):
        if proxy and not proxy.resolves:
            return f"the proxy {proxy.shown} has no address here: {inner}; check {proxy.origin}"
        return f"{host} has no address here: {inner}; check {settings.address_option}"
    if isinstance(error, requests.exceptions.SSLError):
        return f"TLS failed: {inner}; check the certificate, ca_path and base_url"
    if isinstance(error, requests.exceptions.ProxyError) and proxy:
        return f"the proxy {proxy.shown} failed: {inner}; check {proxy.origin}"
    if isinstance(error, requests.ConnectTimeout) and proxy:
        timeout = f"{settings.timeout:g} s (timeout)"
        return f"nothing came from the proxy {proxy.shown} for {timeout}; check {proxy.origin}"
    if isinstance(error, requests.Timeout):
        return f"nothing came for {settings.timeout:g} s (timeout)"
    return f"{inner}, by way of the proxy {proxy.shown} of {proxy.origin}" if proxy else inner


def is_unresolved(error: BaseException) -> bool:
    """Whether an exception came of a host's name that has no address here."""
    return any(isinstance(one, socket.gaierror) for one in _causes(error))


def _stays(error: BaseException) -> bool:
    """Whether what went wrong is of this machine, the options or a proxy's rules, so that it will be so again."""
    if isinstance(error, (FileNotFoundError, IsADirectoryError, NotADirectoryError)):
        return True
    if type(error) in (UnicodeError, UnicodeEncodeError):  # of a name or an address that cannot be sent
        return True
    refusal = _TUNNEL_REFUSED.match(str(error)) if isinstance(error, OSError) else None
    return refusal is not None and refusal[1] not in ("408", "429")


def innermost(error: BaseException) -> str:
    """Return what went wrong at the bottom of an exception: the layers above it add object addresses and URLs."""
    *_layers, error = _causes(error)
    if isinstance(error, OSError) and error.strerror:
        return str(error.strerror)
    if isinstance(error, http.client.IncompleteRead):
        return "the answer broke off"
    if isinstance(error, (http.client.HTTPException, InvalidHeader, ValueError)) and not isinstance(error, OSError):
        # These quote what came, which may be anything, such as what was sent.
        return f"the answer is no valid HTTP ({type(error).__name__})"
    return str(error).rpartition(">: ")[2] or type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those that it came of, down to the bottom."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        yield error
        inner = getattr(error, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((argument for argument in error.args if isinstance(argument, BaseException)), None)
        error = inner or error.__cause__ or error.__context__ or error
