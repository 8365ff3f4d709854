# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the variables of a role or playbook, in whatever way they are given.

A variable that is empty counts as not given; but where there is no default, an empty list is one. What cannot be read,
and a name that is not known, is an error: it may have been meant as a limit. Pure functions.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from ...module_utils._errors import OptionError
from . import readers
from .table import ROLES, Variables

OTHERS = "others"


def read(name: str, given: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a role's variables, by name without the prefix.

    :param name: the role's name, which with an underscore is the prefix
    :param given: all variables that have this prefix, or the same in the singular, by their whole names
    :param defaults: the values of variables that are not given, by their whole names
    :raises OptionError: a variable cannot be read, is missing, or is not known
    """
    variables = ROLES[name]
    # What a rulebook was given and does not know, which it can hand on by name only.
    others = readers.as_items(f"{name}_{OTHERS}", given.get(f"{name}_{OTHERS}"))
    _check_names(name, variables, {**dict.fromkeys(others, ""), **given})
    values: dict[str, Any] = {}
    for short, reader in variables.readers.items():
        full = f"{name}_{short}"
        value = given.get(full)
        if short in variables.optional:
            values[short] = None if _is_blank(value) else reader(full, value)
            continue
        if short in variables.required:
            values[short] = _required(full, value, reader)
        else:
            values[short] = reader(full, defaults[full] if _is_empty(value) else value)
    return values


def _required(full: str, value: Any, reader: readers.Reader) -> Any:
    """Return what is read of a variable without a default.

    :raises OptionError: it is empty as it is given, or as it is read: so is the text ``[]``
    """
    found = None if _is_empty(value) else reader(full, value)
    if _is_empty(found):
        raise OptionError(full, "it is missing or empty, and there is no default")
    return found


def _check_names(name: str, variables: Variables, given: Mapping[str, Any]) -> None:
    known = [f"{name}_{short}" for short in variables.readers]
    for full in given:
        if full in known or full == f"{name}_{OTHERS}":
            continue
        short = full[len(name) + 1 :] if full.startswith(f"{name}_") else ""
        if short in variables.told or short in variables.own and _is_handed_on(given[full]):
            continue
        if short in variables.gone:
            raise OptionError(full, f"there is no such variable any more; {variables.gone[short]}")
        (nearest,) = difflib.get_close_matches(full, known, n=1, cutoff=0.0)
        raise OptionError(full, f"there is no such variable, so nothing was done; the nearest is {nearest}")


def _is_handed_on(value: object) -> bool:
    """Whether a value may be a count that an earlier job of a workflow has handed on, rather than meant as a limit."""
    return value is None or (isinstance(value, (int, str)) and str(value).isdigit())


def _is_empty(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_is_empty, value))
    return _is_blank(value)


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
