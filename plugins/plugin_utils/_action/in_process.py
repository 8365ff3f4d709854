# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin of a module, which does its work inside the controller's worker where the module would run there.

A child Python costs about 0.3 s a task; here imports, sign-in and connection are shared by the items of a loop. It is
a shortcut: whatever fails while it is prepared, the module runs in a process of its own, as it does without an action
plugin. Once the work has begun nothing is done a second time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ...module_utils._errors import OptionError
from ...module_utils._module.options import CONNECTION_OPTIONS, VARIABLES, Places, gathered, passwords_in, shown_params
from ...module_utils._module.performing import (
    MISSING_LIBRARIES,
    Performance,
    for_a_screen,
    perform,
    with_what_memory_there_is,
)
from ...module_utils._wording import printable
from .._clients import shared_client
from .._variables import Variables
from .arguments import no_text, validated, warnings_of
from .binding import bound_to_the_controller
from .censoring import Discreet, censored, secrets_in

_SWITCH = "ansible_sailpoint_in_process"
_headed: set[str] = set()  # headers that this worker has said


@dataclass
class _Work:
    """A module's work, and whether it has begun: from then on a request may have been sent."""

    run: Callable[..., dict[str, Any]]
    begun: bool = False

    def __call__(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self.begun = True
        return self.run(*args, **kwargs)


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
        options = type(self).argument_spec()["argument_spec"]
        secrets = set(passwords_in(args))
        problem = no_text(options, args)
        places, is_for_here = self._whereabouts()
        try:
            connection = gathered([*places, (VARIABLES, Variables(self._templar, variables))])
        except OptionError as error:
            problem = problem or str(error)
        else:
            args = {name: value for name, value in args.items() if name not in CONNECTION_OPTIONS} | connection
            secrets.update(passwords_in(args))
        if problem:
            return _shown({**result, "failed": True, "changed": False, "msg": problem}, secrets)
        with bound_to_the_controller():
            if is_for_here and boolean(self._templar.template(variables.get(_SWITCH, True)), strict=False):
                result.update(self._do(args, variables, secrets))
            else:
                result.update(self._do_as_module(args, variables))
        return _shown(result, secrets)

    def _whereabouts(self) -> tuple[Places, bool]:
        """Return what gives the task's arguments, and whether the module would run on this machine, as this user, now.

        Where that cannot be told, the task gives them all and the module runs: nothing that was given is lost.
        """
        try:
            from . import core  # not at the top: it may fail

            return core.places(self), core.is_for_this_process(self) and not MISSING_LIBRARIES
        except Exception as error:
            self._say_why_not(error, self._task.args)
            return [("the task", dict(self._task.args))], False

    def _do(self, args: Mapping[str, Any], variables: Mapping[str, Any], secrets: set[str]) -> dict[str, Any]:
        """Do the work here; if it cannot even begin, run the module.

        :param secrets: what must be shown nowhere is added to it
        """
        work = _Work(type(self).work)
        try:
            return self._do_here(work, args, variables, secrets)
        except Exception as error:
            if work.begun:
                raise
            self._say_why_not(error, args)
        return self._do_as_module(args, variables)

    def _do_here(
        self, work: _Work, args: Mapping[str, Any], variables: Mapping[str, Any], secrets: set[str]
    ) -> dict[str, Any]:
        from . import core

        spec, task = type(self).argument_spec(), self._task
        shows_invocation = core.shows_invocation(variables)
        with _laid_over(core.environment(self)):
            given = validated(spec, args, task.action)
            done = Performance({"failed": True, "changed": False, "msg": given.problem})
            if given.problem is None:
                say = self._say(variables)
                done = perform(work, given.params, shared_client, task.check_mode, bool(task.diff), say)
        secrets.update(secrets_in(args, spec["argument_spec"]), done.secrets)
        result = done.result
        if not given.params:
            return result
        if shows_invocation:
            result["invocation"] = {"module_args": shown_params(given.params, spec["argument_spec"])}
        if warnings := [*warnings_of(spec["argument_spec"], args), *done.warnings]:
            result["warnings"] = warnings
        return result

    def _do_as_module(self, args: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = self._execute_module(
            module_args=Discreet(args), task_vars=variables, wrap_async=self._task.async_val
        )
        return result

    def _say(self, variables: Mapping[str, Any]) -> Callable[[str], None]:
        """Return a function that tells the user, on standard error: what is on standard output may be data."""
        host = variables.get("inventory_hostname", "localhost")

        def say(text: str) -> None:
            display = Display()
            header = self._missing_header()
            if header is not None and header not in _headed:
                _headed.add(header)
                display.display(f"\n{printable(header)}", stderr=True)
            display.display(printable(f"{host}: {text}"), stderr=True)

        return say

    def _missing_header(self) -> str | None:
        """Return the header that a line needs above it, if it can be told: the work goes on without one."""
        try:
            from . import core

            return core.missing_header(self)
        except Exception:
            return None

    def _say_why_not(self, error: Exception, args: Mapping[str, Any]) -> None:
        secrets = secrets_in(args, type(self).argument_spec()["argument_spec"])
        told = censored({"why": f"{type(error).__name__}: {error}"}, secrets)
        Display().vvv(
            printable(f"The module runs in a process of its own, as its work could not be prepared here. {told['why']}")
        )


def _shown(result: dict[str, Any], secrets: set[str]) -> dict[str, Any]:
    """Return a result as Ansible may show it."""
    return with_what_memory_there_is(lambda told: censored(for_a_screen(told), secrets), result)


@contextmanager
def _laid_over(environment: Mapping[str, str]) -> Iterator[None]:
    """Lay variables over this process's environment."""
    saved = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        yield
    finally:
        for name, value in saved.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
