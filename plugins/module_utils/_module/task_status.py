# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of module task_status, for any host that has validated parameters: what is asked, done and told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._api import records
from .._api.task_status import TaskStatusApi
from .._durations import parse_age, parse_duration
from .._errors import OptionError
from .._http.client import Client
from .._http.transport import MAX_THREADS
from .._instants import parse_instant_option
from .._tasks import patching
from .._tasks.clearing import Clearing
from .._tasks.reading import check_ids
from .._tasks.updating import Updater
from .options import connection_argument_spec
from .progress import Progress, Say
from .task_status_result import Ledger, Result


@dataclass(frozen=True)
class Asked:
    """What the options of the module ask for, checked. ``progress_interval`` is in seconds."""

    ids: Sequence[str]
    desired: patching.DesiredState
    concurrency: int
    missing_ok: bool
    return_tasks: bool
    progress_interval: float


def argument_spec() -> dict[str, Any]:
    """Return the keyword arguments of AnsibleModule, and of ArgumentSpecValidator, that describe the options."""
    return {
        "argument_spec": {
            **connection_argument_spec(),
            "id": {"type": "list", "elements": "str", "required": True, "aliases": ["ids", "task_id"]},
            "completion_status": {
                "type": "str",
                "choices": list(records.COMPLETION_STATUSES),
                "default": "error",
            },
            "completed": {"type": "str"},
            "overwrite": {"type": "bool", "default": False},
            "older_than": {"type": "str"},
            "precondition": {"type": "bool", "default": False},
            "missing_ok": {"type": "bool", "default": False},
            "return_tasks": {"type": "bool", "default": True},
            "concurrency": {"type": "int", "default": 8},
            "progress_interval": {"type": "str", "default": "5s"},
        }
    }


def asked_of(params: Mapping[str, Any]) -> Asked:
    """Return what the options ask for.

    :param params: options validated by :func:`argument_spec`
    :raises OptionError: an option cannot be used
    """
    ids = check_ids("id", params["id"])
    concurrency = params["concurrency"]
    if not 1 <= concurrency <= MAX_THREADS:
        raise OptionError("concurrency", f"{concurrency} is out of range; it must be from 1 to {MAX_THREADS}")
    completed, older_than = params.get("completed"), params.get("older_than")
    desired = patching.DesiredState(
        completion_status=params["completion_status"],
        completed=None if completed is None else parse_instant_option("completed", completed),
        overwrite=params["overwrite"],
        older_than=None if older_than is None else parse_age("older_than", older_than),
        precondition=params["precondition"],
    )
    progress_interval = parse_duration("progress_interval", params["progress_interval"])
    return Asked(ids, desired, concurrency, params["missing_ok"], params["return_tasks"], progress_interval)


def run(
    params: Mapping[str, Any],
    client: Client,
    check_mode: bool = False,
    diff: bool = False,
    say: Say | None = None,
) -> Result:
    """Bring tasks to the desired state.

    :param params: options validated by :func:`argument_spec`
    :param check_mode: predict, send no update
    :param diff: also return ``diff``
    :param say: where to say how long work stands; None: nowhere
    :returns: ``changed``, ``tasks``, ``summary``, ``request_stats``; with ``failed`` and ``msg`` when a task failed, is
        missing though it must not be, or the run was interrupted
    :raises OptionError: an option cannot be used; nothing was sent
    """
    asked = asked_of(params)
    progress = Progress(say, asked.progress_interval, client.clock)
    before = client.request_stats
    ledger = Ledger(asked.ids, asked.return_tasks)
    updater = Updater(TaskStatusApi(client), asked.desired, check_mode)

    def tick() -> None:
        progress.updating(len(asked.ids), ledger.done, ledger.failed)

    interrupted = ""
    try:
        Clearing(updater, asked.ids, asked.concurrency, ledger.settle, tick).run()
    except Exception:
        client.cancel()
        raise
    except BaseException as interruption:
        # A signal, or the task's "timeout" keyword: what was done must not go unsaid.
        client.cancel()
        interrupted = str(interruption).rstrip(".") or type(interruption).__name__
        ledger.interrupt(interrupted, updater.sent)
    result = ledger.result(asked.missing_ok, diff, interrupted)
    return {**result, "request_stats": client.stats_since(before)}
