# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module supports, in the words of Ansible's attributes; and membership in the action group."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what it would change, without changing it.
  diff_mode:
    description: Returns details of what it changes, or would change in check mode, when run with C(--diff).
  idempotent:
    description: When run again with the same options, it changes nothing, unless the tenant's tasks changed meanwhile.
"""

    ACTION_GROUP = r"""
options: {}
attributes:
  action_group:
    description: >-
      Use C(group/idops.sailpoint.task_management) in C(module_defaults) to set options for all modules of the
      collection.
    support: full
    membership:
      - idops.sailpoint.task_management
notes:
  - Where the task runs on the controller anyway, with a local connection and without C(become) and C(async), the work
    is done in Ansible's own process, by its Python, which saves the time that a process of its own takes. The items of
    a loop then share a sign-in, too. The variable C(ansible_sailpoint_in_process=false) turns that off.
"""
