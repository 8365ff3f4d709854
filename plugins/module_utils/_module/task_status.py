# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of module task_status, for any host that has validated parameters: what is asked, done and told."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
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
from .._tasks.reading import Reading, check_ids
from .._tasks.updating import Updater
from .options import connection_argument_spec
from .progress import Progress, Say
from .task_status_pending import PENDING_SPEC, Pending, Wish, wish_of
from .task_status_result import Ledger, Result


@dataclass(frozen=True)
class Asked:
    """What the options of the module ask for, checked.

    ``wish`` selects pending tasks; where it is None, ``ids`` names the tasks. ``progress_interval`` is in seconds.
    """

    ids: Sequence[str]
    wish: Wish | None
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
            **{name: dict(definition) for name, definition in PENDING_SPEC.items()},
            "id": {"type": "list", "elements": "str", "aliases": ["ids", "task_id"]},
            "completion_status": {
                "type": "str",
                "choices": list(records.COMPLETION_STATUSES),
                "default": "error",
            },
            "completed": {"type": "str"},
            "overwrite": {"type": "bool", "default": False},
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
    wish = wish_of(params)
    ids = [] if wish else check_ids("id", params["id"])
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
    return Asked(ids, wish, desired, concurrency, params["missing_ok"], params["return_tasks"], progress_interval)


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
    :returns: ``changed``, ``tasks``, ``summary``, ``request_stats``, with ``pending`` what the option's documentation
        says besides; with ``failed`` and ``msg`` when a task failed, is missing though it must not be, a guard stopped
        the run, or it was interrupted
    :raises OptionError: an option cannot be used; nothing was sent
    :raises SailPointError: the pending tasks cannot be read; nothing was changed
    """
    asked = asked_of(params)
    before = client.request_stats
    work = _Work(asked, client, check_mode, diff, say)
    result = work.on_pending(asked.wish) if asked.wish else work.on(asked.ids)
    return {**result, "request_stats": client.stats_since(before)}


class _Work:
    """The work on tasks, be they named or selected."""

    def __init__(self, asked: Asked, client: Client, check_mode: bool, diff: bool, say: Say | None) -> None:
        self._asked = asked
        self._client = client
        self._check_mode = check_mode
        self._diff = diff
        self._progress = Progress(say, asked.progress_interval, client.clock)
        self._updater = Updater(TaskStatusApi(client), asked.desired, check_mode)

    def on(self, ids: Sequence[str]) -> Result:
        """Bring these tasks to the desired state."""
        ledger = Ledger(ids, self._asked.return_tasks)
        interrupted = self._guarded(ledger, functools.partial(self._clear, ledger, ids))
        return ledger.result(self._asked.missing_ok, self._diff, interrupted)

    def on_pending(self, wish: Wish) -> Result:
        """Bring those pending tasks to the desired state that a selection leaves, unless a guard stops it."""
        pending = Pending(self._updater.api, wish, self._progress)
        nothing = Ledger([], self._asked.return_tasks)
        interrupted = self._guarded(nothing, pending.read)
        if interrupted:
            return nothing.result(self._asked.missing_ok, self._diff, interrupted)
        ledger = Ledger([*pending.selected], self._asked.return_tasks, pending.selected)
        if pending.stopped is None:
            interrupted = self._guarded(ledger, functools.partial(self._clear_selected, ledger, pending))
        else:
            pending.hold(ledger.settle)
        result = ledger.result(self._asked.missing_ok, self._diff, interrupted)
        if pending.stopped is not None:
            result.update(failed=True, msg=pending.stopped)
        return {**result, **pending.told()}

    def _clear_selected(self, ledger: Ledger, pending: Pending) -> None:
        if not pending.selected:
            return
        still = pending.observe(ledger.settle)
        pending.begin()
        self._clear(ledger, [*still.states], still)
        if self._check_mode:
            pending.predict(ledger)
        else:
            pending.confirm(ledger)

    def _clear(self, ledger: Ledger, ids: Sequence[str], known: Reading | None = None) -> None:
        total = len(ids) + ledger.done
        rate_limit = self._client.settings.rate_limit

        def tick() -> None:
            self._progress.updating(total, ledger.done, ledger.failed, rate_limit)

        self._progress.begin()
        Clearing(self._updater, ids, self._asked.concurrency, ledger.settle, tick, known).run()
        self._progress.updated(total, ledger.failed)

    def _guarded(self, ledger: Ledger, work: Callable[[], None]) -> str:
        """Do some work; return why it was interrupted, empty if it was not.

        A signal, or the task's ``timeout`` keyword, ends it: what was done must not go unsaid.
        """
        try:
            work()
        except Exception:
            self._client.cancel()
            raise
        except BaseException as interruption:
            self._client.cancel()
            reason = str(interruption).rstrip(".") or type(interruption).__name__
            ledger.interrupt(reason, self._updater.sent)
            return reason
        return ""
