# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that is used of ansible-core beyond what it documents for action plugins, and what for.

Another release may change any of it. So this file is imported and called where it may fail: while work is prepared, and
then the module runs in a process of its own; or for the header of a line, and then there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible import constants as C
from ansible.playbook.handler import Handler
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ...module_utils._module.options import Places

_ACTION_GROUP = "idops.sailpoint.task_management"  # of meta/runtime.yml


def is_for_this_process(action: ActionBase) -> bool:
    """Whether the module would run on this machine, as this user, now. There is no documented way to ask."""
    return (
        action._connection.transport == "local"
        and not action._connection.become
        and not action._play_context.become
        and not action._task.async_val
    )


def places(action: ActionBase) -> Places:
    """Return what the task itself gives, and what the keyword ``module_defaults`` gives for its module and for its
    group, the more specific first.

    By now ansible-core has put all that among the task's arguments, and does not tell what came from where.
    """
    task = action._task
    layers: dict[str, Any] = {}
    for layer in task.module_defaults or []:
        layers.update(layer)
    names = (task.resolved_action, f"group/{_ACTION_GROUP}")
    module, group = (dict(action._templar.template(layers.get(name)) or {}) for name in names)
    own: dict[str, Any] = {}
    of_module: dict[str, Any] = {}
    of_group: dict[str, Any] = {}
    for name, value in task.args.items():
        defaults, place = (module, of_module) if name in module else (group, of_group)
        (place if name in defaults and defaults[name] == value else own)[name] = value
    return [("the task", own), ("module_defaults", of_module), ("module_defaults", of_group)]


def environment(action: ActionBase) -> dict[str, str]:
    """Return what the keyword ``environment`` sets, which otherwise reaches child processes only."""
    found: dict[str, Any] = {}
    action._compute_environment_string(found)
    return {name: str(value) for name, value in found.items()}


def shows_invocation(variables: Mapping[str, Any]) -> bool:
    """Whether a result is to hold the options that the module was called with. Earlier releases always want it."""
    if "INJECT_INVOCATION" not in C.config.get_configuration_definitions():
        return True
    return bool(C.config.get_config_value("INJECT_INVOCATION", variables=variables))


def missing_header(action: ActionBase) -> str | None:
    """Return the header that a task's lines need above them; None where callbacks show it as the task begins.

    Else it comes with the first result, so below the lines. Shown at the beginning it is out of any buffer, since the
    controller flushes its outputs when it forks this worker.
    """
    task = action._task
    parent = task
    while parent is not None and getattr(parent, "_play", None) is None:
        parent = getattr(parent, "_parent", None)
    strategy = str(parent._play.strategy) if parent is not None else ""
    options = ("display_ok_hosts", "display_skipped_hosts")
    if strategy.rpartition(".")[2] not in ("free", "host_pinned") and all(
        C.config.get_config_value(name, plugin_type="callback", plugin_name="default") for name in options
    ):
        return None
    header = f"{'RUNNING HANDLER' if isinstance(task, Handler) else 'TASK'} [{task.get_name().strip()}]"
    return f"{header} {'*' * max(3, Display().columns - len(header))}"
