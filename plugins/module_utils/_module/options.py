# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options, one table for modules, lookups and event sources, and the places
that give them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import AnsibleFallbackNotFound

from .._api.generations import GENERATIONS
from .._errors import OptionError
from .._http import addresses, surroundings
from .._http.censoring import CENSORED, is_long
from .._http.settings import ConnectionSettings

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
CONNECTION_OPTIONS = tuple(_SPEC)
_ENVIRONMENT = {name: f"SAIL_{name.upper()}" for name in _SPEC if name != "proxy"}
# Alternatives: what the more specific place gives replaces the other, so these cannot be filled one by one from the
# environment as the argument spec's fallbacks do; gathered() weighs them place by place.
ALTERNATIVES = ("base_url", "tenant", "client_id", "client_secret", "access_token")
_INSTEAD = {"base_url": {"tenant"}, "tenant": {"base_url"}, "access_token": {"client_id", "client_secret"}}
_INSTEAD.update(dict.fromkeys(("client_id", "client_secret"), {"access_token"}))

VARIABLES = "a variable"
ENVIRONMENT = "the environment"
CONFIGURATION = "ansible.cfg"
_URLS = ("base_url", "tenant", "proxy")
_NOT_LOGGED = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"  # as ansible-core shows it
Places = Sequence[tuple[str, Mapping[str, Any]]]

_MAX = 1e9  # of any number: more has no use, and does not fit a socket's timeout


def passwords_in(options: Mapping[str, Any]) -> list[str]:
    """Return the passwords in URLs among raw options, usable or not: they are to be shown nowhere."""
    return [password for name in _URLS for password in addresses.passwords_in(str(options.get(name) or ""))]


def searched_for(secrets: Iterable[str]) -> set[str]:
    """Return those secrets that a result is searched for: what is short stands in ids and outcomes by chance."""
    return {secret for secret in secrets if is_long(secret)}


