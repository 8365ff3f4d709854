# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module's work inside AnsibleModule, the usual host."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible.module_utils.basic import AnsibleModule as CoreModule
from ansible.module_utils.basic import missing_required_lib

from .._errors import OptionError
from .._http.client import Client
from .._workers import looking_out
from .options import passwords_in, searched_for, shown_params
from .performing import (
    MISSING_LIBRARIES,
    Performance,
    for_a_screen,
    perform,
    with_what_memory_there_is,
)

_STDOUT = 1
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_ENDING = 5.0  # seconds after which an interrupted run that still works is interrupted again
_CLEANING = 2.0  # seconds for a run that nobody listens to any more to leave no files behind


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
    performed: list[Performance] = []
    try:
        with _as_long_as_anybody_listens():
            performed.append(perform(run, module.params, Client, module.check_mode, module._diff))
    except Interrupted as end:
        told = {"failed": True, "changed": False, "msg": f"Interrupted ({end}); nothing had been changed yet."}
        performed.append(Performance(told))
    done = performed[0]
    module.no_log_values.update(done.secrets)
    for warning in done.warnings:
        module.warn(warning)

    def tell(result: dict[str, Any]) -> None:
        (module.fail_json if result.get("failed") else module.exit_json)(**result)

    with_what_memory_there_is(tell, done.result)


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


class _Interruption:
    """What signals do: interrupt the work, and leave the telling of what was done alone."""

    def __init__(self) -> None:
        self._again_at: float | None = None

    def __call__(self, number: int, frame: Any) -> None:
        """Handle a signal. Once interrupted, a run gets some seconds to come to its end."""
        if self._again_at is None or self.is_lost:
            self._again_at = time.monotonic() + _ENDING
            raise Interrupted(signal.Signals(number).name)

    @property
    def is_lost(self) -> bool:
        """Whether the work goes on though it was interrupted: an exception is lost where Python cannot raise it, such
        as in the end of an object.
        """
        return self._again_at is not None and time.monotonic() >= self._again_at


@contextmanager
def _as_long_as_anybody_listens() -> Iterator[None]:
    """Interrupt the work when a signal asks for it, or when nobody can read its result any more.

    AWX and a task's end send SIGTERM, a terminal SIGINT or, when it is closed, SIGHUP: what was done is to be told all
    the same. When a task's ``timeout`` is over, Ansible lets go of the module's process but does not end it.
    """
    poll = select.poll()
    poll.register(_STDOUT, 0)  # tells of the other side's end and of nothing else
    interruption = _Interruption()
    main = threading.main_thread().ident or 0
    alone_since: list[float] = []

    def look() -> bool:
        alone = bool(poll.poll(0))
        if interruption.is_lost or (alone and not alone_since):
            # Not to the process: one of its threads would get it, and not wake the main thread.
            signal.pthread_kill(main, signal.SIGTERM)
        if alone:
            alone_since.append(time.monotonic())
            if alone_since[-1] - alone_since[0] > _CLEANING:
                os._exit(1)
        return False

    numbers = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    for number in numbers:
        signal.signal(number, interruption)
    try:
        with looking_out(look):
            yield
    finally:
        for number in numbers:  # the work is over, and what is left is to tell of it
            signal.signal(number, signal.SIG_IGN)
