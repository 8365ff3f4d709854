# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach one tenant."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from . import addresses
from .censoring import MIN_SECRET, is_long

_UNVERIFIED = (
    "validate_certs is off: whoever is between here and the tenant can read and change everything, the secret too."
)


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

    @property
    def is_loopback(self) -> bool:
        """Whether the tenant is on this machine: it is never asked through a proxy, to which it would be another."""
        return addresses.is_loopback(urlsplit(self.base_url).hostname or "")

    @property
    def warnings(self) -> list[str]:
        """What the user is to be warned of, whatever is done with these settings."""
        warnings = [] if self.validate_certs else [_UNVERIFIED]
        if self.proxy and self.is_loopback:
            warnings.append(
                "proxy is not used: the tenant's address is on this machine, which a proxy takes for itself."
            )
        for name, secret in (("client_secret", self.client_secret), ("access_token", self.access_token)):
            if secret and not is_long(secret):
                warnings.append(
                    f"{name} has fewer than {MIN_SECRET} characters, so results are not searched for it: ids and dates "
                    "hold as much by chance. Have a longer one."
                )
        return warnings
