# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: runs a module's work inside the controller's worker, where the task runs there anyway.

A child Python costs about 0.3 s a task; here imports, sign-in and connection are shared by the items of a loop.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible import constants as C
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.playbook.handler import Handler
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ...module_utils._errors import OptionError
from ...module_utils._module.options import (
    CONNECTION_OPTIONS,
    VARIABLES,
    Places,
    gathered,
    passwords_in,
)
from ...module_utils._module.performing import (
    MISSING_LIBRARIES,
    Performance,
    perform,
)
from .._clients import shared_client
from .._variables import Variables

_SWITCH = "ansible_sailpoint_in_process"
_ACTION_GROUP = "idops.sailpoint.task_management"  # of meta/runtime.yml
_LOOK_OUT = 0.25  # seconds between two looks for the controller
_headed: set[str] = set()  # tasks whose header this worker has said


class _Discreet(dict[str, Any]):
    """A module's arguments; with ANSIBLE_DEBUG ansible-core prints them, whatever the argument spec says of secrets."""

    def __repr__(self) -> str:
        return repr(sorted(self))


class InProcessAction(ActionBase):
    """An action plugin that does the work of the module of its name in this process, or runs the module as usual."""

    _supports_check_mode = True
    _supports_async = True
    _requires_connection = False

    argument_spec: Callable[[], dict[str, Any]]
    work: Callable[..., dict[str, Any]]

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result."""
        variables = task_vars or {}
        result: dict[str, Any] = super().run(tmp, variables)
        # Not among the task's own: ansible-core hands those on to callbacks, which may show them.
        args = dict(self._task.args)
        secrets = set(passwords_in(args))
        problem = _no_text(type(self).argument_spec()["argument_spec"], args)
        try:
            connection = gathered([*self._places(), (VARIABLES, Variables(self._templar, variables))])
        except OptionError as error:
            problem = problem or str(error)
        else:
            args = {name: value for name, value in args.items() if name not in CONNECTION_OPTIONS} | connection
            secrets.update(passwords_in(args))
        if problem:
            return _censored({**result, "failed": True, "changed": False, "msg": problem}, secrets)
        with _bound_to_the_controller():
            if self._is_for_here(variables):
                with self._environment():
                    result.update(self._do(args, variables))
            else:
                result.update(self._do_as_module(args, variables))
        return _censored(result, secrets)

    def _places(self) -> Places:
        """Return what the task itself gives, and what the keyword ``module_defaults`` gives for its module and for its
        group, the more specific first. By now ansible-core has put all that among the task's arguments.
        """
        layers: dict[str, Any] = {}
        for layer in self._task.module_defaults or []:
            layers.update(layer)
        names = (self._task.resolved_action, f"group/{_ACTION_GROUP}")
        module, group = (dict(self._templar.template(layers.get(name)) or {}) for name in names)
        own: dict[str, Any] = {}
        of_module: dict[str, Any] = {}
        of_group: dict[str, Any] = {}
        for name, value in self._task.args.items():
            defaults, place = (module, of_module) if name in module else (group, of_group)
            (place if name in defaults and defaults[name] == value else own)[name] = value
        return [("the task", own), ("module_defaults", of_module), ("module_defaults", of_group)]

    def _do_as_module(self, args: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        wrap_async = self._task.async_val
        result: dict[str, Any] = self._execute_module(
            module_args=_Discreet(args), task_vars=variables, wrap_async=wrap_async
        )
        if not wrap_async:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result

    def _is_for_here(self, variables: Mapping[str, Any]) -> bool:
        """Whether the module would run on this machine, as this user, now, and this Python has what it needs."""
        return (
            not MISSING_LIBRARIES
            and self._connection.transport == "local"
            and not self._connection.become
            and not self._play_context.become
            and not self._task.async_val
            and boolean(self._templar.template(variables.get(_SWITCH, True)), strict=False)
        )

    @contextmanager
    def _environment(self) -> Iterator[None]:
        """Lay the task's ``environment`` over this process's, where it otherwise reaches child processes only."""
        overlay: dict[str, Any] = {}
        self._compute_environment_string(overlay)
        saved = {name: os.environ.get(name) for name in overlay}
        os.environ.update({name: str(value) for name, value in overlay.items()})
        try:
            yield
        finally:
            for name, value in saved.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value

    def _do(self, args: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        cls = type(self)
        # Plain data, as a module gets it: ansible-core's tagged types would show in the validator's messages.
        args = json.loads(json.dumps(args, default=str))
        try:
            validation = ArgumentSpecValidator(**cls.argument_spec()).validate(args)
        except OptionError as error:
            return {"failed": True, "changed": False, "msg": str(error)}
        params: dict[str, Any] = validation.validated_parameters
        if validation.error_messages:
            message = validation.errors.msg
            if isinstance(validation.errors[0], UnsupportedError):
                message = f"Unsupported parameters for ({self._task.action}) module: {message}"
            done = Performance({"failed": True, "changed": False, "msg": message})
        else:
            done = perform(
                cls.work, params, shared_client, self._task.check_mode, bool(self._task.diff), self._say(variables)
            )
        result = done.result
        if C.config.get_config_value("INJECT_INVOCATION", variables=variables) if _INJECTION_IS_OPTIONAL else True:
            result["invocation"] = {"module_args": params}
        warnings = [*(f"Both option {w['option']} and its alias {w['alias']} are set." for w in validation._warnings)]
        if warnings or done.warnings:
            result["warnings"] = warnings + done.warnings
        if validation._deprecations:
            result["deprecations"] = validation._deprecations
        secrets = set(validation._no_log_values).union(done.secrets)
        return _censored(result, secrets)

    def _say(self, variables: Mapping[str, Any]) -> Callable[[str], None]:
        """Return a function that tells the user, on standard error: what is on standard output may be data."""
        host = variables.get("inventory_hostname", "localhost")
        task = self._task

        def say(text: str) -> None:
            display = Display()
            if not _is_headed_at_once(task) and task._uuid not in _headed:
                _headed.add(task._uuid)
                header = f"{'RUNNING HANDLER' if isinstance(task, Handler) else 'TASK'} [{task.get_name().strip()}]"
                display.display(f"\n{header} {'*' * max(3, display.columns - len(header))}", stderr=True)
            display.display(f"{host}: {text}", stderr=True)

        return say


def _is_headed_at_once(task: Any) -> bool:
    """Whether a task's header is shown when it begins, as ansible-core's callbacks decide it; else it comes with the
    first result. Shown it is out of any buffer, since the controller flushes its outputs when it forks this worker.
    """
    parent = task
    while parent is not None and getattr(parent, "_play", None) is None:
        parent = getattr(parent, "_parent", None)
    strategy = str(parent._play.strategy) if parent is not None else ""
    if strategy.rpartition(".")[2] in ("free", "host_pinned"):
        return False
    options = ("display_ok_hosts", "display_skipped_hosts")
    return all(C.config.get_config_value(name, plugin_type="callback", plugin_name="default") for name in options)


@contextmanager
def _bound_to_the_controller() -> Iterator[None]:
    """End this worker when the process that forked it is gone.

    Workers are sessions of their own since ansible-core 2.19, so what kills a playbook, such as the end of a job that
    was cancelled, does not reach them. Nobody could be told what is still done then.
    """
    controller = multiprocessing.parent_process()
    if controller is None or controller.pid != os.getppid():
        yield
        return
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_OUT):
            if os.getppid() != controller.pid:
                os._exit(1)

    thread = threading.Thread(target=watch, name="sailpoint-controller", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _no_text(spec: Mapping[str, Mapping[str, Any]], args: Mapping[str, Any]) -> str | None:
    """Return what is wrong where an item of a list of text is none: ansible-core would make text of it.

    Whole tasks as ids are an easy slip, and no task has such an id.
    """
    for name, definition in spec.items():
        for key in (name, *definition.get("aliases", ())):
            given = args.get(key) if definition.get("elements") == "str" else None
            for item in given if isinstance(given, list) else [given]:
                if isinstance(item, (Mapping, list)):
                    kind = "mapping" if isinstance(item, Mapping) else "list"
                    return f"{key}: an item is a {kind}, not text; map(attribute='id') makes ids of tasks."
    return None


def _censored(result: dict[str, Any], secrets: set[str]) -> dict[str, Any]:
    """Return a result without secrets, as AnsibleModule would.

    Walking through thousands of tasks takes long, looking for a secret in their text does not.
    """
    if not secrets:
        return result
    text = json.dumps(result, ensure_ascii=False, default=str)
    if not any(form in text for secret in secrets for form in (secret, json.dumps(secret, ensure_ascii=False)[1:-1])):
        return result
    shown = {key: value for key, value in result.items() if value is None or isinstance(value, bool)}
    censored: dict[str, Any] = remove_values(result, secrets)
    return {**censored, **shown}


_INJECTION_IS_OPTIONAL = "INJECT_INVOCATION" in C.config.get_configuration_definitions()
