# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: the connection options, one table for modules, lookups and event sources."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from ansible.module_utils.common.parameters import env_fallback
from ansible.module_utils.errors import AnsibleFallbackNotFound
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import OptionError
from ansible_collections.idops.sailpoint.plugins.module_utils._generations import GENERATIONS

_SPEC: dict[str, dict[str, Any]] = {
    "base_url": {"type": "str"},
    "tenant": {"type": "str"},
    "client_id": {"type": "str"},
    "client_secret": {"type": "str", "no_log": True},
    "access_token": {"type": "str", "no_log": True},
    "api_version": {"type": "str", "choices": list(GENERATIONS), "default": "v2024"},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "proxy": {"type": "str"},
    "timeout": {"type": "float", "default": 30},
    "retries": {"type": "int", "default": 5},
    "rate_limit": {"type": "int", "default": 100},
}
_ENVIRONMENT = {name: f"SAIL_{name.upper()}" for name in _SPEC if name != "proxy"}
# Alternatives: what the more specific place gives replaces the other, so these cannot be filled one by one from the
# environment as the argument spec's fallbacks do; resolve() weighs them place by place.
_ADDRESS = ("base_url", "tenant")
_CREDENTIALS = ("client_id", "client_secret", "access_token")
ALTERNATIVES = _ADDRESS + _CREDENTIALS
_INSTEAD = {"base_url": {"tenant"}, "tenant": {"base_url"}, "access_token": {"client_id", "client_secret"}}
_INSTEAD.update(dict.fromkeys(("client_id", "client_secret"), {"access_token"}))

_MOST = 1e9  # of any number: more has no use, and does not fit a socket's timeout
_TENANT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_HOST = re.compile(r"[A-Za-z0-9._-]+")
_VERSION_SEGMENT = re.compile(r"(?:beta|v[0-9]+)", re.IGNORECASE)


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


def passwords_in(options: Mapping[str, Any]) -> list[str]:
    """Return the passwords in URLs among raw options, usable or not: they are to be shown nowhere."""
    urls = (str(options.get(name) or "") for name in ("base_url", "proxy"))
    return [found[1] for url in urls if (found := re.search(r"[^:/@]*:([^/@]+)@", url))]


def connection_argument_spec() -> dict[str, dict[str, Any]]:
    """Return the connection options' part of an argument spec.

    An environment variable that is set but empty counts as not set: AWX injects empty strings for blank fields.
    """
    spec = {name: dict(definition) for name, definition in _SPEC.items()}
    for name, variable in _ENVIRONMENT.items():
        if name not in ALTERNATIVES:
            spec[name]["fallback"] = (_filled_env_fallback, [variable])
    return spec


