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
  - Which tasks are named by O(id), or, with O(pending=true), selected among all pending ones in this very call. One
    task then says what is to be so, such as that no account aggregation is pending for over a day. All pending tasks
    are read once, guards stop a run that selects too many, O(observe) leaves alone what still makes progress, and what
    is pending afterwards is counted.
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
      - Exactly one of O(id) and O(pending=true) is required.
    type: list
    elements: str
    aliases: [ids, task_id]
  pending:
    description:
      - Bring all pending tasks to the desired state that the options O(type), O(source_id), O(launcher), O(name),
        O(exclude_name), O(exclude_source_id), O(older_than), O(newer_than) and O(among) leave. All that are given must
        hold. The whole list of pending tasks is read, in every generation of the API, and selected from here.
      - What was selected is not read again before it is updated, unless it has become older than 30 seconds.
      - If left out, O(id) says which tasks, and none of these options but O(older_than) may be given, nor a guard.
    type: bool
    default: false
    version_added: 2.0.0
  among:
    description:
      - With O(pending), only these ids of the selected tasks, such as those that somebody has approved. An empty list
        selects none.
      - If left out, all that are selected.
    type: list
    elements: str
    version_added: 2.0.0
  max_tasks:
    description:
      - With O(pending), a guard. If more tasks than this are selected, nothing is changed and the module fails, saying
        how many, in check mode too. Their outcome is RV(tasks[].outcome=held).
      - If left out, any number is updated.
    type: int
    version_added: 2.0.0
  max_fraction:
    description:
      - With O(pending), a guard like O(max_tasks), for the share of all pending tasks that is selected, from 0 to 1. It
        holds only where more than O(max_fraction_above) are selected.
      - If left out, any share is updated.
    type: float
    version_added: 2.0.0
  max_fraction_above:
    description:
      - Up to how many selected tasks O(max_fraction) is not asked, so that one stuck task is cleared on a tenant where
        nothing else is pending.
      - If left out, 10.
    type: int
    default: 10
    version_added: 2.0.0
  observe:
    description:
      - With O(pending), whether the selected tasks are stuck or just slow. They are read again after so long, V(30s),
        V(5m) or a number of seconds. One of which anything changed is RV(tasks[].outcome=moving) and left alone. In
        check mode, too.
      - Account aggregations are also asked how many accounts are processed, two requests for each. That takes a user of
        the level C(ORG_ADMIN), C(SOURCE_ADMIN) or C(SOURCE_SUBADMIN). Where it cannot be read there is a warning, and
        the aggregation is observed by its task alone. Where it can be read once and then not, the task is left alone.
      - If left out, nothing is observed.
    type: str
    default: "0"
    version_added: 2.0.0
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
      - If left out, a pending task gets the present time, to within the last second, by the
        tenant's clock where this machine's is wrong. A completed one keeps its own.
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
      - With O(pending) such tasks are not selected. It is judged on the state that was read in this run, by the
        tenant's clock. Where this machine's is more than a minute off, there is a warning.
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
  - idops.sailpoint.selection.vocabulary
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

- name: See to it that no account aggregation is pending for over a day, Payroll excepted, and never clear more than 50
  idops.sailpoint.task_status:
    pending: true
    type: [CLOUD_ACCOUNT_AGGREGATION]
    older_than: 24h
    exclude_name: ["(?i)payroll"]
    max_tasks: 50
    max_fraction: 0.8
    observe: 30s
  register: cleared

- name: Say what was done
  ansible.builtin.debug:
    msg: >-
      {{ cleared.pending_before }} pending, {{ cleared.selected }} selected, {{ cleared.summary.updated }} updated,
      {{ cleared.summary.moving }} moving, {{ cleared.pending_after }} pending now

- name: Find the oldest pending task
  idops.sailpoint.task_status_info:
    pending: true
    sorters: created
    limit: 1
  register: oldest

- name: Clear it by its id as a success, at a certain time, unless it changed meanwhile
  idops.sailpoint.task_status:
    id: "{{ oldest.tasks | map(attribute='id') }}"
    completion_status: success
    completed: "2026-05-17T19:33:16Z"
    precondition: true
    missing_ok: true
