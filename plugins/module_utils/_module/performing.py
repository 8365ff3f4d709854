# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every host of a module's work does, be it AnsibleModule or an action plugin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._errors import OptionError, SailPointError
from .._http.client import Client
from .._http.settings import ConnectionSettings
from .._http.transport import REQUESTS_IMPORT_ERROR
from .._tasks.patching import JSONPATCH_IMPORT_ERROR
from .options import (
    environment,
    passwords_in,
    resolve,
)
from .progress import Say

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
        warnings.append(client.warnings.pop(0))
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
    except BaseException:
        client.cancel()
        raise
    return Performance(result, warnings_of(client), client.secrets)


def _failed(error: SailPointError) -> dict[str, Any]:
    return {"failed": True, "changed": False, "msg": str(error)}