def shown_params(params: Mapping[str, Any], spec: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return a module's parameters as they may be shown: without what is not logged, and without passwords in URLs.

    :param spec: the options, as an argument spec has them
    """
    hidden = {name for name, definition in spec.items() if definition.get("no_log")}
    shown = {name: _NOT_LOGGED if name in hidden and value else value for name, value in params.items()}
    for name in _URLS:
        for password in passwords_in({name: params.get(name)}):
            shown[name] = str(shown[name]).replace(password, CENSORED)
    return shown


def connection_argument_spec() -> dict[str, dict[str, Any]]:
    """Return the connection options' part of an argument spec.

    Validating with it raises OptionError where an environment variable that it falls back to cannot be used. One that
    is set but blank counts as not set: AWX injects empty strings for blank fields.
    """
    spec = {name: dict(definition) for name, definition in _SPEC.items()}
    for name in _ENVIRONMENT:
        if name not in ALTERNATIVES:
            spec[name]["fallback"] = (_from_environment, [_ENVIRONMENT[name]])
    return spec


def environment() -> dict[str, str]:
    """Return the options that environment variables give, as text."""
    given = ((name, os.environ.get(variable, "")) for name, variable in _ENVIRONMENT.items())
    return {name: text for name, text in given if text.strip()}


def variable_of(name: str) -> str:
    """Return the name of the Ansible variable that gives an option."""
    return f"sailpoint_{name}"


def gathered(places: Places) -> dict[str, Any]:
    """Return the connection options that places give together.

    A more specific place wins. What it gives of some alternatives replaces all that less specific places give of them.

    :param places: most specific first: what to call the place, and its values by option name; None is not given
    :raises OptionError: a place contradicts itself, or gives what cannot be used. What comes from a task or from
        ``module_defaults`` is taken as it is, for the argument spec of its module
    """
    found: dict[str, Any] = {}
    for place, values in places:
        replaced = set().union(*(_INSTEAD.get(name, ()) for name in found))
        here = {
            name: value
            for name in _SPEC
            if name not in found and name not in replaced and (value := values.get(name)) is not None
        }
        for name, value in here.items():
            if name in ALTERNATIVES and not str(value).strip():
                raise OptionError(name, f"{place} gives an empty value; leave the option out or fill it in")
        for name, what in (("base_url", "one of the two"), ("access_token", "a token or a client, not both")):
            if name in here and (both := sorted(_INSTEAD[name] & set(here))):
                raise OptionError(name, f"{place} gives {both[0]} too; give {what}")
        for name, value in here.items():
            origin = _origin(place, name)
            # Which files there are only the host knows where the module runs.
            as_is = not origin or (place == VARIABLES and _SPEC[name]["type"] == "path")
            found[name] = value if as_is else _usable(name, value, origin)
    return found


def resolve(options: Mapping[str, Any], places: Places) -> ConnectionSettings:
    """Return the connection settings of validated options.

    :param options: the options that are no alternatives, validated, defaults filled in
    :param places: where alternatives were given, as :func:`gathered` takes them
    :raises OptionError: an option is missing, unusable, or contradicts another of the same place
    """
    only = [(place, {name: values.get(name) for name in ALTERNATIVES}) for place, values in places]
    given = {name: _usable(name, value) for name, value in gathered(only).items()}
    others = {name: _checked(name, options.get(name)) for name in _SPEC if name not in ALTERNATIVES}
    if "tenant" not in given and "base_url" not in given:
        raise OptionError("base_url", "no tenant is named; give base_url or tenant, or set SAIL_BASE_URL")
    if not set(given) & {"client_id", "client_secret", "access_token"}:
        raise OptionError(
            "client_id",
            "no credentials; give client_id and client_secret, or access_token, or set SAIL_CLIENT_ID and "
            "SAIL_CLIENT_SECRET",
        )
    for name in ("client_id", "client_secret"):
        if "access_token" not in given and name not in given:
            problem = f"missing; client_id and client_secret go together, here or as {_ENVIRONMENT[name]}"
            raise OptionError(name, problem)
    address_option = "tenant" if "tenant" in given else "base_url"
    if address_option == "tenant":
        given["base_url"] = addresses.of_tenant(given.pop("tenant"))
    settings = ConnectionSettings(**given, **others, address_option=address_option)
    surroundings.check_certificates(settings)
    return settings


def _origin(place: str, name: str) -> str:
    """Return what to call the one that gives an option, where the place's name does not tell the user enough."""
    return {
        VARIABLES: f"the variable {variable_of(name)}",
        ENVIRONMENT: f"the environment variable {_ENVIRONMENT.get(name)}",
        CONFIGURATION: f"{name} in the section [sailpoint] of ansible.cfg",
    }.get(place, "")


def _from_environment(variable: str) -> Any:
    """Return an option's value from its environment variable, converted: no validator names the variable."""
    name = variable.partition("_")[2].lower()
    text = environment().get(name)
    if text is None:
        raise AnsibleFallbackNotFound
    return _usable(name, text, _origin(ENVIRONMENT, name))


def _usable(name: str, value: Any, origin: str = "") -> Any:
    """Return an option's value as its type.

    :param origin: what gives it, for the message
    :raises OptionError: it cannot be used
    """
    definition = {key: _SPEC[name][key] for key in ("type", "choices") if key in _SPEC[name]}
    validation = ArgumentSpecValidator({name: definition}).validate({name: value})
    try:
        if validation.error_messages:
            shown = "it" if _SPEC[name].get("no_log") else repr(value)
            choices = ", ".join(definition.get("choices", ()))
            raise OptionError(name, f"{shown} is {f'none of {choices}' if choices else _NOT[definition['type']]}")
        return _checked(name, validation.validated_parameters[name])
    except OptionError as error:
        raise OptionError(error.option, error.problem, origin) from None


def _checked(name: str, value: Any) -> Any:
    if isinstance(value, str) and _SPEC[name]["type"] != "path":  # which may be any bytes
        try:
            value.encode()
        except UnicodeEncodeError:
            raise OptionError(name, "it holds bytes that are no UTF-8, so it cannot be sent") from None
    return _CHECKS[name](value) if name in _CHECKS else value


_NOT = {
    "bool": "neither true nor false",
    "float": "not a number",
    "int": "not a whole number",
    "path": "not a path",
    "str": "not text",
}


def _base_url(value: str) -> str:
    return addresses.checked_base_url(value.strip())


def _tenant(value: str) -> str:
    tenant = value.strip()
    addresses.of_tenant(tenant)
    return tenant


def _token(value: str) -> str:
    token = value.strip()
    if not token.isascii() or not token.isprintable() or " " in token:
        raise OptionError("access_token", "it holds a blank or another character that no token holds")
    return token


def _ca_path(path: str | None) -> str | None:
    if path is not None and (problem := surroundings.certificates_problem(path)):
        raise OptionError("ca_path", problem)
    return path


def _proxy(proxy: str | None) -> str | None:
    if not proxy:
        return None
    text = proxy if "://" in proxy else f"http://{proxy}"
    shown = f"***@{text.rpartition('@')[2]}" if "@" in text else text
    try:
        host = urlsplit(text).hostname
        usable = bool(host) and urlsplit(text).port != 0
    except ValueError:
        host, usable = None, False
    if host and (too_long := addresses.length_problem(host)):
        raise OptionError("proxy", f"{shown!r} {too_long}")
    if not usable:
        raise OptionError("proxy", f"{shown!r} is not a URL such as http://proxy.example.com:3128")
    return text


def _at_least(name: str, least: int, exclusive: bool = False) -> Callable[[Any], Any]:
    def checked(value: Any) -> Any:
        if not value <= _MAX or value < least or (exclusive and value == least):
            bounds = f"{'more than' if exclusive else 'at least'} {least} and at most {_MAX:.0f}"
            raise OptionError(name, f"{value} is out of range; it must be {bounds}")
        return value

    return checked


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "base_url": _base_url,
    "tenant": _tenant,
    "access_token": _token,
    "ca_path": _ca_path,
    "proxy": _proxy,
    "timeout": _at_least("timeout", 0, exclusive=True),
    "retries": _at_least("retries", 0),
    "rate_limit": _at_least("rate_limit", 0),
}
