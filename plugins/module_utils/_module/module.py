# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module's work inside AnsibleModule, the usual host."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from ansible.module_utils.basic import AnsibleModule as CoreModule
from ansible.module_utils.basic import missing_required_lib

from .._errors import OptionError
from .._http.client import Client
from .._workers import looking_out
from .options import passwords_in, searched_for, shown_params
from .performing import MISSING_LIBRARIES, for_a_screen, perform, with_what_memory_there_is

_STDOUT = 1


class Interrupted(BaseException):
    """A signal that asks the process to end; no ``except Exception`` is to swallow it."""


class AnsibleModule(CoreModule):  # type: ignore[misc]  # it has no types
    """AnsibleModule that masks what is secret, be it in a URL, or so short that it stands within results by chance.

    It may fail in its own constructor, so this is done where it ends.
    """

    no_log_values: set[str]

    def exit_json(self, **kwargs: Any) -> None:
        """End with a result."""
        super().exit_json(**self._discreet(kwargs))

    def fail_json(self, msg: str, **kwargs: Any) -> None:
        """End with an error."""
        super().fail_json(**self._discreet(for_a_screen({**kwargs, "failed": True, "msg": msg})))

    def _discreet(self, result: dict[str, Any]) -> dict[str, Any]:
        self.no_log_values = searched_for({*self.no_log_values, *passwords_in(self.params)})
        # What ansible-core would show, which then masks by the values; releases that do not show it drop it.
        return {"invocation": {"module_args": shown_params(self.params, self.argument_spec)}, **result}


def run_module(spec: Mapping[str, Any], run: Callable[..., dict[str, Any]]) -> None:
    """Be a module: do its work and exit with its result.

    :param spec: its argument spec, as AnsibleModule takes it
    :param run: takes parameters, client, check_mode and diff, returns the result
    """
    module = _module_of(spec)
    for library, error in MISSING_LIBRARIES:
        module.fail_json(msg=missing_required_lib(library), exception=error)
    # AWX and a task's end send SIGTERM: what was done is to be told all the same.
    signal.signal(signal.SIGTERM, _interrupt)
    with _as_long_as_anybody_listens():
        done = perform(run, module.params, Client, module.check_mode, module._diff)
    module.no_log_values.update(done.secrets)
    for warning in done.warnings:
        module.warn(warning)

    def end(result: dict[str, Any]) -> None:
        (module.fail_json if result.get("failed") else module.exit_json)(**result)

    with_what_memory_there_is(end, done.result)


def _module_of(spec: Mapping[str, Any]) -> AnsibleModule:
    try:
        return AnsibleModule(supports_check_mode=True, **spec)
    except OptionError as error:
        # An environment variable cannot be used, and without a module there is nothing to fail with.
        options = {
            name: {key: value for key, value in option.items() if key != "fallback"}
            for name, option in spec["argument_spec"].items()
        }
        module = AnsibleModule(supports_check_mode=True, **{**spec, "argument_spec": options})
        module.fail_json(msg=str(error), changed=False)
        raise


def _interrupt(number: int, frame: Any) -> None:
    raise Interrupted(signal.Signals(number).name)


def _as_long_as_anybody_listens() -> AbstractContextManager[None]:
    """Interrupt the work when nobody can read its result any more.

    When a task's ``timeout`` is over, Ansible lets go of the module's process but does not end it.
    """
    poll = select.poll()
    poll.register(_STDOUT, 0)  # tells of the other side's end and of nothing else

    def look() -> bool:
        is_gone = bool(poll.poll(0))
        if is_gone:
            os.kill(os.getpid(), signal.SIGTERM)
        return is_gone

    return looking_out(look)
