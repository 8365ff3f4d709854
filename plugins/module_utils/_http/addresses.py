# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a tenant's address may be, and which one to use in place of what people paste."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from .._errors import OptionError

_USUAL = "api.identitynow.com"
# The domains of the vendor below which a tenant has its user interface or its sign-in page, and that of its API.
_API_DOMAINS = {
    "identitynow.com": _USUAL,
    "login.sailpoint.com": _USUAL,
    "identitynow-demo.com": "api.identitynow-demo.com",
    "saas.sailpointfedramp.com": "api.saas.sailpointfedramp.com",
    "idn.sailpointfedramp.com": "api.saas.sailpointfedramp.com",
}
_TENANT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_HOST = re.compile(r"[A-Za-z0-9._-]+")
_VERSION = re.compile(r"/(?:beta|v[0-9]+)", re.IGNORECASE)
# What a path goes on with where a whole endpoint was pasted. v1 and v2 may be a gateway's own, with more behind them.
_ENDPOINT = re.compile(
    r"/(?:oauth(?:/.*)?|latest|cc(?:/api(?:/.*)?)?"
    r"|(?:beta|v3|v20[0-9]{2})(?:/.*)?|v[0-9]+|(?:v[0-9]+/)?task-status(?:/.*)?)",
    re.IGNORECASE,
)


def of_tenant(text: str) -> str:
    """Return the base of the API for a tenant's short name.

    :raises OptionError: it is none
    """
    if _TENANT.fullmatch(text):
        return f"https://{text}.{_USUAL}"
    try:
        base = _of_vendor(urlsplit(text if "://" in text else f"https://{text}").hostname or "")
    except ValueError:
        base = None
    advice = "is not a tenant's short name, such as acme; for any other address give base_url"
    if base:
        name, _dot, domain = base.partition("://")[2].partition(".")
        advice = "is more than a tenant's short name; " + (
            f"give tenant: {name}" if domain == _USUAL else f"give base_url: {base} instead"
        )
    raise OptionError("tenant", f"{_shown(text)!r} {advice}")


def checked_base_url(text: str) -> str:
    """Return a base URL without a trailing slash.

    :raises OptionError: it cannot be the base of a tenant's API
    """
    try:
        url = urlsplit(text)
        host, _port = url.hostname, url.port
    except ValueError as error:
        raise OptionError("base_url", f"{_without_userinfo(text)!r} is not a URL ({error})") from None
    shown = _shown(text)
    if url.username is not None or url.password is not None:
        raise OptionError("base_url", "it holds a user name or password; give client_id and client_secret instead")
    if url.scheme.lower() not in ("https", "http") or not host:
        raise OptionError("base_url", f"{shown!r} is not a URL{_with_scheme(text)}")
    if any(ord(character) <= 32 for character in text) or "\\" in text:
        raise OptionError("base_url", f"{shown!r} holds a blank or another character that a URL cannot hold")
    if too_long := length_problem(host):
        raise OptionError("base_url", f"{shown!r} {too_long}")
    if not _is_host_name(host):
        raise OptionError("base_url", f"{shown!r} names no possible host")
    meant = _of_vendor(host)
    if meant and host.rstrip(".") != urlsplit(meant).hostname:
        raise OptionError("base_url", f"{shown!r} is not where the API is; that is {meant}")
    meant = meant or _without_endpoint(url)
    if url.query or url.fragment:
        raise OptionError("base_url", f"it has a query or a fragment; give the tenant's API base alone, {meant}")
    if url.scheme.lower() == "http" and not is_loopback(host):
        raise OptionError("base_url", f"{shown!r} is plain http, which would show the secret on the wire; use https")
    path = url.path.rstrip("/")
    if path and meant != _without_path(url) + path:
        is_version = _VERSION.fullmatch(path, path.rfind("/"))
        what = "ends in an API version" if is_version else "is not the API's base alone"
        also = " and set api_version" if _VERSION.search(path) else ""
        raise OptionError("base_url", f"{shown!r} {what}; give {meant}{also}")
    return _without_path(url) + path


def passwords_in(url: str) -> list[str]:
    """Return the passwords that a URL holds, usable or not, before its host or as parameters of the sign-in."""
    found = re.findall(r"(?:secret|token|password|assertion)=([^&#\s]+)", url, re.IGNORECASE)
    userinfo = re.search(r"[^:/@]*:([^/@]+)@", url)
    return [*found, *([userinfo[1]] if userinfo else [])]


def is_vendors_api(base_url: str) -> bool:
    """Whether a base URL is one that the vendor gives a tenant's API."""
    return _of_vendor(urlsplit(base_url).hostname or "") == base_url


def shown_proxy(url: str) -> str:
    """Return a proxy's host and port as messages show them: whoever may use it is nobody's business."""
    return urlsplit(url).netloc.rpartition("@")[2]


def length_problem(host: str) -> str:
    """Return what is wrong with the length of a host's name (RFC 1035, 2.3.4); empty if nothing is."""
    name = host.rstrip(".")
    if len(name) > 253:
        return f"names no possible host: it has {len(name)} characters, and no name more than 253"
    longest = max(map(len, name.split(".")))
    if longest > 63:
        return f"names no possible host: it has {longest} characters between dots, and no name more than 63"
    return ""


def is_loopback(host: str) -> bool:
    """Whether a URL's host is this machine itself."""
    import ipaddress  # rarely needed

    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = host.lower().rstrip(".")
        return name == "localhost" or name.endswith(".localhost")  # RFC 6761, 6.3
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _of_vendor(host: str) -> str | None:
    """Return the base of the API that belongs to a host of the vendor; None for any other host."""
    host = host.lower().rstrip(".")
    if any(host.endswith(f".{api}") for api in _API_DOMAINS.values()):
        return f"https://{host}"
    for domain, api in _API_DOMAINS.items():
        if host in (domain, api):
            return f"https://TENANT.{api}"
        if host.endswith(f".{domain}"):
            return f"https://{host[: -len(domain) - 1].rpartition('.')[2]}.{api}"
    return None


def _without_endpoint(url: SplitResult) -> str:
    path = url.path.rstrip("/")
    starts = (match.start() for match in re.finditer("/", path))
    return _without_path(url) + path[: next((start for start in starts if _ENDPOINT.fullmatch(path, start)), len(path))]


def _without_path(url: SplitResult) -> str:
    return f"{url.scheme.lower()}://{url.netloc}"


def _with_scheme(text: str) -> str:
    """Return what to write in place of an address without its scheme."""
    try:
        url = urlsplit(f"https://{text}")
        host = url.hostname or ""
        if "@" in text or "." not in host or not _HOST.fullmatch(host) or url.port == 0:
            raise ValueError
    except ValueError:
        return " such as https://acme.api.identitynow.com"
    return f"; give {_of_vendor(host) or _without_endpoint(url)}"


def _shown(text: str) -> str:
    """Return an address as messages show it: without who signs in, and without parameters, which may hold a secret."""
    return re.split("[?#]", _without_userinfo(text), maxsplit=1)[0]


def _without_userinfo(text: str) -> str:
    return f"***@{text.rpartition('@')[2]}" if "@" in text else text


def _is_host_name(host: str) -> bool:
    try:
        # An IPv6 address was in brackets, whose content urlsplit() has seen to.
        return ":" in host or _HOST.fullmatch(host.encode("idna").decode()) is not None
    except UnicodeError:
        return False
