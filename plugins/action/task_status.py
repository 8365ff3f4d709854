# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module of the same name in the controller's worker where it can."""

from __future__ import annotations

from ansible_collections.idops.sailpoint.plugins.module_utils._module import task_status
from ansible_collections.idops.sailpoint.plugins.plugin_utils._action.in_process import InProcessAction


class ActionModule(InProcessAction):
    """The action of the module task_status."""

    argument_spec = task_status.argument_spec
    work = task_status.run
