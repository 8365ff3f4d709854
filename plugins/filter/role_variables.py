# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter ``role_variables``."""

from __future__ import annotations

DOCUMENTATION = r"""
name: role_variables
author:
  - idops.sailpoint contributors (@idops)
short_description: Read the variables of a role of this collection
version_added: 2.0.0
description:
  - What the roles and playbooks of this collection begin with. It has no use elsewhere.
  - A variable that is null or blank counts as not given. A list may be a list or text of one item a line, and so on.
  - A number and a date are text where text is asked for. What YAML has taken for true or false is none.
  - Where a variable cannot be read, or its name begins like the role's and is not known, there is just a C(problem),
    with which the role then fails.
positional: role, defaults
options:
  _input:
    description: Variables by name, all that begin like the role's.
    type: dict
    required: true
  role:
    description: The role, or the playbook, that they belong to.
    type: str
    choices: [clear_pending_tasks, reaggregate, task_report, wait_for_tasks]
    required: true
  defaults:
    description: The values of variables that are not given, by name.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: See how a list is read
  vars:
    defaults: {task_report_dir: /tmp, task_report_days: 7, task_report_title: Tasks, task_report_max_tasks: 5000}
    given: {task_report_dir: /tmp/reports, task_report_formats: "html, json", task_report_days: ""}
  ansible.builtin.debug:
    msg: "{{ given | idops.sailpoint.role_variables('task_report', defaults) }}"
"""

RETURN = r"""
_value:
  description: The values by name, without the role's name in front.
  type: dict
  sample: {"dir": "/tmp/reports", "formats": ["html", "json"], "days": 7, "title": "Tasks", "max_tasks": 5000}
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.idops.sailpoint.plugins.module_utils._errors import OptionError
from ansible_collections.idops.sailpoint.plugins.plugin_utils._roles.reading import read


def role_variables(given: Mapping[str, Any], role: str, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a role's variables, by name without the prefix; or a ``problem``, one sentence.

    A filter that fails would have Ansible put three sentences of its own in front.
    """
    try:
        return read(role, given, defaults)
    except OptionError as error:
        return {"problem": str(error)}


class FilterModule:
    """Tells Ansible of the filter."""

    def filters(self) -> dict[str, Any]:
        """Return filters by name."""
        return {"role_variables": role_variables}
