# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that the plugins of one worker process share, so that they sign in once."""

from __future__ import annotations

import os
import threading

from ..module_utils._http.client import Client
from ..module_utils._http.settings import ConnectionSettings

_MAX_CLIENTS = 8  # kept; a play over many tenants needs one at a time

_lock = threading.Lock()
_clients: dict[tuple[int, ConnectionSettings, str], Client] = {}


def shared_client(settings: ConnectionSettings) -> Client:
    """Return this process's client for these settings, with its token and its connections.

    Workers are forks: what a parent process made is neither used nor closed here, its sockets are the parent's.
    """
    # The client resolves proxies and certificates from the environment once, so they are part of what it is.
    surroundings = repr([os.environ.get(name) for name in _SURROUNDINGS])
    key = (os.getpid(), settings, surroundings)
    with _lock:
        client = _clients.pop(key, None)
        if client is None or client.cancelled:
            client = Client(settings)
        _clients[key] = client  # the most recently used is the last
        for oldest in [other for other in _clients if other[0] == key[0]][:-_MAX_CLIENTS]:
            _clients.pop(oldest).close()
        return client


_SURROUNDINGS = [
    name
    for upper in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    for name in (upper, upper.lower())
]
