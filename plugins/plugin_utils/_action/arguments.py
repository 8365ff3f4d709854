# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task's arguments: validated as the module validates them, with what it would say of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError

from ...module_utils._errors import OptionError

Options = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Validated:
    """A module's parameters, none where an environment variable cannot be used, and what is wrong, if anything is."""

    params: dict[str, Any]
    problem: str | None = None


def validated(spec: Mapping[str, Any], args: Mapping[str, Any], module: str) -> Validated:
    """Return arguments as the module's parameters, with its defaults.

    :param module: the module's name, as the task writes it
    """
    # Plain data, as a module gets it: ansible-core's tagged types would show in the validator's messages.
    plain = json.loads(json.dumps(args, default=str))
    try:
        validation = ArgumentSpecValidator(**spec).validate(plain)
    except OptionError as error:
        return Validated({}, str(error))
    problem = None
    if validation.error_messages:
        problem = validation.errors.msg
        if isinstance(validation.errors[0], UnsupportedError):
            problem = f"Unsupported parameters for ({module}) module: {problem}"
    return Validated(validation.validated_parameters, problem)


def warnings_of(options: Options, args: Mapping[str, Any]) -> list[str]:
    """Return what the user is to be warned of: options that are given by two of their names."""
    return [
        f"Both option {name} and its alias {alias} are set."
        for name, definition in options.items()
        for alias in [key for key in (name, *definition.get("aliases", ())) if key in args][1:]
    ]


def no_text(options: Options, args: Mapping[str, Any]) -> str | None:
    """Return what is wrong where an item of a list of text is none: ansible-core would make text of it.

    Whole tasks as ids are an easy slip, and no task has such an id.
    """
    for key, item in _items_of_text(options, args):
        if isinstance(item, (Mapping, list)):
            kind = "mapping" if isinstance(item, Mapping) else "list"
            return f"{key}: an item is a {kind}, not text; map(attribute='id') makes ids of tasks."
    return None


def _items_of_text(options: Options, args: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield each item that is to be text, with the name that its list is given by."""
    for name, definition in options.items():
        if definition.get("elements") == "str":
            for key in (name, *definition.get("aliases", ())):
                given = args.get(key)
                yield from ((key, item) for item in (given if isinstance(given, list) else [given]))
