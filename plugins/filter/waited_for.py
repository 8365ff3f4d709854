# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter ``waited_for``."""

from __future__ import annotations

DOCUMENTATION = r"""
name: waited_for
author:
  - idops.sailpoint contributors (@idops)
short_description: Say what came of waiting for tasks
version_added: 2.0.0
description:
  - What the playbook C(idops.sailpoint.wait_for_tasks) ends with. It has no use elsewhere.
  - Tasks are told by their name and source, and by their id, the first few of each kind. What is said is one line of
    printable text.
positional: accepted
options:
  _input:
    description: What M(idops.sailpoint.task_status_info) returned when it waited, registered; it may have failed.
    type: dict
    required: true
  accepted:
    description: The completion statuses that are fine, in lower case.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: See what is said of a task that ended badly
  vars:
    ended: {id: 2c9180857182305e0171993737eb29e6, completionStatus: ERROR}
    waited: {tasks: ["{{ ended }}"], missing: [], waited_seconds: 12.3}
  ansible.builtin.debug:
    msg: "{{ (waited | idops.sailpoint.waited_for(['success', 'warning'])).failure }}"
"""

RETURN = r"""
_value:
  description:
    - C(result), the fact that the playbook sets, null where the tasks could not be read; C(failure), why it fails,
      empty where it does not; C(message), what it says where all is well.
  type: dict
  sample:
    result: {"tasks": [], "waited_seconds": 12.3}
    failure: "Of 1 task 1 did not end well: 2c9180857182305e0171993737eb29e6 with ERROR."
    message: ""
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.idops.sailpoint.plugins.plugin_utils._roles.waiting import told_of


def waited_for(waited: Mapping[str, Any], accepted: Sequence[str]) -> dict[str, Any]:
    """Return ``result``, ``failure`` and ``message``, as :func:`told_of` has them."""
    return told_of(waited, accepted)


class FilterModule:
    """Tells Ansible of the filter."""

    def filters(self) -> dict[str, Any]:
        """Return filters by name."""
        return {"waited_for": waited_for}
