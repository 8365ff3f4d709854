# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options that Ansible variables give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..module_utils._module.options import CONNECTION_OPTIONS, variable_of


class Variables(Mapping[str, Any]):
    """The options that variables ``sailpoint_<option>`` give, by option name; null and blank ones are not given.

    Each is templated when it is asked for: one that something more specific replaces need not be defined.
    """

    def __init__(self, templar: Any, variables: Mapping[str, Any]) -> None:
        self._templar = templar
        self._variables = variables

    def __getitem__(self, name: str) -> Any:
        value = self._templar.template(self._variables[variable_of(name)])
        if value is None or (isinstance(value, str) and not value.strip()):
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (name for name in CONNECTION_OPTIONS if name in self)

    def __len__(self) -> int:
        return sum(1 for _name in self)
