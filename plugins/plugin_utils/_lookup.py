# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: what its lookups share, their options and their errors."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible.errors import AnsibleLookupError, AnsibleOptionsError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display
from ansible_collections.idops.sailpoint.plugins.module_utils._client import Client
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import OptionError, SailPointError
from ansible_collections.idops.sailpoint.plugins.module_utils._options import (
    ALTERNATIVES,
    connection_argument_spec,
    resolve,
)
from ansible_collections.idops.sailpoint.plugins.module_utils._performing import MISSING_LIBRARIES, warnings_of
from ansible_collections.idops.sailpoint.plugins.plugin_utils._clients import shared_client

_PLACES = ("the lookup", "a variable", "the environment", "ansible.cfg")


@contextmanager
def _without_empty_variables() -> Iterator[None]:
    """Hide the environment variables that are set but empty: AWX injects those for blank fields, and ansible-core takes
    them for values, of the wrong type or none of the choices.
    """
    names = (f"SAIL_{name.upper()}" for name in connection_argument_spec())
    empty = [name for name in names if os.environ.get(name) == ""]
    for name in empty:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(dict.fromkeys(empty, ""))


class SailPointLookup(LookupBase):
    """A lookup with the connection options and those of ``SPEC``, validated as a module's are."""

    SPEC: Mapping[str, Mapping[str, Any]] = {}

    def run(self, terms: list[Any], variables: Mapping[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        """Validate the options, then return :meth:`look_up`'s answer; any failure is one AnsibleError."""
        for library, _traceback in MISSING_LIBRARIES:
            from ansible.module_utils.basic import missing_required_lib  # slow to import and rarely needed

            raise AnsibleLookupError(missing_required_lib(library))
        spec = {**connection_argument_spec(), **self.SPEC}
        variables = variables or {}
        kwargs.pop("wantlist", None)  # with_... of ansible-core before 2.19
        # What is none is not given, as with modules; nor is what is omitted, which later releases refuse by themselves.
        kwargs = {name: value for name, value in kwargs.items() if value not in (None, variables.get("omit"))}
        unknown = sorted(set(kwargs) - set(spec))
        if unknown:
            raise AnsibleOptionsError(
                f"Unsupported options for {self.ansible_name}: {', '.join(unknown)}. "
                f"Supported options include: {', '.join(sorted(spec))}."
            )
        variables = self._own(variables)
        values: dict[str, Any] = {}
        places: dict[str, dict[str, Any]] = {place: {} for place in _PLACES}
        with _without_empty_variables():
            self.set_options(var_options=variables, direct=kwargs)
            for name in spec:
                value, place = self._given(name, kwargs, variables)
                if value is None:
                    continue
                if name in ALTERNATIVES:
                    places[place][name] = value
                else:
                    values[name] = value
        validation = ArgumentSpecValidator({name: spec[name] for name in spec if name not in ALTERNATIVES}).validate(
            values
        )
        if validation.error_messages:
            raise AnsibleOptionsError("; ".join(validation.error_messages))
        params = validation.validated_parameters
        try:
            settings = resolve(params, list(places.items()))
            client = shared_client(settings)
            try:
                return self.look_up(terms, params, client)
            finally:
                for warning in warnings_of(client):
                    Display().warning(warning)
        except OptionError as error:
            raise AnsibleOptionsError(str(error)) from None
        except SailPointError as error:
            raise AnsibleLookupError(str(error)) from None

    def look_up(self, terms: list[Any], params: dict[str, Any], client: Client) -> list[Any]:
        """Return the lookup's answer.

        :param params: validated options without the connection's address and credentials
        :raises SailPointError: it cannot be had
        """
        raise NotImplementedError

    def _own(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Return the variables that are options, templated: ansible-core takes a plugin's options from them as is."""
        names = (f"sailpoint_{name}" for name in connection_argument_spec())
        return {name: self._templar.template(variables[name]) for name in names if name in variables}

    def _given(self, name: str, direct: Mapping[str, Any], variables: Mapping[str, Any]) -> tuple[Any, str]:
        """Return an option's value and the place that gives it; None where it is given nowhere."""
        if name in direct:
            value = direct[name]
            # Since ansible-core 2.19 a list may be a lazy one; the validator's copy of it would copy its templar too.
            return ([*value] if isinstance(value, list) else value), "the lookup"
        value, origin = self.get_option_and_origin(name, hostvars=variables)
        if value is None or origin is None or origin == "default":
            return None, ""
        if origin.startswith("var:"):
            return value, "a variable"
        if value == "":  # a key of ansible.cfg without a value
            return None, ""
        return value, "the environment" if origin.startswith("env:") else "ansible.cfg"
