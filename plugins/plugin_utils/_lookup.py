# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lookups share: their options, from wherever they are given, and their errors."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleLookupError, AnsibleOptionsError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

from ..module_utils._errors import OptionError, SailPointError
from ..module_utils._http.client import Client
from ..module_utils._module.options import (
    ALTERNATIVES,
    CONFIGURATION,
    CONNECTION_OPTIONS,
    ENVIRONMENT,
    VARIABLES,
    connection_argument_spec,
    environment,
    gathered,
    resolve,
)
from ..module_utils._module.performing import MISSING_LIBRARIES, warnings_of
from ._clients import shared_client
from ._variables import Variables

_OWN = "the lookup"


class _Unusable(SailPointError):
    """Options that cannot be used, in the words of ansible-core."""


@contextmanager
def _without_environment() -> Iterator[None]:
    """Hide the options' environment variables from ansible-core, which names none in its messages and takes an empty
    one, as AWX injects it for a blank field, for a value.
    """
    hidden = {name: os.environ.pop(name) for name in [*os.environ] if name.startswith("SAIL_")}
    try:
        yield
    finally:
        os.environ.update(hidden)


class SailPointLookup(LookupBase):
    """A lookup with the connection options and those of ``SPEC``, validated as a module's are."""

    SPEC: Mapping[str, Mapping[str, Any]] = {}

    def run(self, terms: list[Any], variables: Mapping[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        """Validate the options, then return :meth:`look_up`'s answer; any failure is one AnsibleError."""
        for library, _traceback in MISSING_LIBRARIES:
            from ansible.module_utils.basic import missing_required_lib  # slow to import and rarely needed

            raise AnsibleLookupError(missing_required_lib(library))
        variables = variables or {}
        kwargs.pop("wantlist", None)  # with_... of ansible-core before 2.19
        # What is none is not given, as with modules; nor is what is omitted, which later releases refuse by themselves.
        given = {name: value for name, value in kwargs.items() if value not in (None, variables.get("omit"))}
        spec = {**connection_argument_spec(), **self.SPEC}
        try:
            self._check_names(given, spec)
            connection = self._connection(given, variables)
            params = _validated(given, connection, spec)
            return self._ask(terms, params, shared_client(resolve(params, [(_OWN, connection)])))
        except (OptionError, _Unusable) as error:
            raise AnsibleOptionsError(str(error)) from None
        except SailPointError as error:
            raise AnsibleLookupError(str(error)) from None

    def look_up(self, terms: list[Any], params: dict[str, Any], client: Client) -> list[Any]:
        """Return the lookup's answer.

        :param params: validated options without the connection's address and credentials
        :raises SailPointError: it cannot be had
        """
        raise NotImplementedError

    def _check_names(self, given: Mapping[str, Any], spec: Mapping[str, Any]) -> None:
        unknown = sorted(set(given) - set(spec))
        if unknown:
            raise _Unusable(
                f"Unsupported options for {self.ansible_name}: {', '.join(unknown)}. "
                f"Supported options include: {', '.join(sorted(spec))}."
            )

    def _ask(self, terms: list[Any], params: dict[str, Any], client: Client) -> list[Any]:
        try:
            return self.look_up(terms, params, client)
        finally:
            for warning in warnings_of(client):
                Display().warning(warning)

    def _connection(self, direct: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        """Return the connection options, from wherever they are given."""
        places = [(_OWN, direct), (VARIABLES, Variables(self._templar, variables)), (ENVIRONMENT, environment())]
        found = gathered(places)
        with _without_environment():
            configured = {name: self._configured(name) for name in CONNECTION_OPTIONS if name not in found}
        return gathered([*places, (CONFIGURATION, configured)])

    def _configured(self, name: str) -> Any:
        """Return what ansible.cfg gives for an option, None where it gives nothing, or a key without a value."""
        value, origin = C.config.get_config_value_and_origin(name, plugin_type="lookup", plugin_name=self._load_name)
        return None if origin == "default" or value == "" else value


def _validated(given: Mapping[str, Any], connection: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options but the connection's alternatives, as the spec has them, with its defaults."""
    others = {name: _copied(value) for name, value in given.items() if name not in CONNECTION_OPTIONS}
    others.update((name, value) for name, value in connection.items() if name not in ALTERNATIVES)
    validation = ArgumentSpecValidator(
        {name: _without_fallback(spec[name]) for name in spec if name not in ALTERNATIVES}
    ).validate(others)
    if validation.error_messages:
        raise _Unusable("; ".join(validation.error_messages))
    params: dict[str, Any] = validation.validated_parameters
    return params


def _without_fallback(definition: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in definition.items() if key != "fallback"}


def _copied(value: Any) -> Any:
    # Since ansible-core 2.19 a list may be a lazy one; the validator's copy of it would copy its templar too.
    return [*value] if isinstance(value, list) else value
