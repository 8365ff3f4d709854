#!/usr/bin/python
# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: task_status_info
short_description: Read background tasks of SailPoint Identity Security Cloud
version_added: 1.0.0
description:
  - Lists the background tasks of an Identity Security Cloud tenant (aggregations, identity refreshes and the like), or
    returns certain ones, or just counts them.
  - Can wait until certain tasks are completed.
author:
  - idops.sailpoint contributors (@idops)
requirements:
  - requests >= 2.28
  - jsonpatch >= 1.32
options:
  id:
    description:
      - The ids of the tasks to return, in this order, each once. Other selecting options leave out those of them that
        do not match. O(filters), O(sorters) and O(offset) are for lists only.
      - If left out, tasks are listed. An empty list returns no tasks.
    type: list
    elements: str
    aliases: [ids, task_id]
  offset:
    description:
      - The record of the tenant's list to begin with, before any selection that the tenant cannot make itself.
      - If left out, the first.
    type: int
    default: 0
  page_size:
    description:
      - How many tasks to ask for at once, 1 to 250. Pages overlap by one task, so that none is skipped when others
        finish while the list is read; so after the first page it is 2 at least.
      - If left out, 250, the most the API gives.
    type: int
    default: 250
  count:
    description:
      - Also return RV(total_count), how many tasks the selection has without regard to O(limit) and O(offset). This
        costs the tenant time.
      - If left out, they are not counted.
    type: bool
    default: false
  count_only:
    description:
      - Return RV(total_count) and no tasks, mostly with a single request. A selection that the tenant cannot make
        itself is counted by reading.
      - If left out, tasks are returned.
    type: bool
    default: false
  fields:
    description:
      - Return only these keys of each task, and C(id). Keeps big results small.
      - If left out, tasks are returned whole.
    type: list
    elements: str
  missing_ok:
    description:
      - Leave out tasks of O(id) that are not found, list their ids in RV(missing), and do not fail.
      - If left out, the module fails when a task is not found.
    type: bool
    default: false
  wait:
    description:
      - With O(id), read these tasks again and again until all are completed, whatever their completion status.
      - If left out, they are read once.
    type: bool
    default: false
  wait_timeout:
    description:
      - With O(wait), fail when tasks are still pending after so long, and return the last state seen. No pause that the
        tenant asks for goes beyond it; an answer that is under way then gets five seconds more.
      - If left out, 10 minutes.
    type: str
    default: 10m
  wait_interval:
    description:
      - With O(wait), how long to pause between two readings.
      - If left out, 10 seconds.
    type: str
    default: 10s
  progress_interval:
    description:
      - With O(wait), how often to say where the wait stands, where the module runs on the controller. V(0) says
        nothing.
      - If left out, every 5 seconds.
    type: str
    default: 5s
extends_documentation_fragment:
  - idops.sailpoint.connection
  - idops.sailpoint.selection
  - idops.sailpoint.selection.vocabulary
  - idops.sailpoint.attributes
  - idops.sailpoint.attributes.action_group
attributes:
  check_mode:
    support: full
    details: It never changes anything, so check mode makes no difference.
  diff_mode:
    support: N/A
    details: It never changes anything.
  idempotent:
    support: full
seealso:
  - module: idops.sailpoint.task_status
  - plugin: idops.sailpoint.task_status
    plugin_type: lookup
"""

EXAMPLES = r"""
# The connection comes from SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET in these examples.

- name: Count what is pending
  idops.sailpoint.task_status_info:
    pending: true
    count_only: true
  register: pending

- name: Find account aggregations that have been pending for over a day
  idops.sailpoint.task_status_info:
    pending: true
    type: [CLOUD_ACCOUNT_AGGREGATION]
    older_than: 24h
    fields: [id, uniqueName, target, attributes, created, launched]
  register: stuck

- name: Show them
  ansible.builtin.debug:
    msg: "{{ item.uniqueName }} of {{ source }} since {{ item.launched or item.created }}"
  vars:
    source: "{{ item.target.name | default(item.attributes.applications) | default('an unnamed source') }}"
  loop: "{{ stuck.tasks }}"
  loop_control:
    label: "{{ item.id }}"

