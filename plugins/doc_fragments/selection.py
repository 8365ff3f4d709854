# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that select tasks: what all that selects has in common, and what lists have besides."""

from __future__ import annotations


class ModuleDocFragment:
    # For the module task_status_info and the lookup task_status.
    DOCUMENTATION = r"""
options:
  pending:
    description:
      - Only pending tasks, those without a completion status. Not together with O(completion_status).
      - If left out, what the generation's list holds. In V(beta) and V(v2024) (O(api_version)) these are the completed
        tasks only, in later ones all tasks.
    type: bool
    default: false
  completion_status:
    description:
      - Only tasks that completed with one of these. The tenant selects them.
      - If left out, the completion status does not matter.
    type: list
    elements: str
    choices: [success, warning, error, terminated, temperror]
  filters:
    description:
      - An expression of the API's filter language, V(field eq "value") and so on, joined by C(and) with what other
        options select.
      - The list of pending tasks takes none in V(beta) and V(v2024) (O(api_version)). There it is an error with
        O(pending=true).
      - If left out, only the other options select.
    type: str
  sorters:
    description:
      - The order, by creation, the oldest first (V(created)) or the newest first (V(-created)).
      - If left out, the order is the tenant's.
    type: str
    choices: [created, '-created']
  limit:
    description:
      - At most so many tasks in all, counted after every selection. V(0) returns none.
      - If left out, all there are, over as many pages as it takes.
    type: int
  older_than:
    description:
      - Only tasks whose launch (creation, if they have none) is at least so long ago, such as V(90s), V(15m), V(24h),
        V(7d), V(2w), a sum like V(1d12h), or V(0). Another number without a unit is an error. A task whose age cannot
        be told counts as young.
      - Ages go by the tenant's clock. Where this machine's is more than a minute off, there is a warning.
      - If left out, tasks of any age.
    type: str
"""

    # For the modules task_status_info and task_status, and the lookup task_status.
    VOCABULARY = r"""
options:
  type:
    description:
      - Only tasks of these kinds, such as V(CLOUD_ACCOUNT_AGGREGATION) or V(Cloud Account Aggregation). These are the
        values that the API can filter by, other than the C(type) that a task returns (V(QUARTZ) and the like), which
        is refused here.
      - The tenant selects them where the generation can. Else, and with a warning where the tenant refuses the value,
        they are compared with the name of the task's definition (C(taskDefinitionSummary.uniqueName)), else with its
        C(uniqueName), else with its launcher, without regard to case, blanks as underscores, and without what stands
        behind a dash with blanks around it.
      - If left out, the kind does not matter.
    type: list
    elements: str
  source_id:
    description:
      - Only tasks that work on one of these sources, by C(target.id) where the target is an application, else by
        C(attributes.appId). Of completed tasks the tenant selects them, by its own judgement.
      - If left out, the source does not matter.
    type: list
    elements: str
  launcher:
    description:
      - Only tasks that one of these started, such as V(System) or a person's name. The tenant selects them in V(v2026)
        and V(v1) (O(api_version)), else they are compared with the task's launcher.
      - If left out, it does not matter who started a task.
    type: list
    elements: str
  name:
    description:
      - Only tasks that one of these regular expressions of Python is found in, anywhere in C(uniqueName), which on real
        tenants is the bare kind, or in the name of its source, which is C(target.name), else
        C(attributes.applications). V((?i\)payroll) finds C(Payroll [source]).
      - If left out, the name does not matter. An empty expression is an error.
    type: list
    elements: str
  exclude_name:
    description:
      - Leave out tasks that one of these regular expressions is found in, as for O(name).
      - If left out, no name is excluded. An empty expression is an error.
    type: list
    elements: str
  exclude_source_id:
    description:
      - Leave out tasks that work on one of these sources, found as for O(source_id). An account or entitlement
        aggregation whose source cannot be told is left out too, with a warning.
      - If left out, no source is excluded.
    type: list
    elements: str
  newer_than:
    description:
      - Only tasks whose launch (creation, if they have none) is less than so long ago, written as O(older_than).
      - If left out, tasks of any age.
    type: str
"""
