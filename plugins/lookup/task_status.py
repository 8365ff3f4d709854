# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: task_status
short_description: Look up background tasks of SailPoint Identity Security Cloud
version_added: 1.0.0
description:
  - Returns the tasks with the given ids, in this order, or without ids those that the options select.
  - One sign-in and one connection serve all look-ups of a worker process.
author:
  - idops.sailpoint contributors (@idops)
requirements:
  - requests >= 2.28
  - jsonpatch >= 1.32
options:
  _terms:
    description:
      - Ids of tasks. One that is not found is an error, which O(ignore:errors) of the lookup can soften.
      - If left out, the other options select tasks from a list.
    type: list
    elements: str
extends_documentation_fragment:
  - idops.sailpoint.connection
  - idops.sailpoint.connection.plugin
  - idops.sailpoint.selection
  - idops.sailpoint.selection.vocabulary
seealso:
  - module: idops.sailpoint.task_status_info
notes:
  - Lookups run on the controller and at every evaluation of the variable that holds them. To use an answer twice, keep
    it with M(ansible.builtin.set_fact).
"""

EXAMPLES = r"""
# The connection comes from SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET in these examples.

- name: Keep the ids of what has been stuck for over a day
  ansible.builtin.set_fact:
    stuck: >-
      {{ query('idops.sailpoint.task_status', pending=true, older_than='24h') | map(attribute='id') }}

- name: Show what one of them is
  ansible.builtin.debug:
    msg: "{{ lookup('idops.sailpoint.task_status', stuck | first).uniqueName }}"
  when: stuck | length > 0
"""

RETURN = r"""
_raw:
  description: The tasks, each as the API returns it (a TaskStatus).
  type: list
  elements: dict
"""

from typing import Any

from ansible_collections.idops.sailpoint.plugins.module_utils._http.client import Client
from ansible_collections.idops.sailpoint.plugins.module_utils._module import task_status_info
from ansible_collections.idops.sailpoint.plugins.plugin_utils._lookup import SailPointLookup


class LookupModule(SailPointLookup):
    SPEC = task_status_info.SELECTION_SPEC

    def look_up(self, terms: list[Any], params: dict[str, Any], client: Client) -> list[Any]:
        if not terms:
            found: list[Any] = task_status_info.run(params, client)["tasks"]
            return found
        # A list given as one term is its ids: an empty one asks for no task, not for all.
        ids = [str(term) for term in self._flatten(terms)]
        return task_status_info.look_up(ids, params, client)
