#!/usr/bin/python
# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: role_report
short_description: What the roles of this collection begin and end with
version_added: 2.0.0
description:
  - What the roles of this collection prepare, report and tell. It has no use elsewhere.
  - It always runs on the controller, and asks no tenant. What it tells of, it reads from the facts and registered
    variables of the role.
author:
  - idops.sailpoint contributors (@idops)
options:
  role:
    description: The role that calls it, or whose playbook does.
    type: str
    choices: [clear_pending_tasks, task_report]
    required: true
  step:
    description:
      - V(prepare) makes the directory for reports, also in check mode. One that is there stays as it is.
      - V(tell) writes the reports and returns what is to be said of the tenant.
      - V(overview) writes an overview of all tenants of the play, in each directory that more than one of them report
        to.
    type: str
    choices: [prepare, tell, overview]
    required: true
  variables:
    description: The role's variables, as filter P(idops.sailpoint.role_variables#filter) returns them, to V(prepare).
    type: dict
  tenant_name:
    description: What the tenant is called, to V(tell).
    type: str
attributes:
  check_mode:
    description: Can run in C(check_mode), and writes its reports there too.
    support: full
  diff_mode:
    description: Returns details of what it changes.
    support: none
"""

EXAMPLES = r"""
- name: Prepare a directory for reports
  idops.sailpoint.role_report:
    role: task_report
    step: prepare
    variables: {dir: /tmp/reports}
"""

RETURN = r"""
variables:
  description: The role's variables, the directory as an absolute path.
  returned: to C(prepare)
  type: dict
problem:
  description: Why the role cannot go on, or what was not written. A sentence, empty where there is none.
  returned: to C(prepare) and C(overview)
  type: str
message:
  description: Lines for a person.
  returned: to C(tell) and C(overview)
  type: list
  elements: str
result:
  description: The value of the fact with the role's result, of C(clear_pending_tasks) without its C(tasks).
  returned: to C(tell)
  type: dict
statistics:
  description: What the role hands on with C(set_stats), in check mode with the ids that it saw and the message.
  returned: to C(tell) of C(clear_pending_tasks)
  type: dict
failure:
  description: With what the role fails. Sentences, empty where it does not.
  returned: to C(tell)
  type: str
entry:
  description: What an overview needs of the tenant.
  returned: to C(tell)
  type: dict
"""