"""

RETURN = r"""
tasks:
  description:
    - What became of each task, in the order of O(id), or of the tenant's list of pending tasks.
    - In a failure, all of which Ansible shows, characters that would do something to a terminal are written as JSON
      escapes, such as C(\u202e).
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
        - V(moving), the task changed while it was observed (O(observe)), see RV(tasks[].moved). Or it is just being
          completed, C(completed) is set and C(completionStatus) is not yet. Then it was looked at again for some
          seconds and left alone. Once C(completed) lies 15 minutes back, such a task is updated, and keeps its
          C(completed) unless O(completed) is given.
        - V(held), the task was selected, but a guard stopped the run, see RV(stopped).
        - V(conflict), the task changed between the reading and the update, so the tenant refused it.
        - V(missing), there is no such task.
        - V(failed), the update did not take effect, as far as reading the task again can tell.
      type: str
    name:
      description: The task's C(uniqueName), on real tenants its kind. Like what follows, null where nothing tells it.
      type: str
    kind:
      description: The kind of the task as O(type) compares it.
      type: str
    source:
      description: The C(id) and the C(name) of the source that the task works on.
      type: dict
    launcher:
      description: Who started the task.
      type: str
    launched:
      description: When the task was launched, as the API has it.
      type: str
    age_seconds:
      description: How long ago the task was launched (created, if it has no launch).
      type: float
    moved:
      description:
        - What changed of the task while it was observed, keys of it or, of an account aggregation, of its counts, such
          as C(processedAccounts); V(counts) where these could be read once and then not. Only there where something
          did.
      type: list
      elements: str
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
      name: Cloud Account Aggregation
      kind: CLOUD_ACCOUNT_AGGREGATION
      source: {id: 2c91808a7813090a017814121e121518, name: "Workday [source]"}
      launcher: System
      launched: "2026-05-15T01:00:04.112Z"
      age_seconds: 239592.358
      patch:
        - {op: replace, path: /completionStatus, value: Error}
        - {op: replace, path: /completed, value: "2026-05-17T19:33:16.470Z"}
summary:
  description: How many tasks had each outcome.
  returned: always, in a failure too, unless an option cannot be used
  type: dict
  sample: {"updated": 12, "unchanged": 1, "too_young": 0, "moving": 0, "held": 0, "conflict": 0, "missing": 0,
    "failed": 0}
pending_before:
  description: How many tasks were pending, whatever they were.
  returned: with O(pending), in a failure too, once they were read
  type: int
  sample: 20
pending_after:
  description:
    - How many tasks are pending now. The list is read again at the end, and an update that the tenant has accepted and
      does not show, after some further looks, is V(failed). Predicted in check mode. As RV(pending_before) where a
      guard stopped the run. Null where it could not be read.
  returned: with O(pending), in a failure too, once they were read
  type: int
  sample: 8
selected:
  description: How many of the pending tasks were selected.
  returned: with O(pending), in a failure too, once they were read
  type: int
  sample: 12
left_out:
  description:
    - How many of the pending tasks were not selected, and for what. Each is counted under the first reason that holds,
      so that these and RV(selected) make RV(pending_before). V(unusable) is a record without an id that can be asked
      for, V(age) is O(older_than) or O(newer_than), V(excluded) is O(exclude_name) or O(exclude_source_id).
  returned: with O(pending), in a failure too, once they were read
  type: dict
  sample: {"unusable": 0, "type": 3, "source": 0, "launcher": 0, "name": 0, "excluded": 1, "among": 0, "age": 4}
excluded_by:
  description:
    - How many of all pending tasks each item of O(exclude_name) and O(exclude_source_id) matches. One that matches none
      may be misspelt.
  returned: with O(pending), in a failure too, once they were read
  type: dict
  sample: {"(?i)payroll": 1}
stopped:
  description: The sentence that says which guard stopped the run, null where none did.
  returned: with O(pending), in a failure too, once they were read
  type: str
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
