# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter ``select_named``."""

from __future__ import annotations

DOCUMENTATION = r"""
name: select_named
author:
  - idops.sailpoint contributors (@idops)
short_description: Select tasks by their names
version_added: 1.0.0
description:
  - Keeps those tasks whose C(uniqueName) one of the patterns is found in, and drops those that an excluding pattern is
    found in.
  - A task without a name counts as one with an empty name.
positional: _input
options:
  _input:
    description: TaskStatus objects as the API returns them.
    type: list
    elements: dict
    required: true
  include:
    description:
      - Regular expressions of Python, searched anywhere in the name. One that is found is enough.
      - If left out or empty, every name is kept.
    type: list
    elements: str
  exclude:
    description:
      - Regular expressions likewise, any of which drops a task, whatever O(include) says.
      - If left out or empty, none is dropped.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Read the pending tasks
  idops.sailpoint.task_status_info:
    pending: true
  register: pending

- name: Show how many aggregations there are, but for those of the HR source
  ansible.builtin.debug:
    msg: "{{ pending.tasks | idops.sailpoint.select_named(include=['(?i)aggregation'], exclude=['^HR ']) | length }}"
"""

RETURN = r"""
_value:
  description: Those tasks, in their order.
  type: list
  elements: dict
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError


def select_named(
    tasks: Iterable[Mapping[str, Any]], include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
) -> list[Mapping[str, Any]]:
    """Return the tasks in whose uniqueName an ``include`` pattern (if there are some) and no ``exclude`` is found.

    :raises AnsibleFilterError: a pattern is no regular expression
    """
    wanted, unwanted = _compiled("include", include), _compiled("exclude", exclude)
    return [task for task in tasks if (not wanted or _finds(wanted, task)) and not _finds(unwanted, task)]


def _compiled(option: str, patterns: Sequence[str] | None) -> list[re.Pattern[str]]:
    if isinstance(patterns, str):
        patterns = [patterns]
    compiled = []
    for pattern in patterns or ():
        try:
            compiled.append(re.compile(str(pattern)))
        except re.error as error:
            raise AnsibleFilterError(f"{option}: {pattern!r} is not a regular expression: {error}.") from None
    return compiled


def _finds(patterns: Iterable[re.Pattern[str]], task: Mapping[str, Any]) -> bool:
    name = str(task.get("uniqueName") or "")
    return any(pattern.search(name) for pattern in patterns)


class FilterModule:
    """Tells Ansible of the filter."""

    def filters(self) -> dict[str, Any]:
        """Return filters by name."""
        return {"select_named": select_named}
