# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach one tenant."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class ConnectionSettings:
    """How to reach one tenant, checked and complete.

    ``base_url`` has no trailing slash; ``timeout`` is in seconds, ``rate_limit`` in requests per 10 s (0: unpaced).
    There is an ``access_token``, or a ``client_id`` with its ``client_secret``.
    """

    base_url: str
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    api_version: str = "v2024"
    validate_certs: bool = True
    ca_path: str | None = None
    proxy: str | None = field(default=None, repr=False)
    timeout: float = 30.0
    retries: int = 5
    rate_limit: int = 100
    # What to look at when there is no such address, base_url or tenant.
    address_option: str = field(default="base_url", compare=False)

    @property
    def secrets(self) -> list[str]:
        """What must be shown nowhere: the secret, the token, and a password in the proxy's URL; pairs as RFC 7617 sends
        them, which are known by their base64 only as a whole.
        """
        proxy = urlsplit(self.proxy or "")
        user, password = unquote(proxy.username or ""), unquote(proxy.password or "")
        pairs = ((self.client_id, self.client_secret), (user, password))
        return [
            *filter(None, (self.client_secret, self.access_token, proxy.password, password)),
            *(f"{name}:{secret}" for name, secret in pairs if name and secret),
        ]
