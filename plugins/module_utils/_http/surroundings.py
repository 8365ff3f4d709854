# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client takes from the environment of its process: proxies, and what certificates are verified with.

The system's settings are not asked, as requests would: on macOS that kills a process that was forked, as Ansible's
workers are.
"""

from __future__ import annotations

import contextlib
import os
import urllib.request
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from .._errors import OptionError
from . import addresses
from .settings import ConnectionSettings

with contextlib.suppress(ImportError):  # transport keeps the traceback; hosts check it before they make a client
    import requests


class Proxy(NamedTuple):
    """The proxy that requests go through: how messages show it, where it is given, whether it resolves names itself."""

    shown: str
    origin: str
    resolves: bool


def verify_of(settings: ConnectionSettings) -> bool | str:
    """Return what requests is to verify certificates with, its own environment variables resolved once."""
    if not settings.validate_certs:
        return False
    name = _bundle_variable()
    return settings.ca_path or (os.environ[name] if name else True)


def _bundle_variable() -> str | None:
    return next((name for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE") if os.environ.get(name)), None)


def check_certificates(settings: ConnectionSettings) -> None:
    """Return if the environment's certificates, where they are to be used, can be.

    :raises OptionError: they cannot; requests would say so when it connects, in words that name no variable
    """
    name = _bundle_variable()
    if name and settings.validate_certs and not settings.ca_path and settings.base_url.startswith("https:"):
        problem = certificates_problem(os.environ[name])
        if problem:
            raise OptionError("ca_path", problem, f"the environment variable {name}")


def certificates_problem(path: str) -> str:
    """Return why a file or directory can be no certificates to verify others with; empty if it can."""
    try:
        if os.path.isdir(path):
            os.listdir(path)  # OpenSSL looks certificates up in it by their hash, when it needs one
            return ""
        with open(path, "rb") as file:
            return "" if b"CERTIFICATE-----" in file.read() else f"{path!r} holds no certificates in PEM format"
    except (FileNotFoundError, NotADirectoryError):
        return f"there is no file or directory {path!r}"
    except (OSError, ValueError) as error:
        return f"{path!r} cannot be read ({getattr(error, 'strerror', None) or error})"


def proxies_of(settings: ConnectionSettings) -> Mapping[str, str]:
    """Return the proxies by scheme: of the option, else of the environment; none to this machine itself."""
    if settings.is_loopback:
        return {}
    if settings.proxy:
        return {"http": settings.proxy, "https": settings.proxy}
    proxies = urllib.request.getproxies_environment()
    return {} if _goes_without(settings.base_url, proxies) else proxies


def used_proxy(settings: ConnectionSettings, proxies: Mapping[str, str]) -> Proxy | None:
    """Return which of the proxies by scheme requests to the tenant go through."""
    url = requests.utils.select_proxy(settings.base_url, proxies)
    if not url:
        return None
    origin = "proxy"
    if not settings.proxy:
        wanted = [f"{scheme}_proxy" for scheme in (urlsplit(settings.base_url).scheme, "all")]
        names = [name for name in (*wanted, *map(str.upper, wanted)) if os.environ.get(name)]
        origin = min(names, key=lambda name: wanted.index(name.lower()), default="the environment")
    scheme = url.partition("://")[0].lower()
    return Proxy(addresses.shown_proxy(url), origin, scheme in ("socks4", "socks5"))


def _goes_without(base_url: str, proxies: Mapping[str, str]) -> bool:
    """Whether ``NO_PROXY`` names a URL's host, by the rules of requests: ends of names, addresses, networks."""
    url = urlsplit(base_url)
    host = url.hostname or ""
    entries = [entry for entry in proxies.get("no", "").replace(" ", "").split(",") if entry]
    utils = requests.utils
    if utils.is_ipv4_address(host):
        named = any(utils.is_valid_cidr(entry) and utils.address_in_network(host, entry) for entry in entries)
    else:
        names = (host, f"{host}:{url.port}" if url.port else host)
        named = any(name.endswith(entry) for entry in entries for name in names)
    by_name = urllib.request.proxy_bypass_environment  # type: ignore[attr-defined]  # typeshed lacks it
    return named or bool(by_name(host, dict(proxies)))
