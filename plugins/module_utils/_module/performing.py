# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every host of a module's work does, be it AnsibleModule or an action plugin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .._errors import OptionError, SailPointError, UnexpectedError
from .._http.client import Client
from .._http.settings import ConnectionSettings
from .._http.transport import REQUESTS_IMPORT_ERROR
from .._tasks.patching import JSONPATCH_IMPORT_ERROR
from .._wording import all_escaped, printable
from .options import (
    environment,
    passwords_in,
    resolve,
)
from .progress import Say

Made = TypeVar("Made")

# The library's name and the traceback of its import, for each that is not to be had here.
MISSING_LIBRARIES = [
    (library, error)
    for library, error in (("requests", REQUESTS_IMPORT_ERROR), ("jsonpatch", JSONPATCH_IMPORT_ERROR))
    if error
]


@dataclass
class Performance:
    """What came of a module's work: its result, warnings for the user, and secrets to censor in whatever is shown."""

    result: dict[str, Any]
    warnings: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)


def warnings_of(client: Client) -> list[str]:
    """Return the warnings for the user that came up with a client since this was last asked."""
    warnings = client.settings.warnings
    while client.warnings:
        warnings.append(printable(client.warnings.pop(0)))
    return warnings


def perform(
    run: Callable[..., dict[str, Any]],
    params: Mapping[str, Any],
    get_client: Callable[[ConnectionSettings], Client],
    check_mode: bool,
    diff: bool,
    say: Say | None = None,
) -> Performance:
    """Do a module's work.

    :param run: the work
    :param params: validated options
    :param get_client: makes or finds the client for settings; who gives it closes it
    """
    try:
        settings = resolve(params, [("the task", params), ("the environment", environment())])
        client = get_client(settings)
    except SailPointError as error:
        return Performance(_failed(error), secrets=passwords_in(params))
    client.forget_failures()  # of an item or a try before: each is asked for anew by the user
    before = client.request_stats
    try:
        result = run(params, client, check_mode=check_mode, diff=diff, say=say)
    except OptionError as error:
        result = _failed(error)
    except SailPointError as error:
        result = {**_failed(error), "error": error.as_dict(), "request_stats": client.stats_since(before)}
    except Exception as error:
        client.cancel()  # what state it is in nobody knows
        result = _failed(UnexpectedError(error))
    except BaseException:
        client.cancel()
        raise
    return Performance(with_what_memory_there_is(for_a_screen, result), warnings_of(client), client.secrets)


def with_what_memory_there_is(make: Callable[[dict[str, Any]], Made], result: dict[str, Any]) -> Made:
    """Return what is made of a result; where there is too little memory for that, of the result without whole tasks.

    A signal just now is no reason to lose the result either.
    """
    try:
        return make(result)
    except SystemExit:  # which is how a module tells its result
        raise
    except BaseException:
        return make(_without_tasks(result))


def _without_tasks(result: dict[str, Any]) -> dict[str, Any]:
    less = {key: value for key, value in result.items() if key != "diff"}
    if all("outcome" in item for item in result.get("tasks", ())):
        return {
            **less,
            "tasks": [{key: item[key] for key in item if key != "task"} for item in result.get("tasks", ())],
        }
    problem = "There is too little memory to hand on all tasks; ask for fewer, or only for some fields of each."
    return {"failed": True, "changed": False, "msg": problem}


def for_a_screen(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result whose message is one line, and of which nothing does anything to a terminal if it is a failure.

    Ansible shows the whole result of a failure.
    """
    if "msg" in result:
        result = {**result, "msg": printable(result["msg"])}
    return all_escaped(result) if result.get("failed") else result


def _failed(error: SailPointError) -> dict[str, Any]:
    return {"failed": True, "changed": False, "msg": str(error)}