def without_overridden(options: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return a task's options without those that it replaces by an alternative.

    :param options: as Ansible hands them on, those of ``module_defaults`` among them
    :param defaults: what ``module_defaults`` gives, which is a less specific place than the task
    """
    own = {name for name in ALTERNATIVES if options.get(name) is not None and options[name] != defaults.get(name)}
    replaced = set().union(*(_INSTEAD[name] for name in own)) - own
    return {name: value for name, value in options.items() if name not in replaced}


def environment() -> dict[str, str]:
    """Return those alternatives that environment variables give, by option name."""
    return {name: os.environ[_ENVIRONMENT[name]] for name in ALTERNATIVES if os.environ.get(_ENVIRONMENT[name])}


def resolve(options: Mapping[str, Any], places: Sequence[tuple[str, Mapping[str, Any]]]) -> ConnectionSettings:
    """Return the connection settings of validated options.

    :param options: the options that are no alternatives, validated, defaults filled in
    :param places: where alternatives were given, most specific first: what to call the place, and option name -> value
    :raises OptionError: an option is missing, unusable, or contradicts another of the same place
    """
    given = [
        (place, {name: values[name] for name in ALTERNATIVES if values.get(name) is not None})
        for place, values in places
    ]
    for place, values in given:
        for name, value in values.items():
            if not str(value).strip():
                raise OptionError(name, f"{place} gives an empty value; leave the option out or fill it in")
    return ConnectionSettings(
        base_url=_base_url(given),
        **_credentials(given),
        api_version=options["api_version"],
        validate_certs=options["validate_certs"],
        ca_path=_ca_path(options.get("ca_path")),
        proxy=_proxy(options.get("proxy")),
        timeout=_at_least("timeout", options["timeout"], 0, exclusive=True),
        retries=_at_least("retries", options["retries"], 0),
        rate_limit=_at_least("rate_limit", options["rate_limit"], 0),
    )


def _filled_env_fallback(*names: str) -> Any:
    value = env_fallback(*names)
    if value == "":
        raise AnsibleFallbackNotFound
    return value


def _base_url(given: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    for place, values in given:
        if "base_url" in values and "tenant" in values:
            raise OptionError("base_url", f"{place} gives tenant too; give one of the two")
        if "tenant" in values:
            tenant = str(values["tenant"]).strip()
            if not _TENANT.fullmatch(tenant):
                raise OptionError(
                    "tenant",
                    f"{tenant!r} is not a tenant's short name, such as acme; for any other address give base_url",
                )
            return f"https://{tenant}.api.identitynow.com"
        if "base_url" in values:
            return _checked_url(str(values["base_url"]).strip())
    raise OptionError("base_url", "no tenant is named; give base_url or tenant, or set SAIL_BASE_URL")


def _checked_url(text: str) -> str:
    try:
        url = urlsplit(text)
        host, _port = url.hostname, url.port
    except ValueError as error:
        raise OptionError("base_url", f"{_without_userinfo(text)!r} is not a URL ({error})") from None
    if url.username is not None or url.password is not None:
        raise OptionError("base_url", "it holds a user name or password; give client_id and client_secret instead")
    if url.scheme.lower() not in ("https", "http") or not host:
        shown = _without_userinfo(text)
        raise OptionError("base_url", f"{shown!r} is not a URL such as https://acme.api.identitynow.com")
    if any(ord(character) <= 32 for character in text) or "\\" in text:
        raise OptionError("base_url", f"{text!r} holds a blank or another character that a URL cannot hold")
    if not _is_host_name(host):
        raise OptionError("base_url", f"{text!r} names no possible host")
    if url.query or url.fragment:
        raise OptionError("base_url", f"{text!r} has a query or a fragment; give the tenant's API base alone")
    if url.scheme.lower() == "http" and not _is_loopback(host):
        raise OptionError("base_url", f"{text!r} is plain http, which would show the secret on the wire; use https")
    path = url.path.rstrip("/")
    if _VERSION_SEGMENT.fullmatch(path.rpartition("/")[2]):
        raise OptionError("base_url", f"{text!r} ends in an API version; leave it out and set api_version")
    return f"{url.scheme.lower()}://{url.netloc}{path}"


def _without_userinfo(text: str) -> str:
    return f"***@{text.rpartition('@')[2]}" if "@" in text else text


def _is_host_name(host: str) -> bool:
    try:
        # An IPv6 address was in brackets, whose content urlsplit() has seen to.
        return ":" in host or _HOST.fullmatch(host.encode("idna").decode()) is not None
    except UnicodeError:
        return False


def _is_loopback(host: str) -> bool:
    import ipaddress  # rarely needed

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _credentials(given: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, str | None]:
    for place, values in given:
        pair = [name for name in ("client_id", "client_secret") if name in values]
        if "access_token" in values and pair:
            raise OptionError("access_token", f"{place} gives {pair[0]} too; give a token or a client, not both")
        if "access_token" in values:
            token = str(values["access_token"]).strip()
            if not token.isascii() or not token.isprintable() or " " in token:
                raise OptionError("access_token", "it holds a blank or another character that no token holds")
            return {"access_token": token}
        if pair:
            return {name: _first(name, given) for name in ("client_id", "client_secret")}
    raise OptionError(
        "client_id",
        "no credentials; give client_id and client_secret, or access_token, or set SAIL_CLIENT_ID and "
        "SAIL_CLIENT_SECRET",
    )


def _first(name: str, given: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    for _place, values in given:
        if name in values:
            return str(values[name])
    raise OptionError(name, f"missing; client_id and client_secret go together, here or as {_ENVIRONMENT[name]}")


def _ca_path(path: str | None) -> str | None:
    if path is not None and not os.path.exists(path):
        raise OptionError("ca_path", f"there is no file or directory {path!r}")
    return path


def _proxy(proxy: str | None) -> str | None:
    if not proxy:
        return None
    text = proxy if "://" in proxy else f"http://{proxy}"
    try:
        usable = bool(urlsplit(text).hostname) and urlsplit(text).port != 0
    except ValueError:
        usable = False
    if not usable:
        raise OptionError("proxy", f"{_without_userinfo(text)!r} is not a URL such as http://proxy.example.com:3128")
    return text


def _at_least(name: str, value: Any, least: int, exclusive: bool = False) -> Any:
    if not value <= _MOST or value < least or (exclusive and value == least):
        bounds = f"{'more than' if exclusive else 'at least'} {least} and at most {_MOST:.0f}"
        raise OptionError(name, f"{value} is out of range; it must be {bounds}")
    return value
