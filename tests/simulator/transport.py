# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reaching a connection's transport from the application: uvicorn offers no way to break one off.

The protocol puts the transport into each request's ``scope["state"]``, which uvicorn copies from ``app_state``.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

Receive = Callable[[], Awaitable[Any]]
_KEY = "simulator_transport"


class _TransportInScope:
    """Mixed into uvicorn's protocols."""

    app_state: dict[str, Any]

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.app_state = {**self.app_state, _KEY: transport}
        super().connection_made(transport)  # type: ignore[misc]


def protocol_class() -> type[asyncio.Protocol]:
    """uvicorn's HTTP protocol, with httptools where it is installed, that hands on the transport."""
    base: Any
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as base
    except ImportError:
        from uvicorn.protocols.http.h11_impl import H11Protocol as base
    return type("SimulatorProtocol", (_TransportInScope, base), {})


def transport_of(scope: Any) -> asyncio.Transport:
    """The transport of a request's connection."""
    transport: asyncio.Transport = scope["state"][_KEY]
    return transport


async def reset(scope: Any, receive: Receive) -> None:
    """Break the connection off with a TCP reset, so that the peer gets ECONNRESET and no tidy end."""
    transport = transport_of(scope)
    sock = transport.get_extra_info("socket")
    if sock is not None:
        # A duplicate, since uvloop's stand-in sets no options; the option belongs to the connection, not to the handle.
        with socket.socket(fileno=os.dup(sock.fileno())) as duplicate:
            duplicate.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await disconnected(receive)


async def close(scope: Any, receive: Receive) -> None:
    """Close the connection tidily (FIN) after what was written, whatever the answer still lacks."""
    transport_of(scope).close()
    await disconnected(receive)


async def disconnected(receive: Receive) -> None:
    """Wait until uvicorn has noticed that the connection is gone, so that it misses no answer."""
    while (await receive())["type"] != "http.disconnect":
        pass