- name: List what is pending, but nothing of the payroll and nothing of one source
  idops.sailpoint.task_status_info:
    pending: true
    exclude_name: ["(?i)payroll"]  # is looked for in uniqueName and in the source's name
    exclude_source_id: [2c9180835d191a86015d28455b4a2329]
  register: others

- name: List the last ten failures
  idops.sailpoint.task_status_info:
    completion_status: [error, terminated]
    sorters: -created
    limit: 10
  register: failures

- name: Wait until these are completed, for an hour at most
  idops.sailpoint.task_status_info:
    id: "{{ stuck.tasks | map(attribute='id') }}"
    wait: true
    wait_timeout: 1h
    wait_interval: 30s
  register: waited
  when: false  # stuck tasks would be waited for in vain

- name: Use the same connection for every task of a block
  module_defaults:
    group/idops.sailpoint.task_management:
      api_version: v2025
      timeout: 60
  block:
    - name: List what failed, in the filter language of the API
      idops.sailpoint.task_status_info:
        filters: completionStatus in ("Error", "TempError")
        limit: 5
"""

RETURN = r"""
tasks:
  description:
    - The tasks, each as the API returns it (a TaskStatus), its keys untouched.
    - In a failure, all of which Ansible shows, characters that would do something to a terminal are written as JSON
      escapes, such as C(\u202e).
  returned: always, in a failure for O(id) too, unless reading failed
  type: list
  elements: dict
  sample:
    - id: 2c9180857182305e0171993737eb29e6
      type: QUARTZ
      uniqueName: Cloud Account Aggregation
      description: Aggregates accounts
      parentName: null
      launcher: System
      target: {id: 2c9180835d191a86015d28455b4a2329, type: APPLICATION, name: "Workday [source]"}
      created: "2026-07-11T21:23:15.000Z"
      modified: "2026-07-11T21:23:16.000Z"
      launched: "2026-07-11T21:23:16.000Z"
      completed: null
      completionStatus: null
      messages: []
      returns: []
      attributes: {appId: 2c9180835d191a86015d28455b4a2329, optimizedAggregation: enabled}
      progress: null
      taskDefinitionSummary:
        id: 2c918087682f9a86016839c0509c1ab2
        uniqueName: Cloud Account Aggregation
        description: null
missing:
  description: The ids that were asked for and not found.
  returned: always, in a failure for O(id) too, unless reading failed
  type: list
  elements: str
  sample: []
total_count:
  description: How many tasks the selection has, without regard to O(limit) and O(offset).
  returned: with O(count) or O(count_only)
  type: int
  sample: 42
waited_seconds:
  description: How long the tasks were waited for.
  returned: with O(wait)
  type: float
  sample: 93.4
request_stats:
  description: What it cost.
  returned: always, unless an option cannot be used
  type: dict
  contains:
    requests:
      description: Requests sent to the API, tries included, sign-ins not.
      type: int
    retries:
      description: How many of them were further tries.
      type: int
    throttled:
      description: Seconds during which O(rate_limit) or an answer 429 held requests back.
      type: float
    sign_ins:
      description: Requests for an access token.
      type: int
  sample: {"requests": 2, "retries": 0, "throttled": 0.0, "sign_ins": 1}
error:
  description: What the tenant said, when reading failed.
  returned: when reading failed
  type: dict
  contains:
    status:
      description: The HTTP status.
      type: int
    detail_code:
      description: The vendor's code for the error.
      type: str
    tracking_id:
      description: The id by which the vendor's support finds the request.
      type: str
    message:
      description: The whole sentence.
      type: str
"""

from ansible_collections.idops.sailpoint.plugins.module_utils._module.module import run_module
from ansible_collections.idops.sailpoint.plugins.module_utils._module.task_status_info import argument_spec, run


def main() -> None:
    run_module(argument_spec(), run)


if __name__ == "__main__":
    main()
