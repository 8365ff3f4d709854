#!/usr/bin/python
# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: task_status
short_description: Clear pending tasks of SailPoint Identity Security Cloud
version_added: 1.0.0
description:
  - Brings background tasks to the desired state, completed with a completion status. A task that is completed already
    satisfies it.
  - A task that hangs and blocks others is cleared this way. The update changes what the tenant shows of the task. The
    vendor says nowhere that it stops the job behind it.
  - Every task is attempted, also when others fail. What became of each is in RV(tasks), in a failure too.
  - After an answer that leaves it open whether an update took effect, the task is read again.
author:
  - idops.sailpoint contributors (@idops)
requirements:
  - requests >= 2.28
  - jsonpatch >= 1.32
options:
  id:
    description:
      - The ids of the tasks, one or tens of thousands. Duplicates count once. An empty list does nothing.
    type: list
    elements: str
    required: true
    aliases: [ids, task_id]
  completion_status:
    description:
      - The completion status that a pending task gets.
      - If left out, V(error).
    type: str
    choices: [success, warning, error, terminated, temperror]
    default: error
  completed:
    description:
      - The completion time that a task gets, an ISO 8601 instant with a time zone, such as V(2026-05-17T19:33:16Z).
      - If left out, a pending task gets the present time, and a completed one keeps its own.
    type: str
  overwrite:
    description:
      - Also correct a task that is completed already, with another O(completion_status), or another O(completed) if
        that is given.
      - If left out, a completed task is left alone.
    type: bool
    default: false
  older_than:
    description:
      - Leave alone a pending task whose launch (creation, if it has none) is less than so long ago, such as V(90s),
        V(15m), V(24h), V(7d), V(2w), a sum like V(1d12h), or V(0). Another number without a unit is an error. A task
        whose age cannot be told counts as younger.
      - If left out, a task of any age is cleared.
    type: str
  precondition:
    description:
      - Put an RFC 6902 C(test) operation in front of the patch, so that the tenant refuses it if the task has changed
        since it was read. The outcome is then RV(tasks[].outcome=conflict). It tests C(/modified), or, where the task
        has no such date, that what is replaced is still null, which a tenant may refuse. The vendor does not document
        whether every tenant honours it.
      - If left out, the update is sent without. A task that completes in the moments between reading and updating is
        then overwritten.
    type: bool
    default: false
  missing_ok:
    description:
      - A task that is not found is no failure.
      - If left out, the module fails when a task is not found, after all others were attempted.
    type: bool
    default: false
  return_tasks:
    description:
      - Whether each item of RV(tasks) holds the whole task. Turn it off for thousands of ids.
      - If left out, they do.
    type: bool
    default: true
  concurrency:
    description:
      - How many updates may be under way at once, 1 to 32.
      - If left out, 8.
    type: int
    default: 8
  progress_interval:
    description:
      - How often a long update says where it stands, where the module runs on the controller. V(0) says nothing.
      - If left out, every 5 seconds.
    type: str
    default: 5s
extends_documentation_fragment:
  - idops.sailpoint.connection
  - idops.sailpoint.attributes
  - idops.sailpoint.attributes.action_group
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
notes:
  - Updating needs a personal access token (PAT) of a user with the right C(idn:task-management:write). An API client
    can read, but gets HTTP 403 here.
seealso:
  - module: idops.sailpoint.task_status_info
"""

EXAMPLES = r"""
# The connection comes from SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET in these examples.

- name: Find what has been stuck for over a day
  idops.sailpoint.task_status_info:
    pending: true
    older_than: 24h
    fields: [id]
  register: stuck

- name: Clear it, and leave alone what finished or was launched anew meanwhile
  idops.sailpoint.task_status:
    id: "{{ stuck.tasks | map(attribute='id') }}"
    older_than: 24h
    precondition: true
    missing_ok: true
  register: cleared

- name: Say what was done
  ansible.builtin.debug:
    var: cleared.summary

- name: Clear the first of them as a success, at a certain time
  idops.sailpoint.task_status:
    id: "{{ (stuck.tasks | first).id }}"
    completion_status: success
    completed: "2026-05-17T19:33:16Z"
  when: stuck.tasks | length > 0
"""

RETURN = r"""
tasks:
  description: What became of each task, in the order of O(id).
  returned: always, in a failure too, unless an option cannot be used
  type: list
  elements: dict
  contains:
    id:
      description: The task's id.
      type: str
    outcome:
      description:
        - V(updated), the update took effect (would be sent, in check mode).
        - V(unchanged), the task was in the desired state.
        - V(too_young), the task is pending and younger than O(older_than).
        - V(moving), the task is just being completed, C(completed) is set and C(completionStatus) is not yet. It was
          looked at again for some seconds and left alone. Once C(completed) lies 15 minutes back, such a task is
          updated, and keeps its C(completed) unless O(completed) is given.
        - V(conflict), the task changed between the reading and the update, so the tenant refused it.
        - V(missing), there is no such task.
        - V(failed), the update did not take effect, as far as reading the task again can tell.
      type: str
    patch:
      description: The RFC 6902 document that was sent, or that check mode would send. Empty when there is none.
      type: list
      elements: dict
    task:
      description: The task as it is now, predicted in check mode, null where it is not known.
      type: dict
    error:
      description: What went wrong, when RV(tasks[].outcome=failed).
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
  sample:
    - id: 2c9180857182305e0171993737eb29e6
      outcome: updated
      patch:
        - {op: replace, path: /completionStatus, value: Error}
        - {op: replace, path: /completed, value: "2026-05-17T19:33:16.470Z"}
summary:
  description: How many tasks had each outcome.
  returned: always, in a failure too, unless an option cannot be used
  type: dict
  sample: {"updated": 12, "unchanged": 1, "too_young": 0, "moving": 0, "conflict": 0, "missing": 0, "failed": 0}
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
  sample: {"requests": 13, "retries": 0, "throttled": 0.0, "sign_ins": 1}
"""

from ansible_collections.idops.sailpoint.plugins.module_utils._module.module import run_module
from ansible_collections.idops.sailpoint.plugins.module_utils._module.task_status import argument_spec, run


def main() -> None:
    run_module(argument_spec(), run)


if __name__ == "__main__":
    main()
